//! When a SmartServer last started, and whether its configuration is the one that its inventory was read
//! with. Both are told by `UCPTlastUpdate` in headers (manual 2-6): the last change of any configuration,
//! or the start if that is later. The minutes since the start, in the system information, tell the two
//! apart.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::clock::{Clock, NOISE};
use super::connections::now;
use super::{Gateway, Unit, inventory};
use crate::domain::{Event, Restart, RestartSource};
use crate::smartserver::{MessageProperties, RealTime, SmartServerRpc, SystemSection};

/// Minutes are whole: a SmartServer that says 5 started 5 to 6 minutes ago.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Time that the minutes may take to be read beside an inventory.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time after a change in which another one could not be told from it.
const SETTLED: Duration = Duration::from_secs(2);
/// Least time between two readings of an inventory that nobody asked for; it doubles as long as the
/// inventory stays out of date.
const PAUSE: Duration = Duration::from_secs(30);
/// Longest such time.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// How many of the last pauses it must be in date before the pauses are short again.
const CALM: u32 = 4;

/// What is known of one SmartServer's starts and changes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct History {
    /// `UCPTlastUpdate` as of the last header.
    told: Option<Told>,
    /// `UCPTlastUpdate` as of the last reading of the inventory.
    read_with: Option<Told>,
    /// When it started, by our clock.
    started: Option<Between>,
    /// Whether the SmartServer named data points that are not in the inventory since it was read.
    doubted: bool,
    /// Whether somebody asked for the minutes since the start.
    looked: bool,
    /// End and length of the last pause after a reading of the inventory that nobody asked for.
    paused: Option<(Instant, Duration)>,
}

/// A time that a header told.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// By the SmartServer's clock.
    theirs: Timestamp,
    /// By ours, as far as the difference was known.
    ours: Timestamp,
}

/// A time that is known as well as this.
#[derive(Debug, Clone, Copy)]
struct Between {
    earliest: Timestamp,
    latest: Timestamp,
}

impl Told {
    /// Whether these are two times. Some units may count them from a clock that is set now and then, so
    /// they must differ by the SmartServer's clock and by ours.
    fn differs(&self, other: &Told) -> bool {
        let apart = |a: Timestamp, b: Timestamp| a.duration_since(b).abs() > NOISE;
        apart(self.theirs, other.theirs) && apart(self.ours, other.ours)
    }
}

impl Between {
    /// The start that is so many minutes ago, told by an answer that was under way for this time.
    fn since(minutes: u64, now: Timestamp, under_way: Duration) -> Option<Between> {
        let latest = now.checked_sub(SignedDuration::from_mins(i64::try_from(minutes).ok()?)).ok()?;
        Some(Between { earliest: latest.checked_sub(under_way).ok()?.checked_sub(MINUTE).ok()?, latest })
    }

    fn holds(&self, at: Timestamp) -> bool {
        at >= before(self.earliest) && at <= after(self.latest)
    }

    fn is_after(&self, other: &Between) -> bool {
        self.earliest > after(other.latest)
    }

    /// When both are true; the later knowledge if they cannot be.
    fn and(self, new: Between) -> Between {
        let both = Between { earliest: self.earliest.max(new.earliest), latest: self.latest.min(new.latest) };
        if both.earliest <= both.latest { both } else { new }
    }

    fn middle(&self) -> Timestamp {
        let half = self.latest.duration_since(self.earliest) / 2;
        self.earliest.checked_add(half).unwrap_or(self.latest)
    }
}

fn after(at: Timestamp) -> Timestamp {
    at.checked_add(NOISE).unwrap_or(at)
}

fn before(at: Timestamp) -> Timestamp {
    at.checked_sub(NOISE).unwrap_or(at)
}

impl History {
    /// Last change of any configuration, or the last start, by our clock.
    fn configured_at(&self) -> Option<Timestamp> {
        self.told.map(|told| told.ours)
    }

    /// When it last started: to the second where the header tells it too.
    fn restart(&self) -> Option<Restart> {
        let started = self.started?;
        Some(match self.configured_at().filter(|at| started.holds(*at)) {
            Some(at) => Restart { at, source: RestartSource::Header },
            None => Restart { at: started.middle(), source: RestartSource::Uptime },
        })
    }

    /// Takes the time in a header, for an inventory that was read at `inventory_at`.
    fn header(&mut self, theirs: Timestamp, clock: &Clock, inventory_at: Option<Timestamp>) {
        let told = Told { theirs, ours: clock.corrected(theirs) };
        self.told = Some(told);
        if self.read_with.is_none() && inventory_at.is_some_and(|at| told.ours <= after(at)) {
            self.read_with = self.told;
        }
    }

    /// Takes the time since the start; whether it restarted since that was last told or, if it never
    /// was, since the inventory was read.
    fn uptime(&mut self, new: Between) -> bool {
        let Some(known) = self.started else {
            self.started = Some(new);
            let changed = self.told.zip(self.read_with).is_some_and(|(told, read)| told.differs(&read));
            return changed && self.restart().is_some_and(|r| r.source == RestartSource::Header);
        };
        let restarted = new.is_after(&known);
        self.started = Some(if restarted { new } else { known.and(new) });
        restarted
    }

    /// How long to pause after the next reading of the inventory. Units whose `UCPTlastUpdate` is another
    /// one in each answer are out of date whenever they are asked anything.
    fn next_pause(&self, now: Instant) -> Duration {
        match self.paused {
            Some((ended, pause)) if now.duration_since(ended) < CALM * pause => {
                (2 * pause).min(LONGEST_PAUSE)
            }
            _ => PAUSE,
        }
    }

