//! What is known of one SmartServer's condition, and the verdict.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::GatewayError;
use crate::domain::{Check, CheckResult, Health, HealthState};

/// Calls in a row that must fail before a SmartServer counts as offline.
pub(super) const OFFLINE_AFTER: u32 = 3;
/// Round trips above this (95th percentile) make a SmartServer degraded.
const SLOW: Duration = Duration::from_secs(5);
/// Calls remembered.
const CHECKS: usize = 60;
/// Of those, how old ones count that were answered: one that was slow yesterday and not asked since is not
/// slow today.
const RECENT: SignedDuration = SignedDuration::from_mins(15);

/// Facts about one SmartServer, gathered from its calls, pushes and presence.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    present: Option<bool>,
    /// When presence told that.
    presence_at: Option<Timestamp>,
    last_answer_at: Option<Timestamp>,
    last_push_at: Option<Timestamp>,
    failures: u32,
    /// Beginning of the failures in a row.
    failing_since: Option<Timestamp>,
    last_failure: Option<(Timestamp, String)>,
    checks: VecDeque<Compact>,
}

/// What the tracker does not know itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) now: Timestamp,
    /// Why the identity's session is not online, if it is not.
    pub(super) session: Option<&'a str>,
    /// When it is asked again, if it is not asked anything until then.
    pub(super) next_probe_at: Option<Timestamp>,
}

/// A call in 16 bytes: there are many SmartServers.
#[derive(Debug, Clone, Copy)]
struct Compact {
    at_ms: i64,
    /// Up to 71 minutes.
    micros: u32,
    failed: bool,
}

impl Compact {
    fn new(now: Timestamp, round_trip: Duration, failed: bool) -> Self {
        let micros = u32::try_from(round_trip.as_micros()).unwrap_or(u32::MAX);
        Compact { at_ms: now.as_millisecond(), micros, failed }
    }

    fn round_trip(self) -> Duration {
        Duration::from_micros(self.micros.into())
    }

    fn check(self) -> Option<Check> {
        let at = Timestamp::from_millisecond(self.at_ms).ok()?;
        let result = match () {
            () if self.failed => CheckResult::Failed,
            () if self.round_trip() > SLOW => CheckResult::Slow,
            () => CheckResult::Ok,
        };
        Some(Check { at, result, round_trip: self.round_trip() })
    }
}

/// What a verdict rests on, not yet in words.
#[derive(Debug, Clone, Copy)]
enum Finding {
    NoSession { seen: bool },
    NotAsked,
    NeverAnswered,
    Left,
    SomeFailed,
    AllFailed,
    Came(Timestamp),
    Answers,
    Slow(Duration),
}

impl Finding {
    fn state(self) -> HealthState {
        match self {
            Finding::NoSession { seen: false } | Finding::NotAsked | Finding::NeverAnswered => {
                HealthState::NeverSeen
            }
            Finding::NoSession { seen: true } | Finding::Left | Finding::AllFailed => HealthState::Offline,
            Finding::SomeFailed | Finding::Slow(_) => HealthState::Degraded,
            Finding::Came(_) | Finding::Answers => HealthState::Online,
        }
    }
}

impl Tracker {
    /// A SmartServer that an earlier run has heard of: when it last answered and last pushed.
    pub(super) fn seen_at(answer: Option<Timestamp>, push: Option<Timestamp>) -> Self {
        Tracker { last_answer_at: answer, last_push_at: push, ..Tracker::default() }
    }

    /// A call was answered; a fault is an answer too.
    pub(super) fn answered(&mut self, now: Timestamp, round_trip: Duration) {
        self.is_there();
        self.last_answer_at = Some(now);
        self.note(Compact::new(now, round_trip, false));
    }

    /// A call failed after so long, for a reason that lies with the SmartServer or the way to it.
    pub(super) fn failed(&mut self, now: Timestamp, error: &GatewayError, waited: Duration) {
        self.failures = self.failures.saturating_add(1);
        self.failing_since = self.failing_since.or(Some(now));
        self.last_failure = Some((now, error.to_string()));
        self.note(Compact::new(now, waited, true));
    }

