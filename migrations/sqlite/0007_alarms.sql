-- How far each alarm notifier's log was read.
CREATE TABLE alarm_notifiers (
    smartserver_id TEXT    NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    name           TEXT    NOT NULL,
    since          INTEGER,
    cursor         TEXT,
    PRIMARY KEY (smartserver_id, name)
) STRICT;

CREATE TABLE alarms (
    id              TEXT    NOT NULL PRIMARY KEY,
    smartserver_id  TEXT    NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    print           TEXT    NOT NULL, -- of notifier, data point and time: the SmartServer's key
    notifier        TEXT    NOT NULL,
    point           TEXT    NOT NULL,
    alarm_time      TEXT    NOT NULL,
    alarm_at        INTEGER,
    raised_at       INTEGER NOT NULL,
    text            TEXT,
    priority        INTEGER,
    alarm_group     INTEGER,
    condition       TEXT,
    value           TEXT    NOT NULL,
    unit            TEXT,
    state           TEXT    NOT NULL,
    notifier_status TEXT,
    comment         TEXT,
    user_name       TEXT,
    acknowledged    INTEGER NOT NULL,
    acknowledged_at INTEGER,
    first_seen_at   INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    cleared_at      INTEGER,
    search          TEXT    NOT NULL  -- what is looked through, in lower case
) STRICT;

CREATE UNIQUE INDEX alarms_by_print ON alarms (smartserver_id, print);
CREATE INDEX alarms_by_time ON alarms (raised_at, id);
CREATE INDEX alarms_of_smartserver ON alarms (smartserver_id, raised_at, id);
CREATE INDEX alarms_active ON alarms (raised_at, id) WHERE state = 'active';
CREATE INDEX alarms_cleared ON alarms (cleared_at) WHERE state = 'cleared';
