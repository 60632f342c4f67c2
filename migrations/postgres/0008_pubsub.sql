-- Nodes of pubsub services that identities read. A node carries the values of one SmartServer.
CREATE TABLE pubsub (
    id             TEXT COLLATE "C" NOT NULL CONSTRAINT "pubsub.id" PRIMARY KEY,
    identity_id    TEXT COLLATE "C" NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    service        TEXT COLLATE "C" NOT NULL,
    node           TEXT COLLATE "C" NOT NULL,
    smartserver_id TEXT COLLATE "C" NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    created_at     BIGINT NOT NULL,
    -- Named as SQLite tells it.
    CONSTRAINT "pubsub.identity_id, pubsub.service, pubsub.node" UNIQUE (identity_id, service, node)
);

CREATE INDEX pubsub_of_smartserver ON pubsub (smartserver_id);
