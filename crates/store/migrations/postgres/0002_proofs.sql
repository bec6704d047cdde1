-- Hashes that proofs are made of without reading whole streams and whole batches. All of them follow from the hashes in
-- `log` and `item_chunks`; rows that are missing are made at the next opening.

-- Per stream, the hashes of complete Merkle subtrees of 256, 65,536, 16,777,216 ... leaves (levels 8, 16, 24 ...).
CREATE TABLE subtrees (
    stream BIGINT NOT NULL REFERENCES streams (number),
    level  BIGINT NOT NULL,
    idx    BIGINT NOT NULL,
    hash   BYTEA  NOT NULL,
    PRIMARY KEY (stream, level, idx)
);

-- Per batch entry, the Merkle roots of its chunks of 256 items, one after another.
CREATE TABLE item_roots (
    stream BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    roots  BYTEA  NOT NULL,
    PRIMARY KEY (stream, seq),
    FOREIGN KEY (stream, seq) REFERENCES log (stream, seq)
);
CREATE INDEX log_batches ON log (stream, seq) WHERE items > 0;
