use jiff::Timestamp;

use super::super::format::{parse, text};
use super::super::handle::{ChangeError, Handle};
use super::super::unit::Unit;
use super::super::value::Value;
use super::{Block, Input, Kind, State};

/// An entry of a data log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// In whole milliseconds.
    pub at: Timestamp,
    /// The logged point.
    pub point: String,
    /// The value as a Read prints it.
    pub value: String,
}

/// What becomes of a log that is full, and with how many entries it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logging {
    /// It drops its oldest entries.
    Circular(usize),
    /// It takes no more.
    Historical(usize),
}

/// An alarm in the logs of a notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAlarm {
    /// In whole milliseconds; with the point it is the alarm's key.
    pub at: Timestamp,
    /// The point in alarm.
    pub point: String,
    /// `AL_ALM_CONDITION`
    pub condition: String,
    /// Whether the point went into the condition, not out of it.
    pub active: bool,
    /// `UCPTalarmStatus`: `NACK`, `MANUAL_ACK`, …
    pub status: String,
    /// Comment of who acknowledged.
    pub comment: String,
    /// Who acknowledged.
    pub user: String,
    /// Whether the summary log has it.
    pub in_summary: bool,
    /// Whether the historical log has it.
    pub in_history: bool,
}

impl Handle {
    /// Names of the data loggers, in the order of the configuration.
    pub fn data_loggers(&self) -> Vec<String> {
        self.blocks(Kind::DataLogger)
    }

    /// Names of the alarm generators.
    pub fn alarm_generators(&self) -> Vec<String> {
        self.blocks(Kind::AlarmGenerator)
    }

    /// Names of the alarm notifiers.
    pub fn alarm_notifiers(&self) -> Vec<String> {
        self.blocks(Kind::AlarmNotifier)
    }

    /// What a data logger has logged until now, in its order.
    ///
    /// # Errors
    /// [`ChangeError::UnknownBlock`]
    pub fn log_entries(&self, logger: &str) -> Result<Vec<LogEntry>, ChangeError> {
        let mut unit = self.shared.unit();
        let n = find(&unit, logger, Kind::DataLogger)?;
        unit.bring_log_up_to_date(n, Timestamp::now());
        let State::DataLogger(log) = &unit.applications[n].state else { return Ok(Vec::new()) };
        let entry = |at, point, value: &Value| {
            let config = unit.config(point);
            LogEntry { at, point: config.name.clone(), value: text(config.shape(), value, config.us) }
        };
        Ok(log.entries().iter().map(|e| entry(e.at, e.point, &e.value)).collect())
    }

    /// Sets a data logger up that logs every change of these points from now on; one of this name is replaced.
    /// Its name is as `Net/LON/iLON App/Data Logger[1]`.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]; [`ChangeError::UnknownBlock`] when the name is none of a functional block.
    pub fn keep_log(&self, logger: &str, log: Logging, points: &[&str]) -> Result<(), ChangeError> {
        let mut unit = self.shared.unit();
        if let Some(unknown) = points.iter().find(|point| unit.find(point).is_none()) {
            return Err(ChangeError::UnknownName((*unknown).to_owned()));
        }
        let (kind, capacity) = match log {
            Logging::Circular(capacity) => ("LT_CIRCULAR", capacity),
            Logging::Historical(capacity) => ("LT_HISTORICAL", capacity),
        };
        let block = Block::data_logger(logger, kind, capacity, points, 0.0);
        let block = block.ok_or_else(|| ChangeError::UnknownBlock(logger.to_owned()))?;
        unit.configure(block, Timestamp::now());
        Ok(())
    }

