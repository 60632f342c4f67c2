use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::shared::lock;

/// What a simulated SmartServer has seen and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests by operation (`Read`; `unknown` for what it does not know).
    pub operations: BTreeMap<String, u64>,
    /// Requests that wait for their answer now.
    pub in_flight: usize,
    /// Most requests that waited for their answers at once.
    pub max_in_flight: usize,
    /// Requests turned away because there were too many at once.
    pub turned_away: u64,
    /// How often a field device was asked for a value.
    pub polls: u64,
    /// How often a field device was sent a value.
    pub network_updates: u64,
    /// Requests of more items, points, log entries or alarms than advised (manual 4-6 to 4-17, 7-19, 14-26).
    pub over_limit: u64,
    /// Chat messages answered.
    pub chats: u64,
    /// Pushes that were answered.
    pub pushes: u64,
}

impl Counts {
    /// Requests of one operation.
    pub fn of(&self, operation: &str) -> u64 {
        self.operations.get(operation).copied().unwrap_or(0)
    }

    /// Requests of all operations.
    pub fn requests(&self) -> u64 {
        self.operations.values().sum()
    }
}

/// A request in flight; it stops to be one when this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Mutex<Counts>>);

impl InFlight {
    /// Counts a request in; `None` if there are `at_most` already.
    pub(super) fn enter(
        counts: &Arc<Mutex<Counts>>,
        operation: &str,
        at_most: Option<usize>,
    ) -> Option<InFlight> {
        let mut seen = lock(counts);
        *seen.operations.entry(operation.to_owned()).or_default() += 1;
        if at_most.is_some_and(|at_most| seen.in_flight >= at_most) {
            seen.turned_away += 1;
            return None;
        }
        seen.in_flight += 1;
        seen.max_in_flight = seen.max_in_flight.max(seen.in_flight);
        Some(InFlight(Arc::clone(counts)))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.0).in_flight -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_in_flight_are_counted_and_limited() {
        let counts = Arc::new(Mutex::new(Counts::default()));
        let enter = || InFlight::enter(&counts, "Read", Some(2));
        let (first, second) = (enter(), enter());
        assert!(first.is_some() && second.is_some() && enter().is_none());
        drop(first);
        assert!(enter().is_some());
        let seen = lock(&counts).clone();
        assert_eq!((seen.of("Read"), seen.max_in_flight, seen.in_flight, seen.turned_away), (4, 2, 1, 1));
    }
}
