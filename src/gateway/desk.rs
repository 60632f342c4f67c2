//! What readers of one SmartServer wait for. They tell the desk, and one task asks in the name of all, so
//! that many readers cost a SmartServer few messages.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::budget::Budget;
use super::calls::next_batch;
use super::fleet::Point;
use super::freshness::Freshness;
use super::lane::Rank;
use super::reads::ReadError;
use super::{GatewayError, Unit};
use crate::domain::{DataPointId, DataPointName, Reading};
use crate::smartserver::batches::{BatchItem, BatchLimits};

/// Most readers that wait at one desk.
const READERS_MAX: usize = 10_000;
/// Below this age a SmartServer has to poll its device. Zero does so by definition; an age that is shorter
/// than field channels take does so in fact.
const FORCED_BELOW: Duration = Duration::from_secs(1);
/// Strongest first.
const RANKS: [Rank; 3] = [Rank::Command, Rank::Read, Rank::Poll];

/// What came of a data point.
pub(super) type Told = Result<Arc<Reading>, ReadError>;

/// The desk of one SmartServer.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    /// Rung when nobody waits any more, or somebody of a stronger rank.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    readers: HashMap<u64, Reader>,
    wanted: HashMap<DataPointId, Wanted>,
    /// What is wanted, of each rank, in the order in which it is asked for: longest wanted first.
    order: [BTreeSet<(u64, DataPointId)>; 3],
    /// Points in the message that is out; whether they were written to meanwhile.
    out: HashMap<DataPointId, bool>,
    /// Whether a task asks.
    is_served: bool,
    budget: Budget,
}

/// Somebody who waits.
#[derive(Debug)]
struct Reader {
    freshness: Freshness,
    left: HashSet<DataPointId>,
    told: Vec<(DataPointId, Told)>,
    /// Taken when it was told of all.
    done: Option<oneshot::Sender<()>>,
}

/// A data point that somebody waits for.
#[derive(Debug)]
struct Wanted {
    point: Point,
    rank: Rank,
    /// Number of the reader who wanted it first.
    since: u64,
    readers: BTreeSet<u64>,
}

/// A reader's place at the desk, given up when dropped.
#[derive(Debug)]
pub(super) struct Ticket<'a> {
    desk: &'a Desk,
    number: u64,
    done: oneshot::Receiver<()>,
}

/// What a reader has when it leaves.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) told: Vec<(DataPointId, Told)>,
    /// Of what was not told in time, that which was being asked for.
    pub(super) out: HashSet<DataPointId>,
}

/// What one message asks for.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) items: Vec<Item>,
    /// Until when somebody waits for some of it.
    pub(super) deadline: Instant,
}

/// One data point of a message, and who waited for it when it was written.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) point: Point,
    /// The smallest that any of them wants.
    pub(super) max_age: Duration,
    /// The strongest of theirs.
    pub(super) rank: Rank,
    readers: Vec<u64>,
}

/// What the desk must know to write a message.
pub(super) struct Terms<C> {
    /// The latest reading of a point.
    pub(super) cached: C,
    pub(super) limits: BatchLimits,
    /// Forced polls in a minute.
    pub(super) forced_polls: u32,
}

