//! Who waits at a desk, and for what.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{FORCED_BELOW, Item, Terms, Told};
use crate::domain::{DataPointId, Reading};
use crate::gateway::GatewayError;
use crate::gateway::budget::Budget;
use crate::gateway::calls::next_batch;
use crate::gateway::fleet::Point;
use crate::gateway::freshness::Freshness;
use crate::gateway::lane::Rank;
use crate::gateway::reads::ReadError;

/// Most readers that wait at one desk.
const READERS_MAX: usize = 10_000;
/// Most answers that they wait for, each of one data point: some 100 MB.
const ANSWERS_MAX: usize = 1_000_000;
/// Strongest first.
const RANKS: [Rank; 3] = [Rank::Command, Rank::Read, Rank::Poll];

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) next: u64,
    pub(super) readers: HashMap<u64, Reader>,
    /// Answers that all readers together wait for.
    pub(super) answers: usize,
    pub(super) wanted: HashMap<DataPointId, Wanted>,
    /// What is wanted, of each rank, in the order in which it is asked for: longest wanted first.
    pub(super) order: [BTreeSet<(u64, DataPointId)>; 3],
    /// Points in the message that is out; whether they were written to meanwhile.
    pub(super) out: HashMap<DataPointId, bool>,
    /// Whether a task asks.
    pub(super) is_served: bool,
    pub(super) budget: Budget,
}

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) freshness: Freshness,
    pub(super) left: HashSet<DataPointId>,
    pub(super) told: Vec<(DataPointId, Told)>,
    /// Taken when it was told of all.
    pub(super) done: Option<oneshot::Sender<()>>,
}

/// A data point that somebody waits for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) point: Point,
    pub(super) rank: Rank,
    /// Number of the reader who wanted it first.
    pub(super) since: u64,
    pub(super) readers: BTreeSet<u64>,
}

impl State {
    pub(super) fn rank(&self) -> Option<Rank> {
        RANKS.into_iter().find(|rank| !self.order[*rank as usize].is_empty())
    }

    /// Room is for as many messages of each rank as may wait, whoever comes first with whatever he wants.
    pub(super) fn check_room(
        &self,
        points: &[Point],
        rank: Rank,
        most_messages: usize,
        batch: usize,
    ) -> Result<(), usize> {
        if self.readers.len() >= READERS_MAX || self.answers + points.len() > ANSWERS_MAX {
            return Err(self.readers.len());
        }
        let messages = self.order[rank as usize].len().div_ceil(batch.max(1));
        let is_new = |point: &Point| !self.wanted.contains_key(&point.data.id);
        if messages >= most_messages && points.iter().any(is_new) { Err(messages) } else { Ok(()) }
    }

    pub(super) fn want(&mut self, point: Point, rank: Rank, reader: u64) {
        let id = point.data.id;
        let new = || Wanted { point, rank, since: reader, readers: BTreeSet::new() };
        let wanted = self.wanted.entry(id).or_insert_with(new);
        wanted.readers.insert(reader);
        if rank < wanted.rank {
            self.order[wanted.rank as usize].remove(&(wanted.since, id));
            (wanted.rank, wanted.since) = (rank, reader);
        }
        self.order[wanted.rank as usize].insert((wanted.since, id));
    }

    /// The points of the next message. Whom the cache can serve is told on the way.
    pub(super) fn next_points<C>(&mut self, terms: &Terms<C>) -> Vec<DataPointId>
    where
        C: Fn(&Point) -> Option<Arc<Reading>>,
    {
        let mut candidates = Vec::new();
        for rank in RANKS {
            let mut after = None;
            while candidates.len() < terms.limits.items
                && let Some(place) = self.next_place(rank, after)
            {
                after = Some(place);
                candidates.extend(self.left_by_cache(place.1, &terms.cached));
            }
        }
        next_batch(&mut candidates, terms.limits).into_iter().map(|point| point.data.id).collect()
    }

