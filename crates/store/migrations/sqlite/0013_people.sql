-- People of this node's organisations: their accounts, entities and sessions, each sealed at its place. `id` and `owner` are
-- keyed hashes; a row is replaced only by the version that follows it.
CREATE TABLE people (
    id           BLOB    NOT NULL,
    kind         INTEGER NOT NULL,
    organisation TEXT    NOT NULL,
    owner        BLOB    NOT NULL,
    version      INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    sealed       BLOB    NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX people_organisation ON people (organisation, kind);
CREATE INDEX people_owner ON people (owner);
CREATE INDEX people_ends ON people (kind, ends_at);

-- How many attempts to sign in failed, by keyed hashes of names and addresses.
CREATE TABLE sign_in_attempts (
    name    BLOB    NOT NULL,
    failed  INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (last_at);