    /// It sent values unasked.
    pub(super) fn pushed(&mut self, now: Timestamp) {
        self.is_there();
        self.last_push_at = Some(now);
    }

    /// When a call was last answered.
    pub(super) fn last_answer_at(&self) -> Option<Timestamp> {
        self.last_answer_at
    }

    /// When it last sent values unasked.
    pub(super) fn last_push_at(&self) -> Option<Timestamp> {
        self.last_push_at
    }

    /// Its last answer or push.
    pub(super) fn last_contact(&self) -> Option<Timestamp> {
        self.last_answer_at.max(self.last_push_at)
    }

    /// It sent something: presence that says it left is out of date, and may stay so for long, since
    /// a SmartServer may end the subscription.
    fn is_there(&mut self) {
        self.present = self.present.filter(|present| *present);
        self.fails_no_more();
    }

    fn fails_no_more(&mut self) {
        (self.failures, self.failing_since) = (0, None);
    }

    fn note(&mut self, check: Compact) {
        if self.checks.len() == CHECKS {
            self.checks.pop_front();
        }
        self.checks.push_back(check);
    }

    /// Presence told.
    pub(super) fn presence(&mut self, now: Timestamp, present: bool) {
        if self.present.replace(present) != Some(present) {
            self.presence_at = Some(now);
        }
        if present {
            self.fails_no_more();
        }
    }

    /// The verdict with all figures.
    pub(super) fn health(&self, around: &Around<'_>, queued: usize) -> Health {
        let (state, reason) = self.verdict(around);
        let sorted = self.sorted_round_trips(around.now);
        let last_failure = self.last_failure.as_ref();
        Health {
            state,
            reason,
            present: self.present,
            last_answer_at: self.last_answer_at,
            last_push_at: self.last_push_at,
            failures_in_a_row: self.failures,
            last_failure_at: last_failure.map(|(at, _)| *at),
            last_failure: last_failure.map(|(_, why)| why.clone()),
            next_probe_at: around.next_probe_at,
            round_trip_p50: percentile(&sorted, 50),
            round_trip_p95: percentile(&sorted, 95),
            queued,
        }
    }

    /// The last calls, oldest first.
    pub(super) fn checks(&self) -> Vec<Check> {
        self.checks.iter().filter_map(|check| check.check()).collect()
    }

    /// Whether what it told may not be true any more; the same as [`HealthState::Offline`], without
    /// looking for words.
    pub(super) fn is_offline(&self, session_online: bool) -> bool {
        let seen = self.was_seen();
        seen && (!session_online || self.present == Some(false) || self.failures >= OFFLINE_AFTER)
    }

    fn was_seen(&self) -> bool {
        self.heard_at().is_some() || self.present == Some(true)
    }

    /// When it last answered or pushed.
    fn heard_at(&self) -> Option<Timestamp> {
        self.last_answer_at.max(self.last_push_at)
    }

    /// State and reason alone, which cost less to tell than the figures beside them.
    pub(super) fn verdict(&self, around: &Around<'_>) -> (HealthState, String) {
        let finding = self.finding(around.session.is_none(), around.now);
        (finding.state(), self.words(finding, around))
    }

    /// The state alone, which costs least.
    pub(super) fn state(&self, session_online: bool, now: Timestamp) -> HealthState {
        self.finding(session_online, now).state()
    }

    fn finding(&self, session_online: bool, now: Timestamp) -> Finding {
        let seen = self.was_seen();
        match self.failures {
            _ if !session_online => Finding::NoSession { seen },
            0 if !seen => Finding::NotAsked,
            _ if !seen => Finding::NeverAnswered,
            _ if self.present == Some(false) => Finding::Left,
            0 => self.finding_by_speed(now),
            n if n < OFFLINE_AFTER => Finding::SomeFailed,
            _ => Finding::AllFailed,
        }
    }

