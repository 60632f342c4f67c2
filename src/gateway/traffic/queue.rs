use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::message::{TrafficDirection, TrafficKind, TrafficMessage};

/// Messages that wait for a listener.
pub(super) const MESSAGES_MAX: usize = 256;
/// Bytes of their texts.
const BYTES_MAX: usize = 2 << 20;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Overheard {
    /// A message.
    Message(Arc<TrafficMessage>),
    /// Messages are missing here, since the listener was too slow.
    Gap {
        /// So many.
        missed: u64,
    },
}

/// Which messages a listener wants.
#[derive(Debug, Clone, Default)]
pub struct TrafficFilter {
    /// Of these kinds; of all if empty.
    pub kinds: Vec<TrafficKind>,
    /// That went this way.
    pub direction: Option<TrafficDirection>,
    /// With one of these operations; all if empty.
    pub operations: Vec<String>,
}

impl TrafficFilter {
    /// Whether a message may be wanted, as far as that is known before it is written out.
    pub(super) fn wants(&self, kind: TrafficKind, direction: TrafficDirection) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && self.direction.is_none_or(|it| it == direction)
    }

    fn wants_operation(&self, operation: Option<&str>) -> bool {
        self.operations.is_empty()
            || operation.is_some_and(|name| self.operations.iter().any(|it| it == name))
    }
}

/// What waits for one listener: bounded, and nobody waits to get in.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) filter: TrafficFilter,
    waiting: Mutex<Waiting>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Overheard>,
    messages: usize,
    bytes: usize,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(filter: TrafficFilter) -> Self {
        Queue { filter, waiting: Mutex::default(), bell: Notify::new() }
    }

    /// Puts a message in line, or counts it as missed at its place.
    pub(super) fn push(&self, message: &Arc<TrafficMessage>) {
        if !self.filter.wants_operation(message.operation.as_deref()) {
            return;
        }
        let mut waiting = self.lock();
        let bytes = size(message);
        if waiting.messages < MESSAGES_MAX && waiting.bytes + bytes <= BYTES_MAX {
            waiting.messages += 1;
            waiting.bytes += bytes;
            waiting.entries.push_back(Overheard::Message(Arc::clone(message)));
        } else if let Some(Overheard::Gap { missed }) = waiting.entries.back_mut() {
            *missed += 1;
        } else {
            waiting.entries.push_back(Overheard::Gap { missed: 1 });
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.bell.notify_one();
    }

    /// What comes next, `None` at the end. One at a time may wait; it may be dropped and called again.
    pub(super) async fn next(&self) -> Option<Overheard> {
        loop {
            {
                let mut waiting = self.lock();
                if let Some(next) = waiting.take() {
                    return Some(next);
                }
                if waiting.is_closed {
                    return None;
                }
            }
            self.bell.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Overheard> {
        let next = self.entries.pop_front()?;
        if let Overheard::Message(message) = &next {
            self.messages -= 1;
            self.bytes -= size(message);
        }
        Some(next)
    }
}

fn size(message: &TrafficMessage) -> usize {
    message.text.as_ref().map_or(0, String::len)
}
