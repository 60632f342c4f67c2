//! Alarm generators and notifiers: their configuration, the notifiers' logs, and what is done to alarms.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::blocks::Changed;
use super::lane::Rank;
use super::log_pages::{Seen, fingerprint};
use super::logs::{LogEntries, LogQuery, LogSource, LoggedValue, block_fault, changing};
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{
    AlarmGeneratorChange, AlarmGeneratorConfig, AlarmLog, AlarmNotifierChange, AlarmNotifierConfig,
    DataPointName, ItemFault, LogState,
};
use crate::smartserver::{
    AlarmAcknowledgement, AlarmEntry, AlarmKey, Block, BlockKind, LogFilter, LogPage, NOT_IN_ANSWER,
    SmartServerRpc,
};

/// "No data": there is no alarm of this point at this time.
const NO_DATA: i32 = 15;

/// An alarm in a notifier's log.
#[derive(Debug, Clone)]
pub struct LoggedAlarm {
    /// What the SmartServer logged, its value aside.
    pub entry: AlarmEntry,
    /// The value that raised it.
    pub value: LoggedValue,
}

/// What became of an alarm that was to be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmOutcome {
    /// Answered without fault.
    Done,
    /// The SmartServer knows no such alarm.
    NotFound(ItemFault),
    /// The SmartServer refused it.
    Refused(ItemFault),
    /// It may have been done.
    Unknown(String),
}

/// One of a notifier's logs, and how it is asked for.
pub(super) struct NotifierLog {
    pub(super) gateway: Gateway,
    pub(super) unit: Arc<Unit>,
    pub(super) name: DataPointName,
    pub(super) log: AlarmLog,
    pub(super) rank: Rank,
    /// Deadline of the whole; each message has the configured time where there is none.
    pub(super) deadline: Option<Instant>,
}

impl Gateway {
    /// The alarm generators of a SmartServer, or the one of a name.
    ///
    /// # Errors
    /// `Unknown` alarm generator; those of the calls.
    pub async fn alarm_generators(
        &self,
        key: &str,
        name: Option<DataPointName>,
    ) -> Result<Vec<AlarmGeneratorConfig>, GatewayError> {
        let unit = self.unit(key)?;
        let blocks = self.blocks(&unit, BlockKind::AlarmGenerator, name).await?;
        Ok(blocks.iter().map(Block::alarm_generator).collect())
    }

    /// Changes an alarm generator.
    ///
    /// # Errors
    /// `Unknown` alarm generator; `OutcomeUnknown` when it may have been changed; those of the calls.
    pub async fn change_alarm_generator(
        &self,
        key: &str,
        name: DataPointName,
        change: AlarmGeneratorChange,
    ) -> Result<Changed<AlarmGeneratorConfig>, GatewayError> {
        let unit = self.unit(key)?;
        let apply = move |block: Block| block.alarm_generator_changed(&change);
        let Changed { config, is_read_back } =
            self.change_block(&unit, BlockKind::AlarmGenerator, name, apply).await?;
        Ok(Changed { config: config.alarm_generator(), is_read_back })
    }

    /// The alarm notifiers of a SmartServer, or the one of a name.
    ///
    /// # Errors
    /// `Unknown` alarm notifier; those of the calls.
    pub async fn alarm_notifiers(
        &self,
        key: &str,
        name: Option<DataPointName>,
    ) -> Result<Vec<AlarmNotifierConfig>, GatewayError> {
        let unit = self.unit(key)?;
        let blocks = self.blocks(&unit, BlockKind::AlarmNotifier, name).await?;
        Ok(blocks.iter().map(Block::alarm_notifier).collect())
    }

    /// Changes an alarm notifier.
    ///
    /// # Errors
    /// `Unknown` alarm notifier; `OutcomeUnknown` when it may have been changed; those of the calls.
    pub async fn change_alarm_notifier(
        &self,
        key: &str,
        name: DataPointName,
        change: AlarmNotifierChange,
    ) -> Result<Changed<AlarmNotifierConfig>, GatewayError> {
        let unit = self.unit(key)?;
        let apply = move |block: Block| block.alarm_notifier_changed(&change);
        let Changed { config, is_read_back } =
            self.change_block(&unit, BlockKind::AlarmNotifier, name, apply).await?;
        Ok(Changed { config: config.alarm_notifier(), is_read_back })
    }