    fn finding_by_speed(&self, now: Timestamp) -> Finding {
        if let (Some(true), Some(at)) =
            (self.present, self.presence_at.filter(|at| self.heard_at() < Some(*at)))
        {
            return Finding::Came(at);
        }
        // After every answer, and hardly ever one is slow.
        if self.checks.iter().all(|check| check.failed || check.round_trip() <= SLOW) {
            return Finding::Answers;
        }
        match self.round_trip_p95(now) {
            Some(p95) if p95 > SLOW => Finding::Slow(p95),
            _ => Finding::Answers,
        }
    }

    fn words(&self, finding: Finding, around: &Around<'_>) -> String {
        let clock = |at| clock(at, around.now);
        match finding {
            Finding::NoSession { .. } => {
                format!("Its identity is not online: {}.", around.session.unwrap_or("offline"))
            }
            Finding::NotAsked => "It was not asked anything yet.".into(),
            Finding::NeverAnswered => {
                format!("It never answered ({}){}.", self.failed_calls(), again(around))
            }
            Finding::Left => {
                let at = self.presence_at.map(|at| format!(" at {}", clock(at))).unwrap_or_default();
                format!("It left the XMPP server{at}{}.", again(around))
            }
            Finding::SomeFailed => self.some_failed(around),
            Finding::AllFailed => self.all_failed(around),
            Finding::Came(at) => {
                format!("It came to the XMPP server at {} and was not asked since.", clock(at))
            }
            Finding::Answers => "It answers.".into(),
            Finding::Slow(p95) => {
                format!("It answers slowly: one call in twenty takes {} s or more.", p95.as_secs())
            }
        }
    }

    /// `5 calls failed; the last: no answer within the deadline`
    fn failed_calls(&self) -> String {
        let why = self.last_failure.as_ref().map_or("no answer", |(_, why)| why);
        match self.failures {
            1 => format!("one call failed: {why}"),
            n => format!("{n} calls failed; the last: {why}"),
        }
    }

    fn some_failed(&self, around: &Around<'_>) -> String {
        let (at, why) = match &self.last_failure {
            Some((at, why)) => (clock(*at, around.now), why.as_str()),
            None => return "The last call failed.".to_owned(),
        };
        match self.failures {
            1 => format!("The last call failed at {at}: {why}."),
            n => format!("The last {n} calls failed; the last at {at}: {why}."),
        }
    }

    fn all_failed(&self, around: &Around<'_>) -> String {
        let since =
            self.heard_at().or(self.failing_since).map(|at| format!(" since {}", clock(at, around.now)));
        format!("No answer{} ({}){}.", since.unwrap_or_default(), self.failed_calls(), again(around))
    }

    /// 95th percentile of the round trips of recent answers.
    pub(super) fn round_trip_p95(&self, now: Timestamp) -> Option<Duration> {
        percentile(&self.sorted_round_trips(now), 95)
    }

    /// Round trips of recent answers.
    fn sorted_round_trips(&self, now: Timestamp) -> Vec<Duration> {
        let since = now.checked_sub(RECENT).map_or(i64::MIN, |at| at.as_millisecond());
        let recent = self.checks.iter().filter(|check| !check.failed && check.at_ms >= since);
        let mut sorted: Vec<_> = recent.map(|check| check.round_trip()).collect();
        sorted.sort_unstable();
        sorted
    }
}

/// `; asked again at 12:05:00 UTC`
fn again(around: &Around<'_>) -> String {
    let at = around.next_probe_at.map(|at| format!("; asked again at {}", clock(at, around.now)));
    at.unwrap_or_default()
}

/// Time of day, with the day if that is another one.
fn clock(at: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let format = if day(at) == day(now) { "%H:%M:%S UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    at.strftime(format).to_string()
}

/// The smallest element that at least `percent` of a sorted list do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
