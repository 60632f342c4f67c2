-- When its command was accepted: the commands of a data point or a SmartServer are listed in this order, which
-- only an index of the items themselves can give.
ALTER TABLE command_items ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
UPDATE command_items SET created_at = (SELECT commands.created_at FROM commands WHERE commands.id = command_id);

CREATE INDEX commands_by_time ON commands (created_at, id);
CREATE INDEX command_items_of_data_point ON command_items (data_point_id, created_at, command_id);
CREATE INDEX command_items_of_smartserver ON command_items (smartserver_id, created_at, command_id);
CREATE INDEX command_items_open ON command_items (created_at, command_id) WHERE phase <> 'finished';

CREATE INDEX journal_by_time ON journal (happened_at, id);
