-- People of this node's organisations: their accounts, entities and sessions, each sealed at its place. `id` and `owner` are
-- keyed hashes; a row is replaced only by the version that follows it.
CREATE TABLE people (
    id           BYTEA            NOT NULL,
    kind         BIGINT           NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    owner        BYTEA            NOT NULL,
    version      BIGINT           NOT NULL,
    ends_at      BIGINT           NOT NULL,
    seen_at      BIGINT           NOT NULL,
    sealed       BYTEA            NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX people_organisation ON people (organisation, kind);
CREATE INDEX people_owner ON people (owner);
CREATE INDEX people_ends ON people (kind, ends_at);

-- How many attempts to sign in failed, by keyed hashes of names and addresses.
CREATE TABLE sign_in_attempts (
    name    BYTEA            NOT NULL,
    failed  BIGINT           NOT NULL,
    last_at BIGINT           NOT NULL,
    PRIMARY KEY (name)
);
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (last_at);
