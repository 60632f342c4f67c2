//! What readers of one SmartServer wait for. They tell the desk, and one task asks in the name of all, so
//! that many readers cost a SmartServer few messages.

mod state;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::fleet::Point;
use super::freshness::Freshness;
use super::lane::Rank;
use super::reads::ReadError;
use super::{GatewayError, Unit};
use crate::domain::{DataPointId, DataPointName, Reading};
use crate::smartserver::batches::{BatchItem, BatchLimits};
use state::{Reader, State};

/// Below this age a SmartServer has to poll its device. Zero does so by definition; an age that is shorter
/// than field channels take does so in fact.
const FORCED_BELOW: Duration = Duration::from_secs(1);

/// What came of a data point.
pub(super) type Told = Result<Arc<Reading>, ReadError>;

/// The desk of one SmartServer.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    /// Rung when nobody waits any more, or somebody of a stronger rank.
    changed: Notify,
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
        let left: HashSet<_> = points.iter().map(|point| point.data.id).collect();
        state.answers += left.len();
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
        state.answers -= reader.left.len();
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
mod tests;
