-- Pictures beside their records, each sealed under a key of its own. `record` is NULL, and `ends_at` is not, while a picture
-- waits for the record that takes it up. `address` is a keyed hash of its holder and its content.
CREATE TABLE images (
    image        BLOB    NOT NULL PRIMARY KEY,
    address      BLOB    NOT NULL UNIQUE,
    organisation TEXT    NOT NULL,
    record       BLOB,
    key_id       BLOB    NOT NULL,
    facts        BLOB    NOT NULL,
    chunks       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    ends_at      INTEGER
) WITHOUT ROWID;
CREATE INDEX images_record ON images (record) WHERE record IS NOT NULL;
CREATE INDEX images_ends_at ON images (ends_at) WHERE ends_at IS NOT NULL;

-- The bytes of pictures: chunk 0 is the thumbnail, those from 1 on are the picture.
CREATE TABLE image_chunks (
    image  BLOB    NOT NULL REFERENCES images (image),
    chunk  INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    PRIMARY KEY (image, chunk)
);
