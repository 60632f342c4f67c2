//! How far a SmartServer's clock is ahead of ours, measured from the headers of its answers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Differences between two measurements that mean nothing.
pub(super) const NOISE: SignedDuration = SignedDuration::from_secs(1);
/// A better measurement that differs by less changes nothing: a time that the SmartServer gives twice
/// shall be the same both times.
const WORTH_CHANGING: SignedDuration = SignedDuration::from_millis(100);

/// What is known of a SmartServer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock(Option<Measured>);

#[derive(Debug, Clone, Copy)]
struct Measured {
    offset: SignedDuration,
    /// How wrong the offset can be: the message was under way for some part of this time, twice.
    error: SignedDuration,
    /// When it was last seen to be true.
    at: Timestamp,
}

impl Clock {
    /// How far it is ahead of ours, while that is known.
    pub(super) fn offset(&self) -> Option<SignedDuration> {
        self.0.map(|measured| measured.offset)
    }

    /// When an answer last showed that.
    pub(super) fn measured_at(&self) -> Option<Timestamp> {
        self.0.map(|measured| measured.at)
    }

    /// A time by the SmartServer's clock as one by ours; as it is while the clock is not known.
    pub(super) fn corrected(&self, theirs: Timestamp) -> Timestamp {
        theirs.checked_sub(self.offset().unwrap_or_default()).unwrap_or(theirs)
    }

    /// Takes the time at which an answer was sent. It came `now`, `under_way` after the request was
    /// handed over, the SmartServer's own work not counted: half of that is taken for the way back. What
    /// is known stays unless the two contradict each other, or this one is far better.
    pub(super) fn answered(&mut self, sent_at: Timestamp, now: Timestamp, under_way: Duration) {
        let error = SignedDuration::try_from(under_way / 2).unwrap_or(SignedDuration::MAX);
        let offset = sent_at.duration_since(now).saturating_add(error);
        let new = Measured { offset, error, at: now };
        match &mut self.0 {
            Some(known) if !known.yields_to(&new) => known.at = now,
            known => *known = Some(new),
        }
    }

    /// Takes the time at which a push was sent, which may have waited anywhere on its way: it can only
    /// show that the clock is further ahead than is known.
    pub(super) fn pushed(&mut self, sent_at: Timestamp, now: Timestamp) {
        let least = sent_at.duration_since(now);
        if let Some(known) = self.0.filter(|known| least > known.offset + known.error + NOISE) {
            self.0 = Some(Measured { offset: least, at: now, ..known });
        }
    }
}

impl Measured {
    fn yields_to(&self, new: &Measured) -> bool {
        let difference = (self.offset - new.offset).abs();
        let contradicts = difference > self.error.saturating_add(new.error).saturating_add(NOISE);
        contradicts || (difference > WORTH_CHANGING && new.error < self.error / 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000_000 + ms).unwrap()
    }

    fn ms(ms: i64) -> Option<SignedDuration> {
        Some(SignedDuration::from_millis(ms))
    }

    fn ways(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn half_of_the_time_under_way_is_the_way_back() {
        let mut clock = Clock::default();
        assert_eq!((clock.offset(), clock.measured_at()), (None, None));
        clock.answered(at(60_000), at(20), ways(40));
        assert_eq!((clock.offset(), clock.measured_at()), (ms(60_000), Some(at(20))));
        assert_eq!(clock.corrected(at(60_500)), at(500));
    }

    #[test]
    fn noise_and_slow_answers_change_nothing() {
        let mut clock = Clock::default();
        clock.answered(at(60_000), at(20), ways(40));
        for (sent, came, under_way) in [(61_900, 1_000, 40), (70_000, 19_000, 18_500)] {
            clock.answered(at(sent), at(came), ways(under_way));
            assert_eq!((clock.offset(), clock.measured_at()), (ms(60_000), Some(at(came))));
        }
    }

    #[test]
    fn a_clock_that_was_set_and_a_far_better_measurement_are_taken() {
        let mut clock = Clock::default();
        clock.answered(at(60_000), at(20_000), ways(20_000));
        assert_eq!(clock.offset(), ms(50_000));
        clock.answered(at(66_000), at(20_010), ways(20));
        assert_eq!(clock.offset(), ms(46_000));
        clock.answered(at(30_000), at(30_010), ways(20));
        assert_eq!(clock.offset(), ms(0));
    }

    #[test]
    fn a_push_that_waited_on_its_way_changes_nothing() {
        let mut clock = Clock::default();
        clock.pushed(at(0), at(0));
        assert_eq!(clock.offset(), None);
        clock.answered(at(0), at(0), ways(0));
        clock.pushed(at(0), at(600_000));
        assert_eq!(clock.offset(), ms(0));
        clock.pushed(at(5_000), at(0));
        assert_eq!(clock.offset(), ms(5_000));
    }
}
