CREATE TABLE identities (
    id                TEXT    NOT NULL PRIMARY KEY,
    jid               TEXT    NOT NULL UNIQUE,
    resource          TEXT    NOT NULL,
    bosh_urls         TEXT    NOT NULL,
    password          TEXT    NOT NULL, -- sealed
    plain_on_loopback INTEGER NOT NULL,
    ca_pem            TEXT,
    created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE smartservers (
    id           TEXT    NOT NULL PRIMARY KEY,
    key          TEXT    NOT NULL UNIQUE,
    identity_id  TEXT    NOT NULL REFERENCES identities (id),
    jid          TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    site         TEXT,
    tags         TEXT    NOT NULL,
    inventory_at INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX smartservers_by_identity ON smartservers (identity_id);

CREATE TABLE data_points (
    id             TEXT    NOT NULL PRIMARY KEY,
    smartserver_id TEXT    NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    name           TEXT    NOT NULL,
    alias          TEXT,
    description    TEXT,
    format         TEXT,
    unit           TEXT,
    direction      TEXT,
    presets        TEXT    NOT NULL,
    configured_at  INTEGER,
    UNIQUE (smartserver_id, name)
) STRICT;

-- The latest reading of each data point.
CREATE TABLE readings (
    data_point_id     TEXT    NOT NULL PRIMARY KEY REFERENCES data_points (id) ON DELETE CASCADE,
    value             TEXT    NOT NULL,
    preset            TEXT,
    raw               TEXT    NOT NULL,
    unit              TEXT,
    format            TEXT,
    status            TEXT,
    priority          INTEGER,
    never_read        INTEGER NOT NULL,
    observed_at       INTEGER,
    received_at       INTEGER NOT NULL,
    age_at_receipt_ms INTEGER,
    source            TEXT    NOT NULL,
    fault_code        INTEGER,
    fault_text        TEXT
) STRICT;

CREATE TABLE commands (
    id           TEXT    NOT NULL PRIMARY KEY,
    action       TEXT    NOT NULL,
    reason       TEXT,
    verify       INTEGER NOT NULL,
    requested_by TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    deadline_at  INTEGER NOT NULL
) STRICT;

-- Without references to inventory: the fate of a command outlives the data points it named.
CREATE TABLE command_items (
    command_id     TEXT    NOT NULL REFERENCES commands (id) ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    data_point_id  TEXT    NOT NULL,
    smartserver_id TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    phase          TEXT    NOT NULL,
    outcome        TEXT,
    reason         TEXT,
    held_at        INTEGER,
    raw            TEXT,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (command_id, data_point_id)
) STRICT;

CREATE INDEX command_items_unfinished ON command_items (command_id) WHERE phase <> 'finished';

CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    hash         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

CREATE TABLE web_sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    api_key_id TEXT    NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX web_sessions_by_api_key ON web_sessions (api_key_id);

CREATE TABLE idempotency_keys (
    api_key_id  TEXT    NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    resource_id TEXT    NOT NULL, -- what the request makes is made under this id
    run         TEXT    NOT NULL, -- the process run that has it in hand
    status      INTEGER,          -- null while in hand
    body        TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (api_key_id, key)
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
