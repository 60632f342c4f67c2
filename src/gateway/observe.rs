//! What a call or push tells beside its answer: health, clock, readings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jid::BareJid;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::cache::Put;
use super::clock::{Clock, NOISE};
use super::connections::now;
use super::fleet::Point;
use super::health::Around;
use super::{Gateway, GatewayError, Unit};
use crate::domain::{Check, Event, Health, HealthState, ItemFault, Reading, Source};
use crate::smartserver::{MessageProperties, PointData};

/// Silence for less than this says more about the caller's patience than about the SmartServer.
const FAIR_WAIT: Duration = Duration::from_secs(5);

/// SmartServers whose health is looked at before others get their turn.
const AT_ONCE: usize = 256;
/// How often it is looked whether a degraded SmartServer still is.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

impl Gateway {
    /// Health of a SmartServer as of now.
    pub fn health(&self, unit: &Unit) -> Health {
        let session = self.0.connections.trouble(unit.info().identity_id);
        let tracker = unit.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        tracker.health(&around(unit, session.as_deref()), unit.lane.queued())
    }

    /// How the last calls to a SmartServer ended, oldest first; 60 at most, of this run.
    pub fn recent_checks(&self, unit: &Unit) -> Vec<Check> {
        unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).checks()
    }

    /// Whether readings of this SmartServer can still be true.
    pub fn is_offline(&self, unit: &Unit) -> bool {
        let online = self.0.connections.is_online(unit.info().identity_id);
        unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).is_offline(online)
    }

    pub(super) fn note_answer(&self, unit: &Unit, round_trip: Duration) {
        self.note_sign_of_life(unit);
        unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).answered(now(), round_trip);
        metrics::histogram!("nocgate_smartserver_call_seconds").record(round_trip.as_secs_f64());
        self.note_health(unit);
    }

    /// Notes a failed call, if the failure says something about the SmartServer.
    pub(super) fn note_failure(&self, unit: &Arc<Unit>, error: &GatewayError, waited: Duration) {
        metrics::counter!("nocgate_smartserver_call_failures_total").increment(1);
        let its_own = match error {
            GatewayError::Deadline { sent } => *sent && waited >= FAIR_WAIT.min(self.0.settings.deadline),
            GatewayError::Unreachable { .. }
            | GatewayError::NoSuchAddress { .. }
            | GatewayError::Malformed(_)
            | GatewayError::Rejected { .. } => true,
            _ => false,
        };
        if its_own {
            self.note_failed_call(unit, error);
            unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).failed(now(), error, waited);
            self.note_health(unit);
        }
    }

    /// Tells listeners, and the log, if the verdict on a SmartServer has changed.
    pub(super) fn note_health(&self, unit: &Unit) {
        if let Some((state, reason)) = self.tell_health(unit) {
            tracing::info!(smartserver = unit.info().key, ?state, reason, "health");
        }
    }

    /// The same after a change of an identity's session: one line in the log for all its SmartServers.
    pub(super) async fn note_health_of_all(&self, identity: &BareJid, units: &[Arc<Unit>]) {
        let mut changed = 0_usize;
        for some in units.chunks(AT_ONCE) {
            changed += some.iter().filter_map(|unit| self.tell_health(unit)).count();
            tokio::task::yield_now().await;
        }
        if changed > 0 {
            tracing::info!(%identity, smartservers = changed, "health changed with the session");
        }
    }

    /// Tells listeners if the verdict on a SmartServer has changed; what it is now.
    fn tell_health(&self, unit: &Unit) -> Option<(HealthState, String)> {
        // Held first, so that of two that look at the same time the later verdict is the last one told.
        let mut last = unit.last_state.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.0.connections.trouble(unit.info().identity_id);
        let tracker = unit.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, reason) = tracker.verdict(&around(unit, session.as_deref()));
        drop(tracker);
        if last.replace(state) == Some(state) {
            return None;
        }
        self.publish(Event::Health { smartserver_id: unit.id, state, reason: reason.clone() });
        Some((state, reason))
    }

    /// Tells listeners when slow answers are long enough ago to count no more, which no call would tell.
    pub(super) async fn watch_degraded(self) {
        let mut ticks = tokio::time::interval(LOOK_AGAIN);
        while self.0.shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            for unit in self.0.fleet.units_from(std::ops::Bound::Unbounded) {
                let last = *unit.last_state.lock().unwrap_or_else(PoisonError::into_inner);
                if last == Some(HealthState::Degraded) {
                    self.note_health(&unit);
                }
            }
        }
    }

    /// Takes what the header of an answer tells of the SmartServer itself.
    pub(super) fn note_header(&self, unit: &Arc<Unit>, properties: &MessageProperties, round_trip: Duration) {
        if let Some(sent_at) = properties.sent_at {
            let under_way = round_trip.saturating_sub(properties.processing.unwrap_or_default());
            lock(&unit.clock).answered(sent_at, now(), under_way);
        }
        self.note_last_update(unit, properties);
    }

    /// The same of a push.
    pub(super) fn note_pushed_header(&self, unit: &Arc<Unit>, properties: &MessageProperties) {
        if let Some(sent_at) = properties.sent_at {
            lock(&unit.clock).pushed(sent_at, now());
        }
        self.note_last_update(unit, properties);
    }

    /// How far a SmartServer's clock is ahead of ours, and when that was last measured.
    pub fn clock_offset(&self, unit: &Unit) -> Option<(SignedDuration, Timestamp)> {
        let clock = *lock(&unit.clock);
        clock.offset().zip(clock.measured_at())
    }

    /// Makes a reading of what the SmartServer said and keeps it; listeners are told what it shows anew.
    /// `age` is how old the value may be by what was asked for; the SmartServer's own time of it may bound
    /// it closer. Returns the latest reading, which is another one if something newer is known already.
    pub(super) fn keep(
        &self,
        point: &Point,
        data: PointData,
        age: Option<Duration>,
        source: Source,
    ) -> Arc<Reading> {
        let put = self.0.cache.put(self.reading(point, data, age, source));
        if let Put::News(kept) | Put::Refreshed(kept) = &put {
            self.0.dirty.add(Arc::clone(kept));
            self.remember(point, kept);
        }
        if let Put::News(kept) = &put {
            let reading = Arc::clone(kept);
            self.publish(Event::Reading { smartserver_id: point.unit.id, reading });
        }
        let (Put::News(kept) | Put::Refreshed(kept) | Put::Unchanged(kept)) = put;
        kept
    }

    /// Keeps beside the latest reading that the SmartServer refused to read the point, and tells
    /// listeners.
    pub(super) fn keep_fault(&self, point: &Point, fault: &ItemFault) {
        if let Some(kept) = self.0.cache.fault(point.data.id, fault) {
            self.0.dirty.add(Arc::clone(&kept));
            self.remember_fault(point, &kept);
            let reading = Arc::clone(&kept);
            self.publish(Event::Reading { smartserver_id: point.unit.id, reading });
        }
    }

    fn reading(&self, point: &Point, data: PointData, age: Option<Duration>, source: Source) -> Reading {
        let received_at = now();
        let observed_at = observed_at(&point.unit, &data);
        let value = data.value(point.data.format.as_ref());
        let never_read = data.never_read(point.data.format.as_ref());
        let format = data.format.or_else(|| point.data.format.clone());
        let unit = data.unit.or_else(|| point.data.unit.clone());
        Reading {
            data_point_id: point.data.id,
            never_read,
            value,
            preset: data.preset,
            raw: data.raw,
            unit,
            format,
            status: data.status,
            priority: data.priority,
            age_at_receipt: age.map(|asked| asked.min(told_age(&point.unit, data.updated_at, received_at))),
            observed_at,
            received_at,
            source,
            fault: None,
        }
    }
}

