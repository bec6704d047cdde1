-- Tokens end, and say on which day they were last used. No database of this engine is older than this.
ALTER TABLE credentials ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN last_used_on BIGINT;