    fn next_place(&self, rank: Rank, after: Option<(u64, DataPointId)>) -> Option<(u64, DataPointId)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.order[rank as usize].range((from, Bound::Unbounded)).next().copied()
    }

    /// Tells those whom the cache can serve; the point, if others are left.
    fn left_by_cache(
        &mut self,
        id: DataPointId,
        cached: impl Fn(&Point) -> Option<Arc<Reading>>,
    ) -> Option<Point> {
        let wanted = self.wanted.get(&id)?;
        let point = wanted.point.clone();
        if let Some(reading) = cached(&point) {
            let allows = |n: &&u64| self.readers.get(n).is_none_or(|r| r.freshness.allows(&reading));
            let served: Vec<_> = wanted.readers.iter().filter(allows).copied().collect();
            served.into_iter().for_each(|reader| self.tell(reader, id, &Ok(Arc::clone(&reading))));
        }
        self.wanted.contains_key(&id).then_some(point)
    }

    /// What a message asks of a point. Who would force more polls than are allowed is told so.
    pub(super) fn item(&mut self, id: DataPointId, forced_polls: u32, now: Instant) -> Option<Item> {
        let item = self.item_for_all(id)?;
        if item.max_age >= FORCED_BELOW {
            return Some(item);
        }
        let Err(retry_after) = self.budget.take(forced_polls, now) else { return Some(item) };
        let error = GatewayError::PollBudget { per_minute: forced_polls, retry_after };
        metrics::counter!("nocgate_forced_polls_refused_total").increment(1);
        for reader in item.readers {
            if self.readers.get(&reader).is_some_and(|r| r.freshness.max_age < FORCED_BELOW) {
                self.tell(reader, id, &Err(ReadError::Call(error.clone())));
            }
        }
        self.item_for_all(id)
    }

    fn item_for_all(&self, id: DataPointId) -> Option<Item> {
        let wanted = self.wanted.get(&id)?;
        let theirs = || wanted.readers.iter().filter_map(|n| self.readers.get(n)).map(|r| r.freshness);
        Some(Item {
            point: wanted.point.clone(),
            max_age: theirs().map(|f| f.max_age).min()?,
            rank: theirs().map(|f| f.rank).min()?,
            readers: wanted.readers.iter().copied().collect(),
        })
    }

    pub(super) fn latest_deadline(&self, items: &[Item]) -> Option<Instant> {
        let readers = items.iter().flat_map(|item| &item.readers);
        readers.filter_map(|n| self.readers.get(n)).map(|reader| reader.freshness.deadline).max()
    }

    pub(super) fn settle(&mut self, item: &Item, outcome: &Told, was_written: bool) {
        let id = item.point.data.id;
        for reader in &item.readers {
            self.tell(*reader, id, outcome);
        }
        let since = self.wanted.get(&id).map(|wanted| wanted.readers.clone()).unwrap_or_default();
        for number in since {
            let Some(reader) = self.readers.get(&number) else { continue };
            let shares = !was_written
                && match outcome {
                    Ok(reading) => {
                        item.max_age <= reader.freshness.max_age || reader.freshness.allows(reading)
                    }
                    Err(ReadError::Item(_)) => true,
                    Err(ReadError::Call(_)) => false,
                };
            if shares {
                self.tell(number, id, outcome);
            }
        }
    }

    pub(super) fn tell(&mut self, number: u64, id: DataPointId, outcome: &Told) {
        self.want_no_more(number, id);
        let Some(reader) = self.readers.get_mut(&number) else { return };
        if !reader.left.remove(&id) {
            return;
        }
        self.answers -= 1;
        reader.told.push((id, outcome.clone()));
        if reader.left.is_empty()
            && let Some(done) = reader.done.take()
        {
            // Who left takes what he has with him.
            let _ = done.send(());
        }
    }

    pub(super) fn want_no_more(&mut self, number: u64, id: DataPointId) {
        let Some(wanted) = self.wanted.get_mut(&id) else { return };
        wanted.readers.remove(&number);
        if wanted.readers.is_empty() {
            self.order[wanted.rank as usize].remove(&(wanted.since, id));
            self.wanted.remove(&id);
        }
    }
}