impl BatchItem for Item {
    fn name(&self) -> &DataPointName {
        &self.point.data.name
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets in line for these points. `true` beside the ticket: nobody asks for them yet, and who gets this
    /// has to see to it.
    ///
    /// # Errors
    /// How many messages or readers wait, when that is too many. What is wanted already costs nothing more.
    pub(super) fn join(
        &self,
        points: Vec<Point>,
        freshness: Freshness,
        most_messages: usize,
        batch: usize,
    ) -> Result<(Ticket<'_>, bool), usize> {
        let mut state = self.lock();
        state.check_room(&points, freshness.rank, most_messages, batch)?;
        let before = state.rank();
        let number = state.next;
        state.next += 1;
        let (done, receiver) = oneshot::channel();
        let left = points.iter().map(|point| point.data.id).collect();
        state.readers.insert(number, Reader { freshness, left, told: Vec::new(), done: Some(done) });
        for point in points {
            state.want(point, freshness.rank, number);
        }
        let is_stronger = before.is_some_and(|before| state.rank() < Some(before));
        let serve = !std::mem::replace(&mut state.is_served, true);
        drop(state);
        if is_stronger {
            self.changed.notify_one();
        }
        Ok((Ticket { desk: self, number, done: receiver }, serve))
    }

    /// The strongest rank of those who wait for something that is not out; `None` and nobody asks any more
    /// if nobody waits.
    pub(super) fn rank_or_end(&self) -> Option<Rank> {
        let mut state = self.lock();
        let rank = state.rank();
        state.is_served = rank.is_some();
        rank
    }

    /// The strongest rank of those who wait; `None` if nobody does.
    pub(super) fn rank(&self) -> Option<Rank> {
        self.lock().rank()
    }

    /// Waits until nobody waits any more, or somebody of a stronger rank came, or perhaps for nothing.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Does something as long as somebody waits; `None` if nobody does any more.
    pub(super) async fn while_wanted<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.changed() => {}
            }
            self.rank()?;
        }
    }

    /// Until when somebody waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock().readers.values().map(|reader| reader.freshness.deadline).max()
    }

    /// Writes the next message: what is wanted by the strongest rank and for the longest time, as much as
    /// one message carries. Whom the cache can serve is told at once, so is who would force more polls
    /// than are allowed. `None` when nothing is left to ask for.
    pub(super) fn compose<C>(&self, terms: &Terms<C>, now: Instant) -> Option<Message>
    where
        C: Fn(&Point) -> Option<Arc<Reading>>,
    {
        let mut state = self.lock();
        loop {
            let batch = state.next_points(terms);
            if batch.is_empty() {
                return None;
            }
            let ask = |id| state.item(id, terms.forced_polls, now);
            let items: Vec<_> = batch.into_iter().filter_map(ask).collect();
            if !items.is_empty() {
                state.out = items.iter().map(|item| (item.point.data.id, false)).collect();
                let deadline = state.latest_deadline(&items).unwrap_or(now);
                return Some(Message { items, deadline });
            }
        }
    }

    /// Tells readers what came of a message: those for whom it was written, and those who came since, if
    /// what was asked for is young enough for them. The others go on waiting.
    pub(super) fn answered(&self, items: Vec<Item>, outcomes: impl IntoIterator<Item = Told>) {
        let mut state = self.lock();
        let out = std::mem::take(&mut state.out);
        for (item, outcome) in items.into_iter().zip(outcomes) {
            let was_written = out.get(&item.point.data.id).copied().unwrap_or_default();
            state.settle(&item, &outcome, was_written);
        }
        self.ring_if_empty(&state);
    }

    /// A message failed: whoever it was written for is told so, `of_all` of all that they wait for, else of
    /// what was in it. Those who came since go on waiting.
    pub(super) fn failed(&self, items: &[Item], error: &GatewayError, of_all: bool) {
        let mut state = self.lock();
        state.out.clear();
        for item in items {
            for reader in &item.readers {
                let ids: Vec<_> = match state.readers.get(reader) {
                    Some(reader) if of_all => reader.left.iter().copied().collect(),
                    _ => vec![item.point.data.id],
                };
                ids.into_iter().for_each(|id| state.tell(*reader, id, &Err(ReadError::Call(error.clone()))));
            }
        }
        self.ring_if_empty(&state);
    }

    /// A message is asked once more: its answer is lost.
    pub(super) fn lost(&self) {
        self.lock().out.clear();
    }

    /// Tells all who wait that nothing comes of it.
    pub(super) fn send_away(&self, error: &GatewayError) {
        let mut state = self.lock();
        let all: Vec<_> = state.readers.iter().map(|(n, reader)| (*n, reader.left.clone())).collect();
        for (number, left) in all {
            for id in left {
                state.tell(number, id, &Err(ReadError::Call(error.clone())));
            }
        }
    }

    /// Takes back what a message spent that never reached the SmartServer.
    pub(super) fn give_back(&self, items: &[Item]) {
        let forced = items.iter().filter(|item| item.max_age < FORCED_BELOW).count();
        self.lock().budget.give_back(u32::try_from(forced).unwrap_or(u32::MAX));
    }

    /// A point was written to: what is being asked of it now may be what it was before, and serves only who
    /// had asked before.
    pub(super) fn doubt(&self, id: DataPointId) {
        if let Some(was_written) = self.lock().out.get_mut(&id) {
            *was_written = true;
        }
    }

    /// Whether a point of the message that is out was written to since it was asked for.
    pub(super) fn is_doubted(&self, id: DataPointId) -> bool {
        self.lock().out.get(&id).copied().unwrap_or_default()
    }

    /// Nobody asks any more, for whatever reason: who still waits is told by the end of the channel.
    pub(super) fn close_down(&self) {
        let mut state = self.lock();
        state.is_served = false;
        state.out.clear();
        state.readers.values_mut().for_each(|reader| drop(reader.done.take()));
    }

    fn ring_if_empty(&self, state: &State) {
        if state.wanted.is_empty() {
            self.changed.notify_one();
        }
    }
}

