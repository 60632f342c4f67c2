//! Whether a point has to be polled: pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::Reading;

/// Whether a reading that came otherwise makes a poll needless: it came within the last half of an interval,
/// and is as young now as a poll would have to bring it. So until the next poll it gets no older than interval
/// and age together, which is as old as what a poll brings.
pub(super) fn is_fresh(reading: &Reading, now: Timestamp, every: Duration, max_age: Duration) -> bool {
    let since = Duration::try_from(now.duration_since(reading.received_at));
    since.is_ok_and(|since| since <= every / 2) && reading.is_fresh(now, max_age)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{DataPointId, ItemFault, Source, Value};

    fn reading(received_at: u64, age: Option<u64>) -> Reading {
        Reading {
            data_point_id: DataPointId::new(),
            value: Value::Null,
            preset: None,
            raw: String::new(),
            unit: None,
            format: None,
            status: None,
            priority: None,
            never_read: false,
            observed_at: None,
            received_at: at(received_at),
            age_at_receipt: age.map(Duration::from_millis),
            source: Source::Push,
            fault: None,
        }
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millisecond(ms as i64).unwrap()
    }

    proptest! {
        /// Whatever is pushed or read in between, and however old a poll's answer is: with polls that are on
        /// time nothing gets older than interval and age together.
        #[test]
        fn nothing_gets_too_old(
            every in 1_000u64..20_000,
            max_age in 1_000u64..40_000,
            polled_ages in prop::collection::vec(0u64..40_000, 20),
            others in prop::collection::vec((0u64..400_000, prop::option::of(0u64..60_000)), 0..60),
        ) {
            let (interval, limit) = (Duration::from_millis(every), Duration::from_millis(max_age));
            let mut held = reading(0, Some(0));
            let mut others = others;
            others.sort_unstable();
            for (beat, age) in polled_ages.iter().enumerate() {
                let now = every * beat as u64;
                for &(came, age) in others.iter().filter(|(came, _)| (now.saturating_sub(every) + 1..=now).contains(came)) {
                    // What is younger is kept; the bound holds for what a poll or skip leaves in any case.
                    held = youngest(held, reading(came, age), came);
                }
                prop_assert!(held.age(at(now)).unwrap() <= interval + limit, "at beat {beat}");
                if !is_fresh(&held, at(now), interval, limit) {
                    held = reading(now, Some(*age % (max_age + 1)));
                }
            }
        }
    }

    /// What callers' reads and pushes leave: a push of unknown age tells nothing on age.
    fn youngest(held: Reading, new: Reading, now: u64) -> Reading {
        match (held.age(at(now)), new.age(at(now))) {
            (Some(old), Some(age)) if age <= old => new,
            _ => held,
        }
    }

    #[test]
    fn old_doubtful_and_refused_readings_are_polled() {
        let (every, max_age) = (Duration::from_secs(10), Duration::from_secs(10));
        let fresh = |reading: &Reading| is_fresh(reading, at(100_000), every, max_age);
        assert!(fresh(&reading(95_000, Some(0))));
        assert!(!fresh(&reading(94_999, Some(0))), "more than half an interval ago");
        assert!(!fresh(&reading(99_000, Some(9_001))), "too old already");
        assert!(!fresh(&reading(99_000, None)), "of unknown age");
        assert!(!fresh(&reading(100_001, Some(0))), "by a clock that was set back");
        let fault = Some(ItemFault { code: 14, text: String::new() });
        assert!(!fresh(&Reading { fault, ..reading(99_000, Some(0)) }));
    }
}
