-- How often each recipient used a grant of an agreement, or was lent to use it by a server, on a day in UTC.
CREATE TABLE grant_uses (
    organisation TEXT COLLATE "C" NOT NULL,
    agreement    BYTEA            NOT NULL,
    grant_number BIGINT           NOT NULL,
    day          BIGINT           NOT NULL,
    uses         BIGINT           NOT NULL,
    PRIMARY KEY (organisation, agreement, grant_number)
);
