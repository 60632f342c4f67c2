//! Whether a SmartServer that did not answer is asked all the same.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::GatewayError;
use super::health::OFFLINE_AFTER;

/// What a caller is told to wait at least.
const SOON: Duration = Duration::from_secs(1);

/// Opens after three calls in a row that failed by the SmartServer. Then it is probed, and if it was silent
/// nobody else's call goes through: each would take its whole deadline, and its turn with it. Where the XMPP
/// server said at once that nobody is there, calls go on: they cost nobody anything, and the first one that
/// is answered shows that it is back.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
    /// Rung when the next probe is due at once, or none any more.
    nudge: Notify,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open: Option<Open>,
    /// Whether a task probes it.
    is_probed: bool,
}

#[derive(Debug)]
struct Open {
    failure: Failure,
    /// What the last failure was, in words.
    words: String,
    /// When it is probed next; `None` while that is under way.
    next_probe: Option<Instant>,
}

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// No answer came.
    Silence,
    /// The XMPP server said that it cannot be reached.
    NotThere,
}

impl Breaker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may go through.
    ///
    /// # Errors
    /// `NotAsked`, with the time of the next probe.
    pub(super) fn check(&self) -> Result<(), GatewayError> {
        let state = self.lock();
        match &state.open {
            Some(open) if open.failure == Failure::Silence => Err(open.refusal(state.failures)),
            _ => Ok(()),
        }
    }

    /// Takes a failed call; tells whether somebody has to begin to probe.
    pub(super) fn failed(&self, failure: Failure, words: String) -> bool {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures < OFFLINE_AFTER {
            return false;
        }
        let next_probe = state.open.as_ref().and_then(|open| open.next_probe);
        state.open = Some(Open { failure, words, next_probe });
        !std::mem::replace(&mut state.is_probed, true)
    }

    /// Takes an answer of any kind; tells whether it was open.
    pub(super) fn answered(&self) -> bool {
        let mut state = self.lock();
        state.failures = 0;
        let was_open = state.open.take().is_some();
        drop(state);
        if was_open {
            self.nudge.notify_one();
        }
        was_open
    }

    /// Something suggests that it may answer again: the next probe is due at once.
    pub(super) fn nudge(&self) {
        if self.lock().open.is_some() {
            self.nudge.notify_one();
        }
    }

    /// Waits until it was nudged.
    pub(super) async fn nudged(&self) {
        self.nudge.notified().await;
    }

    /// Says when it is probed next, `None` when that begins. `false` when it is closed: then whoever
    /// probed does so no more.
    pub(super) fn schedule(&self, next_probe: Option<Instant>) -> bool {
        let mut state = self.lock();
        match &mut state.open {
            Some(open) => open.next_probe = next_probe,
            None => state.is_probed = false,
        }
        state.is_probed
    }

    /// Forgets that somebody probes it.
    pub(super) fn probed_no_more(&self) {
        self.lock().is_probed = false;
    }

    /// When it is probed next; `None` when it is closed.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.lock().open.as_ref().map(|open| open.next_probe.unwrap_or_else(Instant::now))
    }
}

impl Open {
    fn refusal(&self, failures: u32) -> GatewayError {
        let until = self.next_probe.map(|at| at.saturating_duration_since(Instant::now()));
        let probe = match until {
            Some(until) => format!("it is probed again in {} s", until.as_secs_f64().ceil()),
            None => "it is being probed".to_owned(),
        };
        GatewayError::NotAsked {
            why: format!("{failures} calls in a row failed, the last one: {}; {probe}", self.words),
            retry_after: until.unwrap_or_default().max(SOON),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn silent(breaker: &Breaker) -> bool {
        breaker.failed(Failure::Silence, "no answer".into())
    }

    fn seconds_to_wait(breaker: &Breaker) -> Option<u64> {
        match breaker.check() {
            Ok(()) => None,
            Err(GatewayError::NotAsked { retry_after, .. }) => Some(retry_after.as_secs()),
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn three_failures_open_it_and_any_answer_closes_it() {
        let breaker = Breaker::default();
        assert!(!silent(&breaker) && !silent(&breaker));
        assert_eq!(seconds_to_wait(&breaker), None);
        assert!(silent(&breaker), "somebody has to probe");
        assert!(!silent(&breaker), "and one is enough");
        assert!(breaker.schedule(Some(Instant::now() + Duration::from_secs(5))));
        assert_eq!(seconds_to_wait(&breaker), Some(5));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(seconds_to_wait(&breaker), Some(2));
        assert!(breaker.check().unwrap_err().to_string().contains("probed again in 2 s"));
        assert!(breaker.schedule(None));
        assert_eq!(seconds_to_wait(&breaker), Some(1), "it is being probed");

        assert!(breaker.answered());
        assert_eq!((seconds_to_wait(&breaker), breaker.next_probe()), (None, None));
        assert!(!breaker.schedule(None), "it is probed no more");
        assert!(!silent(&breaker) && !silent(&breaker) && silent(&breaker), "it counts from nothing");
    }

    #[test]
    fn one_that_is_not_there_is_probed_but_asked_all_the_same() {
        let breaker = Breaker::default();
        let away = || breaker.failed(Failure::NotThere, "not reachable".into());
        assert!(!away() && !away() && away());
        assert!(breaker.next_probe().is_some() && breaker.check().is_ok());
        silent(&breaker);
        assert!(breaker.check().is_err(), "it came back, and does not answer");
        away();
        assert!(breaker.check().is_ok());
    }

    proptest! {
        /// Whatever happens in whatever order: it keeps calls off exactly when the last three or more calls
        /// failed, the last of them in silence, and there is one prober as long as it is open.
        #[test]
        fn it_is_open_after_three_in_a_row(events in proptest::collection::vec(0u8..4, 0..60)) {
            let breaker = Breaker::default();
            let (mut in_a_row, mut last, mut probers) = (0, Failure::NotThere, 0);
            for event in events {
                match event {
                    0 => {
                        breaker.answered();
                        in_a_row = 0;
                    }
                    1 if probers > 0 => probers -= i32::from(!breaker.schedule(None)),
                    failure => {
                        last = if failure == 2 { Failure::NotThere } else { Failure::Silence };
                        in_a_row += 1;
                        probers += i32::from(breaker.failed(last, String::new()));
                    }
                }
                let is_open = in_a_row >= 3;
                prop_assert_eq!(breaker.check().is_err(), is_open && last == Failure::Silence);
                prop_assert_eq!(breaker.next_probe().is_some(), is_open);
                prop_assert!(probers <= 1 && (!is_open || probers == 1));
            }
        }
    }
}
