-- Attempts to sign in, made anew: what was counted until now is forgotten. `failed` counts all since the row is there, of which none is
-- held against anybody from `forgotten_at`. `kind`: 1 a name from an address, 2 a name, 3 an address, 4 a network, 5 a network from
-- which a name signed in.
DROP TABLE sign_in_attempts;
CREATE TABLE sign_in_attempts (
    name         BLOB    NOT NULL,
    kind         INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;
CREATE INDEX sign_in_attempts_last ON sign_in_attempts (kind, last_at);
