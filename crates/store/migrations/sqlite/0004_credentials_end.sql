-- Tokens end, and say on which day they were last used. Those made before end 90 days after they were made.
ALTER TABLE credentials ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN last_used_on INTEGER;
UPDATE credentials SET ends_at = at + 7776000000000;
