use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// A stanza on its way out: validated, serialised, and with the fate that its caller watches.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// The stanza as XML, `xmlns="jabber:client"` declared on it (XEP-0206, section 2).
    pub(crate) xml: Arc<str>,
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// The waiting call that it belongs to.
    pub(crate) call: Option<u64>,
}

impl Outgoing {
    /// A stanza that nobody waits for.
    pub(crate) fn unattended(xml: String) -> Self {
        Outgoing { xml: xml.into(), fate: Fate::default(), call: None }
    }
}

/// Whether a stanza has been posted. Its caller may withdraw it until then, and knows for certain
/// whether that was in time: never sent, and sent without answer, are different ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate(Arc<AtomicU8>);

const QUEUED: u8 = 0;
const POSTED: u8 = 1;
const WITHDRAWN: u8 = 2;
/// Posted, and its caller has gone: it must not be sent a second time.
const ABANDONED: u8 = 3;

impl Fate {
    /// Takes the stanza into a body; `false` when it was withdrawn.
    pub(crate) fn post(&self) -> bool {
        self.change(QUEUED, POSTED)
    }

    /// Withdraws the stanza; `false` when it may have been sent.
    pub(crate) fn withdraw(&self) -> bool {
        self.change(QUEUED, WITHDRAWN) || self.is(WITHDRAWN) || {
            self.change(POSTED, ABANDONED);
            false
        }
    }

    /// The server has not taken the stanza: the body that held it was refused, not a byte of it was
    /// written, or the server's count says so. It may be sent again if its caller still waits.
    pub(crate) fn unpost(&self) {
        let _ = self.change(POSTED, QUEUED) || self.change(ABANDONED, WITHDRAWN);
    }

    /// Whether the stanza may have been sent.
    #[cfg(test)]
    pub(crate) fn is_posted(&self) -> bool {
        self.is(POSTED) || self.is(ABANDONED)
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

    #[test]
    fn a_posted_stanza_whose_caller_has_gone_is_not_sent_again() {
        let fate = Fate::default();
        assert!(fate.post());
        assert!(!fate.withdraw(), "it may have been sent");
        assert!(fate.is_posted());
        fate.unpost();
        assert!(fate.is_withdrawn());
        assert!(!fate.post());
    }
}
