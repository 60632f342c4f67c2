//! The applications that run on a SmartServer: data loggers, alarm generators, alarm notifiers.
//!
//! Nothing runs for them: what would have been logged or noticed meanwhile is worked out when
//! somebody looks, from the signals of the points.

mod alarm_log;
mod block;
mod data_log;
mod draft;
mod handle;
mod kind;
mod logging;
mod settings;
mod watching;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub(super) use alarm_log::{Alarm, AlarmLog, Log, Verdict};
pub(super) use block::Block;
pub(super) use data_log::{DataLog, Entry};
pub(super) use draft::Input;
pub use handle::{LogEntry, LoggedAlarm, Logging};
pub(super) use kind::Kind;

use super::unit::Unit;
use settings::Settings;

/// How often notifiers look while time passes that nobody watches.
const LOOK: SignedDuration = SignedDuration::from_mins(10);

/// A functional block of a SmartServer and what it has in memory.
#[derive(Debug)]
pub(super) struct Application {
    pub block: Arc<Block>,
    /// Last change of its configuration.
    pub changed: Timestamp,
    pub state: State,
}

#[derive(Debug)]
pub(super) enum State {
    DataLogger(DataLog),
    /// The condition that an alarm generator has found.
    AlarmGenerator(Option<&'static str>),
    AlarmNotifier(AlarmLog),
}

impl Application {
    /// A block that begins at `now`; a data logger as if it had logged `history` entries before.
    pub(super) fn new(block: Arc<Block>, history: usize, now: Timestamp) -> Self {
        let state = match block.kind {
            Kind::DataLogger => State::DataLogger(DataLog::new(history, now)),
            Kind::AlarmGenerator => State::AlarmGenerator(None),
            Kind::AlarmNotifier => State::AlarmNotifier(AlarmLog::default()),
        };
        Application { block, changed: now, state }
    }
}

impl Unit {
    /// Starts what the plan has.
    pub(super) fn start_applications(&mut self, now: Timestamp) {
        let blocks = self.plan.blocks.iter();
        let all = blocks.map(|(block, history)| Application::new(Arc::clone(block), *history, now));
        self.applications = all.collect();
        self.watch(now);
    }

    /// Lets time pass until `now`, in which nobody asks and notifiers notice. Data loggers begin then, with
    /// the entries that they are to begin with.
    pub(super) fn pass(&mut self, now: Timestamp) {
        let mut at = self.states.iter().map(|state| state.updated).max().unwrap_or(now);
        while at < now {
            self.watch(at);
            at += LOOK;
        }
        for application in &mut self.applications {
            if let State::DataLogger(log) = &mut application.state {
                log.begin(now);
            }
        }
        (0..self.states.len()).for_each(|n| self.catch_up(n, now));
        self.watch(now);
    }

    /// Index of the application of this name.
    pub(super) fn application(&self, name: &str) -> Option<usize> {
        self.applications.iter().position(|application| application.block.name == name)
    }

    /// Indices of all applications of a kind.
    pub(super) fn applications_of(&self, kind: Kind) -> Vec<usize> {
        (0..self.applications.len()).filter(|n| self.applications[*n].block.kind == kind).collect()
    }

    /// Most entries of a data logger.
    pub(super) fn capacity(&self, logger: usize) -> usize {
        match &self.applications[logger].block.settings {
            Settings::DataLogger(settings) => settings.capacity,
            _ => 0,
        }
    }

    /// Most entries of one of a notifier's logs.
    pub(super) fn alarm_capacity(&self, notifier: usize, log: Log) -> usize {
        match &self.applications[notifier].block.settings {
            Settings::AlarmNotifier(settings) => {
                settings.capacity.iter().filter(|(of, _)| *of == log).map(|(_, most)| *most).sum()
            }
            _ => 0,
        }
    }

    /// Takes a configuration in the place of the one before. What was logged stays.
    pub(super) fn configure(&mut self, block: Block, now: Timestamp) {
        self.configured = now;
        match self.application(&block.name) {
            Some(n) => {
                self.bring_log_up_to_date(n, now);
                let application = &mut self.applications[n];
                (application.block, application.changed) = (Arc::new(block), now);
            }
            None => self.applications.push(Application::new(Arc::new(block), 0, now)),
        }
        self.watch(now);
    }

    /// Takes an application out of the configuration, with its log.
    pub(super) fn remove_application(&mut self, n: usize, now: Timestamp) {
        self.applications.remove(n);
        self.configured = now;
    }

    /// A point is about to change by something else than its own signal.
    pub(super) fn before_change(&mut self, n: usize, at: Timestamp) {
        if !self.applications.is_empty() {
            self.bring_logs_of_point_up_to_date(n, at);
        }
    }

    /// A point has changed by something else than its own signal.
    pub(super) fn after_change(&mut self, n: usize, at: Timestamp) {
        if !self.applications.is_empty() {
            self.log_change(n, at);
            self.watch_point(n, at);
        }
    }
}
