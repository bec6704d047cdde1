-- What a node keeps. Opaque ids, codes, dates, hashes and sealed bytes only: no name and no number stands here in clear.
-- The statements that read and write these tables are portable; only this folder and `engine/sqlite.rs` know SQLite.

CREATE TABLE node (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    node         BLOB    NOT NULL,
    incarnation  INTEGER NOT NULL,
    key_check    BLOB    NOT NULL,
    folded_lines INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
);

-- One row per stream: its size, chain and Merkle frontier after its last entry.
CREATE TABLE streams (
    number       INTEGER NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL,
    class        INTEGER NOT NULL,
    node         BLOB    NOT NULL,
    incarnation  INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    chain        BLOB    NOT NULL,
    frontier     BLOB    NOT NULL,
    UNIQUE (organisation, class, node, incarnation)
);

-- Data keys, wrapped under a key derived from the master key; a destroyed key has no bytes left.
CREATE TABLE data_keys (
    key_id       BLOB    NOT NULL PRIMARY KEY,
    scope        BLOB    NOT NULL UNIQUE,
    wrapped      BLOB,
    created_at   INTEGER NOT NULL,
    destroyed_at INTEGER
) WITHOUT ROWID;

-- Every entry of every stream. `sealed` is NULL once erased; the hash and the chain stay.
CREATE TABLE log (
    stream      INTEGER NOT NULL REFERENCES streams (number),
    seq         INTEGER NOT NULL,
    entry_hash  BLOB    NOT NULL,
    chain       BLOB    NOT NULL,
    change      INTEGER NOT NULL,
    record      BLOB,
    target      BLOB,
    target_item INTEGER,
    key_id      BLOB    NOT NULL,
    sealed      BLOB,
    items       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
);
CREATE UNIQUE INDEX log_entry_hash ON log (entry_hash);
CREATE INDEX log_record ON log (record) WHERE record IS NOT NULL;

-- The items of batch entries, 256 to a row: record ids and item hashes one after another, bytes sealed together.
CREATE TABLE item_chunks (
    stream  INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    chunk   INTEGER NOT NULL,
    records BLOB    NOT NULL,
    hashes  BLOB    NOT NULL,
    key_id  BLOB    NOT NULL,
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (stream, seq, chunk),
    FOREIGN KEY (stream, seq) REFERENCES log (stream, seq)
);

-- The present state of every record. `item` is -1 where the record has an entry of its own.
CREATE TABLE heads (
    record    BLOB    NOT NULL PRIMARY KEY,
    stream    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    item      INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    dataset   INTEGER NOT NULL,
    owner     TEXT    NOT NULL,
    review_on INTEGER NOT NULL,
    FOREIGN KEY (stream, seq) REFERENCES log (stream, seq)
) WITHOUT ROWID;

-- Hashes of entries and items that were erased and may never come back.
CREATE TABLE tombstones (
    hash BLOB    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) WITHOUT ROWID;

-- What became of a write, by the key its client chose.
CREATE TABLE idempotency (
    organisation TEXT    NOT NULL,
    idem_key     BLOB    NOT NULL,
    request      BLOB    NOT NULL,
    outcome      BLOB    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (organisation, idem_key)
) WITHOUT ROWID;

-- Who may sign in: the keyed hash of a token, and the officer sealed.
CREATE TABLE credentials (
    token        BLOB    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL,
    officer      BLOB    NOT NULL,
    at           INTEGER NOT NULL
) WITHOUT ROWID;

-- Which record an outside list's row became, so that importing twice changes nothing.
CREATE TABLE import_rows (
    organisation TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    source_id    BLOB    NOT NULL,
    record       BLOB    NOT NULL,
    content      BLOB    NOT NULL,
    edition      INTEGER NOT NULL,
    PRIMARY KEY (organisation, source, source_id)
) WITHOUT ROWID;

-- How far an import got.
CREATE TABLE import_progress (
    organisation TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    edition      INTEGER NOT NULL,
    file_hash    BLOB    NOT NULL,
    rows_done    INTEGER NOT NULL,
    finished     INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (organisation, source)
) WITHOUT ROWID;
