//! The one task that writes the history, and the one that watches the buffer in front of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::Recorder;
use super::buffer::{Loss, Waiting};
use super::rule::Seen;
use crate::domain::{DataPoint, DataPointId, GapReason, HistoryRow, SeriesId, SmartServerId};
use crate::store::{Missing, NewGap, NewSeries, Store, StoreError};

/// Pause between two batches, unless somebody waits: many readings in one transaction cost little more than
/// one.
const PAUSE: Duration = Duration::from_secs(1);
/// Readings in a batch; the store writes one in one transaction.
const BATCH: usize = 5_000;
/// Pause after a failure: it doubles up to the second.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// Longest that a batch may take, and no longer than half of what the buffer lasts: a database that hangs is one
/// that is away.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for the last batches before the end.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// Time without another loss before a loss is written down as one gap; no longer than what the buffer lasts.
const QUIET: Duration = Duration::from_secs(10);

/// Writes until it is told to stop; then what is left, once.
pub(super) async fn write(recorder: Arc<Recorder>, store: Store) {
    let writer = Writer { recorder, store };
    let patience = PATIENCE.min(writer.recorder.lasts / 2);
    let mut retry = RETRY.0;
    while !writer.recorder.stop.is_cancelled() {
        match writer.write_all(patience).await {
            Ok(()) => {
                retry = RETRY.0;
                writer.rest().await;
            }
            Err(error) => {
                tracing::error!(%error, "history not written; tried again");
                // Whoever rings meanwhile cannot make the database answer.
                let _ = timeout(retry, writer.recorder.stop.cancelled()).await;
                retry = (retry * 2).min(RETRY.1);
            }
        }
    }
    writer.recorder.lock().release_all(Instant::now());
    if let Err(error) = writer.write_all(LAST_PATIENCE).await {
        let rows = writer.recorder.lock().len();
        tracing::error!(%error, rows, "stopped with readings that are not in the history");
    }
}

/// Lets time pass for the buffer, and warns before something is lost.
pub(super) async fn watch(recorder: Arc<Recorder>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_warned = false;
    while recorder.stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let now = Instant::now();
        let mut buffer = recorder.lock();
        buffer.tick(now);
        let (fullness, rows, lost) = (buffer.fullness(now), buffer.len(), buffer.progress().1);
        drop(buffer);
        if fullness > 0.5 && !is_warned {
            tracing::warn!(rows, lost, "the buffer of the history is half full: the database is too slow");
        }
        is_warned = fullness > if is_warned { 0.25 } else { 0.5 };
        recorder.tell(false);
    }
}

impl Recorder {
    /// Tells those who wait how far the writer has come.
    fn tell(&self, has_failed: bool) {
        let (settled, lost) = self.lock().progress();
        self.progress.send_if_modified(|progress| {
            let failures = progress.failures + u64::from(has_failed) + (lost - progress.lost);
            let is_news = (settled, failures) != (progress.settled, progress.failures);
            (progress.settled, progress.failures, progress.lost) = (settled, failures, lost);
            is_news
        });
    }
}

struct Writer {
    recorder: Arc<Recorder>,
    store: Store,
}

impl Writer {
    async fn rest(&self) {
        tokio::select! {
            () = self.recorder.bell.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
            () = self.recorder.stop.cancelled() => {}
        }
    }

    async fn write_all(&self, patience: Duration) -> Result<(), StoreError> {
        loop {
            let batch = self.recorder.lock().take_in_hand(BATCH);
            if batch.is_empty() {
                return self.write_losses().await;
            }
            metrics::histogram!("nocgate_history_batch").record(batch.len() as f64);
            let done = timeout(patience, self.write_batch(batch)).await;
            let done = done.unwrap_or(Err(StoreError::Busy));
            match &done {
                Ok(()) => self.recorder.lock().settle(),
                Err(_) => self.recorder.lock().put_back(),
            }
            self.recorder.tell(done.is_err());
            if done.is_err() {
                metrics::counter!("nocgate_history_write_failures_total").increment(1);
                return done;
            }
        }
    }

    async fn write_batch(&self, batch: Vec<Waiting>) -> Result<(), StoreError> {
        let strangers = self.recorder.lock().strangers(&batch);
        let series = self.series_of(&strangers).await?;
        let ids: Vec<SeriesId> = series.values().copied().collect();
        let last = self.store.history().last(&ids).await?;
        let last = last.into_iter().map(|row| (row.series, seen(row))).collect();
        let rows = self.recorder.lock().rows(batch, &series, &last);
        let added = self.store.history().insert(&rows).await?;
        metrics::counter!("nocgate_history_rows_total").increment(added);
        Ok(())
    }

    async fn series_of(
        &self,
        points: &[Arc<DataPoint>],
    ) -> Result<HashMap<DataPointId, SeriesId>, StoreError> {
        let new = |point: &Arc<DataPoint>| NewSeries {
            smartserver_id: point.smartserver_id,
            name: point.name.clone(),
            data_point_id: point.id,
        };
        let made = self.store.series().make(&points.iter().map(new).collect::<Vec<_>>()).await?;
        let ids: HashMap<_, _> =
            made.into_iter().map(|series| ((series.smartserver_id, series.name), series.id)).collect();
        // A point that came back while readings of its predecessor waited shares its series.
        let id_of = |point: &Arc<DataPoint>| ids.get(&(point.smartserver_id, point.name.clone())).copied();
        Ok(points.iter().filter_map(|point| Some((point.id, id_of(point)?))).collect())
    }

    /// Notes gaps where readings were lost.
    async fn write_losses(&self) -> Result<(), StoreError> {
        loop {
            let quiet = QUIET.min(self.recorder.lasts);
            let lost = self.recorder.lock().take_loss(Instant::now(), quiet);
            let Some((smartserver, loss)) = lost else { return Ok(()) };
            tracing::warn!(%smartserver, rows = loss.rows, from = %loss.from, to = %loss.to, "history lost");
            match self.store.gaps().open(gap(smartserver, loss)).await {
                Ok(_) | Err(StoreError::NotFound(Missing::SmartServer)) => {}
                Err(error) => {
                    self.recorder.lock().note_loss(smartserver, loss);
                    return Err(error);
                }
            }
        }
    }
}

fn gap(smartserver_id: SmartServerId, loss: Loss) -> NewGap {
    let to = loss.to.checked_add(1.millisecond()).unwrap_or(loss.to);
    let detail = Some(format!("{} readings lost: the database was too slow or away", loss.rows));
    NewGap { smartserver_id, from: loss.from, to: Some(to), reason: GapReason::Database, detail }
}

fn seen(row: HistoryRow) -> Seen {
    Seen { at: row.at, value: row.value, quality: row.quality }
}
