//! When a SmartServer's history begins to lack readings. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Absence in which points that send their values by themselves may lose some. Shorter ones are most often a
/// session that changes its connection, whose stream brings what came meanwhile.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);
/// Least time before the last sign of life in which readings may have been lost on their way.
const LEAST_MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// Longest such time: what is polled more rarely is looked for no further back.
const LONGEST_MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// How the recorded points of a SmartServer come to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Recorded {
    /// Shortest and longest interval of those that are polled.
    pub(super) polled: Option<(Duration, Duration)>,
    /// Whether some come by themselves only.
    pub(super) pushed: bool,
}

/// What is seen of a SmartServer at a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// When it is looked at.
    pub(super) now: Timestamp,
    /// Whether it cannot be reached.
    pub(super) offline: bool,
    /// Its last answer or push.
    pub(super) contact: Option<Timestamp>,
}

/// One SmartServer, looked at about every second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    /// The process has just started: what came between the last stored reading and a crash may be lost.
    Started {
        /// Its last sign of life in an earlier run.
        last: Timestamp,
    },
    /// It is there.
    Present,
    /// It may have lost something.
    Away {
        /// Its last sign of life.
        last: Timestamp,
        /// When its absence began, as far as is known.
        since: Timestamp,
    },
    /// A gap is open.
    Lost,
}

impl Recorded {
    /// Takes in a point by the interval in which it is polled.
    pub(super) fn add(&mut self, every: Option<Duration>) {
        let Some(every) = every else {
            self.pushed = true;
            return;
        };
        let (shortest, longest) = self.polled.unwrap_or((every, every));
        self.polled = Some((shortest.min(every), longest.max(every)));
    }

    fn is_none(&self) -> bool {
        *self == Recorded::default()
    }

    /// Silence that a poll is missed in: polls come late at times.
    fn longest_silence(&self) -> Option<SignedDuration> {
        self.polled.map(|(shortest, _)| signed(shortest + shortest / 2))
    }

    /// Where the gap begins: a point that is polled rarely was not looked at for long before the last sign of
    /// life.
    fn before(&self, last: Timestamp) -> Timestamp {
        let longest = self.polled.map_or(SignedDuration::ZERO, |(_, longest)| signed(longest));
        last.checked_sub(longest.clamp(LEAST_MARGIN, LONGEST_MARGIN)).unwrap_or(last)
    }
}

impl Watch {
    /// At the start of the process, with what an earlier run saw last.
    pub(super) fn at_start(contact: Option<Timestamp>) -> Watch {
        contact.map_or(Watch::Present, |last| Watch::Started { last })
    }

    /// Looks; gives the beginning of a gap that is to be opened. What is recorded is asked for only when that
    /// matters.
    pub(super) fn look(&mut self, sight: Sight, recorded: impl FnOnce() -> Recorded) -> Option<Timestamp> {
        match *self {
            Watch::Lost => None,
            Watch::Started { last } => {
                let recorded = recorded();
                *self = if recorded.is_none() { Watch::Present } else { Watch::Lost };
                (!recorded.is_none()).then(|| recorded.before(last))
            }
            Watch::Present => {
                let last = sight.contact.filter(|_| sight.offline)?;
                *self = Watch::Away { last, since: sight.now };
                None
            }
            Watch::Away { last, since } => {
                let recorded = recorded();
                if has_lost(&recorded, sight, last, since) {
                    *self = Watch::Lost;
                    return Some(recorded.before(last));
                }
                let answered = sight.contact.is_some_and(|contact| contact > last);
                if !sight.offline && (answered || recorded.polled.is_none()) {
                    *self = Watch::Present;
                }
                None
            }
        }
    }
}

