//! Writes latest readings to the database behind the callers' backs, in batches: every so often, and at
//! once for those who must know that theirs are there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::domain::{DataPointId, Reading};
use crate::store::{Store, StoreError};

/// Readings that are newer here than in the database: one per data point at most, however long
/// the database is away.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    unsaved: Mutex<Unsaved>,
    /// Rung when somebody waits.
    wanted: Notify,
    ended: watch::Sender<Ended>,
}

#[derive(Debug, Default)]
struct Unsaved {
    readings: HashMap<DataPointId, Arc<Reading>>,
    /// Saves begun so far.
    begun: u64,
}

/// The last save that ended. One that failed puts its readings back, so that the next speaks for both.
#[derive(Debug, Default)]
struct Ended {
    save: u64,
    is_saved: bool,
}

impl Dirty {
    /// Adds a reading. Of two that were kept one after the other, and are added by different tasks, the
    /// newer stays, whoever comes first here.
    pub(super) fn add(&self, reading: Arc<Reading>) {
        let mut unsaved = self.lock();
        let newer = unsaved.readings.get(&reading.data_point_id).filter(|old| reading.came_before(old));
        if newer.is_none() {
            unsaved.readings.insert(reading.data_point_id, reading);
        }
    }

    pub(super) fn forget(&self, ids: &[DataPointId]) {
        let mut unsaved = self.lock();
        for id in ids {
            unsaved.readings.remove(id);
        }
    }

    /// Waits until all that was added before is in the database, which is seen to at once: one commit
    /// serves all who wait. `false` if it failed; what was added is tried again later. It may take as
    /// long as the database does: bound it.
    pub(super) async fn saved(&self) -> bool {
        let next = self.lock().begun + 1;
        self.wanted.notify_one();
        let mut ended = self.ended.subscribe();
        ended.wait_for(|ended| ended.save >= next).await.is_ok_and(|ended| ended.is_saved)
    }

    fn lock(&self) -> MutexGuard<'_, Unsaved> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Saves all of them once; whether that went well. What could not be saved stays, unless something
    /// newer came.
    async fn save(&self, store: &Store) -> bool {
        let (readings, save) = {
            let mut unsaved = self.lock();
            unsaved.begun += 1;
            (std::mem::take(&mut unsaved.readings), unsaved.begun)
        };
        let saved = self.save_readings(store, readings).await;
        if let Err(error) = &saved {
            tracing::error!(%error, "latest readings not saved; tried again");
            metrics::counter!("nocgate_readings_save_failures_total").increment(1);
        }
        self.ended.send_replace(Ended { save, is_saved: saved.is_ok() });
        saved.is_ok()
    }

    async fn save_readings(
        &self,
        store: &Store,
        readings: HashMap<DataPointId, Arc<Reading>>,
    ) -> Result<(), StoreError> {
        if readings.is_empty() {
            return Ok(());
        }
        let batch: Vec<Reading> = readings.into_values().map(Arc::unwrap_or_clone).collect();
        metrics::histogram!("nocgate_readings_batch").record(batch.len() as f64);
        let saved = store.readings().save_latest(&batch).await;
        if saved.is_err() {
            let mut unsaved = self.lock();
            for reading in batch {
                unsaved.readings.entry(reading.data_point_id).or_insert_with(|| Arc::new(reading));
            }
        }
        saved
    }
}

/// The task that saves. Of readings that nobody waited for, those of one interval are lost in a crash.
#[derive(Debug)]
pub(super) struct Saver {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Saver {
    /// Saves every `interval`, and when somebody waits.
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
    // A database that fails is not asked again at once.
    let mut at_once = true;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
            () = dirty.wanted.notified(), if at_once => {}
        }
        at_once = dirty.save(&store).await;
    }
    dirty.save(&store).await;
    // Nobody is to wait any more.
    dirty.ended.send_replace(Ended { save: u64::MAX, is_saved: false });
}
