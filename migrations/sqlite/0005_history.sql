-- A data point's history. It outlives the point, and goes on when the SmartServer has a point of that name
-- again; that of a SmartServer which was removed is deleted piece by piece, hence no reference.
CREATE TABLE series (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    smartserver_id TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    data_point_id  TEXT    NOT NULL, -- the latest
    keep_days      INTEGER,          -- null: the configured number
    UNIQUE (smartserver_id, name)
) STRICT;

CREATE INDEX series_by_data_point ON series (data_point_id);

CREATE TABLE history (
    series  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    number  REAL,
    text    TEXT,             -- a value that is not a number, as JSON
    quality INTEGER NOT NULL, -- 0 to 2: the value can be used
    source  INTEGER NOT NULL,
    PRIMARY KEY (series, at)
) STRICT, WITHOUT ROWID;

-- Times of which readings are missing.
CREATE TABLE history_gaps (
    id             TEXT    NOT NULL PRIMARY KEY,
    smartserver_id TEXT    NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    from_at        INTEGER NOT NULL,
    to_at          INTEGER,          -- null: it goes on
    reason         TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    detail         TEXT,
    points         TEXT              -- JSON: names of those that it is of; null: all
) STRICT;

CREATE INDEX history_gaps_of_smartserver ON history_gaps (smartserver_id, from_at);
-- Few of many: looked for again and again.
CREATE INDEX history_gaps_unfinished ON history_gaps (smartserver_id, from_at, id) WHERE state IN ('open', 'filling');
