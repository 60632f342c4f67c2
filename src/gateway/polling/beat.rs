//! When a SmartServer's points fall due: pure, in milliseconds since 1970.
//!
//! A SmartServer has a *phase*, a number made from its id, and its points with an interval fall due
//! whenever the time is the phase modulo the interval. So points with the same interval fall due together;
//! every beat of an interval is also one of each interval that divides it, and they share messages; the
//! SmartServers are spread evenly over each interval; and nothing is remembered that a restart could lose.

use crate::domain::SmartServerId;

/// Where in each interval a SmartServer's turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phase(pub(super) u64);

impl Phase {
    /// The same for the same SmartServer at all times.
    pub(super) fn of(id: SmartServerId) -> Phase {
        let bits = id.0.as_u128();
        Phase(mixed((bits >> 64) as u64 ^ mixed(bits as u64)))
    }

    /// The first beat after a time. An interval is at least one millisecond.
    pub(super) fn next(self, interval: u64, after: u64) -> u64 {
        let interval = interval.max(1);
        let since = (after % interval + interval - self.0 % interval) % interval;
        after + (interval - since)
    }

    /// Whether there is a beat after one time and not after the other.
    pub(super) fn falls(self, interval: u64, after: u64, until: u64) -> bool {
        self.next(interval, after) <= until
    }
}

/// Scatters numbers that are alike (the finalizer of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn beats(phase: Phase, interval: u64, from: u64, until: u64) -> Vec<u64> {
        let next = |&at: &u64| Some(phase.next(interval, at)).filter(|&at| at <= until);
        std::iter::successors(next(&from), next).collect()
    }

    proptest! {
        #[test]
        fn beats_are_an_interval_apart_and_none_is_left_out(
            phase: u64, interval in 1u64..100_000, from in 0u64..2_000_000_000_000, count in 1u64..20,
        ) {
            let all = beats(Phase(phase), interval, from, from + count * interval);
            prop_assert_eq!(all.len() as u64, count, "one per interval");
            prop_assert!(all[0] > from && all[0] <= from + interval);
            prop_assert!(all.windows(2).all(|pair| pair[1] - pair[0] == interval));
        }

        /// Whenever it is looked at, each beat falls into exactly one look.
        #[test]
        fn a_beat_falls_once(
            phase: u64, interval in 1u64..5_000, from in 0u64..10_000, looks in prop::collection::vec(0u64..3_000, 1..40),
        ) {
            let phase = Phase(phase);
            let (mut at, mut seen) = (from, 0);
            for pause in looks {
                seen += beats(phase, interval, at, at + pause).len();
                prop_assert_eq!(phase.falls(interval, at, at + pause), !beats(phase, interval, at, at + pause).is_empty());
                at += pause;
            }
            prop_assert_eq!(seen, beats(phase, interval, from, at).len());
        }

        #[test]
        fn a_longer_interval_shares_the_beats_of_those_that_divide_it(
            phase: u64, interval in 1u64..10_000, times in 1u64..100, from in 0u64..2_000_000_000_000,
        ) {
            let (phase, longer) = (Phase(phase), interval * times);
            let at = phase.next(longer, from);
            prop_assert!(phase.falls(interval, at - 1, at));
        }

        /// Of a fleet with ids of any kind each tenth of an interval gets its share.
        #[test]
        fn smartservers_are_spread_evenly(interval in 1_000u64..86_400_000, first: u64) {
            let ids = (0..5_000u128).map(|n| uuid::Uuid::from_u128((u128::from(first) << 40) + n));
            let mut tenths = [0usize; 10];
            for id in ids {
                let at = Phase::of(SmartServerId(id)).next(interval, 0) % interval;
                tenths[(at * 10 / interval) as usize] += 1;
            }
            prop_assert!(tenths.iter().all(|&count| (400..=600).contains(&count)), "{:?}", tenths);
        }
    }

    #[test]
    fn a_phase_stays_the_same_over_versions() {
        let id = SmartServerId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(Phase::of(id), Phase::of(id));
        assert_eq!(Phase(12_345).next(10_000, 0), 2_345);
        assert_eq!(Phase(12_345).next(10_000, 2_345), 12_345);
        assert_eq!(Phase(12_345).next(60_000, 2_345), 12_345);
    }
}
