-- How often each organisation tried, on a day in UTC, to enter somebody whom an order of the commission says not to.
CREATE TABLE re_entries (
    order_entry  BLOB    NOT NULL,
    day          INTEGER NOT NULL,
    organisation TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    PRIMARY KEY (order_entry, day, organisation)
) WITHOUT ROWID;
CREATE INDEX re_entries_day ON re_entries (day, order_entry, organisation);
