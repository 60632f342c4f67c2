-- What resumes an identity's stream (XEP-0198) after a crash. Of no use without the account's password,
-- so not sealed.
CREATE TABLE streams (
    identity_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES identities (id) ON DELETE CASCADE,
    stream_id   TEXT             NOT NULL,
    jid         TEXT             NOT NULL,
    received    BIGINT           NOT NULL
);

-- Id of the iq that carries the item, from when it is sent: its answer may come to a later run.
ALTER TABLE command_items ADD COLUMN iq_id TEXT;
