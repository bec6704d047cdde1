-- Records by their day of review, from a place on: the records of one day may be millions.
CREATE INDEX heads_review_record ON heads (review_on, record) WHERE state <> 3;
DROP INDEX heads_review;

-- When the upkeep last looked at the clock, and before when nothing is erased because the clock had leapt.
ALTER TABLE node ADD COLUMN clock_seen_at INTEGER;
ALTER TABLE node ADD COLUMN erase_from INTEGER;
