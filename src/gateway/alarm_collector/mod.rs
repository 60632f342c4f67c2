//! Collects the alarms of the fleet: each alarm notifier is asked at its own time of every interval for what
//! is new in its log of all alarms and for those that are active. Nothing is lost or doubled by a restart or
//! an outage: how far a log was read is stored together with what was read, and an alarm is known by notifier,
//! data point and time.

mod book;
mod look;
mod merge;
mod read_back;
mod schedule;
mod trim;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, MissedTickBehavior};

use super::connections::now;
use super::lane::Rank;
use super::{Gateway, GatewayError, Unit};
use crate::domain::{Alarm, HealthState};

use book::Book;
pub(super) use book::Place;

/// Entries of a log that are read at once; of one that was never read, the last ones.
const BACKLOG: usize = 500;
/// How often it is looked who is due, at least.
const TICK: Duration = Duration::from_secs(1);

/// What is kept of one SmartServer's alarms.
#[derive(Debug, Default)]
pub(super) struct AlarmDesk {
    /// Held while its notifiers are asked, so that nobody else does meanwhile.
    book: tokio::sync::Mutex<Book>,
    told: Mutex<Told>,
    is_busy: AtomicBool,
}

/// What the last look at a SmartServer's notifiers came to.
#[derive(Debug, Clone, Default)]
struct Told {
    notifiers: Option<usize>,
    active: usize,
    unacknowledged: usize,
    collected_at: Option<Timestamp>,
    failure: Option<String>,
}

/// How it stands with the alarms of a SmartServer.
#[derive(Debug, Clone)]
pub struct AlarmCollection {
    /// Its alarm notifiers, once they are known.
    pub notifiers: Option<usize>,
    /// Active alarms.
    pub active: usize,
    /// Active alarms that nobody has acknowledged.
    pub unacknowledged: usize,
    /// When its notifiers last told everything.
    pub collected_at: Option<Timestamp>,
    /// Whether and why they are asked or not, in a sentence.
    pub reason: String,
}

impl AlarmDesk {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Active alarms, and those of them that nobody has acknowledged.
    pub(super) fn active(&self) -> (usize, usize) {
        let told = self.told();
        (told.active, told.unacknowledged)
    }

    fn note_active<'a>(&self, active: impl Iterator<Item = &'a Alarm>) {
        let (mut all, mut open) = (0, 0);
        for alarm in active {
            all += 1;
            open += usize::from(!alarm.is_acknowledged());
        }
        let mut told = self.told();
        (told.active, told.unacknowledged) = (all, open);
    }
}

/// That a SmartServer is being asked; until it is dropped nobody else begins to.
struct Busy(Arc<Unit>);

impl Busy {
    fn begin(unit: &Arc<Unit>) -> Option<Busy> {
        let is_free = !unit.alarms.is_busy.swap(true, Ordering::Relaxed);
        is_free.then(|| Busy(Arc::clone(unit)))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.alarms.is_busy.store(false, Ordering::Relaxed);
    }
}

impl Gateway {
    /// Begins to collect alarms, unless that is switched off, and to trim old ones.
    pub(super) fn start_alarm_collector(&self) {
        self.0.tasks.spawn(self.clone().trim_alarms());
        if !self.0.settings.alarms.poll_interval.is_zero() {
            self.0.tasks.spawn(self.clone().collect_alarms());
        }
    }

    async fn collect_alarms(self) {
        let interval = self.0.settings.alarms.poll_interval;
        let began = Instant::now();
        let mut ticks = tokio::time::interval(TICK.min(interval / 4));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut from = Duration::ZERO;
        while self.0.shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let to = began.elapsed();
            for unit in self.0.fleet.units_from(std::ops::Bound::Unbounded) {
                let phase = schedule::phase(unit.id, interval);
                if let Some(due) = schedule::due(phase, interval, from, to) {
                    self.collect_in_background(&unit, began + due);
                }
            }
            from = to;
        }
    }

    /// Asks a SmartServer that can answer and is not being asked already.
    fn collect_in_background(&self, unit: &Arc<Unit>, due: Instant) {
        if unit.info().inventory_at.is_none() {
            return;
        }
        if self.is_offline(unit) {
            return polled("skipped_offline");
        }
        let Some(busy) = Busy::begin(unit) else { return polled("skipped_busy") };
        let gateway = self.clone();
        self.0.tasks.spawn(async move {
            let stopped = gateway.0.shutdown.clone();
            let Some(done) = stopped.run_until_cancelled(gateway.collect(&busy.0, Rank::Poll)).await else {
                return;
            };
            metrics::histogram!("nocgate_alarm_poll_lag_seconds").record(due.elapsed().as_secs_f64());
            match done {
                Ok(()) => polled("done"),
                Err(error) => {
                    polled("failed");
                    tracing::debug!(smartserver = busy.0.info().key, %error, "alarms not collected");
                }
            }
        });
    }

    /// Asks all notifiers of a SmartServer. One that cannot be read hides no other.
    async fn collect(&self, unit: &Arc<Unit>, rank: Rank) -> Result<(), GatewayError> {
        let mut book = unit.alarms.book.lock().await;
        let mut done = self.find_notifiers(unit, &mut book, rank).await;
        for notifier in book.names() {
            if done.as_ref().is_err_and(|error| !is_of_one_notifier(error)) {
                break;
            }
            let looked = self.look_at(unit, &mut book, &notifier, rank).await;
            done = done.and(looked);
        }
        let mut told = unit.alarms.told();
        told.notifiers = book.is_known().then(|| book.names().len());
        match &done {
            Ok(()) => (told.collected_at, told.failure) = (Some(now()), None),
            Err(error) => told.failure = Some(error.to_string()),
        }
        done
    }

    /// How it stands with the alarms of a SmartServer.
    pub fn alarm_collection(&self, unit: &Unit) -> AlarmCollection {
        let told = unit.alarms.told().clone();
        let interval = self.0.settings.alarms.poll_interval;
        let reason = match told {
            _ if interval.is_zero() => "Alarms are not collected: alarms.poll_interval_s is 0.".to_owned(),
            _ if unit.info().inventory_at.is_none() => "Its inventory was not read yet.".to_owned(),
            _ if self.health(unit).state == HealthState::Offline => {
                "It is not asked for alarms while it is offline.".to_owned()
            }
            Told { failure: Some(why), .. } => format!("Its alarms were not collected the last time: {why}."),
            Told { notifiers: Some(0), .. } => "It has no alarm notifier.".to_owned(),
            Told { collected_at: None, .. } => "It was not asked for alarms yet.".to_owned(),
            _ => format!("It is asked for alarms every {} s.", interval.as_secs()),
        };
        let Told { notifiers, active, unacknowledged, collected_at, .. } = told;
        AlarmCollection { notifiers, active, unacknowledged, collected_at, reason }
    }

    /// Active alarms of the fleet: those acknowledged, and those not.
    pub(super) fn count_alarms(&self, units: &[Arc<Unit>]) -> (usize, usize) {
        let counts = units.iter().map(|unit| unit.alarms.active());
        let (all, open) = counts.fold((0, 0), |(all, open), (a, o)| (all + a, open + o));
        (all - open, open)
    }
}

fn polled(result: &'static str) {
    metrics::counter!("nocgate_alarm_polls_total", "result" => result).increment(1);
}

/// Whether a failure says nothing about the SmartServer's other notifiers.
fn is_of_one_notifier(error: &GatewayError) -> bool {
    matches!(
        error,
        GatewayError::Unknown { .. }
            | GatewayError::Fault { .. }
            | GatewayError::Malformed(_)
            | GatewayError::Invalid { .. }
    )
}