    /// Appends an entry to a log after all others, whatever its time.
    ///
    /// # Errors
    /// [`ChangeError`]; [`ChangeError::Full`] when a historical log has no room.
    pub fn append_log(
        &self,
        logger: &str,
        point: &str,
        at: Timestamp,
        value: &str,
    ) -> Result<(), ChangeError> {
        let mut unit = self.shared.unit();
        let logger = find(&unit, logger, Kind::DataLogger)?;
        let n = unit.find(point).ok_or_else(|| ChangeError::UnknownName(point.to_owned()))?;
        let config = unit.config(n);
        let parsed = parse(config.shape(), value, config.us);
        let value = parsed.ok_or_else(|| ChangeError::BadText(value.to_owned()))?;
        let taken = unit.append_entry(logger, (n, at, value), Timestamp::now());
        taken.then_some(()).ok_or(ChangeError::Full)
    }

    /// Puts a point into an alarm condition (`AL_ALM_CONDITION`), of which every notifier that
    /// lists it takes notice.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn raise_alarm(&self, point: &str, condition: &str) -> Result<(), ChangeError> {
        self.set_status(point, Some(condition))?;
        self.shared.unit().watch(Timestamp::now());
        Ok(())
    }

    /// Takes a point out of the alarm condition that it was put into.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn clear_alarm(&self, point: &str) -> Result<(), ChangeError> {
        self.set_status(point, None)?;
        self.shared.unit().watch(Timestamp::now());
        Ok(())
    }

    /// What a notifier has in its logs, oldest first.
    ///
    /// # Errors
    /// [`ChangeError::UnknownBlock`]
    pub fn alarms(&self, notifier: &str) -> Result<Vec<LoggedAlarm>, ChangeError> {
        let unit = self.shared.unit();
        let n = find(&unit, notifier, Kind::AlarmNotifier)?;
        let State::AlarmNotifier(log) = &unit.applications[n].state else { return Ok(Vec::new()) };
        let logged = |alarm: &super::Alarm| LoggedAlarm {
            at: alarm.at,
            point: unit.config(alarm.point).name.clone(),
            condition: alarm.condition.clone(),
            active: alarm.active,
            status: alarm.status().to_owned(),
            comment: alarm.comment.clone(),
            user: alarm.user.clone(),
            in_summary: alarm.in_summary,
            in_history: alarm.in_history,
        };
        Ok(log.alarms.iter().map(logged).collect())
    }

    /// Configures an alarm notifier that listens to these points, as on the SmartServer's own pages: alarms
    /// wait for somebody who acknowledges them.
    ///
    /// # Errors
    /// [`ChangeError::UnknownBlock`] when the name cannot be that of a functional block.
    pub fn add_alarm_notifier(&self, name: &str, points: &[&str]) -> Result<(), ChangeError> {
        let input = |point| Input { point, description: "alarm", ack_required: true, clear_required: false };
        let inputs: Vec<_> = points.iter().copied().map(input).collect();
        let block = Block::alarm_notifier(name, &inputs);
        let block = block.ok_or_else(|| ChangeError::UnknownBlock(name.to_owned()))?;
        self.shared.unit().configure(block, Timestamp::now());
        Ok(())
    }

    /// Takes a functional block out of the configuration, with its log.
    ///
    /// # Errors
    /// [`ChangeError::UnknownBlock`]
    pub fn remove_block(&self, name: &str) -> Result<(), ChangeError> {
        let mut unit = self.shared.unit();
        let n = unit.application(name).ok_or_else(|| ChangeError::UnknownBlock(name.to_owned()))?;
        unit.remove_application(n, Timestamp::now());
        Ok(())
    }

    fn blocks(&self, kind: Kind) -> Vec<String> {
        let unit = self.shared.unit();
        let all = unit.applications_of(kind).into_iter();
        all.map(|n| unit.applications[n].block.name.clone()).collect()
    }
}

fn find(unit: &Unit, name: &str, kind: Kind) -> Result<usize, ChangeError> {
    let found = unit.application(name).filter(|n| unit.applications[*n].block.kind == kind);
    found.ok_or_else(|| ChangeError::UnknownBlock(name.to_owned()))
}
