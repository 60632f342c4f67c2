-- Without references to SmartServers: the fate of a command outlives what it was sent to.
CREATE TABLE device_commands (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT "device_commands.id" PRIMARY KEY,
    smartserver_id TEXT COLLATE "C" NOT NULL,
    device         TEXT COLLATE "C" NOT NULL,
    command        TEXT COLLATE "C" NOT NULL,
    mode           TEXT COLLATE "C" NOT NULL,
    reason         TEXT,             -- the caller's
    requested_by   TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT           NOT NULL,
    deadline_at    BIGINT           NOT NULL,
    phase          TEXT COLLATE "C" NOT NULL,
    outcome        TEXT COLLATE "C",
    detail         TEXT,             -- why it has this outcome
    result         TEXT,
    shown_before   TEXT,
    updated_at     BIGINT           NOT NULL
);

CREATE INDEX device_commands_of_smartserver ON device_commands (smartserver_id, created_at, id);

-- One command in progress per device. Named as SQLite tells it.
CREATE UNIQUE INDEX "device_commands.smartserver_id, device_commands.device"
    ON device_commands (smartserver_id, device) WHERE phase <> 'finished';
