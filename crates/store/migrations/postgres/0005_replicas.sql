-- Each data directory that serves this database, with how far its journal was folded into the access streams. The node's
-- first directory is replica 0; `node.folded_lines` is what it had folded before replicas were counted by themselves.
CREATE TABLE IF NOT EXISTS replicas (
    replica      BYTEA  NOT NULL PRIMARY KEY,
    folded_lines BIGINT NOT NULL,
    folded_chain BYTEA,
    holder       BYTEA  NOT NULL,
    joined_at    BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    left_at      BIGINT
);

-- Work that one replica does for all: who has it, until when.
CREATE TABLE IF NOT EXISTS leases (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder  BYTEA            NOT NULL,
    ends_at BIGINT           NOT NULL
);
