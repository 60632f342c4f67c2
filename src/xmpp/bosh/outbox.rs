use std::collections::VecDeque;

use crate::xmpp::outgoing::Outgoing;

/// Stanzas waiting for a request to carry them.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    stanzas: VecDeque<Outgoing>,
    bytes: usize,
}

/// What may wait; an outbox that holds more takes no more.
const MOST_STANZAS: usize = 16_384;
const MOST_BYTES: usize = 64 << 20;

impl Outbox {
    pub(crate) fn push(&mut self, stanza: Outgoing) {
        self.bytes += stanza.xml.len();
        self.stanzas.push_back(stanza);
    }

    /// Puts stanzas back to the front, first one first.
    pub(crate) fn put_back(&mut self, stanzas: Vec<Outgoing>) {
        for stanza in stanzas.into_iter().rev() {
            self.bytes += stanza.xml.len();
            self.stanzas.push_front(stanza);
        }
    }

    /// How many wait, those included that were withdrawn and not yet noticed.
    pub(crate) fn len(&self) -> usize {
        self.stanzas.len()
    }

    /// Whether there is something to send; forgets what was withdrawn before it.
    pub(crate) fn is_empty(&mut self) -> bool {
        while self.stanzas.front().is_some_and(|s| s.fate.is_withdrawn()) {
            self.pop();
        }
        self.stanzas.is_empty()
    }

    /// Whether no more may be pushed.
    pub(crate) fn is_full(&self) -> bool {
        self.stanzas.len() >= MOST_STANZAS || self.bytes >= MOST_BYTES
    }

    /// Forgets all that was withdrawn.
    pub(crate) fn purge(&mut self) {
        self.stanzas.retain(|s| !s.fate.is_withdrawn());
        self.bytes = self.stanzas.iter().map(|s| s.xml.len()).sum();
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let stanza = self.stanzas.pop_front()?;
        self.bytes -= stanza.xml.len();
        Some(stanza)
    }

    /// Takes what goes into the next body.
    pub(crate) fn batch(&mut self, most: usize, bytes: usize) -> Vec<Outgoing> {
        let mut batch: Vec<Outgoing> = Vec::new();
        let mut size = 0;
        while batch.len() < most.max(1) {
            let Some(next) = self.stanzas.front() else { break };
            if !batch.is_empty() && size + next.xml.len() > bytes {
                break;
            }
            let Some(next) = self.pop() else { break };
            if next.fate.post() {
                size += next.xml.len();
                batch.push(next);
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::{Outbox, Outgoing};

    fn outbox(sizes: &[usize]) -> Outbox {
        let mut outbox = Outbox::default();
        for size in sizes {
            outbox.push(Outgoing::unattended("x".repeat(*size)));
        }
        outbox
    }

    fn sizes(batch: &[Outgoing]) -> Vec<usize> {
        batch.iter().map(|s| s.xml.len()).collect()
    }

    #[test]
    fn a_batch_is_bounded_by_number_and_size() {
        let mut outbox = outbox(&[10, 20, 30, 40, 500, 1]);
        assert_eq!(sizes(&outbox.batch(2, 100)), [10, 20]);
        assert_eq!(sizes(&outbox.batch(9, 100)), [30, 40]);
        assert_eq!(sizes(&outbox.batch(9, 100)), [500]);
        assert_eq!(sizes(&outbox.batch(9, 100)), [1]);
        assert!(outbox.batch(9, 100).is_empty());
    }

    #[test]
    fn what_was_withdrawn_is_not_sent() {
        let mut outbox = outbox(&[1, 2, 3]);
        outbox.stanzas[0].fate.withdraw();
        outbox.stanzas[1].fate.withdraw();
        assert_eq!(sizes(&outbox.batch(2, 100)), [3]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_put_back_comes_first() {
        let mut outbox = outbox(&[1, 2, 3]);
        let batch = outbox.batch(2, 100);
        batch.iter().for_each(|s| s.fate.unpost());
        outbox.put_back(batch);
        assert_eq!(sizes(&outbox.batch(9, 100)), [1, 2, 3]);
    }
}
