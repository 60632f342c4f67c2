CREATE TABLE poll_groups (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    enabled     INTEGER NOT NULL,
    points      TEXT    NOT NULL, -- a selection, or data points by SmartServer and name
    interval_ms INTEGER,          -- null: it does not poll
    max_age_ms  INTEGER,
    history     TEXT,             -- null: it remembers nothing
    created_at  INTEGER NOT NULL
) STRICT;
