//! Messages to and from a SmartServer, told to those who watch it. While nobody does, a message costs a look at a
//! counter; nothing is kept.

mod exchange;
mod message;
mod queue;
mod stanzas;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use self::message::Shown;
use self::queue::Queue;
use super::connections::now;
use super::{Gateway, GatewayError, Thing, Unit};

pub(super) use self::exchange::{CallWitness, Exchange};

pub use self::message::{TrafficDirection, TrafficKind, TrafficLane, TrafficMessage, TrafficOutcome};
pub use self::queue::{Overheard, TrafficFilter};

/// Who may listen to one SmartServer at once.
const OF_ONE: usize = 4;
/// Who may listen at once, in all.
const IN_ALL: usize = 20;

/// Places for listeners.
#[derive(Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Places(Arc::new(Semaphore::new(IN_ALL)))
    }
}

impl Places {
    /// Whether anybody listens to any SmartServer.
    fn is_any_taken(&self) -> bool {
        self.0.available_permits() < IN_ALL
    }
}

/// Where the messages of one SmartServer can be listened to.
#[derive(Debug, Default)]
pub(super) struct Tap {
    /// How many listen: what those who send and receive look at.
    listening: AtomicUsize,
    listeners: Mutex<Listeners>,
}

#[derive(Debug, Default)]
struct Listeners {
    queues: Vec<Arc<Queue>>,
    is_closed: bool,
}

impl Tap {
    /// Whether anybody listens.
    pub(super) fn is_watched(&self) -> bool {
        self.listening.load(Ordering::Relaxed) > 0
    }

    /// Tells a message, which is written out only if somebody wants it.
    fn tell(&self, kind: TrafficKind, direction: TrafficDirection, make: impl FnOnce() -> TrafficMessage) {
        if !self.is_watched() {
            return;
        }
        let wanting = |queue: &&Arc<Queue>| queue.filter.wants(kind, direction);
        let queues: Vec<_> = self.lock().queues.iter().filter(wanting).cloned().collect();
        if queues.is_empty() {
            return;
        }
        let message = Arc::new(make());
        queues.iter().for_each(|queue| queue.push(&message));
    }

    /// Ends all who listen, since the SmartServer is removed.
    pub(super) fn close(&self) {
        let mut listeners = self.lock();
        listeners.is_closed = true;
        listeners.queues.iter().for_each(|queue| queue.close());
    }

    fn open(&self, filter: TrafficFilter) -> Result<Arc<Queue>, GatewayError> {
        let mut listeners = self.lock();
        if listeners.is_closed {
            return Err(GatewayError::Unknown { what: Thing::SmartServer });
        }
        if listeners.queues.len() >= OF_ONE {
            return Err(GatewayError::TooManyTrafficListeners { limit: OF_ONE, of: "to this SmartServer" });
        }
        let queue = Arc::new(Queue::new(filter));
        listeners.queues.push(Arc::clone(&queue));
        self.listening.store(listeners.queues.len(), Ordering::Relaxed);
        Ok(queue)
    }

    fn leave(&self, queue: &Arc<Queue>) {
        let mut listeners = self.lock();
        listeners.queues.retain(|other| !Arc::ptr_eq(other, queue));
        self.listening.store(listeners.queues.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who listens to a SmartServer, until it is dropped.
#[derive(Debug)]
pub struct TrafficListener {
    unit: Arc<Unit>,
    queue: Arc<Queue>,
    _place: OwnedSemaphorePermit,
}

impl TrafficListener {
    /// What was heard next; `None` when the SmartServer is removed. May be dropped and asked again.
    pub async fn next(&mut self) -> Option<Overheard> {
        self.queue.next().await
    }
}

impl Drop for TrafficListener {
    fn drop(&mut self) {
        self.unit.tap.leave(&self.queue);
    }
}

impl Gateway {
    /// Listens to the messages to and from a SmartServer, from now on.
    ///
    /// # Errors
    /// `Unknown`; `TooManyTrafficListeners`.
    pub fn traffic(&self, key: &str, filter: TrafficFilter) -> Result<TrafficListener, GatewayError> {
        let unit = self.unit(key)?;
        let too_many = |_| GatewayError::TooManyTrafficListeners { limit: IN_ALL, of: "in all" };
        let place = Arc::clone(&self.0.traffic.0).try_acquire_owned().map_err(too_many)?;
        let queue = unit.tap.open(filter)?;
        Ok(TrafficListener { unit, queue, _place: place })
    }
}

/// A message that is part of no exchange.
fn plain(kind: TrafficKind, direction: TrafficDirection, shown: Shown) -> TrafficMessage {
    TrafficMessage {
        id: Uuid::now_v7(),
        at: now(),
        direction,
        kind,
        operation: None,
        lane: None,
        request_id: None,
        bytes: shown.bytes,
        took: None,
        outcome: None,
        detail: None,
        text: shown.text,
        truncated: shown.truncated,
    }
}

#[cfg(test)]
mod tests;
