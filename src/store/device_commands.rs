use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{json, millis, parse, parse_json, parse_word, time, word};
use super::pool::{on_reader, on_writer};
use super::{Store, StoreError};
use crate::domain::{DeviceCommand, DeviceCommandId, DeviceProgress, SmartServerId};

const INSERT: &str = "INSERT INTO device_commands (id, smartserver_id, device, command, mode, reason, \
     requested_by, created_at, deadline_at, phase, outcome, detail, result, shown_before, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const ADVANCE: &str = "UPDATE device_commands SET phase = $2, outcome = $3, detail = $4, result = $5, \
     shown_before = $6, updated_at = $7 WHERE id = $1 AND phase <> 'finished'";
const OF_SMARTSERVER: &str = "SELECT * FROM device_commands WHERE smartserver_id = $1 AND \
     (created_at < $2 OR (created_at = $2 AND id < $3)) ORDER BY created_at DESC, id DESC LIMIT $4";

/// The table of device commands. What was stored is synced to the disk when a call returns.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCommands<'a> {
    pub(super) store: &'a Store,
}

impl DeviceCommands<'_> {
    /// Adds a command. [`Conflict::DeviceCommand`](super::Conflict::DeviceCommand) when there is one with
    /// its id: the same request came before; [`Conflict::DeviceBusy`](super::Conflict::DeviceBusy) when
    /// another one of its device has no outcome yet.
    pub async fn insert(&self, command: &DeviceCommand) -> Result<(), StoreError> {
        let row = Row::from_domain(command)?;
        on_writer!(self.store.pool(), db => { sqlx::query(INSERT)
            .bind(&row.id).bind(&row.smartserver_id).bind(&row.device).bind(&row.command).bind(&row.mode)
            .bind(&row.reason).bind(&row.requested_by).bind(row.created_at).bind(row.deadline_at)
            .bind(&row.phase).bind(&row.outcome).bind(&row.detail).bind(&row.result)
            .bind(&row.shown_before).bind(row.updated_at)
            .execute(db).await?; });
        Ok(())
    }

    /// Notes how far a command has come; that it is sent, before it is. An outcome is final: whether
    /// anything changed.
    pub async fn advance(&self, id: DeviceCommandId, progress: &DeviceProgress) -> Result<bool, StoreError> {
        let columns = Progress::from_domain(progress)?;
        let done = on_writer!(self.store.pool(), db => sqlx::query(ADVANCE)
            .bind(id.to_string()).bind(&columns.phase).bind(&columns.outcome).bind(&progress.detail)
            .bind(&columns.result).bind(&progress.shown_before).bind(millis(progress.updated_at))
            .execute(db).await?.rows_affected());
        Ok(done > 0)
    }

    /// The command with this id.
    pub async fn get(&self, id: DeviceCommandId) -> Result<Option<DeviceCommand>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM device_commands WHERE id = $1")
                .bind(id.to_string()).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// Commands to the devices of a SmartServer, newest first: those that are older than the one made
    /// then and with this id, at most `limit`.
    pub async fn of_smartserver(
        &self,
        smartserver: SmartServerId,
        before: Option<(Timestamp, DeviceCommandId)>,
        limit: usize,
    ) -> Result<Vec<DeviceCommand>, StoreError> {
        let (at, id) = match before {
            Some((at, id)) => (millis(at), id.to_string()),
            None => (i64::MAX, String::new()),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(OF_SMARTSERVER)
            .bind(smartserver.to_string()).bind(at).bind(id).bind(limit).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Those without an outcome, oldest first: what a start finds from the run before.
    pub async fn list_unfinished(&self) -> Result<Vec<DeviceCommand>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(
            "SELECT * FROM device_commands WHERE phase <> 'finished' ORDER BY created_at, id")
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    smartserver_id: String,
    device: String,
    command: String,
    mode: String,
    reason: Option<String>,
    requested_by: String,
    created_at: i64,
    deadline_at: i64,
    phase: String,
    outcome: Option<String>,
    detail: Option<String>,
    result: Option<String>,
    shown_before: Option<String>,
    updated_at: i64,
}

/// What changes while a command is under way.
struct Progress {
    phase: String,
    outcome: Option<String>,
    result: Option<String>,
}

impl Progress {
    fn from_domain(progress: &DeviceProgress) -> Result<Self, StoreError> {
        let report = progress.report.as_ref();
        Ok(Self {
            phase: word(&progress.phase)?,
            outcome: progress.outcome.as_ref().map(word).transpose()?,
            result: report.map(|report| json("device_commands.result", report)).transpose()?,
        })
    }
}

impl Row {
    fn from_domain(command: &DeviceCommand) -> Result<Self, StoreError> {
        let Progress { phase, outcome, result } = Progress::from_domain(&command.progress)?;
        Ok(Self {
            id: command.id.to_string(),
            smartserver_id: command.smartserver_id.to_string(),
            device: command.device.as_str().to_owned(),
            command: word(&command.order)?,
            mode: word(&command.order.mode())?,
            reason: command.reason.clone(),
            requested_by: command.requested_by.clone(),
            created_at: millis(command.created_at),
            deadline_at: millis(command.deadline_at),
            phase,
            outcome,
            detail: command.progress.detail.clone(),
            result,
            shown_before: command.progress.shown_before.clone(),
            updated_at: millis(command.progress.updated_at),
        })
    }

    fn into_domain(self) -> Result<DeviceCommand, StoreError> {
        let outcome = self.outcome.as_deref();
        let result = self.result.as_deref();
        let progress = DeviceProgress {
            phase: parse_word("device_commands.phase", &self.phase)?,
            outcome: outcome.map(|word| parse_word("device_commands.outcome", word)).transpose()?,
            detail: self.detail,
            report: result.map(|text| parse_json("device_commands.result", text)).transpose()?,
            shown_before: self.shown_before,
            updated_at: time("device_commands.updated_at", self.updated_at)?,
        };
        Ok(DeviceCommand {
            id: parse("device_commands.id", &self.id)?,
            smartserver_id: parse("device_commands.smartserver_id", &self.smartserver_id)?,
            device: parse("device_commands.device", &self.device)?,
            order: parse_word("device_commands.command", &self.command)?,
            reason: self.reason,
            requested_by: self.requested_by,
            created_at: time("device_commands.created_at", self.created_at)?,
            deadline_at: time("device_commands.deadline_at", self.deadline_at)?,
            progress,
        })
    }
}
