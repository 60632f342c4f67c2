//! What is remembered of readings: chosen by rule, kept in a buffer in front of the database, written by one
//! task in batches, deleted by another when it is too old.

mod buffer;
mod query;
mod retention;
mod rule;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Gateway, GatewayError, Point};
use crate::domain::{DataPointId, Reading};
use crate::store::Store;
use buffer::{Buffer, Limits};

pub use query::{HistoryOf, HistoryTarget};

/// Queries of the history at the same time: half of the connections of SQLite's readers.
const QUERIES: usize = 2;

/// What the history needs to know.
#[derive(Debug, Clone)]
pub struct HistorySettings {
    /// Days that readings are kept when a group does not say.
    pub retention_days: u32,
    /// How long the database may be slow or away before readings are lost.
    pub buffer: Duration,
    /// Bytes that may wait for it at most.
    pub buffer_bytes: usize,
}

/// Remembers readings. What is offered waits in memory for up to a second.
#[derive(Debug)]
pub(super) struct Recorder {
    /// How long readings may wait.
    lasts: Duration,
    buffer: Mutex<Buffer>,
    /// Rung when the writer shall not wait any longer.
    bell: Notify,
    progress: watch::Sender<Progress>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// Leave to read the history.
    queries: Arc<Semaphore>,
    stop: CancellationToken,
}

/// How far the writer has come.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Number of the last reading that is written, or lost.
    settled: u64,
    /// Attempts to write that failed, and readings that were lost.
    failures: u64,
    /// The latter alone.
    lost: u64,
    is_stopped: bool,
}

impl Recorder {
    pub(super) fn new(settings: &HistorySettings) -> Self {
        let limits = Limits { time: settings.buffer, bytes: settings.buffer_bytes };
        Recorder {
            lasts: settings.buffer,
            buffer: Mutex::new(Buffer::new(limits)),
            bell: Notify::new(),
            progress: watch::Sender::default(),
            tasks: Mutex::default(),
            queries: Arc::new(Semaphore::new(QUERIES)),
            stop: CancellationToken::new(),
        }
    }

    fn start(self: &Arc<Self>, store: &Store) {
        let write = tokio::spawn(writer::write(Arc::clone(self), store.clone()));
        let watch = tokio::spawn(writer::watch(Arc::clone(self)));
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend([write, watch]);
    }

    /// Writes what waits a last time.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "history not written");
            }
        }
        self.progress.send_modify(|progress| progress.is_stopped = true);
    }

    /// Waits until all that was offered before is on disk.
    async fn written(&self) -> Result<(), GatewayError> {
        let mut progress = self.progress.subscribe();
        let wanted = self.lock().admitted();
        let before = progress.borrow_and_update().failures;
        self.bell.notify_one();
        let done = progress
            .wait_for(|now| now.settled >= wanted || now.failures != before || now.is_stopped)
            .await
            .map(|now| *now);
        match done {
            Ok(Progress { failures, .. }) if failures != before => {
                Err(GatewayError::Store("the history cannot be written".to_owned()))
            }
            Ok(Progress { settled, .. }) if settled >= wanted => Ok(()),
            _ => Err(GatewayError::Stopping),
        }
    }

    fn record_gauges(&self) {
        let (buffer, now) = (self.lock(), Instant::now());
        metrics::gauge!("nocgate_history_buffer_seconds").set(buffer.age(now).as_secs_f64());
        metrics::gauge!("nocgate_history_buffer_rows").set(buffer.len() as f64);
    }

    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    /// Remembers a reading if that is wished of its point. Costs little and never waits.
    pub(super) fn remember(&self, point: &Point, reading: &Reading) {
        if let Some(wish) = self.wish(point)
            && let Some(rule) = &wish.history
        {
            self.0.history.lock().offer(&point.data, rule, reading, Instant::now());
        }
    }

    /// Remembers a reading that bears a fault since the last read of its point was answered with one.
    pub(super) fn remember_fault(&self, point: &Point, kept: &Reading) {
        let received_at = super::connections::now();
        self.remember(point, &Reading { observed_at: None, received_at, ..kept.clone() });
    }

    /// Waits until all readings so far that are to be remembered are on disk; many who wait share the
    /// writing.
    ///
    /// # Errors
    /// `Store` when they could not be written; they are tried again all the same.
    pub(super) async fn history_written(&self) -> Result<(), GatewayError> {
        self.0.history.written().await
    }

    pub(super) fn forget_history(&self, ids: &[DataPointId]) {
        self.0.history.lock().forget(ids);
    }

    pub(super) fn record_history_gauges(&self) {
        self.0.history.record_gauges();
    }

    pub(super) fn start_history(&self) {
        self.0.history.start(&self.0.store);
        self.0.tasks.spawn(retention::run(self.clone()));
    }
}
