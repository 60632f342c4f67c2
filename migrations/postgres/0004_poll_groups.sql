CREATE TABLE poll_groups (
    id          TEXT COLLATE "C" NOT NULL CONSTRAINT "poll_groups.id" PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL CONSTRAINT "poll_groups.name" UNIQUE,
    enabled     BOOLEAN          NOT NULL,
    points      TEXT             NOT NULL, -- a selection, or data points by SmartServer and name
    interval_ms BIGINT,                    -- null: it does not poll
    max_age_ms  BIGINT,
    history     TEXT,                      -- null: it remembers nothing
    created_at  BIGINT           NOT NULL
);
