-- Each data directory that serves this database, with how far its journal was folded into the access streams. The node's
-- first directory is replica 0; `node.folded_lines` is what it had folded before replicas were counted by themselves.
CREATE TABLE IF NOT EXISTS replicas (
    replica      BLOB    NOT NULL PRIMARY KEY,
    folded_lines INTEGER NOT NULL,
    folded_chain BLOB,
    holder       BLOB    NOT NULL,
    joined_at    INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    left_at      INTEGER
);

-- Work that one replica does for all: who has it, until when.
CREATE TABLE IF NOT EXISTS leases (
    name    TEXT    NOT NULL PRIMARY KEY,
    holder  BLOB    NOT NULL,
    ends_at INTEGER NOT NULL
);
