CREATE TABLE identities (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    jid               TEXT COLLATE "C" NOT NULL CONSTRAINT "identities.jid" UNIQUE,
    resource          TEXT COLLATE "C" NOT NULL,
    bosh_urls         TEXT             NOT NULL,
    password          TEXT             NOT NULL, -- sealed
    plain_on_loopback BOOLEAN          NOT NULL,
    ca_pem            TEXT,
    created_at        BIGINT           NOT NULL
);

CREATE TABLE smartservers (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    key               TEXT COLLATE "C" NOT NULL CONSTRAINT "smartservers.key" UNIQUE,
    identity_id       TEXT COLLATE "C" NOT NULL REFERENCES identities (id),
    jid               TEXT COLLATE "C" NOT NULL CONSTRAINT "smartservers.jid" UNIQUE,
    name              TEXT COLLATE "C" NOT NULL,
    site              TEXT COLLATE "C",
    tags              TEXT             NOT NULL,
    inventory_at      BIGINT,
    created_at        BIGINT           NOT NULL
);

CREATE INDEX smartservers_by_identity ON smartservers (identity_id);

CREATE TABLE data_points (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    smartserver_id    TEXT COLLATE "C" NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    name              TEXT COLLATE "C" NOT NULL,
    alias             TEXT,
    description       TEXT,
    format            TEXT,
    unit              TEXT,
    direction         TEXT,
    presets           TEXT             NOT NULL,
    configured_at     BIGINT,
    UNIQUE (smartserver_id, name)
);

-- The latest reading of each data point.
CREATE TABLE readings (
    data_point_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES data_points (id) ON DELETE CASCADE,
    value             TEXT             NOT NULL,
    preset            TEXT,
    raw               TEXT             NOT NULL,
    unit              TEXT,
    format            TEXT,
    status            TEXT,
    priority          BIGINT,
    never_read        BOOLEAN          NOT NULL,
    observed_at       BIGINT,
    received_at       BIGINT           NOT NULL,
    age_at_receipt_ms BIGINT,
    source            TEXT COLLATE "C" NOT NULL,
    fault_code        BIGINT,
    fault_text        TEXT
);

CREATE TABLE commands (
    id                TEXT COLLATE "C" NOT NULL CONSTRAINT "commands.id" PRIMARY KEY,
    action            TEXT             NOT NULL,
    reason            TEXT,
    verify            BOOLEAN          NOT NULL,
    requested_by      TEXT COLLATE "C" NOT NULL,
    created_at        BIGINT           NOT NULL,
    deadline_at       BIGINT           NOT NULL
);

-- Without references to inventory: the fate of a command outlives the data points it named.
CREATE TABLE command_items (
    command_id        TEXT COLLATE "C" NOT NULL REFERENCES commands (id) ON DELETE CASCADE,
    position          BIGINT           NOT NULL,
    data_point_id     TEXT COLLATE "C" NOT NULL,
    smartserver_id    TEXT COLLATE "C" NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    phase             TEXT COLLATE "C" NOT NULL,
    outcome           TEXT COLLATE "C",
    reason            TEXT,
    held_at           BIGINT,
    raw               TEXT,
    updated_at        BIGINT           NOT NULL,
    PRIMARY KEY (command_id, data_point_id)
);

CREATE INDEX command_items_unfinished ON command_items (command_id) WHERE phase <> 'finished';

CREATE TABLE api_keys (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name              TEXT COLLATE "C" NOT NULL CONSTRAINT "api_keys.name" UNIQUE,
    hash              BYTEA            NOT NULL,
    created_at        BIGINT           NOT NULL,
    last_used_at      BIGINT
);

CREATE TABLE web_sessions (
    token_hash        BYTEA            NOT NULL PRIMARY KEY,
    api_key_id        TEXT COLLATE "C" NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    created_at        BIGINT           NOT NULL,
    idle_until        BIGINT           NOT NULL,
    expires_at        BIGINT           NOT NULL
);

CREATE INDEX web_sessions_by_api_key ON web_sessions (api_key_id);

CREATE TABLE idempotency_keys (
    api_key_id        TEXT COLLATE "C" NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    key               TEXT COLLATE "C" NOT NULL,
    fingerprint       BYTEA            NOT NULL,
    resource_id       TEXT COLLATE "C" NOT NULL, -- what the request makes is made under this id
    run               TEXT COLLATE "C" NOT NULL, -- the process run that has it in hand
    status            BIGINT,          -- null while in hand
    body              TEXT,
    created_at        BIGINT           NOT NULL,
    PRIMARY KEY (api_key_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
