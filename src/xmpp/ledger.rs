use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::cause::Cause;
use super::flow::{Amounts, Flow, Rates};
use super::recent::{Percentiles, Recent};
use super::status::State;

/// Transitions that are kept.
const TRANSITIONS: usize = 20;

/// A change of state.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The state that was entered.
    pub state: State,
    /// Why, for people; `None` where nothing was wrong.
    pub reason: Option<String>,
}

/// Round trips of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundTrips {
    /// Of the last minute; `None` when there was none.
    pub recent: Option<Percentiles>,
    /// How many there have been ever.
    pub count: u64,
    /// How long they took together.
    pub sum: Duration,
}

/// What is to be told of an account's sessions beside [`Status`](super::Status).
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Requests that the server answered at once.
    pub requests: RoundTrips,
    /// Calls, from their posting to their answer.
    pub calls: RoundTrips,
    /// What goes by.
    pub rates: Rates,
    /// How often a session that was online ended, and why.
    pub restarts: BTreeMap<Cause, u64>,
    /// How often an attempt to log in came to nothing, and why.
    pub failed_logins: BTreeMap<Cause, u64>,
    /// How long the latest log-in took.
    pub last_login: Option<Duration>,
    /// The latest changes of state, oldest first.
    pub transitions: Vec<Transition>,
}

/// What a client writes down for [`Figures`]; one that follows another writes on in its ledger.
/// Writing is cheap; what takes time is done when somebody asks.
#[derive(Debug)]
pub(crate) struct Ledger {
    begun: Instant,
    requests: Mutex<Recent>,
    calls: Mutex<Recent>,
    flow: Mutex<Flow>,
    course: Mutex<Course>,
}

#[derive(Debug, Default)]
struct Course {
    restarts: BTreeMap<Cause, u64>,
    failed_logins: BTreeMap<Cause, u64>,
    last_login: Option<Duration>,
    transitions: VecDeque<Transition>,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger {
            begun: Instant::now(),
            requests: Mutex::default(),
            calls: Mutex::default(),
            flow: Mutex::default(),
            course: Mutex::default(),
        }
    }

    /// The server answered a request at once.
    pub(crate) fn request(&self, took: Duration) {
        lock(&self.requests).add(self.begun.elapsed(), took);
    }

    /// A call that was posted at this time is answered.
    pub(crate) fn call(&self, posted_at: Instant) {
        let now = Instant::now();
        let took = now.saturating_duration_since(posted_at);
        lock(&self.calls).add(now.saturating_duration_since(self.begun), took);
    }

    /// This went by.
    pub(crate) fn flowed(&self, amounts: Amounts) {
        lock(&self.flow).add(self.begun.elapsed(), amounts);
    }

    /// A session that was online has ended, or an attempt to log in.
    pub(crate) fn ended(&self, cause: Cause, was_online: bool) {
        let mut course = lock(&self.course);
        let counts = if was_online { &mut course.restarts } else { &mut course.failed_logins };
        *counts.entry(cause).or_default() += 1;
    }

    pub(crate) fn logged_in(&self, took: Duration) {
        lock(&self.course).last_login = Some(took);
    }

    pub(crate) fn entered(&self, transition: Transition) {
        let transitions = &mut lock(&self.course).transitions;
        if transitions.len() == TRANSITIONS {
            transitions.pop_front();
        }
        transitions.push_back(transition);
    }

    pub(crate) fn figures(&self) -> Figures {
        let at = self.begun.elapsed();
        let of = |recent: &Mutex<Recent>| {
            let recent = lock(recent);
            let (count, sum) = recent.total();
            RoundTrips { recent: recent.percentiles(at), count, sum }
        };
        let (requests, calls, rates) = (of(&self.requests), of(&self.calls), lock(&self.flow).rates(at));
        let course = lock(&self.course);
        Figures {
            requests,
            calls,
            rates,
            restarts: course.restarts.clone(),
            failed_logins: course.failed_logins.clone(),
            last_login: course.last_login,
            transitions: course.transitions.iter().cloned().collect(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::bosh::End;
    use crate::xmpp::status::Status;

    #[test]
    fn the_latest_changes_of_state_are_kept() {
        let ledger = Ledger::new();
        for n in 0..50 {
            let reason = Some(n.to_string());
            ledger.entered(Transition { at: Timestamp::UNIX_EPOCH, state: State::Offline, reason });
        }
        let reasons: Vec<_> = ledger.figures().transitions.into_iter().filter_map(|t| t.reason).collect();
        assert_eq!(reasons, (30..50).map(|n: i32| n.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_status_that_follows_goes_on_with_counters_and_figures() {
        let mut before = Status::new();
        before.explain(&End::Parked, false);
        before.online("noc@nocgate.test/r".parse().unwrap(), false);
        before.explain(&End::Lost("cut".into()), false);
        before.explain(&End::SeeOther("elsewhere".into()), false);
        before.stopped();
        let after = before.followed();
        assert_eq!((after.logins, after.parked, after.state.clone()), (1, 1, State::Connecting));
        assert_eq!((after.jid.clone(), after.reason.clone()), (None, None));
        let figures = after.figures();
        assert_eq!(figures.restarts, BTreeMap::from([(Cause::Lost, 1)]));
        assert_eq!(figures.failed_logins, BTreeMap::from([(Cause::Parked, 1)]));
        let reasons: Vec<_> = figures.transitions.iter().map(|t| t.reason.as_deref()).collect();
        let lost = "the connection to the server was lost: cut";
        assert_eq!(reasons, [None, None, Some(lost), None], "{:?}", figures.transitions);
    }
}
