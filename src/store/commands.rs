use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{FromRow, QueryBuilder};

use super::columns::{json, millis, number, parse, parse_json, parse_word, time, word};
use super::pool::{ROWS_PER_STATEMENT, in_transaction, on_reader, push_list};
use super::{Store, StoreError};
use crate::domain::{Command, CommandId, CommandItem, DataPointId, Outcome, Phase, Priority};

const INSERT: &str = "INSERT INTO commands \
     (id, action, reason, verify, requested_by, created_at, deadline_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_ITEMS: &str = "INSERT INTO command_items (command_id, position, data_point_id, \
     smartserver_id, name, phase, outcome, reason, held_at, raw, updated_at, iq_id, created_at) ";
const ITEMS: &str = "SELECT * FROM command_items WHERE command_id = $1 ORDER BY position";
const UNFINISHED: &str = "SELECT * FROM commands WHERE id IN \
     (SELECT command_id FROM command_items WHERE phase <> 'finished') ORDER BY created_at, id";
const UNFINISHED_ITEMS: &str = "SELECT * FROM command_items WHERE command_id IN \
     (SELECT command_id FROM command_items WHERE phase <> 'finished') ORDER BY command_id, position";
/// `column1` and so on is what both engines call the columns of `VALUES`.
const FINISH: &str = "UPDATE command_items SET phase = 'finished', outcome = done.column2, \
     reason = done.column3, held_at = done.column4, raw = done.column5, updated_at = done.column6 FROM (";

/// The table of commands. What was stored is synced to the disk when a call returns.
#[derive(Debug, Clone, Copy)]
pub struct Commands<'a> {
    pub(super) store: &'a Store,
}

/// The fate of one data point of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedItem {
    /// The point.
    pub data_point_id: DataPointId,
    /// Its fate.
    pub outcome: Outcome,
    /// Why, for people.
    pub reason: Option<String>,
    /// Priority of the holder as read back.
    pub held_at: Option<Priority>,
    /// The value's text as read back.
    pub raw: Option<String>,
}

impl Commands<'_> {
    /// Adds a command with its items. [`Conflict::Command`](super::Conflict::Command) when there is
    /// one with its id: the same request came before.
    pub async fn insert(&self, command: &Command) -> Result<(), StoreError> {
        let row = CommandRow::from_domain(command)?;
        let items = item_rows(command)?;
        let created_at = row.created_at;
        in_transaction!(self.store.pool(), tx => {
            sqlx::query(INSERT)
                .bind(&row.id).bind(&row.action).bind(&row.reason).bind(row.verify)
                .bind(&row.requested_by).bind(row.created_at).bind(row.deadline_at)
                .execute(&mut *tx).await?;
            for rows in items.chunks(ROWS_PER_STATEMENT) {
                let mut query = QueryBuilder::new(INSERT_ITEMS);
                query.push_values(rows, |mut tuple, row| {
                    tuple.push_bind(&row.command_id).push_bind(row.position).push_bind(&row.data_point_id)
                        .push_bind(&row.smartserver_id).push_bind(&row.name).push_bind(&row.phase)
                        .push_bind(&row.outcome).push_bind(&row.reason).push_bind(row.held_at)
                        .push_bind(&row.raw).push_bind(row.updated_at).push_bind(&row.iq_id)
                        .push_bind(created_at);
                });
                query.build().persistent(false).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Notes that queued items are about to be handed to the session, in which iq. To be called before
    /// they are: an item that is still queued after a crash was certainly not sent, and the answer to one
    /// that was is known by the id. Items in a later phase stay as they are. Gives the number of items
    /// that changed.
    pub async fn mark_sent(
        &self,
        id: CommandId,
        items: &[DataPointId],
        iq_id: &str,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        in_transaction!(self.store.pool(), tx => for items in items.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::new("UPDATE command_items SET phase = 'sent', updated_at = ");
            query.push_bind(millis(at)).push(", iq_id = ").push_bind(iq_id).push(" WHERE phase = 'queued' AND command_id = ");
            query.push_bind(id.to_string()).push(" AND data_point_id IN ");
            push_list(&mut query, items.iter().map(ToString::to_string));
            changed += query.build().persistent(false).execute(&mut *tx).await?.rows_affected();
        });
        Ok(changed)
    }

    /// Gives items their outcome. An outcome is final: items that have one keep it. Gives the number
    /// of items that changed.
    pub async fn finish(
        &self,
        id: CommandId,
        items: &[FinishedItem],
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let outcomes = items.iter().map(|item| word(&item.outcome)).collect::<Result<Vec<_>, _>>()?;
        let items: Vec<_> = items.iter().zip(outcomes).collect();
        let mut changed = 0;
        in_transaction!(self.store.pool(), tx => for items in items.chunks(ROWS_PER_STATEMENT) {
            let mut query = QueryBuilder::new(FINISH);
            query.push_values(items, |mut tuple, (item, outcome)| {
                tuple.push_bind(item.data_point_id.to_string()).push_bind(outcome)
                    .push_bind(&item.reason).push_bind(item.held_at.map(|held_at| i64::from(held_at.0)))
                    .push_bind(&item.raw).push_bind(millis(at));
            });
            query.push(") AS done WHERE phase <> 'finished' AND data_point_id = done.column1");
            query.push(" AND command_id = ").push_bind(id.to_string());
            changed += query.build().persistent(false).execute(&mut *tx).await?.rows_affected();
        });
        Ok(changed)
    }

    /// The command with this id.
    pub async fn get(&self, id: CommandId) -> Result<Option<Command>, StoreError> {
        let row: Option<CommandRow> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM commands WHERE id = $1")
                .bind(id.to_string()).fetch_optional(db).await?);
        let Some(row) = row else { return Ok(None) };
        let items: Vec<ItemRow> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(ITEMS).bind(id.to_string()).fetch_all(db).await?);
        row.into_domain(items).map(Some)
    }

    /// The commands that have items without an outcome, with all their items, oldest first: what a
    /// start finds from the run before.
    pub async fn list_unfinished(&self) -> Result<Vec<Command>, StoreError> {
        let rows: Vec<CommandRow> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(UNFINISHED).fetch_all(db).await?);
        let items: Vec<ItemRow> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(UNFINISHED_ITEMS).fetch_all(db).await?);
        let mut of_command: HashMap<String, Vec<ItemRow>> = HashMap::new();
        for item in items {
            of_command.entry(item.command_id.clone()).or_default().push(item);
        }
        // A command that was finished between the two statements has no items here.
        rows.into_iter()
            .filter_map(|row| of_command.remove(&row.id).map(|items| row.into_domain(items)))
            .collect()
    }
}

