-- What an import keeps of its first run, sealed: its terms, and what it was asked to do.
ALTER TABLE import_progress ADD COLUMN kept BYTEA;

-- Records by their day of review: what is hidden on a day and what is erased on one is found without reading all heads.
CREATE INDEX heads_review ON heads (review_on) WHERE state <> 3;
