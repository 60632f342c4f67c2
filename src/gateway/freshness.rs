//! How fresh a caller wants a reading.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::connections::now;
use super::lane::Rank;
use crate::domain::Reading;

/// How fresh is fresh enough, and by when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freshness {
    pub(super) max_age: Duration,
    pub(super) asked_at: Timestamp,
    pub(super) deadline: Instant,
    /// Who asks.
    pub(super) rank: Rank,
}

impl Freshness {
    /// Fresh enough is what is young enough now, and what was read since the caller asked. Only the latter for
    /// a poll: it is made so that there be something newer, where that is worth it.
    pub(super) fn allows(&self, reading: &Reading) -> bool {
        if reading.fault.is_some() || reading.is_from_future(now()) {
            return false;
        }
        let read_since = reading.received_at >= self.asked_at;
        let age_then = reading.age(self.asked_at.max(reading.received_at));
        (read_since || self.rank != Rank::Poll) && age_then.is_some_and(|age| age <= self.max_age)
    }
}

/// Whether the age of a reading can be told: not of one that came before our clock was set back, and bears a
/// time to come.
pub(super) fn has_age(reading: &Reading, now: Timestamp) -> bool {
    reading.received_at <= now
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{DataPointId, ItemFault, Source, Value};

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn reading(received: i64, age: Option<u64>) -> Reading {
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
            received_at: at(received),
            age_at_receipt: age.map(Duration::from_millis),
            source: Source::Read,
            fault: None,
        }
    }

    fn freshness(asked: i64, max_age: u64) -> Freshness {
        Freshness {
            max_age: Duration::from_millis(max_age),
            asked_at: at(asked),
            deadline: Instant::now(),
            rank: Rank::Read,
        }
    }

    #[test]
    fn what_was_read_since_the_caller_asked_is_fresh() {
        assert!(freshness(1_000, 0).allows(&reading(1_000, Some(0))));
        assert!(freshness(1_000, 0).allows(&reading(9_000, Some(0))), "by another caller's request");
        assert!(!freshness(1_000, 0).allows(&reading(9_000, Some(1))), "which allowed it to be older");
        assert!(!freshness(1_000, 0).allows(&reading(999, Some(0))));
    }

    #[test]
    fn a_reading_of_a_time_to_come_has_no_age() {
        let reading = reading(3_600_000, Some(0));
        assert!(freshness(1_000, 0).allows(&reading), "it would be fresh for an hour");
        assert!(!has_age(&reading, at(3_599_999)) && has_age(&reading, at(3_600_000)));
    }

    #[test]
    fn a_poll_takes_only_what_came_since() {
        let poll = Freshness { rank: Rank::Poll, ..freshness(1_000, 60_000) };
        assert!(!poll.allows(&reading(999, Some(0))));
        assert!(poll.allows(&reading(1_000, Some(60_000))) && !poll.allows(&reading(1_000, Some(60_001))));
    }

    #[test]
    fn what_is_faulty_or_of_unknown_age_is_not_fresh() {
        let day = freshness(1_000, 86_400_000);
        assert!(!day.allows(&reading(1_000, None)));
        let fault = Some(ItemFault { code: 14, text: String::new() });
        assert!(!day.allows(&Reading { fault, ..reading(1_000, Some(0)) }));
    }

    #[test]
    fn what_came_before_our_clock_was_set_back_is_not_fresh() {
        let hour = jiff::SignedDuration::from_hours(1);
        let reading = Reading { received_at: now() + hour, ..reading(0, Some(0)) };
        for rank in [Rank::Command, Rank::Read, Rank::Poll] {
            assert!(!Freshness { asked_at: now(), rank, ..freshness(0, 86_400_000) }.allows(&reading));
        }
        assert_eq!(reading.age(now()), None, "nobody knows when it came");
    }

    proptest! {
        /// Nothing is called fresh that was older when the caller asked, and nothing younger is read
        /// again.
        #[test]
        fn an_age_is_counted_from_the_question(received in 0i64..10_000, asked in 0i64..10_000, age in 0u64..5_000, max in 0u64..10_000) {
            let is_fresh = freshness(asked, max).allows(&reading(received, Some(age)));
            let then = age as i64 + (asked - received).max(0);
            prop_assert_eq!(is_fresh, then <= max as i64);
        }
    }
}
