-- Without references to SmartServers: the fate of a command outlives what it was sent to.
CREATE TABLE device_commands (
    id             TEXT    NOT NULL PRIMARY KEY,
    smartserver_id TEXT    NOT NULL,
    device         TEXT    NOT NULL,
    command        TEXT    NOT NULL,
    mode           TEXT    NOT NULL,
    reason         TEXT,             -- the caller's
    requested_by   TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    deadline_at    INTEGER NOT NULL,
    phase          TEXT    NOT NULL,
    outcome        TEXT,
    detail         TEXT,             -- why it has this outcome
    result         TEXT,
    shown_before   TEXT,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX device_commands_of_smartserver ON device_commands (smartserver_id, created_at, id);

-- One command in progress per device.
CREATE UNIQUE INDEX device_commands_unfinished ON device_commands (smartserver_id, device)
    WHERE phase <> 'finished';
