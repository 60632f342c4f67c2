//! What data loggers log.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::point::FREE;
use super::super::shape::Shape;
use super::super::signal::{Signal, sequence_value};
use super::super::unit::{Unit, point_seed};
use super::super::value::Value;
use super::settings::{LoggerInput, LoggerSettings, Settings};
use super::{Block, DataLog, Entry, Kind, State};

/// Most values of one point that are looked at for the time that nobody asked.
const MOST_STEPS: i64 = 50_000;
/// How far the rounds of the history are apart at least.
const HISTORY_STEP_MS: i64 = 60_000;
/// Points of one round of the history are logged so long after one another, but for every tenth
/// round, whose entries share a millisecond.
const POINTS_APART_MS: i64 = 37;

impl Unit {
    /// Logs what the points of a logger did by themselves until `now`, and what is to have been
    /// logged before the start.
    pub(in super::super) fn bring_log_up_to_date(&mut self, logger: usize, now: Timestamp) {
        let block = Arc::clone(&self.applications[logger].block);
        let Settings::DataLogger(settings) = &block.settings else { return };
        let Some(log) = self.log(logger) else { return };
        let (history, began, from) = (log.history, log.began, log.up_to);
        let mut due = if history > 0 { self.history(settings, history, began) } else { Vec::new() };
        if now > from {
            due.extend(self.since(logger, settings, from, now));
        }
        let Some(log) = self.log_mut(logger) else { return };
        (log.history, log.up_to) = (0, log.up_to.max(now));
        for Due { entry, input } in due {
            if input.is_none_or(|(input, shape)| differs(log, &entry, input, shape)) {
                log.append(entry, settings);
            }
        }
    }

    pub(super) fn bring_logs_of_point_up_to_date(&mut self, n: usize, at: Timestamp) {
        for (logger, _) in self.loggers_of(n) {
            self.bring_log_up_to_date(logger, at);
        }
    }

    /// Logs the value that a point has taken.
    pub(super) fn log_change(&mut self, n: usize, at: Timestamp) {
        for (logger, block) in self.loggers_of(n) {
            self.bring_log_up_to_date(logger, at);
            let Some((settings, input)) = input_of(&block, &self.config(n).name) else { continue };
            let entry = self.entry(n, at, self.states[n].server.clone());
            let shape = self.config(n).shape();
            let Some(log) = self.log_mut(logger) else { continue };
            if differs(log, &entry, input, shape) {
                log.append(entry, settings);
            }
        }
    }

    /// Appends a value of any point at any time; whether there is such a logger, and its log took it.
    pub(in super::super) fn append_entry(
        &mut self,
        logger: usize,
        (n, at, value): (usize, Timestamp, Value),
        now: Timestamp,
    ) -> bool {
        let block = Arc::clone(&self.applications[logger].block);
        let Settings::DataLogger(settings) = &block.settings else { return false };
        self.bring_log_up_to_date(logger, now);
        let entry = self.entry(n, at, value);
        self.log_mut(logger).is_some_and(|log| log.append(entry, settings))
    }

    fn log(&self, logger: usize) -> Option<&DataLog> {
        match &self.applications[logger].state {
            State::DataLogger(log) => Some(log),
            _ => None,
        }
    }

    pub(in super::super) fn log_mut(&mut self, logger: usize) -> Option<&mut DataLog> {
        match &mut self.applications[logger].state {
            State::DataLogger(log) => Some(log),
            _ => None,
        }
    }

    fn loggers_of(&self, n: usize) -> Vec<(usize, Arc<Block>)> {
        let name = &self.config(n).name;
        let loggers = self.applications_of(Kind::DataLogger).into_iter();
        let blocks = loggers.map(|logger| (logger, Arc::clone(&self.applications[logger].block)));
        blocks.filter(|(_, block)| input_of(block, name).is_some()).collect()
    }

