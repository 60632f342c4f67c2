//! Data loggers: their configuration and their logs.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::blocks::Changed;
use super::lane::Rank;
use super::log_pages::{Seen, fingerprint};
use super::logs::{LogEntries, LogQuery, LogSource, LoggedValue, block_fault, changing};
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{DataLoggerChange, DataLoggerConfig, DataPointName, LogState};
use crate::smartserver::batches::{BatchLimits, batches};
use crate::smartserver::{
    Block, BlockKind, DataLogEntry, LogFilter, LogPage, LogPositions, PointData, SmartServerRpc,
};

/// An entry of a data log.
#[derive(Debug, Clone)]
pub struct LoggedReading {
    /// Time of the entry by the SmartServer's clock.
    pub logged_at: Option<Timestamp>,
    /// The value.
    pub value: LoggedValue,
}

/// A data logger with what its log tells.
#[derive(Debug, Clone)]
pub struct DataLogger {
    /// Configuration.
    pub config: DataLoggerConfig,
    /// State of the log, if it was asked for and there is one.
    pub state: Option<LogState>,
}

struct DataLog {
    gateway: Gateway,
    unit: Arc<Unit>,
    name: DataPointName,
    rank: Rank,
    deadline: Instant,
}

impl Gateway {
    /// The data loggers of a SmartServer, or the one of a name; with the states of their logs, if wanted,
    /// which costs a message more.
    ///
    /// # Errors
    /// `Unknown` data logger; those of the calls.
    pub async fn data_loggers(
        &self,
        key: &str,
        name: Option<DataPointName>,
        with_state: bool,
    ) -> Result<Vec<DataLogger>, GatewayError> {
        let unit = self.unit(key)?;
        let blocks = self.blocks(&unit, BlockKind::DataLogger, name).await?;
        let configs: Vec<_> = blocks.iter().map(Block::data_logger).collect();
        let states = if with_state { self.log_states(&unit, &configs).await? } else { Vec::new() };
        let state = |name: &str| states.iter().find(|state| state.name == name).cloned();
        Ok(configs
            .into_iter()
            .map(|config| DataLogger { state: state(&config.block.name), config })
            .collect())
    }

    async fn log_states(
        &self,
        unit: &Arc<Unit>,
        configs: &[DataLoggerConfig],
    ) -> Result<Vec<LogState>, GatewayError> {
        let names: Vec<DataPointName> =
            configs.iter().filter_map(|config| config.block.name.parse().ok()).collect();
        let filter = LogFilter { positions: Some(LogPositions::First(1)), ..LogFilter::default() };
        let mut states = Vec::new();
        for some in batches(&names, BatchLimits { items: 10, ..BatchLimits::READ }) {
            let (names, filter) = (some.to_vec(), filter.clone());
            let read = move |rpc: SmartServerRpc, limits| async move {
                rpc.read_data_log(&names, &filter, limits).await
            };
            let answer = self.ask_twice(unit, self.deadline(None), read).await?;
            states.extend(answer.value.map(|page| page.states).unwrap_or_default());
        }
        Ok(states)
    }

    /// Changes a data logger.
    ///
    /// # Errors
    /// `Unknown` data logger; `OutcomeUnknown` when it may have been changed; those of the calls.
    pub async fn change_data_logger(
        &self,
        key: &str,
        name: DataPointName,
        change: DataLoggerChange,
    ) -> Result<Changed<DataLoggerConfig>, GatewayError> {
        let unit = self.unit(key)?;
        let apply = move |block: Block| block.data_logger_changed(&change);
        let Changed { config, is_read_back } =
            self.change_block(&unit, BlockKind::DataLogger, name, apply).await?;
        Ok(Changed { config: config.data_logger(), is_read_back })
    }

    /// Part of a data log.
    ///
    /// # Errors
    /// `Unknown` data logger; `Invalid` cursor; those of the calls.
    pub async fn data_log(
        &self,
        key: &str,
        name: DataPointName,
        query: &LogQuery,
    ) -> Result<LogEntries<LoggedReading>, GatewayError> {
        self.data_log_as(Rank::Read, &self.unit(key)?, name, query).await
    }

    /// The same for whoever it is.
    pub(super) async fn data_log_as(
        &self,
        rank: Rank,
        unit: &Arc<Unit>,
        name: DataPointName,
        query: &LogQuery,
    ) -> Result<LogEntries<LoggedReading>, GatewayError> {
        let deadline = self.deadline(None);
        let log = DataLog { gateway: self.clone(), unit: Arc::clone(unit), name, rank, deadline };
        let read = self.read_log(unit, &log, query).await?;
        if read.entries.is_empty() && read.state.is_none() {
            // Either nothing was logged yet, or there is no such data logger.
            self.blocks_as(rank, unit, BlockKind::DataLogger, Some(log.name)).await?;
        }
        let inventory = unit.points();
        let logged = |entry: DataLogEntry| LoggedReading {
            logged_at: entry.data.updated_at,
            value: LoggedValue::new(&inventory, entry.name, entry.data),
        };
        Ok(read.map(logged))
    }

    /// Removes the entries of a data log, those up to a time only if one is given; gives what the
    /// SmartServer tells of the log after that.
    ///
    /// # Errors
    /// `Unknown` data logger; `OutcomeUnknown` when it may have been done; those of the call.
    pub async fn clear_data_log(
        &self,
        key: &str,
        name: DataPointName,
        until: Option<Timestamp>,
    ) -> Result<Option<LogState>, GatewayError> {
        let unit = self.unit(key)?;
        let clear =
            move |rpc: SmartServerRpc, limits| async move { rpc.clear_data_log(&name, until, limits).await };
        let answer = self.call(&unit, self.deadline(None), clear).await.map_err(changing)?;
        answer.value.map_err(|fault| block_fault(Thing::DataLogger, fault))
    }
}

impl LogSource for DataLog {
    type Entry = DataLogEntry;

    fn words(&self) -> Vec<String> {
        vec!["data log".to_owned(), self.unit.id.to_string(), self.name.to_string()]
    }

    fn name(&self) -> &DataPointName {
        &self.name
    }

    fn keeps_entries(&self) -> bool {
        true
    }

    async fn ask(&self, filter: LogFilter) -> Result<LogPage<DataLogEntry>, GatewayError> {
        let logs = [self.name.clone()];
        let read =
            move |rpc: SmartServerRpc, limits| async move { rpc.read_data_log(&logs, &filter, limits).await };
        let answer = self.gateway.ask_as(self.rank, &self.unit, self.deadline, read).await?;
        answer.value.map_err(|fault| block_fault(Thing::DataLogger, fault))
    }

    fn seen(entry: &DataLogEntry) -> Seen {
        let PointData { raw, preset, status, priority, updated_at, .. } = &entry.data;
        let at = updated_at.map(|at| at.to_string()).unwrap_or_default();
        let priority = priority.map(|priority| priority.0.to_string()).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let print = fingerprint(&[&entry.name, &at, raw, &text(preset), &text(status), &priority]);
        Seen { at: updated_at.map(Timestamp::as_millisecond), print }
    }
}
