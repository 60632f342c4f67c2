-- Nodes of pubsub services that identities read. A node carries the values of one SmartServer.
CREATE TABLE pubsub (
    id             TEXT NOT NULL PRIMARY KEY,
    identity_id    TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    service        TEXT NOT NULL,
    node           TEXT NOT NULL,
    smartserver_id TEXT NOT NULL REFERENCES smartservers (id) ON DELETE CASCADE,
    created_at     INTEGER NOT NULL,
    UNIQUE (identity_id, service, node)
) STRICT;

CREATE INDEX pubsub_of_smartserver ON pubsub (smartserver_id);