fn has_lost(recorded: &Recorded, sight: Sight, last: Timestamp, since: Timestamp) -> bool {
    if recorded.is_none() {
        return false;
    }
    let back = sight.contact.filter(|contact| !sight.offline && *contact > last);
    let silence = back.unwrap_or(sight.now).duration_since(last);
    let missed_poll = recorded.longest_silence().is_some_and(|longest| silence > longest);
    let missed_push = recorded.pushed && sight.offline && sight.now.duration_since(since) >= PATIENCE;
    missed_poll || missed_push
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn recorded(polled: &[u64], pushed: bool) -> Recorded {
        let mut recorded = Recorded { pushed, ..Recorded::default() };
        polled.iter().for_each(|s| recorded.add(Some(Duration::from_secs(*s))));
        recorded
    }

    /// Looks every second; `offline` says when, and contacts are those seconds. When a gap opens and its
    /// beginning.
    fn opened(
        mut watch: Watch,
        recorded: Recorded,
        seconds: i64,
        offline: impl Fn(i64) -> bool,
        contacts: &[i64],
    ) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        for second in 0..seconds {
            let contact = contacts.iter().filter(|contact| **contact <= second).max().map(|s| at(*s));
            let sight = Sight { now: at(second), offline: offline(second), contact };
            if let Some(from) = watch.look(sight, || recorded) {
                found.push((second, from.duration_since(at(0)).as_secs()));
            }
        }
        found
    }

    #[test]
    fn an_outage_in_which_a_poll_is_missed_opens_a_gap_from_before_the_last_contact() {
        let polled = recorded(&[60, 10], false);
        let away = |second| (12..100).contains(&second);
        assert_eq!(opened(Watch::Present, polled, 200, away, &[0, 10]), [(26, -50)]);
        // Also when it is seen only afterwards.
        assert_eq!(opened(Watch::Present, polled, 200, |s| (12..14).contains(&s), &[0, 10, 27]), [(26, -50)]);
        assert_eq!(opened(Watch::Present, polled, 200, |s| (12..14).contains(&s), &[0, 10, 25]), []);
    }

    #[test]
    fn pushed_points_may_lose_something_within_seconds() {
        let pushed = recorded(&[], true);
        assert_eq!(opened(Watch::Present, pushed, 99, |s| (50..60).contains(&s), &[5]), [(53, -5)]);
        assert_eq!(opened(Watch::Present, pushed, 99, |s| (50..53).contains(&s), &[5]), []);
        // A blip after a blip is a blip.
        assert_eq!(opened(Watch::Present, pushed, 99, |s| s % 10 < 3, &[5]), []);
        let both = recorded(&[3_600], true);
        assert_eq!(opened(Watch::Present, both, 99, |s| (50..60).contains(&s), &[5]), [(53, 5 - 3_600)]);
    }

    #[test]
    fn silence_alone_opens_none() {
        assert_eq!(opened(Watch::Present, recorded(&[10], true), 500, |_| false, &[0]), []);
    }

    #[test]
    fn nothing_opens_where_nothing_is_recorded_or_nobody_was_ever_seen() {
        assert_eq!(opened(Watch::Present, recorded(&[], false), 500, |_| true, &[0]), []);
        assert_eq!(opened(Watch::Present, recorded(&[10], true), 500, |_| true, &[]), []);
        assert_eq!(opened(Watch::at_start(None), recorded(&[10], true), 500, |_| true, &[]), []);
    }

    #[test]
    fn a_start_is_the_end_of_an_outage_since_the_last_stored_reading() {
        let earlier = Watch::at_start(Some(at(-500)));
        assert_eq!(opened(earlier, recorded(&[], true), 9, |s| s < 2, &[-500, 2]), [(0, -510)]);
        assert_eq!(opened(earlier, recorded(&[60], false), 9, |s| s < 2, &[-500, 2]), [(0, -560)]);
        let fast = Watch::at_start(Some(at(-1)));
        assert_eq!(
            opened(fast, recorded(&[60], true), 9, |_| false, &[-1, 0]),
            [(0, -61)],
            "it may have crashed"
        );
        assert_eq!(opened(fast, recorded(&[], false), 9, |_| true, &[-1]), []);
    }

    #[test]
    fn one_gap_is_open_at_a_time() {
        let mut watch = Watch::Present;
        let recorded = || recorded(&[], true);
        let mut look =
            |second, offline| watch.look(Sight { now: at(second), offline, contact: Some(at(0)) }, recorded);
        assert_eq!(
            [look(1, true), look(9, true), look(20, false), look(30, true)],
            [None, Some(at(-10)), None, None]
        );
    }
}
