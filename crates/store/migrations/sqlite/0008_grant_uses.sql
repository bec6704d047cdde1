-- How often each recipient used a grant of an agreement, or was lent to use it by a server, on a day in UTC.
CREATE TABLE grant_uses (
    organisation TEXT    NOT NULL,
    agreement    BLOB    NOT NULL,
    grant_number INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    uses         INTEGER NOT NULL,
    PRIMARY KEY (organisation, agreement, grant_number)
) WITHOUT ROWID;
