-- What was out of the ordinary, sealed; by whose people it was, and when. `tag` is a keyed hash of the content: a row is
-- replaced only while it is the one that was read.
CREATE TABLE alarms (
    alarm        BYTEA            NOT NULL PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    at           BIGINT           NOT NULL,
    tag          BYTEA            NOT NULL,
    content      BYTEA            NOT NULL
);
CREATE INDEX alarms_by_time ON alarms (at, alarm);
CREATE INDEX alarms_of_organisation ON alarms (organisation, at, alarm);

-- Records that no honest work would open: by a keyed hash, whose they are, and which, sealed.
CREATE TABLE canaries (
    canary       BYTEA            NOT NULL PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    content      BYTEA            NOT NULL
);
