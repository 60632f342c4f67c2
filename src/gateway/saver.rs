//! Writes latest readings to the database behind the callers' backs, in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::domain::{DataPointId, Reading};
use crate::store::Store;

/// Readings that are newer here than in the database: one per data point at most, however long
/// the database is away.
#[derive(Debug, Default)]
pub(super) struct Dirty(Mutex<HashMap<DataPointId, Arc<Reading>>>);

impl Dirty {
    pub(super) fn add(&self, reading: Arc<Reading>) {
        self.lock().insert(reading.data_point_id, reading);
    }

    pub(super) fn forget(&self, ids: &[DataPointId]) {
        let mut dirty = self.lock();
        for id in ids {
            dirty.remove(id);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<DataPointId, Arc<Reading>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Saves all of them once. What could not be saved stays, unless something newer came.
    async fn save(&self, store: &Store) {
        let taken = std::mem::take(&mut *self.lock());
        if taken.is_empty() {
            return;
        }
        let batch: Vec<Reading> = taken.into_values().map(Arc::unwrap_or_clone).collect();
        metrics::histogram!("nocgate_readings_batch").record(batch.len() as f64);
        if let Err(error) = store.readings().save_latest(&batch).await {
            tracing::error!(%error, readings = batch.len(), "latest readings not saved; tried again");
            metrics::counter!("nocgate_readings_save_failures_total").increment(1);
            let mut dirty = self.lock();
            for reading in batch {
                dirty.entry(reading.data_point_id).or_insert_with(|| Arc::new(reading));
            }
        }
    }
}

/// The task that saves. At most the readings of one interval are lost in a crash.
#[derive(Debug)]
pub(super) struct Saver {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Saver {
    /// Saves every `interval`.
    pub(super) fn start(dirty: Arc<Dirty>, store: Store, interval: Duration) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(dirty, store, interval, stop.clone()));
        Saver { task, stop }
    }

    /// Saves a last time.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "readings not saved");
        }
    }
}

async fn run(dirty: Arc<Dirty>, store: Store, interval: Duration, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        dirty.save(&store).await;
    }
    dirty.save(&store).await;
}
