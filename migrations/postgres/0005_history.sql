-- A data point's history. It outlives the point, and goes on when the SmartServer has a point of that name
-- again; that of a SmartServer which was removed is deleted piece by piece, hence no reference.
CREATE TABLE series (
    id                INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    smartserver_id    TEXT COLLATE "C" NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    data_point_id     TEXT COLLATE "C" NOT NULL, -- the latest
    keep_days         INTEGER,                   -- null: the configured number
    UNIQUE (smartserver_id, name)
);

CREATE INDEX series_by_data_point ON series (data_point_id);

-- One partition a month, made when it is needed: src/store/months.rs. The columns stand in the order that
-- leaves no padding between them.
CREATE TABLE history (
    at                BIGINT           NOT NULL,
    number            DOUBLE PRECISION,
    series            INTEGER          NOT NULL,
    quality           SMALLINT         NOT NULL, -- 0 to 2: the value can be used
    source            SMALLINT         NOT NULL,
    text              TEXT,                      -- a value that is not a number, as JSON
    PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);

-- Times of which readings are missing.
CREATE TABLE history_gaps (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    smartserver_id    TEXT COLLATE "C" NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    from_at           BIGINT           NOT NULL,
    to_at             BIGINT,                    -- null: it goes on
    reason            TEXT COLLATE "C" NOT NULL,
    state             TEXT COLLATE "C" NOT NULL,
    detail            TEXT,
    points            TEXT                       -- JSON: names of those that it is of; null: all
);

CREATE INDEX history_gaps_of_smartserver ON history_gaps (smartserver_id, from_at);
-- Few of many: looked for again and again.
CREATE INDEX history_gaps_unfinished ON history_gaps (smartserver_id, from_at, id) WHERE state IN ('open', 'filling');
