//! The queue in front of one SmartServer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::GatewayError;
use super::breaker::Breaker;

/// What a call is for. Commands go before reads, reads before polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    /// It changes something.
    Command,
    /// Somebody waits for the answer.
    Read,
    /// The gateway asks by itself.
    Poll,
}

/// Bounds of what a caller is told to wait before trying again.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(60);

/// Lets a bounded number of calls through to one SmartServer at a time: those of the strongest rank first,
/// within a rank first come first served. A SmartServer is a small embedded machine: this bound is a
/// promise, not a tuning.
#[derive(Debug)]
pub(super) struct Lane {
    turns: Arc<Turns>,
    in_flight: usize,
    /// Most calls that wait, of each rank.
    bound: usize,
    /// Keeps calls off while the SmartServer is silent.
    pub(super) breaker: Breaker,
}

#[derive(Debug)]
struct Turns(Mutex<Queue>);

/// While a turn is free, nobody waits.
#[derive(Debug, Default)]
struct Queue {
    free: usize,
    next: u64,
    waiting: [BTreeMap<u64, oneshot::Sender<Turn>>; 3],
    /// Time that a turn is kept: a moving mean.
    kept: Option<Duration>,
}

/// The right to have one call in flight; given to the next one when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    /// What the call is for.
    pub(super) rank: Rank,
    /// When it came to the one who waited for it.
    since: Option<Instant>,
}

/// A place in the queue, given up when dropped, also by a caller who went away.
struct Place<'a> {
    turns: &'a Turns,
    rank: Rank,
    number: u64,
    turn: oneshot::Receiver<Turn>,
}

impl Lane {
    /// A lane for so many calls at a time, in which so many of each rank may wait.
    pub(super) fn new(in_flight: usize, bound: usize) -> Self {
        let queue = Queue { free: in_flight, ..Queue::default() };
        let turns = Arc::new(Turns(Mutex::new(queue)));
        Lane { turns, in_flight, bound, breaker: Breaker::default() }
    }

    /// Calls that wait for their turn.
    pub(super) fn queued(&self) -> usize {
        self.turns.lock().waiting.iter().map(BTreeMap::len).sum()
    }

    /// Most calls that may wait, of each rank.
    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    /// How long so many calls that wait will take, by the time that calls took lately: 1 to 60 s.
    pub(super) fn wait_of(&self, calls: usize) -> Duration {
        let kept = self.turns.lock().kept.unwrap_or_default();
        let rounds = u32::try_from(calls.div_ceil(self.in_flight.max(1))).unwrap_or(u32::MAX);
        kept.saturating_mul(rounds).clamp(SOON, LATE)
    }

    /// A turn for a command, if one is free now.
    pub(super) fn turn_now(&self) -> Option<Turn> {
        self.turns.take_free()
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `NotAsked` while the SmartServer is silent, `Busy` at once when too many of this rank wait already,
    /// `Deadline` when no turn came in time.
    pub(super) async fn turn(&self, rank: Rank, deadline: Instant) -> Result<Turn, GatewayError> {
        self.breaker.check()?;
        let turn = self.place(rank)?;
        match timeout_at(deadline, turn.wait()).await {
            Ok(Some(turn)) => Ok(turn),
            Ok(None) => Err(self.refusal()),
            Err(_late) => Err(GatewayError::Deadline { sent: false }),
        }
    }

    /// The same for who finds out whether the SmartServer answers again.
    pub(super) async fn turn_anyway(&self, rank: Rank, deadline: Instant) -> Result<Turn, GatewayError> {
        loop {
            let turn = self.place(rank)?;
            match timeout_at(deadline, turn.wait()).await {
                Ok(Some(turn)) => return Ok(turn),
                // It fell silent while we waited.
                Ok(None) => {}
                Err(_late) => return Err(GatewayError::Deadline { sent: false }),
            }
        }
    }

    /// A turn for the one who asks in the name of all readers: it waits as long as they do, and takes a
    /// place beside the bounded ones.
    ///
    /// # Errors
    /// `NotAsked` while the SmartServer is silent.
    pub(super) async fn turn_for_readers(&self, rank: Rank) -> Result<Turn, GatewayError> {
        self.breaker.check()?;
        let place = self.turns.enter(rank, usize::MAX).map_err(|queued| self.busy(queued))?;
        place.wait().await.ok_or_else(|| self.refusal())
    }

    /// Sends away all who wait, since the SmartServer fell silent.
    pub(super) fn send_away(&self) {
        let waiting = std::mem::take(&mut self.turns.lock().waiting);
        drop(waiting);
    }

    /// What one more caller is told when so many wait.
    pub(super) fn busy(&self, queued: usize) -> GatewayError {
        GatewayError::Busy { queued, retry_after: self.wait_of(queued) }
    }

    fn place(&self, rank: Rank) -> Result<Place<'_>, GatewayError> {
        self.turns.enter(rank, self.bound).map_err(|queued| self.busy(queued))
    }

    fn refusal(&self) -> GatewayError {
        self.breaker.check().err().unwrap_or_else(|| self.busy(0))
    }
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_free(self: &Arc<Self>) -> Option<Turn> {
        let mut queue = self.lock();
        queue.free = queue.free.checked_sub(1)?;
        Some(Turn { turns: Arc::clone(self), rank: Rank::Command, since: Some(Instant::now()) })
    }

    /// Gets in line. A turn that is free now is there already.
    ///
    /// # Errors
    /// How many of this rank wait, if that is too many.
    fn enter(self: &Arc<Self>, rank: Rank, bound: usize) -> Result<Place<'_>, usize> {
        let (give, turn) = oneshot::channel();
        let mut queue = self.lock();
        // Of its own also where the turn is there: giving up a place must not cost another caller his.
        let number = queue.next;
        queue.next += 1;
        if queue.free > 0 {
            queue.free -= 1;
            let free = Turn { turns: Arc::clone(self), rank, since: None };
            let given = give.send(free);
            drop(queue);
            debug_assert!(given.is_ok(), "its receiver is here");
        } else {
            let waiting = &mut queue.waiting[rank as usize];
            if waiting.len() >= bound {
                return Err(waiting.len());
            }
            waiting.insert(number, give);
        }
        Ok(Place { turns: self, rank, number, turn })
    }

    /// Gives a turn to the next in line.
    fn pass_on(self: &Arc<Self>) {
        let next = {
            let mut queue = self.lock();
            let ranks = [Rank::Command, Rank::Read, Rank::Poll];
            let mut lines = ranks.into_iter().zip(&mut queue.waiting);
            let next = lines.find_map(|(rank, line)| Some((rank, line.pop_first()?.1)));
            if next.is_none() {
                queue.free += 1;
            }
            next
        };
        if let Some((rank, next)) = next {
            // Who left a moment ago drops it, and that passes it on.
            drop(next.send(Turn { turns: Arc::clone(self), rank, since: None }));
        }
    }
}

impl Queue {
    fn note_kept(&mut self, kept: Duration) {
        self.kept = Some(self.kept.map_or(kept, |mean| (mean * 7 + kept) / 8));
    }
}

impl Place<'_> {
    /// The turn; `None` if all who waited were sent away.
    async fn wait(mut self) -> Option<Turn> {
        let mut turn = (&mut self.turn).await.ok()?;
        turn.since = Some(Instant::now());
        Some(turn)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // A turn that was given but not taken is dropped with the receiver.
        self.turns.lock().waiting[self.rank as usize].remove(&self.number);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.turns.lock().note_kept(since.elapsed());
        }
        self.turns.pass_on();
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
