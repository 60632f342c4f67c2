//! How fast calls begin again when a session comes back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::domain::IdentityId;

/// Time between the starts of two calls in the first second; it halves each second.
const STEP: Duration = Duration::from_millis(2);
/// After so many seconds the step is that of the last one.
const DOUBLINGS: u32 = 10;
/// A session that is older than this and for which nobody waits is ramped no more.
const OVER: Duration = Duration::from_secs(10);
/// Calls may begin so much before their time: a few come at once at no cost to anybody.
const TOLERANCE: Duration = Duration::from_millis(100);

/// When a session comes back, readers and pollers of thousands of SmartServers may wait for it. Their calls
/// begin one after the other: 500 in the first second, twice as many in each that follows, so that all of
/// 5,000 were asked after 3.5 s. Commands do not wait for this.
#[derive(Debug, Default)]
pub(super) struct Ramps(Mutex<HashMap<IdentityId, Ramp>>);

#[derive(Debug)]
struct Ramp {
    /// When the session came online.
    session: Timestamp,
    begun: Instant,
    /// When the next call may begin.
    next: Instant,
}

impl Ramps {
    /// When a call may begin by way of a session that came online then.
    pub(super) fn start(&self, identity: IdentityId, session: Timestamp, now: Instant) -> Instant {
        let mut ramps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Ramp { session, begun: now, next: now };
        let ramp = ramps.entry(identity).or_insert(new);
        if ramp.session != session {
            *ramp = Ramp { session, begun: now, next: now };
        }
        ramp.start(now)
    }

    pub(super) fn forget(&self, identity: IdentityId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&identity);
    }
}

impl Ramp {
    fn start(&mut self, now: Instant) -> Instant {
        if self.next <= now && now.duration_since(self.begun) > OVER {
            return now;
        }
        let at = self.next.max(now);
        let seconds = u32::try_from(at.duration_since(self.begun).as_secs()).unwrap_or(DOUBLINGS);
        self.next = at + STEP / 2u32.pow(seconds.min(DOUBLINGS));
        at.checked_sub(TOLERANCE).unwrap_or(at).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(
        ramps: &Ramps,
        identity: IdentityId,
        session: i64,
        now: Instant,
        count: usize,
    ) -> Vec<Duration> {
        let session = Timestamp::from_second(session).unwrap();
        let start = |_| ramps.start(identity, session, now).duration_since(now);
        (0..count).map(start).collect()
    }

    #[test]
    fn five_thousand_calls_begin_within_seconds_but_not_at_once() {
        let (ramps, identity, now) = (Ramps::default(), IdentityId::new(), Instant::now());
        let all = starts(&ramps, identity, 1, now, 5_000);
        assert!(all.is_sorted());
        let until = |ms| all.iter().filter(|at| **at < Duration::from_millis(ms)).count();
        assert!((50..60).contains(&until(1)), "{}", until(1));
        assert!((500..600).contains(&until(950)), "{}", until(950));
        assert!((2_000..4_500).contains(&until(2_500)), "{}", until(2_500));
        assert_eq!(until(4_000), 5_000);
    }

    #[test]
    fn each_session_is_ramped_and_one_that_has_lasted_is_not() {
        let (ramps, identity, now) = (Ramps::default(), IdentityId::new(), Instant::now());
        let last = |session, now| starts(&ramps, identity, session, now, 500).pop().unwrap();
        assert!(last(1, now) > Duration::from_millis(500));
        assert_eq!(last(1, now + 2 * OVER), Duration::ZERO);
        assert!(last(2, now + 2 * OVER) > Duration::from_millis(500), "it was lost and came back");
        let other = starts(&ramps, IdentityId::new(), 1, now, 10);
        assert_eq!(other, [Duration::ZERO; 10], "others have ramps of their own");
        ramps.forget(identity);
        assert_eq!(ramps.0.lock().unwrap().len(), 1);
    }
}