#[derive(FromRow)]
pub(super) struct CommandRow {
    pub(super) id: String,
    action: String,
    reason: Option<String>,
    verify: bool,
    requested_by: String,
    created_at: i64,
    deadline_at: i64,
}

impl CommandRow {
    fn from_domain(command: &Command) -> Result<Self, StoreError> {
        Ok(Self {
            id: command.id.to_string(),
            action: json("commands.action", &command.action)?,
            reason: command.reason.clone(),
            verify: command.verify,
            requested_by: command.requested_by.clone(),
            created_at: millis(command.created_at),
            deadline_at: millis(command.deadline_at),
        })
    }

    pub(super) fn into_domain(self, items: Vec<ItemRow>) -> Result<Command, StoreError> {
        Ok(Command {
            id: parse("commands.id", &self.id)?,
            action: parse_json("commands.action", &self.action)?,
            reason: self.reason,
            verify: self.verify,
            requested_by: self.requested_by,
            created_at: time("commands.created_at", self.created_at)?,
            deadline_at: time("commands.deadline_at", self.deadline_at)?,
            items: items.into_iter().map(ItemRow::into_domain).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct ItemRow {
    pub(super) command_id: String,
    position: i64,
    data_point_id: String,
    smartserver_id: String,
    name: String,
    phase: String,
    outcome: Option<String>,
    reason: Option<String>,
    held_at: Option<i64>,
    raw: Option<String>,
    updated_at: i64,
    iq_id: Option<String>,
}

fn item_rows(command: &Command) -> Result<Vec<ItemRow>, StoreError> {
    let id = command.id.to_string();
    (0..).zip(&command.items).map(|(position, item)| ItemRow::from_domain(&id, position, item)).collect()
}

impl ItemRow {
    fn from_domain(command_id: &str, position: i64, item: &CommandItem) -> Result<Self, StoreError> {
        Ok(Self {
            command_id: command_id.to_owned(),
            position,
            data_point_id: item.data_point_id.to_string(),
            smartserver_id: item.smartserver_id.to_string(),
            name: item.name.as_str().to_owned(),
            phase: word(&item.phase)?,
            outcome: item.outcome.as_ref().map(word).transpose()?,
            reason: item.reason.clone(),
            held_at: item.held_at.map(|priority| priority.0.into()),
            raw: item.raw.clone(),
            updated_at: millis(item.updated_at),
            iq_id: item.iq_id.clone(),
        })
    }

    fn into_domain(self) -> Result<CommandItem, StoreError> {
        let outcome = self.outcome.as_deref();
        Ok(CommandItem {
            data_point_id: parse("command_items.data_point_id", &self.data_point_id)?,
            smartserver_id: parse("command_items.smartserver_id", &self.smartserver_id)?,
            name: parse("command_items.name", &self.name)?,
            phase: parse_word::<Phase>("command_items.phase", &self.phase)?,
            outcome: outcome.map(|word| parse_word("command_items.outcome", word)).transpose()?,
            reason: self.reason,
            held_at: self.held_at.map(|n| number("command_items.held_at", n).map(Priority)).transpose()?,
            raw: self.raw,
            updated_at: time("command_items.updated_at", self.updated_at)?,
            iq_id: self.iq_id,
        })
    }
}
