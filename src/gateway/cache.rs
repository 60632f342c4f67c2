//! The latest reading of every data point.

use std::sync::Arc;

use jiff::SignedDuration;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache as Moka;

use super::clock::NOISE;
use crate::domain::{DataPointId, ItemFault, Reading, Source};

/// What became of a reading that was offered; each with the reading that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Put {
    /// It is kept, and shows something that was not known.
    News(Arc<Reading>),
    /// It is kept; beside its times and how it came it shows what was known already.
    Refreshed(Arc<Reading>),
    /// It is a push that came before, or older than what is there.
    Unchanged(Arc<Reading>),
}

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

    /// Whether what is kept of its point shows what this reading does, or nothing is kept of it. Else
    /// something newer has come.
    pub(super) fn shows(&self, reading: &Arc<Reading>) -> bool {
        let latest = self.0.get(&reading.data_point_id);
        latest.is_none_or(|latest| Arc::ptr_eq(&latest, reading) || shows_the_same(&latest, reading))
    }

    /// Keeps a reading, unless it is a push that came before or something newer is there.
    pub(super) fn put(&self, reading: Reading) -> Put {
        let reading = Arc::new(reading);
        let mut is_news = true;
        let kept = self.0.entry(reading.data_point_id).and_compute_with(|entry| match entry {
            Some(old) if is_repeated(&reading, old.value()) || is_older(&reading, old.value()) => Op::Nop,
            old => {
                is_news = old.is_none_or(|old| !shows_the_same(&reading, old.value()));
                Op::Put(Arc::clone(&reading))
            }
        });
        match kept {
            CompResult::Unchanged(entry) => Put::Unchanged(entry.into_value()),
            _ if is_news => Put::News(reading),
            _ => Put::Refreshed(reading),
        }
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

/// Whether this push came before: a SmartServer that got no answer sends it again. The same value at
/// another time of the SmartServer's is none; but for what its clock is known to be wrong by.
fn is_repeated(new: &Reading, old: &Reading) -> bool {
    let pushed = (new.source, old.source) == (Source::Push, Source::Push);
    let at_once =
        new.observed_at.zip(old.observed_at).is_some_and(|(a, b)| a.duration_since(b).abs() <= NOISE);
    pushed && at_once && shows_the_same(new, old)
}

/// Whether a listener would see a difference beside the times and how it came.
fn shows_the_same(new: &Reading, old: &Reading) -> bool {
    let shown = |reading: &Reading| Reading {
        observed_at: old.observed_at,
        received_at: old.received_at,
        age_at_receipt: old.age_at_receipt,
        source: old.source,
        ..reading.clone()
    };
    new.raw == old.raw && shown(new) == *old
}

/// A push may overtake an answer on the way: of two that came one shortly after the other the
/// SmartServer's own time of the value decides where both tell it, else the time of arrival. A clock
/// that was set back, or was wrong for a while, must not hold a point's reading for good: the SmartServer's
/// as little as ours.
fn is_older(new: &Reading, old: &Reading) -> bool {
    let apart = new.received_at.duration_since(old.received_at).abs();
    match (new.observed_at, old.observed_at) {
        (Some(new), Some(old)) if new != old && apart <= OVERTAKING => new < old,
        _ => new.came_before(old),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Value;

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
            // Our own clock was set back.
            ((None, 900), (None, 20), true),
            ((Some(899), 900), (Some(19), 20), true),
            // A clock that was wrong for a while does not hold a reading for good.
            ((Some(9_000), 20), (Some(500), 500), true),
            // Nor does ours, when it is set back.
            ((None, 9_000), (None, 20), true),
            ((Some(10), 9_000), (Some(10), 20), true),
            ((Some(9_000), 9_000), (Some(20), 20), true),
        ] {
            let cache = Cache::new();
            assert!(matches!(cache.put(reading(id, old.0, old.1)), Put::News(_)));
            let is_refused = matches!(cache.put(reading(id, new.0, new.1)), Put::Unchanged(_));
            assert_eq!(!is_refused, is_kept, "{old:?} {new:?}");
            let (shown, other) = if is_kept { (new, old) } else { (old, new) };
            assert_eq!(*cache.get(id).unwrap(), reading(id, shown.0, shown.1));
            assert!(cache.shows(&Arc::new(reading(id, None, shown.1))), "times do not matter");
            assert_eq!(cache.shows(&Arc::new(reading(id, other.0, other.1))), other.1 == shown.1);
        }
    }

    #[test]
    fn the_same_again_is_no_news() {
        let id = DataPointId::new();
        let pushed = |observed: Option<i64>, received, raw: &str| {
            let text = raw.to_owned();
            Reading { source: Source::Push, raw: text, value: Value::Null, ..reading(id, observed, received) }
        };
        let put = |old: &Reading, new: &Reading| {
            let cache = Cache::new();
            cache.put(old.clone());
            let put = cache.put(new.clone());
            let (Put::News(kept) | Put::Refreshed(kept) | Put::Unchanged(kept)) = &put;
            assert_eq!(cache.get(id).as_ref(), Some(kept));
            put
        };
        let (old, same) = (pushed(Some(10), 10, "1"), |new: Reading| Arc::new(new));
        // Sent again, also when our idea of its clock has become a little better meanwhile.
        for observed in [10, 11] {
            let again = pushed(Some(observed), 500, "1");
            assert_eq!(put(&old, &again), Put::Unchanged(same(old.clone())), "{observed}");
        }
        // Pushed anew, or without a time of its own, or read: only its age changes.
        let read = Reading { source: Source::Read, ..pushed(Some(10), 20, "1") };
        for new in [pushed(Some(12), 20, "1"), pushed(None, 20, "1"), read] {
            assert_eq!(put(&old, &new), Put::Refreshed(same(new.clone())), "{new:?}");
        }
        let alarm = Reading { status: Some("AL_ALM_CONDITION".into()), ..pushed(Some(10), 20, "1") };
        let held = Reading { priority: Some(crate::domain::Priority(3)), ..pushed(Some(10), 20, "1") };
        for new in [pushed(Some(10), 20, "2"), alarm, held] {
            assert_eq!(put(&old, &new), Put::News(same(new.clone())), "{new:?}");
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
