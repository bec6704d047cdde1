-- Records of an owner by their day of review: its review list is read from its place without reading those of others.
CREATE INDEX heads_owner_review ON heads (owner, review_on, record) WHERE state <> 3;

-- Erasures by their place, and how far they are attested.
CREATE INDEX log_erasures ON log (stream, seq) WHERE change = 5;
CREATE INDEX log_attestations ON log (target) WHERE change = 6;

-- Imported rows by the record they became: another record may take its place at a review.
CREATE INDEX import_rows_record ON import_rows (record);
