//! Which data points are wanted how often, and what of them is remembered: poll groups and listeners merged.

use std::sync::Arc;
use std::time::Duration;

use super::{Gateway, Point};
use crate::domain::{GroupPoints, HistoryRule};

/// What is wanted of one data point by all who want something of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    /// How often it is polled; `None`: not at all.
    pub(super) every: Option<Duration>,
    /// How old a value the SmartServer may answer a poll with.
    pub(super) max_age: Duration,
    /// Age beyond which its reading is stale; `None`: nobody said so.
    pub(super) stale_after: Option<Duration>,
    /// What of its readings is remembered.
    pub(super) history: Option<HistoryRule>,
}

/// Points that somebody wants to be polled; no longer so when this is dropped.
#[derive(Debug)]
pub struct DemandGuard {}

impl Gateway {
    /// What is wanted of a data point; `None`: nothing. Cheap: called for every reading.
    pub(super) fn wish(&self, _point: &Point) -> Option<Arc<Wish>> {
        None
    }

    /// Polls points at least this often (1 s to 24 h) for as long as the guard lives.
    pub fn demand(&self, _points: GroupPoints, _every: Duration) -> DemandGuard {
        DemandGuard {}
    }
}
