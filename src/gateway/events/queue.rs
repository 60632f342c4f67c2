use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::super::connections::now;
use crate::domain::{Event, EventKind, Happening};

/// Events that wait for the journal.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    limit: usize,
    pub(super) came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Happening>,
    /// Those that were there before and are lost.
    lost: Option<Lost>,
    /// When the oldest of those happened that are being stored, and how many they are.
    in_hand: Option<(Timestamp, usize)>,
}

#[derive(Debug)]
struct Lost {
    kinds: Vec<EventKind>,
    since: Timestamp,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Queue { waiting: Mutex::default(), limit, came: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event; the oldest is lost if there are too many.
    pub(super) fn push(&self, happening: Happening) {
        let mut waiting = self.lock();
        if waiting.events.len() >= self.limit
            && let Some(oldest) = waiting.events.pop_front()
        {
            waiting.lose(&oldest);
        }
        waiting.events.push_back(happening);
        drop(waiting);
        self.came.notify_one();
    }

    /// Takes the oldest, at most `limit`; what was lost before them is told by a gap at their head.
    pub(super) fn take(&self, limit: usize) -> Vec<Happening> {
        let mut waiting = self.lock();
        let gap = waiting.lost.take().map(Lost::into_gap);
        let count = waiting.events.len().min(limit);
        let taken: Vec<_> = gap.into_iter().chain(waiting.events.drain(..count)).collect();
        waiting.in_hand = taken.first().map(|first| (first.at, taken.len()));
        taken
    }

    /// What was taken is told.
    pub(super) fn done(&self) {
        self.lock().in_hand = None;
    }

    /// What was taken is lost.
    pub(super) fn lose(&self, taken: &[Happening]) {
        let mut waiting = self.lock();
        waiting.in_hand = None;
        for happening in taken {
            waiting.lose(happening);
        }
    }

    /// How many are not told yet, and when the oldest of them happened.
    pub(super) fn backlog(&self) -> (usize, Option<Timestamp>) {
        let waiting = self.lock();
        let (oldest, in_hand) = waiting.in_hand.unzip();
        let oldest = oldest.or_else(|| waiting.events.front().map(|first| first.at));
        (waiting.events.len() + in_hand.unwrap_or(0), oldest)
    }
}

impl Waiting {
    fn lose(&mut self, happening: &Happening) {
        metrics::counter!("nocgate_journal_lost_total").increment(1);
        let lost = self.lost.get_or_insert(Lost { kinds: Vec::new(), since: happening.at });
        lost.since = lost.since.min(happening.at);
        let kinds = match &happening.event {
            Event::Gap { kinds, .. } => kinds.clone(),
            event => event.kind().into_iter().collect(),
        };
        for kind in kinds {
            if !lost.kinds.contains(&kind) {
                lost.kinds.push(kind);
            }
        }
    }
}

impl Lost {
    fn into_gap(self) -> Happening {
        let reason = "the database was away for too long to store them".to_owned();
        let event = Event::Gap { kinds: self.kinds, since: Some(self.since), reason };
        Happening { at: now(), event, about: Vec::new() }
    }
}
