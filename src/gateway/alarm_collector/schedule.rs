//! When which SmartServer is asked for its alarms.

use std::time::Duration;

use crate::domain::SmartServerId;

/// How long after the beginning of each interval a SmartServer is asked: always the same, and spread evenly
/// over all of them.
pub(super) fn phase(id: SmartServerId, interval: Duration) -> Duration {
    // The lower half of an id is random.
    let random = u128::from(id.0.as_u128() as u64);
    let nanos = interval.as_nanos().max(1);
    Duration::from_nanos(u64::try_from(random % nanos).unwrap_or_default())
}

/// The last time after `from`, up to `to`, at which one with this phase is to be asked.
pub(super) fn due(phase: Duration, interval: Duration, from: Duration, to: Duration) -> Option<Duration> {
    let passed = to.checked_sub(phase)?.as_nanos();
    let rounds = passed / interval.as_nanos().max(1);
    let at = phase + Duration::from_nanos(u64::try_from(rounds * interval.as_nanos()).ok()?);
    (at > from).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{due, phase};
    use crate::domain::SmartServerId;

    const MS: fn(u64) -> std::time::Duration = std::time::Duration::from_millis;

    #[test]
    fn each_is_due_once_an_interval() {
        for (from, to, expected) in [
            (0, 2, None),
            (2, 3, Some(3)),
            (3, 12, None),
            (12, 13, Some(13)),
            // Of those that were missed, the last.
            (0, 40, Some(33)),
        ] {
            assert_eq!(due(MS(3), MS(10), MS(from), MS(to)), expected.map(MS), "{from} to {to}");
        }
    }

    #[test]
    fn phases_are_spread_and_stay() {
        let ids: Vec<_> = (0..1_000).map(|_| SmartServerId::new()).collect();
        let early = ids.iter().filter(|id| phase(**id, MS(60_000)) < MS(30_000)).count();
        assert!((350..650).contains(&early), "{early}");
        assert!(ids.iter().all(|id| phase(*id, MS(60_000)) == phase(*id, MS(60_000))));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn steps_of_any_size_miss_nothing_and_repeat_nothing(
            phase in 0..100u64,
            steps in proptest::collection::vec(1..50u64, 1..100),
        ) {
            let (mut at, mut asked) = (0, 0);
            for step in steps {
                // Steps below the interval.
                asked += usize::from(due(MS(phase), MS(100), MS(at), MS(at + step)).is_some());
                at += step;
            }
            let first = u64::from(phase > 0 && at >= phase);
            let expected = if at >= phase { first + (at - phase) / 100 } else { 0 };
            prop_assert_eq!(asked as u64, expected);
        }
    }
}
