-- What a node keeps. Opaque ids, codes, dates, hashes and sealed bytes only: no name and no number stands here in clear.
-- The same tables, columns and keys as in `../sqlite`, which a test compares. Text is ordered by its bytes, as there.

CREATE TABLE node (
    id           BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    node         BYTEA  NOT NULL,
    incarnation  BIGINT NOT NULL,
    key_check    BYTEA  NOT NULL,
    folded_lines BIGINT NOT NULL,
    created_at   BIGINT NOT NULL
);

-- One row per stream: its size, chain and Merkle frontier after its last entry.
CREATE TABLE streams (
    number       BIGINT           NOT NULL PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    class        BIGINT           NOT NULL,
    node         BYTEA            NOT NULL,
    incarnation  BIGINT           NOT NULL,
    size         BIGINT           NOT NULL,
    chain        BYTEA            NOT NULL,
    frontier     BYTEA            NOT NULL,
    UNIQUE (organisation, class, node, incarnation)
);

-- Data keys, wrapped under a key derived from the master key; a destroyed key has no bytes left.
CREATE TABLE data_keys (
    key_id       BYTEA  NOT NULL PRIMARY KEY,
    scope        BYTEA  NOT NULL UNIQUE,
    wrapped      BYTEA,
    created_at   BIGINT NOT NULL,
    destroyed_at BIGINT
);

-- Every entry of every stream. `sealed` is NULL once erased; the hash and the chain stay.
CREATE TABLE log (
    stream      BIGINT NOT NULL REFERENCES streams (number),
    seq         BIGINT NOT NULL,
    entry_hash  BYTEA  NOT NULL,
    chain       BYTEA  NOT NULL,
    change      BIGINT NOT NULL,
    record      BYTEA,
    target      BYTEA,
    target_item BIGINT,
    key_id      BYTEA  NOT NULL,
    sealed      BYTEA,
    items       BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (stream, seq)
);
CREATE UNIQUE INDEX log_entry_hash ON log (entry_hash);
CREATE INDEX log_record ON log (record) WHERE record IS NOT NULL;

-- The items of batch entries, 256 to a row: record ids and item hashes one after another, bytes sealed together.
CREATE TABLE item_chunks (
    stream  BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    chunk   BIGINT NOT NULL,
    records BYTEA  NOT NULL,
    hashes  BYTEA  NOT NULL,
    key_id  BYTEA  NOT NULL,
    sealed  BYTEA  NOT NULL,
    PRIMARY KEY (stream, seq, chunk),
    FOREIGN KEY (stream, seq) REFERENCES log (stream, seq)
);

-- The present state of every record. `item` is -1 where the record has an entry of its own.
CREATE TABLE heads (
    record    BYTEA            NOT NULL PRIMARY KEY,
    stream    BIGINT           NOT NULL,
    seq       BIGINT           NOT NULL,
    item      BIGINT           NOT NULL,
    version   BIGINT           NOT NULL,
    state     BIGINT           NOT NULL,
    dataset   BIGINT           NOT NULL,
    owner     TEXT COLLATE "C" NOT NULL,
    review_on BIGINT           NOT NULL,
    FOREIGN KEY (stream, seq) REFERENCES log (stream, seq)
);

-- Hashes of entries and items that were erased and may never come back.
CREATE TABLE tombstones (
    hash BYTEA  NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

-- What became of a write, by the key its client chose.
CREATE TABLE idempotency (
    organisation TEXT COLLATE "C" NOT NULL,
    idem_key     BYTEA            NOT NULL,
    request      BYTEA            NOT NULL,
    outcome      BYTEA            NOT NULL,
    at           BIGINT           NOT NULL,
    PRIMARY KEY (organisation, idem_key)
);

-- Who may sign in: the keyed hash of a token, and the officer sealed.
CREATE TABLE credentials (
    token        BYTEA            NOT NULL PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    officer      BYTEA            NOT NULL,
    at           BIGINT           NOT NULL
);

-- Which record an outside list's row became, so that importing twice changes nothing.
CREATE TABLE import_rows (
    organisation TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    source_id    BYTEA            NOT NULL,
    record       BYTEA            NOT NULL,
    content      BYTEA            NOT NULL,
    edition      BIGINT           NOT NULL,
    PRIMARY KEY (organisation, source, source_id)
);

-- How far an import got.
CREATE TABLE import_progress (
    organisation TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    edition      BIGINT           NOT NULL,
    file_hash    BYTEA            NOT NULL,
    rows_done    BIGINT           NOT NULL,
    finished     BIGINT           NOT NULL,
    at           BIGINT           NOT NULL,
    PRIMARY KEY (organisation, source)
);
