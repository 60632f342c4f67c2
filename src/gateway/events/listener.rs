use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::super::GatewayError;
use super::super::connections::now;
use super::Events;
use super::filter::EventFilter;
use super::id::{After, EventId};
use super::resume::{self, Loss, Start};
use super::ring::{Mark, Told};
use crate::domain::{Event, EventKind, Happening};
use crate::store::{JournalEntry, Store, StoreError};

/// Events of the journal read at once: as many as are held for each of all listeners that come back after a
/// restart.
const PAGE: usize = 100;
/// Events of the ring looked at once: whoever tells one waits for that.
const LOOK: usize = 256;
const TRIMMED: &str = "the journal does not reach back to the last event";

/// Somebody who is told events, each once and in order.
#[derive(Debug)]
pub struct Listener {
    events: Arc<Events>,
    store: Store,
    filter: EventFilter,
    heads: watch::Receiver<()>,
    /// Where it began, if nothing is missing there.
    began: Option<Mark>,
    /// Where it goes on once it has what it missed.
    live: Mark,
    /// How far it has looked.
    seen: Mark,
    /// Found and not yet given.
    ready: VecDeque<Arc<Told>>,
    /// When the event happened that it was given last.
    last: Option<Timestamp>,
    has_ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    pub(super) async fn open(
        events: Arc<Events>,
        store: Store,
        filter: EventFilter,
        after: After,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, GatewayError> {
        let start = resume::start(&events.ring(), &events.run, &after);
        // Who wants nothing of the journal has missed nothing of it.
        let journal = if filter.wants_journal() { start.journal } else { start.live.journal };
        let mut listener = Listener {
            began: None,
            heads: events.heads.subscribe(),
            events,
            store,
            filter,
            live: start.live,
            seen: Mark { journal, ..start.live },
            ready: VecDeque::new(),
            last: None,
            has_ended: false,
            _place: place,
        };
        listener.catch_up(start).await?;
        Ok(listener)
    }

    /// The next event; `None` when it was too slow, or what it missed cannot be read: it has to come back. May
    /// be dropped and asked again.
    pub async fn next(&mut self) -> Option<Arc<Told>> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                self.last = Some(told.at);
                return Some(told);
            }
            if self.has_ended {
                return None;
            }
            if self.seen.journal < self.live.journal {
                self.replay().await;
            } else {
                self.look().await;
            }
        }
    }

    /// The id to come back with before anything was told; none if it is to be told of a gap first.
    pub fn start(&self) -> Option<EventId> {
        self.began.map(|mark| self.id_at(mark))
    }

    /// The id that stands for all that it was told, while it waits for the next event.
    pub fn position(&self) -> EventId {
        self.id_at(self.seen)
    }

    /// Id of an event that it was told.
    pub fn id(&self, told: &Told) -> EventId {
        self.id_at(told.mark)
    }

    fn id_at(&self, mark: Mark) -> EventId {
        EventId { mark, run: self.events.run.clone() }
    }

    /// Begins with one gap for all that is missing, and the first page of what was missed.
    async fn catch_up(&mut self, start: Start) -> Result<(), StoreError> {
        let began = self.seen;
        let page = self.page().await?;
        let is_trimmed = self.skip_to(&page);
        let lost = |kind: EventKind| {
            start.lost.is_some_and(|lost| lost.concerns(kind)) || is_trimmed && kind.is_journalled()
        };
        let kinds = self.kinds(lost);
        if kinds.is_empty() {
            self.began = Some(began);
        } else {
            let reasons: Vec<_> =
                start.lost.map(Loss::reason).into_iter().chain(is_trimmed.then_some(TRIMMED)).collect();
            let since = self.last_before(start).await;
            self.tell_gap(self.seen, kinds, since, reasons.join("; "));
        }
        self.take(page);
        Ok(())
    }

    /// When the newest event of the journal happened that a listener had who comes back.
    async fn last_before(&self, start: Start) -> Option<Timestamp> {
        if start.lost == Some(Loss::Foreign) {
            return None;
        }
        self.store.journal().time_of(start.journal).await.ok().flatten()
    }

    async fn replay(&mut self) {
        match self.page().await {
            Ok(page) => {
                if self.skip_to(&page) {
                    let kinds = self.kinds(EventKind::is_journalled);
                    self.tell_gap(self.seen, kinds, self.last, TRIMMED.to_owned());
                }
                self.take(page);
            }
            Err(error) => {
                tracing::warn!(%error, "a listener is cut off: what it missed cannot be read");
                self.has_ended = true;
            }
        }
    }

    async fn page(&self) -> Result<Vec<JournalEntry>, StoreError> {
        if self.seen.journal >= self.live.journal {
            return Ok(Vec::new());
        }
        self.store.journal().between(self.seen.journal, self.live.journal, PAGE).await
    }

    /// Goes over what is not there any more before this page. Whether anything is.
    fn skip_to(&mut self, page: &[JournalEntry]) -> bool {
        let before = page.first().map_or(self.live.journal, |entry| entry.id - 1);
        std::mem::replace(&mut self.seen.journal, before) < before
    }

    fn take(&mut self, page: Vec<JournalEntry>) {
        // What is not on a page that is not full is not there.
        let is_last = page.len() < PAGE;
        for JournalEntry { id, happening } in page {
            self.seen.journal = id;
            let told = Told::new(self.seen, happening);
            if self.filter.wants(&told, told.point.as_ref()) {
                self.ready.push_back(Arc::new(told));
            }
        }
        if is_last {
            self.seen.journal = self.live.journal;
        }
    }

    /// Looks at what was told since, or waits for something to be.
    async fn look(&mut self) {
        self.heads.borrow_and_update();
        let found =
            self.events.ring().after(self.seen, LOOK, |told| self.filter.wants(told, told.point.as_ref()));
        match found {
            None => self.cut_off(),
            Some(found) if found.upto == self.seen => {
                self.has_ended = self.heads.changed().await.is_err();
            }
            Some(found) => {
                self.seen = found.upto;
                self.ready.extend(found.told);
            }
        }
    }

    /// It was too slow. The id of the gap stands for the readings that it has lost, so that it is told of them
    /// once; what it has not had of the journal it gets when it comes back with that id.
    fn cut_off(&mut self) {
        metrics::counter!("nocgate_event_listeners_cut_off_total").increment(1);
        let head = self.events.ring().head();
        let mark = Mark { journal: self.seen.journal, ring: head.ring };
        let kinds = self.kinds(|kind| !kind.is_journalled());
        if !kinds.is_empty() {
            let reason = "this listener was too slow; come back with the id of this event for the rest";
            self.tell_gap(mark, kinds, self.last, reason.to_owned());
        }
        self.has_ended = true;
    }

    fn kinds(&self, are: impl Fn(EventKind) -> bool) -> Vec<EventKind> {
        self.filter.kinds.iter().copied().filter(|kind| are(*kind)).collect()
    }

    fn tell_gap(&mut self, mark: Mark, kinds: Vec<EventKind>, since: Option<Timestamp>, reason: String) {
        metrics::counter!("nocgate_event_gaps_total").increment(1);
        let event = Event::Gap { kinds, since, reason };
        let told = Told::new(mark, Happening { at: now(), event, about: Vec::new() });
        self.ready.push_back(Arc::new(told));
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
