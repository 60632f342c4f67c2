//! How often the devices behind one SmartServer may be polled because somebody wants it now.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Window of the cap.
const MINUTE: Duration = Duration::from_secs(60);

/// Forced polls of the last minute: never more than the cap in any minute, whenever it begins.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// When, and how many at that time; oldest first.
    spent: VecDeque<(Instant, u32)>,
    sum: u32,
}

impl Budget {
    /// Takes one forced poll.
    ///
    /// # Errors
    /// The time until there is one again, if `cap` were taken within the last minute.
    pub(super) fn take(&mut self, cap: u32, now: Instant) -> Result<(), Duration> {
        self.forget_until(now);
        if self.sum >= cap {
            let oldest = self.spent.front().map(|(at, _)| *at + MINUTE);
            return Err(oldest.map_or(MINUTE, |free| free.saturating_duration_since(now)));
        }
        self.sum += 1;
        match self.spent.back_mut().filter(|(at, _)| *at == now) {
            Some((_, count)) => *count += 1,
            None => self.spent.push_back((now, 1)),
        }
        Ok(())
    }

    /// Gives back so many that were taken last: they never reached the SmartServer.
    pub(super) fn give_back(&mut self, mut count: u32) {
        while let Some((_, last)) = self.spent.back_mut().filter(|_| count > 0) {
            let back = count.min(*last);
            *last -= back;
            self.sum -= back;
            count -= back;
            if *last == 0 {
                self.spent.pop_back();
            }
        }
    }

    fn forget_until(&mut self, now: Instant) {
        while let Some((_, count)) = self.spent.pop_front_if(|(at, _)| *at + MINUTE <= now) {
            self.sum -= count;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beyond_the_cap_it_tells_when_there_is_one_again() {
        let (mut budget, now) = (Budget::default(), Instant::now());
        let at = |s| now + Duration::from_secs(s);
        assert_eq!(budget.take(2, at(0)), Ok(()));
        assert_eq!(budget.take(2, at(10)), Ok(()));
        assert_eq!(budget.take(2, at(20)), Err(Duration::from_secs(40)));
        assert_eq!(budget.take(2, at(60)), Ok(()));
        assert_eq!(budget.take(2, at(60)), Err(Duration::from_secs(10)));
        budget.give_back(1);
        assert_eq!(budget.take(2, at(60)), Ok(()));
        assert_eq!(budget.take(0, at(60)), Err(Duration::from_secs(10)));
        assert_eq!(Budget::default().take(0, now), Err(MINUTE), "no cap is none ever");
    }

    proptest! {
        /// In no minute are there more than the cap; and one is refused only if there were so many.
        #[test]
        fn never_more_in_any_minute(pauses in proptest::collection::vec(0u64..20_000, 0..200), cap in 1u32..20) {
            let (mut budget, mut now, mut taken) = (Budget::default(), Instant::now(), Vec::new());
            for pause in pauses {
                now += Duration::from_millis(pause);
                let within = taken.iter().filter(|at| now < **at + MINUTE).count();
                let took = budget.take(cap, now);
                prop_assert_eq!(took.is_ok(), within < cap as usize);
                match took {
                    Ok(()) => taken.push(now),
                    Err(wait) => prop_assert!(wait > Duration::ZERO && wait <= MINUTE),
                }
            }
        }
    }
}
