-- What countersigning keeps: this node's epochs, the countersigners it asks, the ledgers it countersigns, proofs of forks.
-- `tag` is a keyed hash of the content: a row is replaced only while it is the one that was read.
CREATE TABLE countersigning (
    kind    BIGINT           NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    tag     BYTEA            NOT NULL,
    content BYTEA            NOT NULL,
    PRIMARY KEY (kind, name)
);
