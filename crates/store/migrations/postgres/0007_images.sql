-- Pictures beside their records, each sealed under a key of its own. `record` is NULL, and `ends_at` is not, while a picture
-- waits for the record that takes it up. `address` is a keyed hash of its holder and its content.
CREATE TABLE images (
    image        BYTEA            NOT NULL PRIMARY KEY,
    address      BYTEA            NOT NULL UNIQUE,
    organisation TEXT COLLATE "C" NOT NULL,
    record       BYTEA,
    key_id       BYTEA            NOT NULL,
    facts        BYTEA            NOT NULL,
    chunks       BIGINT           NOT NULL,
    at           BIGINT           NOT NULL,
    ends_at      BIGINT
);
CREATE INDEX images_record ON images (record) WHERE record IS NOT NULL;
CREATE INDEX images_ends_at ON images (ends_at) WHERE ends_at IS NOT NULL;

-- The bytes of pictures: chunk 0 is the thumbnail, those from 1 on are the picture.
CREATE TABLE image_chunks (
    image  BYTEA  NOT NULL REFERENCES images (image),
    chunk  BIGINT NOT NULL,
    sealed BYTEA  NOT NULL,
    PRIMARY KEY (image, chunk)
);
