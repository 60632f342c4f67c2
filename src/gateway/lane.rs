//! The queue in front of one SmartServer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::GatewayError;

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

/// Lets a bounded number of calls through to one SmartServer at a time, first come first served.
/// A SmartServer is a small embedded machine: this bound is a promise, not a tuning.
#[derive(Debug)]
pub(super) struct Lane {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    bound: usize,
}

/// The right to have one call in flight; given back when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Lane {
    pub(super) fn new(in_flight: usize, bound: usize) -> Self {
        Lane { turns: Arc::new(Semaphore::new(in_flight)), waiting: AtomicUsize::new(0), bound }
    }

    /// Calls that wait for their turn.
    pub(super) fn queued(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A turn, if one is free now.
    pub(super) fn turn_now(&self) -> Option<Turn> {
        let permit = Arc::clone(&self.turns).try_acquire_owned().ok()?;
        Some(Turn { _permit: permit })
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `Busy` at once when too many wait already, `Deadline` when no turn came in time.
    pub(super) async fn turn(&self, _rank: Rank, deadline: Instant) -> Result<Turn, GatewayError> {
        if let Some(turn) = self.turn_now() {
            return Ok(turn);
        }
        let _place = self.take_place()?;
        match timeout_at(deadline, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(_closed)) => Err(GatewayError::Stopping),
            Err(_late) => Err(GatewayError::Deadline { sent: false }),
        }
    }

    fn take_place(&self) -> Result<Place<'_>, GatewayError> {
        let queued = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(&self.waiting);
        if queued < self.bound { Ok(place) } else { Err(GatewayError::Busy { queued }) }
    }
}

/// A place in the queue, given up when dropped, also by a caller who went away.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test(start_paused = true)]
    async fn one_turn_at_a_time_and_a_deadline_for_those_who_wait() {
        let lane = Lane::new(1, 10);
        let first = lane.turn(Rank::Read, soon()).await.unwrap();
        assert_eq!(lane.turn(Rank::Read, soon()).await.unwrap_err(), GatewayError::Deadline { sent: false });
        drop(first);
        lane.turn(Rank::Read, soon()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_refuses_at_once_and_forgets_callers_who_left() {
        let lane = Arc::new(Lane::new(1, 2));
        let _first = lane.turn(Rank::Read, soon()).await.unwrap();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let lane = Arc::clone(&lane);
                tokio::spawn(async move { lane.turn(Rank::Read, soon()).await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(lane.turn(Rank::Read, soon()).await.unwrap_err(), GatewayError::Busy { queued: 2 });
        waiters.iter().for_each(tokio::task::JoinHandle::abort);
        for waiter in waiters {
            let _ = waiter.await;
        }
        assert_eq!(lane.queued(), 0);
    }
}
