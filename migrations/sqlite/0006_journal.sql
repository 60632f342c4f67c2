-- What happened, for listeners that come back. Ids are given by the one gateway that works here, without
-- holes: one that is missing before others tells that events were removed. Without references: what happened
-- outlives what it happened to.
CREATE TABLE journal (
    id          INTEGER NOT NULL PRIMARY KEY,
    happened_at INTEGER NOT NULL,
    event       TEXT    NOT NULL,    -- JSON, with its kind
    about       TEXT    NOT NULL     -- JSON: the SmartServers concerned, as they were
) STRICT;
