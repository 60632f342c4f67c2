//! What readers of one SmartServer wait for while its previous request is out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::freshness::Freshness;
use crate::domain::DataPoint;

/// Lets the reader whose turn comes ask for what the others wait for too, so that many readers of
/// single points cost a SmartServer few messages.
#[derive(Debug, Default)]
pub(super) struct Wanted(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_reader: BTreeMap<u64, (Freshness, Vec<Arc<DataPoint>>)>,
}

/// A reader that waits; it stops to do so when this is dropped.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    wanted: &'a Wanted,
    id: u64,
}

impl Wanted {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what a reader waits for.
    pub(super) fn tell(&self, freshness: Freshness, points: Vec<Arc<DataPoint>>) -> Reader<'_> {
        let mut waiting = self.lock();
        let id = waiting.next;
        waiting.next += 1;
        waiting.by_reader.insert(id, (freshness, points));
        Reader { wanted: self, id }
    }

    /// Points that others wait for, longest waiting first. Only of those who would send the same
    /// request: asking for less age than they want would poll devices in vain.
    pub(super) fn of_others(&self, freshness: Freshness) -> Vec<(Freshness, Arc<DataPoint>)> {
        let waiting = self.lock();
        let alike = waiting.by_reader.values().filter(|(theirs, _)| theirs.max_age == freshness.max_age);
        alike.flat_map(|(theirs, points)| points.iter().map(|point| (*theirs, Arc::clone(point)))).collect()
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.wanted.lock().by_reader.remove(&self.id);
    }
}