/// The SmartServer's own time of a value, by our clock.
pub(super) fn observed_at(unit: &Unit, data: &PointData) -> Option<Timestamp> {
    data.updated_at.map(|at| lock(&unit.clock).corrected(at))
}

/// Age of a value by what it tells itself, if that can be known.
pub(super) fn age_of(unit: &Unit, data: &PointData) -> Option<Duration> {
    Some(told_age(unit, data.updated_at, now())).filter(|age| *age < Duration::MAX)
}

fn around<'a>(unit: &Unit, session: Option<&'a str>) -> Around<'a> {
    let now = now();
    let wait = unit.lane.breaker.next_probe().map(|at| at.saturating_duration_since(Instant::now()));
    let next_probe_at = wait.and_then(|wait| now.checked_add(wait).ok());
    Around { now, session, next_probe_at }
}

/// Age of a value by the SmartServer's own time of it, as far as the SmartServer's clock is known;
/// without bound where it is not.
fn told_age(unit: &Unit, updated_at: Option<Timestamp>, received_at: Timestamp) -> Duration {
    let clock = *lock(&unit.clock);
    let Some(updated_at) = updated_at.filter(|_| clock.offset().is_some()) else { return Duration::MAX };
    let age = received_at.duration_since(clock.corrected(updated_at)).saturating_add(NOISE);
    Duration::try_from(age.max(NOISE)).unwrap_or_default()
}

fn lock(clock: &Mutex<Clock>) -> MutexGuard<'_, Clock> {
    clock.lock().unwrap_or_else(PoisonError::into_inner)
}
