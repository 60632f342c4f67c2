//! The latest reading of every data point.

use std::sync::Arc;

use jiff::SignedDuration;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache as Moka;

use crate::domain::{DataPointId, ItemFault, Reading};

/// An answer is overtaken by what was sent after it, as long as it is on its way: no longer than a
/// SmartServer takes to answer.
const OVERTAKING: SignedDuration = SignedDuration::from_mins(2);

/// Latest readings, bounded by the inventory: one entry per data point at most.
#[derive(Debug)]
pub(super) struct Cache(Moka<DataPointId, Arc<Reading>>);

impl Cache {
    pub(super) fn new() -> Self {
        Cache(Moka::builder().build())
    }

    pub(super) fn get(&self, id: DataPointId) -> Option<Arc<Reading>> {
        self.0.get(&id)
    }

    /// Keeps a reading if it is newer than what is there; tells whether anything that a listener
    /// would see has changed.
    pub(super) fn put(&self, reading: Reading) -> Option<Arc<Reading>> {
        let reading = Arc::new(reading);
        let kept = self.0.entry(reading.data_point_id).and_compute_with(|entry| match entry {
            Some(old) if is_older(&reading, old.value()) => Op::Nop,
            _ => Op::Put(Arc::clone(&reading)),
        });
        matches!(kept, CompResult::Inserted(_) | CompResult::ReplacedWith(_)).then_some(reading)
    }

    /// Notes that the last read of a point was answered with a fault; its value stays. Gives the
    /// reading if that is news.
    pub(super) fn fault(&self, id: DataPointId, fault: &ItemFault) -> Option<Arc<Reading>> {
        let kept = self.0.entry(id).and_compute_with(|entry| match entry {
            Some(old) if old.value().fault.as_ref() != Some(fault) => {
                let old = old.into_value();
                Op::Put(Arc::new(Reading { fault: Some(fault.clone()), ..(*old).clone() }))
            }
            _ => Op::Nop,
        });
        match kept {
            CompResult::ReplacedWith(entry) => Some(entry.into_value()),
            _ => None,
        }
    }

    /// Notes that a point may have been changed since it was read: its reading stays, and is young
    /// enough for nobody.
    pub(super) fn doubt(&self, id: DataPointId) -> Option<Arc<Reading>> {
        let kept = self.0.entry(id).and_compute_with(|entry| match entry {
            Some(old) => {
                let old = old.into_value();
                Op::Put(Arc::new(Reading { age_at_receipt: None, ..(*old).clone() }))
            }
            None => Op::Nop,
        });
        match kept {
            CompResult::ReplacedWith(entry) => Some(entry.into_value()),
            _ => None,
        }
    }

    pub(super) fn forget(&self, ids: &[DataPointId]) {
        for id in ids {
            self.0.invalidate(id);
        }
    }
}

/// A push may overtake an answer on the way: of two that came one shortly after the other the
/// SmartServer's own time of the value decides where both tell it, else the time of arrival. A clock
/// that was set back, or was wrong for a while, must not hold a point's reading for good.
fn is_older(new: &Reading, old: &Reading) -> bool {
    let apart = new.received_at.duration_since(old.received_at);
    match (new.observed_at, old.observed_at) {
        (Some(new), Some(old)) if new != old && apart <= OVERTAKING => new < old,
        _ => apart.is_negative(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Source, Value};

    fn reading(id: DataPointId, observed: Option<i64>, received: i64) -> Reading {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        Reading {
            data_point_id: id,
            value: Value::Number(received as f64),
            preset: None,
            raw: received.to_string(),
            unit: None,
            format: None,
            status: None,
            priority: None,
            never_read: false,
            observed_at: observed.map(at),
            received_at: at(received),
            age_at_receipt: None,
            source: Source::Read,
            fault: None,
        }
    }

    #[test]
    fn the_smartservers_time_decides_then_that_of_arrival() {
        let id = DataPointId::new();
        for (old, new, is_kept) in [
            ((Some(10), 20), (Some(11), 21), true),
            ((Some(10), 20), (Some(9), 21), false),
            ((Some(10), 20), (Some(11), 19), true),
            ((Some(10), 20), (Some(10), 20), true),
            ((Some(10), 20), (Some(10), 19), false),
            ((None, 20), (Some(1), 21), true),
            ((Some(10), 20), (None, 19), false),
            // A clock that was wrong for a while does not hold a reading for good.
            ((Some(9_000), 20), (Some(500), 500), true),
        ] {
            let cache = Cache::new();
            assert!(cache.put(reading(id, old.0, old.1)).is_some());
            assert_eq!(cache.put(reading(id, new.0, new.1)).is_some(), is_kept, "{old:?} {new:?}");
            let shown = if is_kept { new } else { old };
            assert_eq!(*cache.get(id).unwrap(), reading(id, shown.0, shown.1));
        }
    }

    proptest! {
        /// In whatever order answers and pushes arrive, the newest stays.
        #[test]
        fn the_order_of_arrival_does_not_matter(observed in proptest::collection::vec(0i64..1_000, 1..20)) {
            let (id, cache) = (DataPointId::new(), Cache::new());
            for at in &observed {
                cache.put(reading(id, Some(*at), 5_000));
            }
            let newest = observed.iter().max().copied();
            prop_assert_eq!(cache.get(id).unwrap().observed_at.map(|at| at.as_second()), newest);
        }
    }

    #[test]
    fn a_fault_marks_the_value_and_a_new_reading_clears_it() {
        let (id, cache) = (DataPointId::new(), Cache::new());
        let fault = ItemFault { code: 14, text: "gone".into() };
        assert_eq!(cache.fault(id, &fault), None, "there is nothing to mark");
        cache.put(reading(id, None, 1));
        assert!(cache.fault(id, &fault).is_some());
        assert_eq!(cache.fault(id, &fault), None, "it is no news");
        let marked = cache.get(id).unwrap();
        assert_eq!((marked.fault.as_ref(), marked.raw.as_str()), (Some(&fault), "1"));
        cache.put(reading(id, None, 2));
        assert_eq!(cache.get(id).unwrap().fault, None);
        cache.forget(&[id]);
        assert_eq!(cache.get(id), None);
    }
}
