//! The latest reading of every data point.

use std::sync::Arc;

use moka::ops::compute::Op;
use moka::sync::Cache as Moka;

use crate::domain::{DataPointId, ItemFault, Reading};

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
        matches!(
            kept,
            moka::ops::compute::CompResult::Inserted(_) | moka::ops::compute::CompResult::ReplacedWith(_)
        )
        .then_some(reading)
    }

    /// Notes that the last read of a point was answered with a fault; its value stays.
    pub(super) fn fault(&self, id: DataPointId, fault: &ItemFault) -> Option<Arc<Reading>> {
        let old = self.0.get(&id)?;
        let reading = Arc::new(Reading { fault: Some(fault.clone()), ..(*old).clone() });
        self.0.insert(id, Arc::clone(&reading));
        Some(reading)
    }

    pub(super) fn forget(&self, ids: &[DataPointId]) {
        for id in ids {
            self.0.invalidate(id);
        }
    }
}

/// A push may overtake an answer on the way: the SmartServer's own time of the value decides where
/// both tell it, else the time of arrival.
fn is_older(new: &Reading, old: &Reading) -> bool {
    match (new.observed_at, old.observed_at) {
        (Some(new), Some(old)) if new != old => new < old,
        _ => new.received_at < old.received_at,
    }
}
