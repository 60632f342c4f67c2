use std::time::Duration;

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(30);
/// After a conflict: two gateways with one account must not throw each other out all the time.
const CONFLICT: Duration = Duration::from_secs(60);
/// A session that lasted so long was sound; what ended it is a new incident.
pub(crate) const SOUND: Duration = Duration::from_secs(30);

/// Pauses between attempts to log in: doubling, with jitter, so that clients of a server that
/// comes back do not all call at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause; `jitter` in 0..1.
    pub(crate) fn next(&mut self, jitter: f64) -> Duration {
        let pause = CAP.min(BASE * (1 << self.failures.min(10)));
        self.failures += 1;
        pause.mul_f64(0.5 + jitter / 2.0)
    }

    /// The pause after a conflict.
    pub(crate) fn conflict(&mut self, jitter: f64) -> Duration {
        CONFLICT.mul_f64(0.5 + jitter / 2.0)
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn pauses_double_up_to_a_cap() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..8).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        backoff.reset();
        assert_eq!(backoff.next(0.0), Duration::from_millis(250));
        assert!((0..100).all(|_| backoff.next(1.0) <= Duration::from_secs(30)));
    }
}