    /// Whether the inventory was read with another configuration.
    fn is_stale(&self, inventory_at: Option<Timestamp>) -> bool {
        if self.doubted && inventory_at.is_some() {
            return true;
        }
        match (self.told, self.read_with, inventory_at) {
            (Some(told), Some(read), Some(_)) => told.differs(&read),
            // Known from an earlier run; a change since then is later than it.
            (Some(told), None, Some(inventory_at)) => told.ours > after(inventory_at),
            _ => false,
        }
    }
}

impl Gateway {
    /// Takes the time of the last change from the header of an answer or a push. What follows from it
    /// happens in the background.
    pub(super) fn note_last_update(&self, unit: &Arc<Unit>, properties: &MessageProperties) {
        let Some(told) = properties.configured_at else { return };
        let inventory_at = unit.info().inventory_at;
        let clock = *lock(&unit.clock);
        let mut history = lock(&unit.history);
        history.header(told, &clock, inventory_at);
        let stale = history.is_stale(inventory_at);
        // After a start of ours nobody has asked yet, and no inventory will be read.
        let look = inventory_at.is_some() && !stale && !std::mem::replace(&mut history.looked, true);
        drop(history);
        if stale && !unit.is_rereading.swap(true, Ordering::Relaxed) {
            self.reread_in_background(unit);
        } else if look {
            let (gateway, unit) = (self.clone(), Arc::clone(unit));
            self.0.tasks.spawn(async move { gateway.look_at_uptime(&unit, Instant::now() + PATIENCE).await });
        }
    }

    /// The inventory was read with this `UCPTlastUpdate`.
    pub(super) fn note_inventory(&self, unit: &Unit, properties: Option<&MessageProperties>) {
        let clock = *lock(&unit.clock);
        let told = |theirs| Told { theirs, ours: clock.corrected(theirs) };
        let mut history = lock(&unit.history);
        history.read_with = properties.and_then(|p| p.configured_at).map(told);
        history.doubted = false;
    }

    /// It named data points that are not in its inventory: that is read again, as after any change.
    pub(super) fn doubt_inventory(&self, unit: &Arc<Unit>) {
        lock(&unit.history).doubted = true;
        if self.is_stale(unit) && !unit.is_rereading.swap(true, Ordering::Relaxed) {
            self.reread_in_background(unit);
        }
    }

    /// Takes the minutes since the start, which came in an answer that was `under_way` for so long;
    /// tells listeners of a restart.
    pub(super) fn note_real_time(&self, unit: &Unit, real_time: &RealTime, under_way: Duration) {
        let started = real_time.minutes_since_boot.and_then(|m| Between::since(m, now(), under_way));
        let Some(started) = started else { return };
        let restart = {
            let mut history = lock(&unit.history);
            history.uptime(started).then(|| history.restart()).flatten()
        };
        if let Some(restart) = restart {
            tracing::warn!(smartserver = unit.info().key, at = %restart.at, "it has restarted");
            self.publish(Event::Restart { smartserver_id: unit.id, restart });
        }
    }

    /// Asks once for the minutes since the start; nothing depends on an answer.
    pub(super) async fn look_at_uptime(&self, unit: &Arc<Unit>, deadline: Instant) {
        lock(&unit.history).looked = true;
        let until = deadline.min(Instant::now() + PATIENCE);
        let ask = |rpc: SmartServerRpc, limits| async move {
            rpc.system_info(SystemSection::RealTime, limits).await
        };
        match self.call(unit, until, ask).await {
            Ok(answer) => {
                if let Some(real_time) = &answer.value.real_time {
                    self.note_real_time(unit, real_time, answer.round_trip);
                }
            }
            Err(error) => {
                tracing::debug!(smartserver = unit.info().key, %error, "time of its start not read")
            }
        }
    }

    fn reread_in_background(&self, unit: &Arc<Unit>) {
        let (gateway, unit) = (self.clone(), Arc::clone(unit));
        self.0.tasks.spawn(async move {
            let stopped = gateway.0.shutdown.clone();
            stopped.run_until_cancelled(gateway.reread(&unit)).await;
            unit.is_rereading.store(false, Ordering::Relaxed);
        });
    }

    /// Reads an inventory that is out of date until it is not, with pauses in between.
    async fn reread(&self, unit: &Arc<Unit>) {
        sleep(SETTLED).await;
        while self.is_stale(unit) {
            let pause = lock(&unit.history).next_pause(Instant::now());
            tracing::info!(smartserver = unit.info().key, "its configuration changed: inventory read again");
            let read = async { self.sync_stale(unit, Instant::now() + inventory::DEADLINE).await };
            let read = self.0.inventories.keep(unit.info().identity_id, read).await;
            if let Err(error) = &read {
                tracing::warn!(smartserver = unit.info().key, %error, ?pause, "inventory not read again");
            }
            sleep(pause).await;
            lock(&unit.history).paused = Some((Instant::now(), pause));
        }
    }

    /// Whether a SmartServer that is still registered told of another configuration than the one that
    /// its inventory was read with.
    pub(super) fn is_stale(&self, unit: &Unit) -> bool {
        let is_registered = self.0.fleet.find(&unit.id.to_string()).is_some();
        is_registered && lock(&unit.history).is_stale(unit.info().inventory_at)
    }

    /// When a SmartServer last started, if that is known.
    pub fn last_restart(&self, unit: &Unit) -> Option<Restart> {
        lock(&unit.history).restart()
    }

    /// Last change of any configuration of a SmartServer, or its last start, by our clock.
    pub fn configured_at(&self, unit: &Unit) -> Option<Timestamp> {
        lock(&unit.history).configured_at()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "restarts_tests.rs"]
mod tests;
