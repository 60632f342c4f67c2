//! Stores events, then tells them.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::super::connections::now;
use super::Events;
use crate::domain::{Event, Happening};
use crate::store::{JournalBounds, JournalEntry, Store, StoreError};

/// Events stored at once: those that came while the ones before were being stored.
const BATCH: usize = 500;
/// Pause before the database is tried again.
const PAUSE: Duration = Duration::from_millis(200);
/// Pause after events that the journal does not take.
const AFTER_LOSS: Duration = Duration::from_secs(5);
/// Events removed at once, so that nobody waits long for it.
const TRIMMED: usize = 1_000;
/// How often old events are removed when nothing happens.
const TRIM_INTERVAL: Duration = Duration::from_secs(600);
/// Time for the last events when the process stops.
const LAST_EVENTS: Duration = Duration::from_secs(3);

/// The tasks that tell events.
#[derive(Debug)]
pub(in crate::gateway) struct Tasks {
    events: Arc<Events>,
    writer: JoinHandle<()>,
    bell: JoinHandle<()>,
    stop: CancellationToken,
}

impl Tasks {
    pub(super) fn start(events: Arc<Events>, store: Store) -> Self {
        let stop = CancellationToken::new();
        let head = events.ring().head().journal;
        let writer = Writer { events: Arc::clone(&events), store, head, untrimmed: 0, stop: stop.clone() };
        let writer = tokio::spawn(writer.run());
        let bell = tokio::spawn(Arc::clone(&events).ring_bell());
        Tasks { events, writer, bell, stop }
    }

    /// Stores what waits, if the database takes it now.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if timeout(LAST_EVENTS, &mut self.writer).await.is_err() {
            self.writer.abort();
        }
        self.bell.abort();
        let (lost, _) = self.events.queue.backlog();
        if lost > 0 {
            tracing::error!(lost, "events not stored");
        }
    }
}

struct Writer {
    events: Arc<Events>,
    store: Store,
    /// Id of the newest event in the journal.
    head: i64,
    /// Events stored since the oldest were removed.
    untrimmed: i64,
    stop: CancellationToken,
}

impl Writer {
    async fn run(mut self) {
        self.trim().await;
        loop {
            let batch = self.events.queue.take(BATCH);
            if !batch.is_empty() {
                if !self.keep(batch).await {
                    return;
                }
            } else if self.stop.is_cancelled() {
                return self.say_stopped().await;
            } else {
                self.wait().await;
            }
        }
    }

    /// Tells the next run that nothing is missing.
    async fn say_stopped(&self) {
        let happening = Happening { at: now(), event: Event::Stopped, about: Vec::new() };
        let last = JournalEntry { id: self.head + 1, happening };
        if let Err(error) = self.store.journal().append(&[last]).await {
            tracing::warn!(%error, "the journal is not concluded");
        }
    }

    async fn wait(&mut self) {
        let came = tokio::select! {
            () = self.events.queue.came.notified() => true,
            () = self.stop.cancelled() => true,
            () = sleep(TRIM_INTERVAL) => false,
        };
        if !came {
            self.trim().await;
        }
    }

    /// Stores and tells these. Whether it goes on.
    async fn keep(&mut self, batch: Vec<Happening>) -> bool {
        let ids = self.head + 1..;
        let entries: Vec<_> = ids.zip(batch).map(|(id, happening)| JournalEntry { id, happening }).collect();
        let stored = self.store_patiently(&entries).await;
        if stored.is_err() && self.stop.is_cancelled() {
            return false;
        }
        if let Err(error) = stored {
            tracing::error!(%error, events = entries.len(), "events lost: the journal does not take them");
            let batch: Vec<_> = entries.into_iter().map(|entry| entry.happening).collect();
            self.events.queue.lose(&batch);
            // The gap that tells of it may fail in the same way.
            self.stop.run_until_cancelled(sleep(AFTER_LOSS)).await;
            return true;
        }
        self.tell(entries);
        let due = (self.events.settings.journal_rows / 100).clamp(1, TRIMMED as i64);
        if self.untrimmed >= due {
            self.trim().await;
        }
        true
    }

    fn tell(&mut self, entries: Vec<JournalEntry>) {
        self.untrimmed += entries.len() as i64;
        let mut ring = self.events.ring_mut();
        for JournalEntry { id, happening } in entries {
            self.head = id;
            ring.push(happening, None, Some(id));
        }
        drop(ring);
        self.events.queue.done();
        self.events.told.notify_one();
    }

    /// Stores these as soon as the database answers. Whether a failed attempt did store them is not known:
    /// the same entries under the same ids come again.
    async fn store_patiently(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        let mut is_away = false;
        loop {
            match self.store.journal().append(entries).await {
                Err(error @ (StoreError::Unavailable(_) | StoreError::Busy)) if !self.stop.is_cancelled() => {
                    metrics::counter!("nocgate_journal_write_failures_total").increment(1);
                    if !std::mem::replace(&mut is_away, true) {
                        tracing::error!(%error, "events not stored; tried again until the database takes them");
                    }
                    self.stop.run_until_cancelled(sleep(PAUSE)).await;
                }
                done => return done,
            }
        }
    }

    /// Removes what the journal need not keep, a piece.
    async fn trim(&mut self) {
        self.untrimmed = 0;
        let settings = &self.events.settings;
        let age = SignedDuration::try_from(settings.journal_age).unwrap_or(SignedDuration::MAX);
        let since = now().checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
        let bounds = JournalBounds { since, rows: settings.journal_rows };
        match self.store.journal().trim(bounds, TRIMMED).await {
            // There is more: sooner than usual.
            Ok(removed) if removed >= TRIMMED as u64 => self.untrimmed = settings.journal_rows,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "old events not removed"),
        }
    }
}
