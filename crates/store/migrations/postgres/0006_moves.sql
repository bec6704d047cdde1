-- Whether the database counts: 0 in use, 1 being filled by a move of it, 2 moved away; and by which move (16 random bytes).
ALTER TABLE node ADD COLUMN moving BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN move_id BYTEA;
