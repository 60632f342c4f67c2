//! What is known of one SmartServer's condition, and the verdict.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::GatewayError;
use crate::domain::{Health, HealthState};

/// Calls in a row that must fail before a SmartServer counts as offline.
const OFFLINE_AFTER: u32 = 3;
/// Round trips above this (95th percentile) make a SmartServer degraded.
const SLOW: Duration = Duration::from_secs(5);
/// Round trips remembered.
const ROUND_TRIPS: usize = 50;

/// Facts about one SmartServer, gathered from its calls and pushes.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    present: Option<bool>,
    last_answer_at: Option<Timestamp>,
    last_push_at: Option<Timestamp>,
    failures: u32,
    last_failure: Option<String>,
    round_trips: VecDeque<Duration>,
}

impl Tracker {
    /// A SmartServer whose stored readings show that it was once there.
    pub(super) fn seen_at(at: Option<Timestamp>) -> Self {
        Tracker { last_answer_at: at, ..Tracker::default() }
    }

    /// A call was answered; a fault is an answer too.
    pub(super) fn answered(&mut self, now: Timestamp, round_trip: Duration) {
        self.is_there();
        self.last_answer_at = Some(now);
        self.failures = 0;
        self.last_failure = None;
        if self.round_trips.len() == ROUND_TRIPS {
            self.round_trips.pop_front();
        }
        self.round_trips.push_back(round_trip);
    }

    /// A call failed for a reason that lies with the SmartServer or the way to it.
    pub(super) fn failed(&mut self, error: &GatewayError) {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(error.to_string());
    }

    /// It sent values unasked.
    pub(super) fn pushed(&mut self, now: Timestamp) {
        self.is_there();
        self.last_push_at = Some(now);
        self.failures = 0;
        self.last_failure = None;
    }

    /// Its last answer or push.
    pub(super) fn last_contact(&self) -> Option<Timestamp> {
        self.last_answer_at.max(self.last_push_at)
    }

    /// It sent something: presence that says it left is out of date, and may stay so for long, since
    /// a SmartServer may end the subscription.
    fn is_there(&mut self) {
        self.present = self.present.filter(|present| *present);
    }

    /// Presence told.
    pub(super) fn presence(&mut self, present: bool) {
        self.present = Some(present);
        if present {
            self.failures = 0;
        }
    }

    /// The verdict. `session` says why the identity's session is not online, if it is not.
    pub(super) fn health(&self, session: Option<&str>, queued: usize) -> Health {
        let (state, reason) = self.verdict(session);
        let sorted = self.sorted_round_trips();
        Health {
            state,
            reason,
            present: self.present,
            last_answer_at: self.last_answer_at,
            last_push_at: self.last_push_at,
            failures_in_a_row: self.failures,
            round_trip_p50: percentile(&sorted, 50),
            round_trip_p95: percentile(&sorted, 95),
            queued,
        }
    }

    /// Whether what it told may not be true any more; the same as [`HealthState::Offline`], without
    /// looking for words.
    pub(super) fn is_offline(&self, session_online: bool) -> bool {
        let seen = self.was_seen();
        seen && (!session_online || self.present == Some(false) || self.failures >= OFFLINE_AFTER)
    }

    fn was_seen(&self) -> bool {
        self.last_answer_at.is_some() || self.last_push_at.is_some() || self.present == Some(true)
    }

    /// State and reason alone, which cost less to tell than the figures beside them.
    pub(super) fn verdict(&self, session: Option<&str>) -> (HealthState, String) {
        let failure = self.last_failure.as_deref().unwrap_or("no answer");
        let seen = self.was_seen();
        if let Some(why) = session {
            let state = if seen { HealthState::Offline } else { HealthState::NeverSeen };
            return (state, format!("Its identity is not online: {why}."));
        }
        if !seen && self.failures == 0 {
            return (HealthState::NeverSeen, "It was not asked anything yet.".into());
        }
        if !seen {
            return (HealthState::NeverSeen, format!("It never answered; the last call: {failure}."));
        }
        if self.present == Some(false) {
            return (HealthState::Offline, "Its presence says that it left the XMPP server.".into());
        }
        match self.failures {
            0 => self.verdict_by_speed(),
            1 => (HealthState::Degraded, format!("The last call failed: {failure}.")),
            n if n < OFFLINE_AFTER => {
                (HealthState::Degraded, format!("The last {n} calls failed; the last: {failure}."))
            }
            n => (HealthState::Offline, format!("{n} calls in a row failed; the last: {failure}.")),
        }
    }

    fn verdict_by_speed(&self) -> (HealthState, String) {
        // After every answer, and hardly ever one is slow.
        if self.round_trips.iter().all(|&round_trip| round_trip <= SLOW) {
            return (HealthState::Online, "It answers.".into());
        }
        match percentile(&self.sorted_round_trips(), 95) {
            Some(p95) if p95 > SLOW => (
                HealthState::Degraded,
                format!("It answers slowly: one call in twenty takes {} s or more.", p95.as_secs()),
            ),
            _ => (HealthState::Online, "It answers.".into()),
        }
    }

    fn sorted_round_trips(&self) -> Vec<Duration> {
        let mut sorted: Vec<_> = self.round_trips.iter().copied().collect();
        sorted.sort_unstable();
        sorted
    }
}

/// The smallest element that at least `percent` of a sorted list do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(tracker: &Tracker) -> HealthState {
        let state = tracker.health(None, 0).state;
        assert_eq!(tracker.is_offline(true), state == HealthState::Offline);
        state
    }

    #[test]
    fn three_failures_in_a_row_make_it_offline_and_one_answer_brings_it_back() {
        let mut t = Tracker::default();
        assert_eq!(state(&t), HealthState::NeverSeen);
        t.answered(Timestamp::UNIX_EPOCH, Duration::from_millis(10));
        assert_eq!(state(&t), HealthState::Online);
        for expected in [HealthState::Degraded, HealthState::Degraded, HealthState::Offline] {
            t.failed(&GatewayError::Deadline { sent: true });
            assert_eq!(state(&t), expected);
        }
        t.answered(Timestamp::UNIX_EPOCH, Duration::from_millis(10));
        assert_eq!(state(&t), HealthState::Online);
    }

    #[test]
    fn slow_answers_presence_and_a_lost_session_count() {
        let mut t = Tracker::default();
        t.answered(Timestamp::UNIX_EPOCH, Duration::from_secs(6));
        assert_eq!(state(&t), HealthState::Degraded);
        t.presence(false);
        assert_eq!(state(&t), HealthState::Offline);
        t.pushed(Timestamp::UNIX_EPOCH);
        assert_eq!(t.health(None, 0).present, None);
        assert_eq!(state(&t), HealthState::Degraded);
        t.presence(true);
        let health = t.health(Some("refused"), 0);
        assert_eq!(health.state, HealthState::Offline);
        assert!(health.reason.contains("refused"));
        assert!(t.is_offline(false));
    }

    #[test]
    fn percentiles_are_ranks() {
        let sorted: Vec<_> = (1..=20).map(Duration::from_secs).collect();
        assert_eq!(percentile(&sorted, 50), Some(Duration::from_secs(10)));
        assert_eq!(percentile(&sorted, 95), Some(Duration::from_secs(19)));
        assert_eq!(percentile(&[], 95), None);
    }
}