    /// Entries at even times until the start, oldest first, without regard to what changed: as
    /// many as asked for.
    fn history<'a>(&self, settings: &'a LoggerSettings, count: usize, until: Timestamp) -> Vec<Due<'a>> {
        let points: Vec<(usize, &LoggerInput)> =
            settings.inputs.iter().filter_map(|input| Some((self.find(&input.point)?, input))).collect();
        let Some(step) = points.iter().map(|(_, i)| i.min_delta_time.as_millis() as i64).max() else {
            return Vec::new();
        };
        let step = step.max(HISTORY_STEP_MS);
        let rounds = count.div_ceil(points.len());
        let entry = |n: usize| {
            let (round, place) = (n / points.len(), n % points.len());
            let apart = if round % 10 == 0 { 0 } else { POINTS_APART_MS };
            let before = (rounds - 1 - round) as i64 * step + (points.len() - place) as i64 * apart;
            let at = until - SignedDuration::from_millis(before);
            let point = points[place].0;
            Due { entry: self.entry(point, at, self.past_value(point, at, round as u64)), input: None }
        };
        (0..count).map(entry).collect()
    }

    fn past_value(&self, n: usize, at: Timestamp, round: u64) -> Value {
        let config = self.config(n);
        match config.signal {
            Signal::Sequence => sequence_value(config.shape(), point_seed(self.seed, &config.name), round),
            _ => self.device_value(n, at),
        }
    }

    /// What the points of a logger sent by themselves within a time, in its order.
    fn since<'a>(
        &self,
        logger: usize,
        settings: &'a LoggerSettings,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<Due<'a>> {
        let mut all = Vec::new();
        for input in &settings.inputs {
            let Some(n) = self.find(&input.point).filter(|n| self.follows_its_signal(*n)) else { continue };
            let last = self.log(logger).and_then(|log| log.last_of(n)).map(|(at, _)| *at);
            let times = self.beats(n, (from, to), input.min_delta_time, last);
            let shape = self.config(n).shape();
            let due =
                |at| Due { entry: self.entry(n, at, self.device_value(n, at)), input: Some((input, shape)) };
            all.extend(times.into_iter().map(due));
        }
        all.sort_by_key(|due| due.entry.at);
        all
    }

    fn follows_its_signal(&self, n: usize) -> bool {
        let state = &self.states[n];
        state.polled && state.priority == FREE && !self.is_still(n) && self.is_reachable(n)
    }

    /// Whether it changes only by being written.
    fn is_still(&self, n: usize) -> bool {
        self.config(n).input && !matches!(self.config(n).signal, Signal::Timetable { .. })
    }

    /// The times within a time at which a point sends its value, none sooner than `apart` after the
    /// last entry.
    fn beats(
        &self,
        n: usize,
        (from, to): (Timestamp, Timestamp),
        apart: SignedDuration,
        last: Option<Timestamp>,
    ) -> Vec<Timestamp> {
        let Some(beat) = self.config(n).signal.beat() else { return Vec::new() };
        let phase = i64::try_from(n).unwrap_or(0) * 137 % beat;
        let apart = apart.as_millis() as i64;
        let earliest = last.map_or(i64::MIN, |last| last.as_millisecond() + apart - 1);
        let from = from.as_millisecond().max(earliest).max(to.as_millisecond() - MOST_STEPS * beat);
        let first = (from - phase).div_euclid(beat) * beat + phase + beat;
        let times = (first..=to.as_millisecond()).step_by(usize::try_from(beat).unwrap_or(1));
        times.filter_map(|at| Timestamp::from_millisecond(at).ok()).collect()
    }

    fn entry(&self, n: usize, at: Timestamp, value: Value) -> Entry {
        let status = if self.is_reachable(n) { "AL_NO_CONDITION" } else { "AL_OFFLINE" };
        Entry { at, point: n, value, priority: self.states[n].priority, status }
    }
}

/// An entry that is to be logged, if it differs enough from the one before.
struct Due<'a> {
    entry: Entry,
    input: Option<(&'a LoggerInput, &'static Shape)>,
}

fn input_of<'a>(block: &'a Block, point: &str) -> Option<(&'a LoggerSettings, &'a LoggerInput)> {
    let Settings::DataLogger(settings) = &block.settings else { return None };
    Some((settings, settings.inputs.iter().find(|input| input.point == point)?))
}

/// Whether a value differs enough from the last one, in value and time.
fn differs(log: &DataLog, entry: &Entry, input: &LoggerInput, shape: &Shape) -> bool {
    let Some((at, value)) = log.last_of(entry.point) else { return true };
    let far = match (input.min_delta_value, shape.number(value), shape.number(&entry.value)) {
        (Some(least), Some(a), Some(b)) => (a - b).abs() >= least,
        _ => *value != entry.value,
    };
    far && entry.at.duration_since(*at) >= input.min_delta_time
}
