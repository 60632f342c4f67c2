-- How far each alarm notifier's log was read.
CREATE TABLE alarm_notifiers (
    smartserver_id  TEXT COLLATE "C" NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    since           BIGINT,
    cursor          TEXT COLLATE "C",
    PRIMARY KEY (smartserver_id, name)
);

CREATE TABLE alarms (
    id              TEXT COLLATE "C" NOT NULL CONSTRAINT "alarms.id" PRIMARY KEY,
    smartserver_id  TEXT COLLATE "C" NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    print           TEXT COLLATE "C" NOT NULL, -- of notifier, data point and time: the SmartServer's key
    notifier        TEXT COLLATE "C" NOT NULL,
    point           TEXT COLLATE "C" NOT NULL,
    alarm_time      TEXT COLLATE "C" NOT NULL,
    alarm_at        BIGINT,
    raised_at       BIGINT           NOT NULL,
    text            TEXT,
    priority        BIGINT,
    alarm_group     BIGINT,
    condition       TEXT COLLATE "C",
    value           TEXT             NOT NULL,
    unit            TEXT,
    state           TEXT COLLATE "C" NOT NULL,
    notifier_status TEXT COLLATE "C",
    comment         TEXT,
    user_name       TEXT,
    acknowledged    BOOLEAN          NOT NULL,
    acknowledged_at BIGINT,
    first_seen_at   BIGINT           NOT NULL,
    updated_at      BIGINT           NOT NULL,
    cleared_at      BIGINT,
    search          TEXT COLLATE "C" NOT NULL  -- what is looked through, in lower case
);

CREATE UNIQUE INDEX alarms_by_print ON alarms (smartserver_id, print);
CREATE INDEX alarms_by_time ON alarms (raised_at, id);
CREATE INDEX alarms_of_smartserver ON alarms (smartserver_id, raised_at, id);
CREATE INDEX alarms_active ON alarms (raised_at, id) WHERE state = 'active';
CREATE INDEX alarms_cleared ON alarms (cleared_at) WHERE state = 'cleared';
