//! What happens, told to listeners: each event once and in order, also over a lost connection.
//!
//! All that was told lately stands in one ring, which all listeners share: each of them is no more than a
//! place in it. Readings go into the ring at once; the other kinds are written to the journal first
//! (`journal.rs`), so that they can be told again after a restart. The id of an event names its place in both.

mod filter;
mod id;
mod interest;
mod journal;
mod listener;
mod queue;
mod resume;
mod ring;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, watch};

use self::queue::Queue;
use self::ring::Ring;
use super::connections::now;
use super::{Gateway, GatewayError, Point};
use crate::domain::{Event, EventKind, Happening, SmartServerId, Subject};
use crate::store::{JournalEntry, Store, StoreError};

pub(super) use self::journal::Tasks;

pub use self::filter::{EventFilter, ReadingsOf};
pub use self::id::{After, EventId};
pub use self::listener::Listener;
pub use self::ring::Told;

/// Events that wait for the journal while the database is away; the oldest are lost beyond it.
const QUEUE: usize = 10_000;

/// How events are kept.
#[derive(Debug, Clone)]
pub struct EventSettings {
    /// Events kept in memory.
    pub ring: usize,
    /// How long the journal keeps what it holds.
    pub journal_age: Duration,
    /// At most so many events are in the journal.
    pub journal_rows: i64,
    /// Listeners at once.
    pub listeners: usize,
}

/// What has been told, and what waits to be.
#[derive(Debug)]
pub(super) struct Events {
    settings: EventSettings,
    /// This run of the process: places in the ring mean nothing to another.
    run: String,
    ring: RwLock<Ring>,
    /// Rung for each event; whoever publishes wakes one task, and that one wakes all listeners.
    told: Notify,
    heads: watch::Sender<()>,
    queue: Queue,
    places: Arc<Semaphore>,
}

impl Events {
    /// Goes on after what is in the journal.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn load(settings: EventSettings, store: &Store) -> Result<Arc<Self>, StoreError> {
        let head = store.journal().head().await?;
        let events = Events::new(settings, head);
        let newest = store.journal().between(head - 1, head, 1).await?.pop();
        if let Some(JournalEntry { happening, .. }) = newest
            && happening.event != Event::Stopped
        {
            events.queue.push(killed_after(happening.at));
        }
        Ok(Arc::new(events))
    }

    fn new(settings: EventSettings, journal: i64) -> Self {
        let run = uuid::Uuid::new_v4().simple().to_string();
        Events {
            run: run[..8].to_owned(),
            ring: RwLock::new(Ring::new(settings.ring, journal)),
            told: Notify::new(),
            heads: watch::Sender::new(()),
            queue: Queue::new(QUEUE),
            places: Arc::new(Semaphore::new(settings.listeners)),
            settings,
        }
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all listeners whenever something was told.
    async fn ring_bell(self: Arc<Self>) {
        loop {
            self.told.notified().await;
            self.heads.send_replace(());
        }
    }

    /// Metrics that are states.
    pub(super) fn record_gauges(&self) {
        let seconds = |since: Option<Timestamp>| {
            since.map_or(0.0, |since| now().duration_since(since).as_secs_f64().max(0.0))
        };
        let listeners = self.settings.listeners.saturating_sub(self.places.available_permits());
        metrics::gauge!("nocgate_event_listeners").set(listeners as f64);
        metrics::gauge!("nocgate_event_ring_age_seconds").set(seconds(self.ring().oldest()));
        let (waiting, oldest) = self.queue.backlog();
        metrics::gauge!("nocgate_journal_waiting").set(waiting as f64);
        metrics::gauge!("nocgate_journal_lag_seconds").set(seconds(oldest));
    }
}

/// The run before did not stop in good order: what it had not stored yet is lost.
fn killed_after(last: Timestamp) -> Happening {
    let kinds = EventKind::ALL.into_iter().filter(|kind| kind.is_journalled()).collect();
    let reason = "the gateway was killed: what happened in its last moments may not be stored".to_owned();
    Happening { at: now(), event: Event::Gap { kinds, since: Some(last), reason }, about: Vec::new() }
}

impl Gateway {
    /// Tells listeners of an event; one that is journalled, once it is stored. Never waits.
    pub(super) fn publish(&self, event: Event) {
        let events = &self.0.events;
        let Some(kind) = event.kind() else { return };
        metrics::counter!("nocgate_events_total", "kind" => kind.word()).increment(1);
        let about = event.smartservers().iter().map(|id| self.subject(*id)).collect();
        let point = self.point_of(&event);
        let happening = Happening { at: now(), event, about };
        if kind.is_journalled() {
            return events.queue.push(happening);
        }
        let mut ring = events.ring_mut();
        // Of two of a data point that come at the same time the later may be told first: the other would stay
        // on show until the next change.
        if !self.is_overtaken(&happening.event) {
            ring.push(happening, point, None);
        }
        drop(ring);
        events.told.notify_one();
    }

    fn subject(&self, id: SmartServerId) -> Subject {
        match self.0.fleet.by_id(id) {
            Some(unit) => Subject::from(&*unit.info()),
            // Removed meanwhile.
            None => Subject { id, key: id.to_string(), site: None, tags: Vec::new() },
        }
    }

    fn is_overtaken(&self, event: &Event) -> bool {
        matches!(event, Event::Reading { reading, .. } if !self.0.cache.shows(reading))
    }

    fn point_of(&self, event: &Event) -> Option<Point> {
        let Event::Reading { reading, .. } = event else { return None };
        self.point(reading.data_point_id).ok()
    }

    /// Listens to events from now on, or from after the last one that this listener had.
    ///
    /// # Errors
    /// `TooManyListeners`; `Store` when what was missed cannot be read.
    pub async fn listener(&self, filter: EventFilter, after: After) -> Result<Listener, GatewayError> {
        let events = Arc::clone(&self.0.events);
        let limit = events.settings.listeners;
        let place = Arc::clone(&events.places).try_acquire_owned();
        let place = place.map_err(|_| GatewayError::TooManyListeners { limit })?;
        Listener::open(events, self.0.store.clone(), filter, after, place).await
    }

    pub(super) fn start_events(&self) {
        let tasks = Tasks::start(Arc::clone(&self.0.events), self.0.store.clone());
        *self.0.event_tasks.lock().unwrap_or_else(PoisonError::into_inner) = Some(tasks);
    }

    /// Stores and tells what still waits.
    pub(super) async fn stop_events(&self) {
        let tasks = self.0.event_tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tasks) = tasks {
            tasks.stop().await;
        }
    }
}

#[cfg(test)]
mod tests;
