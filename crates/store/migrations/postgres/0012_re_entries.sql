-- How often each organisation tried, on a day in UTC, to enter somebody whom an order of the commission says not to.
CREATE TABLE re_entries (
    order_entry  BYTEA            NOT NULL,
    day          BIGINT           NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    attempts     BIGINT           NOT NULL,
    last_at      BIGINT           NOT NULL,
    PRIMARY KEY (order_entry, day, organisation)
);
CREATE INDEX re_entries_day ON re_entries (day, order_entry, organisation);