impl State {
    fn rank(&self) -> Option<Rank> {
        RANKS.into_iter().find(|rank| !self.order[*rank as usize].is_empty())
    }

    /// Room is for as many messages of each rank as may wait, whoever comes first with whatever he wants.
    fn check_room(
        &self,
        points: &[Point],
        rank: Rank,
        most_messages: usize,
        batch: usize,
    ) -> Result<(), usize> {
        if self.readers.len() >= READERS_MAX {
            return Err(self.readers.len());
        }
        let messages = self.order[rank as usize].len().div_ceil(batch.max(1));
        let is_new = |point: &Point| !self.wanted.contains_key(&point.data.id);
        if messages >= most_messages && points.iter().any(is_new) { Err(messages) } else { Ok(()) }
    }

    fn want(&mut self, point: Point, rank: Rank, reader: u64) {
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
    fn next_points<C>(&mut self, terms: &Terms<C>) -> Vec<DataPointId>
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
    fn item(&mut self, id: DataPointId, forced_polls: u32, now: Instant) -> Option<Item> {
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

    fn latest_deadline(&self, items: &[Item]) -> Option<Instant> {
        let readers = items.iter().flat_map(|item| &item.readers);
        readers.filter_map(|n| self.readers.get(n)).map(|reader| reader.freshness.deadline).max()
    }

    fn settle(&mut self, item: &Item, outcome: &Told, was_written: bool) {
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

    fn tell(&mut self, number: u64, id: DataPointId, outcome: &Told) {
        self.want_no_more(number, id);
        let Some(reader) = self.readers.get_mut(&number) else { return };
        if !reader.left.remove(&id) {
            return;
        }
        reader.told.push((id, outcome.clone()));
        if reader.left.is_empty()
            && let Some(done) = reader.done.take()
        {
            // Who left takes what he has with him.
            let _ = done.send(());
        }
    }

    fn want_no_more(&mut self, number: u64, id: DataPointId) {
        let Some(wanted) = self.wanted.get_mut(&id) else { return };
        wanted.readers.remove(&number);
        if wanted.readers.is_empty() {
            self.order[wanted.rank as usize].remove(&(wanted.since, id));
            self.wanted.remove(&id);
        }
    }
}

impl Ticket<'_> {
    /// Waits until all was told; `false` if nobody asks any more.
    pub(super) async fn done(&mut self) -> bool {
        (&mut self.done).await.is_ok()
    }

    /// Leaves with what was told so far.
    pub(super) fn leave(self) -> Taken {
        self.give_up().unwrap_or_default()
    }

    fn give_up(&self) -> Option<Taken> {
        let mut state = self.desk.lock();
        let reader = state.readers.remove(&self.number)?;
        for id in &reader.left {
            state.want_no_more(self.number, *id);
        }
        self.desk.ring_if_empty(&state);
        let out = reader.left.into_iter().filter(|id| state.out.contains_key(id)).collect();
        Some(Taken { told: reader.told, out })
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// The task that asks for all. When it ends in whatever way, nobody waits for it in vain.
pub(super) struct Serving {
    unit: Arc<Unit>,
    is_over: bool,
}

impl Serving {
    pub(super) fn of(unit: &Arc<Unit>) -> Self {
        Serving { unit: Arc::clone(unit), is_over: false }
    }

    /// It ended since nobody waited any more; another one may have begun.
    pub(super) fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if !self.is_over {
            self.unit.desk.close_down();
        }
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
