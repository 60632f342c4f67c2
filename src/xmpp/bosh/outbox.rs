use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use crate::xmpp::outgoing::Outgoing;

/// Stanzas waiting for a request to carry them. The addressees take turns, one stanza each, so that
/// one for whom thousands wait delays the others by one stanza a round. Stanzas for the same
/// addressee stay in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// What was put back: it had its turn already.
    front: VecDeque<Outgoing>,
    lanes: HashMap<Addressee, VecDeque<Outgoing>>,
    /// Those for whom something waits, each once, the next one first.
    turns: VecDeque<Addressee>,
    len: usize,
    bytes: usize,
    /// What happened since the last purge: its cost is spread over that.
    since_purge: usize,
}

/// `None` stands for the own server.
type Addressee = Option<Arc<str>>;

/// What may wait; an outbox that holds more takes no more.
const MOST_STANZAS: usize = 16_384;
const MOST_BYTES: usize = 64 << 20;
/// A purge looks at no more stanzas than this for each that came or was refused.
const PURGE_COST: usize = 4;

impl Outbox {
    pub(crate) fn push(&mut self, stanza: Outgoing) {
        self.count_in(&stanza);
        self.since_purge += 1;
        let lane = self.lanes.entry(stanza.to.clone()).or_default();
        if lane.is_empty() {
            self.turns.push_back(stanza.to.clone());
        }
        lane.push_back(stanza);
    }

    /// Puts stanzas back before all others, first one first.
    pub(crate) fn put_back(&mut self, stanzas: Vec<Outgoing>) {
        for stanza in stanzas.into_iter().rev() {
            self.count_in(&stanza);
            self.front.push_front(stanza);
        }
    }

    /// How many wait, those included that were withdrawn and not yet noticed.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is something to send; forgets what was withdrawn before it.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.next().is_none()
    }

    /// Whether no more may be pushed.
    pub(crate) fn is_full(&self) -> bool {
        self.len >= MOST_STANZAS || self.bytes >= MOST_BYTES
    }

    /// Forgets all that was withdrawn, unless that was done a moment ago.
    pub(crate) fn purge(&mut self) {
        self.since_purge += 1;
        if self.since_purge * PURGE_COST < self.len {
            return;
        }
        self.since_purge = 0;
        self.front.retain(|stanza| !stanza.fate.is_withdrawn());
        self.lanes.retain(|_, lane| {
            lane.retain(|stanza| !stanza.fate.is_withdrawn());
            !lane.is_empty()
        });
        self.turns.retain(|addressee| self.lanes.contains_key(addressee));
        let left = || self.front.iter().chain(self.lanes.values().flatten());
        (self.len, self.bytes) = (left().count(), left().map(|stanza| stanza.xml.len()).sum());
    }

    /// Takes what goes into the next body: at most so many stanzas and bytes, but one in any case.
    pub(crate) fn batch(&mut self, now: Instant, most: usize, bytes: usize) -> Vec<Outgoing> {
        let mut batch: Vec<Outgoing> = Vec::new();
        let mut size = 0;
        while batch.len() < most.max(1) {
            let Some(next) = self.next() else { break };
            let fits = batch.is_empty() || size + next.xml.len() <= bytes;
            if !fits {
                break;
            }
            let posted = next.fate.post(now);
            let Some(next) = self.pop(posted) else { break };
            if posted {
                size += next.xml.len();
                batch.push(next);
            }
        }
        batch
    }

    /// The next one to be sent; forgets what was withdrawn before it.
    fn next(&mut self) -> Option<&Outgoing> {
        while self.peek()?.fate.is_withdrawn() {
            self.pop(false);
        }
        self.peek()
    }

    fn peek(&self) -> Option<&Outgoing> {
        self.front.front().or_else(|| self.lanes.get(self.turns.front()?)?.front())
    }

    /// Takes the next one out, which may use up its addressee's turn.
    fn pop(&mut self, uses_turn: bool) -> Option<Outgoing> {
        let stanza = match self.front.pop_front() {
            Some(stanza) => stanza,
            None => self.pop_lane(uses_turn)?,
        };
        self.len -= 1;
        self.bytes -= stanza.xml.len();
        Some(stanza)
    }

    fn pop_lane(&mut self, uses_turn: bool) -> Option<Outgoing> {
        let addressee = self.turns.front()?;
        let lane = self.lanes.get_mut(addressee)?;
        let stanza = lane.pop_front();
        if lane.is_empty() {
            self.lanes.remove(addressee);
            self.turns.pop_front();
        } else if uses_turn {
            self.turns.rotate_left(1);
        }
        stanza
    }

    fn count_in(&mut self, stanza: &Outgoing) {
        self.len += 1;
        self.bytes += stanza.xml.len();
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
