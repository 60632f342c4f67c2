use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A stanza on its way out: validated, serialised, and with the fate that its caller watches.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// The stanza as XML, `xmlns="jabber:client"` declared on it (XEP-0206, section 2).
    pub(crate) xml: String,
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// The waiting call that it belongs to.
    pub(crate) call: Option<u64>,
}

impl Outgoing {
    /// A stanza that nobody waits for.
    pub(crate) fn unattended(xml: String) -> Self {
        Outgoing { xml, fate: Fate::default(), call: None }
    }
}

/// Whether a stanza has been posted. Its caller may withdraw it until then, and knows for certain
/// whether that was in time: never sent, and sent without answer, are different ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate(Arc<AtomicU8>);

const QUEUED: u8 = 0;
const POSTED: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Fate {
    /// Takes the stanza into a body; `false` when it was withdrawn.
    pub(crate) fn post(&self) -> bool {
        self.change(QUEUED, POSTED)
    }

    /// Withdraws the stanza; `false` when it may have been sent.
    pub(crate) fn withdraw(&self) -> bool {
        self.change(QUEUED, WITHDRAWN) || self.is(WITHDRAWN)
    }

    /// The body that held the stanza was refused, or its session ended before a byte was written.
    pub(crate) fn unpost(&self) {
        self.change(POSTED, QUEUED);
    }

    /// Whether the stanza may have been sent.
    #[cfg(test)]
    pub(crate) fn is_posted(&self) -> bool {
        self.is(POSTED)
    }

    /// Whether it was withdrawn.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.is(WITHDRAWN)
    }

    fn is(&self, state: u8) -> bool {
        self.0.load(Ordering::Acquire) == state
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Fate;

    #[test]
    fn a_stanza_is_either_withdrawn_or_posted() {
        let fate = Fate::default();
        assert!(fate.post());
        assert!(!fate.withdraw());
        fate.unpost();
        assert!(fate.withdraw());
        assert!(fate.withdraw());
        assert!(!fate.post());
    }
}