    /// Part of one of a notifier's logs.
    ///
    /// # Errors
    /// `Unknown` alarm notifier; `Invalid` cursor; those of the calls.
    pub async fn alarm_log(
        &self,
        key: &str,
        name: DataPointName,
        log: AlarmLog,
        query: &LogQuery,
    ) -> Result<LogEntries<LoggedAlarm>, GatewayError> {
        let unit = self.unit(key)?;
        let (rank, deadline) = (Rank::Read, Some(self.deadline(None)));
        let source =
            NotifierLog { gateway: self.clone(), unit: Arc::clone(&unit), name, log, rank, deadline };
        let read = self.read_log(&unit, &source, query).await?;
        if read.entries.is_empty() && read.state.is_none() {
            // Either no alarm was logged yet, or there is no such notifier.
            self.blocks(&unit, BlockKind::AlarmNotifier, Some(source.name)).await?;
        }
        let inventory = unit.points();
        let logged = |entry: AlarmEntry| LoggedAlarm {
            value: LoggedValue::new(&inventory, entry.name.clone(), entry.data.clone()),
            entry,
        };
        Ok(read.map(logged))
    }

    /// Acknowledges, clears or comments alarms in one message, which is never sent again.
    ///
    /// # Errors
    /// Those of a call that certainly changed nothing.
    pub async fn acknowledge_alarms(
        &self,
        key: &str,
        order: AlarmAcknowledgement,
    ) -> Result<Vec<(AlarmKey, AlarmOutcome)>, GatewayError> {
        let unit = self.unit(key)?;
        let alarms = order.alarms.clone();
        let write =
            move |rpc: SmartServerRpc, limits| async move { rpc.acknowledge_alarms(&order, limits).await };
        match self.call_as(Rank::Command, &unit, self.deadline(None), write).await.map_err(changing) {
            Ok(answer) => Ok(alarms.into_iter().zip(answer.value.into_iter().map(outcome)).collect()),
            Err(GatewayError::OutcomeUnknown(why)) => {
                Ok(alarms.into_iter().map(|alarm| (alarm, AlarmOutcome::Unknown(why.clone()))).collect())
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the alarms of a notifier's log, those up to a time only if one is given; gives what the
    /// SmartServer tells of the log after that.
    ///
    /// # Errors
    /// `Unknown` alarm notifier; `OutcomeUnknown` when it may have been done; those of the call.
    pub async fn clear_alarm_log(
        &self,
        key: &str,
        name: DataPointName,
        log: AlarmLog,
        until: Option<Timestamp>,
    ) -> Result<Option<LogState>, GatewayError> {
        let unit = self.unit(key)?;
        let clear = move |rpc: SmartServerRpc, limits| async move {
            rpc.clear_alarm_log(&name, log, until, limits).await
        };
        let answer = self.call(&unit, self.deadline(None), clear).await.map_err(changing)?;
        answer.value.map_err(|fault| block_fault(Thing::AlarmNotifier, fault))
    }
}

fn outcome(answer: Result<(), ItemFault>) -> AlarmOutcome {
    match answer {
        Ok(()) => AlarmOutcome::Done,
        Err(fault) if fault.code == NOT_IN_ANSWER => AlarmOutcome::Unknown(fault.text),
        Err(fault) if fault.is_not_found() || fault.code == NO_DATA => AlarmOutcome::NotFound(fault),
        Err(fault) => AlarmOutcome::Refused(fault),
    }
}

impl LogSource for NotifierLog {
    type Entry = AlarmEntry;

    fn words(&self) -> Vec<String> {
        vec![self.log.word().to_owned(), self.unit.id.to_string(), self.name.to_string()]
    }

    fn name(&self) -> &DataPointName {
        &self.name
    }

    fn keeps_entries(&self) -> bool {
        self.log == AlarmLog::Historical
    }

    async fn ask(&self, filter: LogFilter) -> Result<LogPage<AlarmEntry>, GatewayError> {
        let (name, log) = (self.name.clone(), self.log);
        let read = move |rpc: SmartServerRpc, limits| async move {
            rpc.read_alarm_log(&name, log, &filter, limits).await
        };
        let deadline = self.deadline.unwrap_or_else(|| self.gateway.deadline(None));
        let answer = self.gateway.ask_as(self.rank, &self.unit, deadline, read).await?;
        answer.value.map_err(|fault| block_fault(Thing::AlarmNotifier, fault))
    }

    /// An alarm's status and comment change while it stands in the log: its key alone tells it.
    fn seen(entry: &AlarmEntry) -> Seen {
        let notifier = entry.notifier.as_deref().unwrap_or_default();
        let at = entry.alarm_at.map(|at| at.to_string()).unwrap_or_default();
        let print = fingerprint(&[&entry.name, notifier, &at]);
        Seen { at: entry.alarm_at.map(Timestamp::as_millisecond), print }
    }
}
