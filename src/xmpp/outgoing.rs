use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use jid::Jid;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A stanza on its way out: validated, serialised, and with the fate that its caller watches.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// The stanza as XML, `xmlns="jabber:client"` declared on it (XEP-0206, section 2).
    pub(crate) xml: Arc<str>,
    /// Whom it is for; without, it is for the own server.
    pub(crate) to: Option<Arc<str>>,
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// The waiting call that it belongs to.
    pub(crate) call: Option<u64>,
}

impl Outgoing {
    /// A stanza that nobody waits for.
    pub(crate) fn unattended(xml: String) -> Self {
        Outgoing { xml: xml.into(), to: None, fate: Fate::default(), call: None }
    }

    /// The same, in its addressee's place in the queue.
    pub(crate) fn to(self, to: &Jid) -> Self {
        Outgoing { to: Some(to.as_str().into()), ..self }
    }
}

/// Whether a stanza has been posted. Its caller may withdraw it until then, and knows for certain
/// whether that was in time: never sent, and sent without answer, are different ends.
#[derive(Debug, Clone)]
pub(crate) struct Fate(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    state: AtomicU8,
    /// When it was made; times are counted from here.
    made: Instant,
    /// When it was posted last, in nanoseconds.
    posted: AtomicU64,
    /// Not to be posted after this time.
    posted_by: Option<Instant>,
    /// Woken whenever the stanza turns out not to have been taken.
    unposted: Notify,
}

const QUEUED: u8 = 0;
const POSTED: u8 = 1;
const WITHDRAWN: u8 = 2;
/// Posted, and its caller has gone: it must not be sent a second time.
const ABANDONED: u8 = 3;

impl Default for Fate {
    fn default() -> Self {
        Fate::new(None)
    }
}

impl Fate {
    /// The fate of a stanza that is not to be posted after a time, if one is given.
    pub(crate) fn new(posted_by: Option<Instant>) -> Self {
        let (state, posted) = (AtomicU8::new(QUEUED), AtomicU64::new(0));
        Fate(Arc::new(Facts { state, made: Instant::now(), posted, posted_by, unposted: Notify::new() }))
    }

    /// Takes the stanza into a body; `false` when it was withdrawn, or is too late.
    pub(crate) fn post(&self, now: Instant) -> bool {
        if self.0.posted_by.is_some_and(|until| now > until) {
            self.withdraw();
            return false;
        }
        let after = u64::try_from(now.duration_since(self.0.made).as_nanos()).unwrap_or(u64::MAX);
        self.0.posted.store(after, Ordering::Release);
        self.change(QUEUED, POSTED)
    }

    /// When the stanza was posted; `None` when it is not.
    pub(crate) fn posted_at(&self) -> Option<Instant> {
        let after = Duration::from_nanos(self.0.posted.load(Ordering::Acquire));
        self.is(POSTED).then(|| self.0.made + after)
    }

    /// Withdraws the stanza if it is not posted; `false` when it may have been sent, and is still
    /// waited for.
    pub(crate) fn withdraw_queued(&self) -> bool {
        self.change(QUEUED, WITHDRAWN) || self.is(WITHDRAWN)
    }

    /// Withdraws the stanza; `false` when it may have been sent.
    pub(crate) fn withdraw(&self) -> bool {
        self.withdraw_queued() || {
            self.change(POSTED, ABANDONED);
            false
        }
    }

    /// The server has not taken the stanza: the body that held it was refused, not a byte of it was
    /// written, or the server's count says so. It may be sent again if its caller still waits.
    pub(crate) fn unpost(&self) {
        if self.change(POSTED, QUEUED) || self.change(ABANDONED, WITHDRAWN) {
            self.0.unposted.notify_one();
        }
    }

    /// Waits until [`Fate::unpost`] was called since the last time.
    pub(crate) async fn unposted(&self) {
        self.0.unposted.notified().await;
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
        self.0.state.load(Ordering::Acquire) == state
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.0.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stanza_is_either_withdrawn_or_posted() {
        let fate = Fate::default();
        assert!(fate.post(Instant::now()));
        assert!(!fate.withdraw());
        fate.unpost();
        assert!(fate.withdraw());
        assert!(fate.withdraw());
        assert!(!fate.post(Instant::now()));
    }

    #[test]
    fn what_is_too_late_is_not_posted() {
        let now = Instant::now();
        let fate = Fate::new(Some(now));
        assert!(fate.post(now));
        assert_eq!(fate.posted_at(), Some(now.max(fate.0.made)));
        fate.unpost();
        assert_eq!(fate.posted_at(), None);
        assert!(!fate.post(now + Duration::from_millis(1)));
        assert!(fate.is_withdrawn());
    }

    #[test]
    fn a_posted_stanza_whose_caller_has_gone_is_not_sent_again() {
        let fate = Fate::default();
        assert!(fate.post(Instant::now()));
        assert!(!fate.withdraw(), "it may have been sent");
        assert!(fate.is_posted());
        fate.unpost();
        assert!(fate.is_withdrawn());
        assert!(!fate.post(Instant::now()));
    }
}
