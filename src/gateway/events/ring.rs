use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::Point;
use crate::domain::Happening;

/// How far journal and ring have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Id of the newest event of the journal that was told.
    pub(super) journal: i64,
    /// Events told by this run so far.
    pub(super) ring: u64,
}

/// An event that is told.
#[derive(Debug)]
pub struct Told {
    pub(super) mark: Mark,
    happening: Happening,
    /// The data point of a reading.
    pub point: Option<Point>,
}

impl Told {
    pub(super) fn new(mark: Mark, happening: Happening) -> Self {
        Told { mark, happening, point: None }
    }
}

impl Deref for Told {
    type Target = Happening;

    fn deref(&self) -> &Happening {
        &self.happening
    }
}

/// What a listener finds in the ring.
#[derive(Debug)]
pub(super) struct Found {
    /// What it wants.
    pub(super) told: Vec<Arc<Told>>,
    /// How far it has looked.
    pub(super) upto: Mark,
}

/// The latest events, in the order in which they were told.
#[derive(Debug)]
pub(super) struct Ring {
    held: VecDeque<Arc<Told>>,
    capacity: usize,
    /// Where the oldest event that is held comes after.
    before: Mark,
    head: Mark,
}

impl Ring {
    /// `journal` is where the journal stands.
    pub(super) fn new(capacity: usize, journal: i64) -> Self {
        let mark = Mark { journal, ring: 0 };
        Ring { held: VecDeque::new(), capacity, before: mark, head: mark }
    }

    pub(super) fn head(&self) -> Mark {
        self.head
    }

    /// When the oldest event that is held happened.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.held.front().map(|told| told.at)
    }

    /// Tells an event, with its id if it is one of the journal.
    pub(super) fn push(&mut self, happening: Happening, point: Option<Point>, journal: Option<i64>) {
        self.head.ring += 1;
        self.head.journal = journal.unwrap_or(self.head.journal);
        self.held.push_back(Arc::new(Told { mark: self.head, happening, point }));
        if self.held.len() > self.capacity
            && let Some(oldest) = self.held.pop_front()
        {
            self.before = oldest.mark;
        }
    }

    /// The mark of a place from which on all is held.
    pub(super) fn mark_at(&self, place: u64) -> Option<Mark> {
        match self.index_after(place)? {
            0 => Some(self.before),
            n => self.held.get(n - 1).map(|told| told.mark),
        }
    }

    /// What is `wanted` of the next `limit` events after a place; `None` when some of them are not held any
    /// more.
    pub(super) fn after(&self, from: Mark, limit: usize, wanted: impl Fn(&Told) -> bool) -> Option<Found> {
        let index = self.index_after(from.ring)?;
        let next = self.held.range(index..).take(limit);
        let upto = next.clone().next_back().map_or(from, |told| told.mark);
        Some(Found { told: next.filter(|told| wanted(told)).cloned().collect(), upto })
    }

    /// Where the event after a place is held.
    fn index_after(&self, place: u64) -> Option<usize> {
        let index = usize::try_from(place.checked_sub(self.before.ring)?).ok()?;
        (index <= self.held.len()).then_some(index)
    }
}
