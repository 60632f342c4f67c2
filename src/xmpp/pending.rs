use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jid::{BareJid, FullJid, Jid};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::error::{IqError, NotSent};
use super::ledger::Ledger;
use super::outgoing::Fate;
use crate::xml::Element;

/// What a call ends with.
pub(crate) type CallResult = Result<Option<Element>, IqError>;

/// Calls that wait for an answer. An answer counts only if both its id and its sender are those of
/// a call (RFC 6120, section 8.1.3): servers deliver answers that anybody invents.
#[derive(Debug)]
pub(crate) struct Pending {
    account: BareJid,
    /// Unguessable, so that no peer can answer what it was not asked.
    prefix: String,
    next: AtomicU64,
    calls: Mutex<HashMap<u64, Call>>,
    /// Keys of the calls of an earlier run, by the ids that they had there.
    inherited: Mutex<HashMap<String, u64>>,
    ledger: Arc<Ledger>,
}

/// The id of an iq, told before the iq is sent. Good for one call of the client that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IqId(String);

impl IqId {
    /// The id as it stands in the stanza.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug)]
struct Call {
    /// `None` stands for the account's own server.
    peer: Option<Jid>,
    fate: Fate,
    result: oneshot::Sender<CallResult>,
}

impl Call {
    /// Ends it with one error or the other, as it was posted or not. One that was not is withdrawn,
    /// since it may still lie in a queue and outlive the session there.
    fn end(self, not_sent: NotSent, posted: IqError) {
        let error = match self.fate.withdraw() {
            true => IqError::NotSent(not_sent),
            false => posted,
        };
        let _ = self.result.send(Err(error));
    }
}

/// What an answer met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Met {
    /// The call that waited for it.
    Caller,
    /// A call that is over: the deadline passed, or the caller left.
    Nobody,
    /// A call to somebody else, or one that never was.
    Stranger,
}

impl Pending {
    pub(crate) fn new(account: BareJid, ledger: Arc<Ledger>) -> Self {
        Pending {
            account,
            prefix: format!("{:016x}", rand::random::<u64>()),
            next: AtomicU64::new(1),
            calls: Mutex::default(),
            inherited: Mutex::default(),
            ledger,
        }
    }

    /// A new id.
    pub(crate) fn reserve(&self) -> IqId {
        IqId(format!("{}-{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// Registers a call to `to`, which is not to be posted after a time; `None` when its id is not
    /// from here.
    pub(crate) fn open(self: &Arc<Self>, id: &IqId, to: &Jid, posted_by: Instant) -> Option<Waiting> {
        Some(self.register(self.own_key(&id.0)?, to, Fate::new(Some(posted_by))))
    }

    /// Registers a call that an earlier run may have sent.
    pub(crate) fn inherit(self: &Arc<Self>, id: &str, to: &Jid) -> Waiting {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.inherited().insert(id.to_owned(), key);
        let fate = Fate::default();
        fate.post(Instant::now());
        self.register(key, to, fate)
    }

    fn register(self: &Arc<Self>, key: u64, to: &Jid, fate: Fate) -> Waiting {
        let (sender, result) = oneshot::channel();
        let peer = (!self.is_own_server(to)).then(|| to.clone());
        self.calls().insert(key, Call { peer, fate: fate.clone(), result: sender });
        Waiting { key, fate, result, pending: Arc::clone(self) }
    }

    /// Hands an answer to its call.
    pub(crate) fn answer(&self, from: Option<&Jid>, id: &str, result: CallResult) -> Met {
        let Some(key) = self.key(id) else { return Met::Stranger };
        let mut calls = self.calls();
        let Some(call) = calls.get(&key) else { return Met::Nobody };
        let expected = match (&call.peer, from) {
            (Some(peer), Some(from)) => peer == from,
            (None, Some(from)) => self.is_own(from),
            (None, None) => true,
            (Some(_), None) => false,
        };
        if !expected {
            return Met::Stranger;
        }
        let Some(Call { fate, result: caller, .. }) = calls.remove(&key) else { return Met::Nobody };
        drop(calls);
        // When an earlier run posted its calls is not known.
        if let Some(at) = fate.posted_at().filter(|_| id.starts_with(&self.prefix)) {
            self.ledger.call(at);
        }
        match caller.send(result) {
            Ok(()) => Met::Caller,
            Err(_) => Met::Nobody,
        }
    }

    /// Ends one call with an error.
    pub(crate) fn fail(&self, key: u64, error: IqError) {
        if let Some(call) = self.calls().remove(&key) {
            let _ = call.result.send(Err(error));
        }
    }

    /// The session ended: each call learns whether it may have been sent.
    pub(crate) fn session_lost(&self) {
        let calls = std::mem::take(&mut *self.calls());
        calls.into_values().for_each(|call| call.end(NotSent::SessionLost, IqError::SessionLost));
    }

    /// An addressee has left the server and will not answer any more. Servers tell only those who
    /// are subscribed to its presence. News that have waited at the server concern only what was posted
    /// before: the addressee may be back since.
    pub(crate) fn peer_gone(&self, peer: &FullJid, before: Option<Instant>) {
        let concerned = |call: &Call| match (before, call.fate.posted_at()) {
            (None, _) => true,
            (Some(before), Some(posted)) => posted < before,
            (Some(_), None) => false,
        };
        let is_theirs =
            |call: &Call| call.peer.as_ref().is_some_and(|other| other == peer) && concerned(call);
        let gone: Vec<_> = self.calls().extract_if(|_, call| is_theirs(call)).collect();
        gone.into_iter().for_each(|(_, call)| call.end(NotSent::PeerGone, IqError::PeerGone));
    }

    pub(crate) fn account(&self) -> &BareJid {
        &self.account
    }

    /// Calls that wait.
    pub(crate) fn len(&self) -> usize {
        self.calls().len()
    }

    /// Whether the call with this id waits for its answer.
    pub(crate) fn awaits(&self, id: &str) -> bool {
        self.key(id).is_some_and(|key| self.calls().contains_key(&key))
    }

    fn key(&self, id: &str) -> Option<u64> {
        self.own_key(id).or_else(|| self.inherited().get(id).copied())
    }

    fn own_key(&self, id: &str) -> Option<u64> {
        let key = u64::from_str_radix(id.strip_prefix(&self.prefix)?.strip_prefix('-')?, 16).ok()?;
        (key < self.next.load(Ordering::Relaxed)).then_some(key)
    }

    /// A request to the own account or domain may be answered by either of them, or without `from`.
    pub(crate) fn is_own_server(&self, to: &Jid) -> bool {
        to.resource().is_none()
            && (to.node().is_none() && to.domain() == self.account.domain()
                || to.as_str() == self.account.as_str())
    }

    fn is_own(&self, from: &Jid) -> bool {
        self.is_own_server(from) || from.to_bare() == self.account
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<u64, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inherited(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.inherited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place among the waiting; dropping it gives up the call, and withdraws the stanza if it
/// has not been posted.
#[derive(Debug)]
pub(crate) struct Waiting {
    key: u64,
    fate: Fate,
    result: oneshot::Receiver<CallResult>,
    pending: Arc<Pending>,
}

impl Waiting {
    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// Id of the iq.
    #[cfg(test)]
    pub(crate) fn id(&self) -> String {
        format!("{}-{:x}", self.pending.prefix, self.key)
    }

    pub(crate) fn fate(&self) -> &Fate {
        &self.fate
    }

    /// When its stanza was posted; `None` if it is not, and then it is withdrawn.
    pub(crate) fn posted_at(&self) -> Option<Instant> {
        if self.fate.withdraw_queued() { None } else { self.fate.posted_at() }
    }

    /// Waits for the end of the call; may be cancelled and called again.
    pub(crate) async fn result(&mut self) -> CallResult {
        (&mut self.result).await.unwrap_or(Err(IqError::SessionLost))
    }

    /// The end of a call whose deadline has passed.
    pub(crate) fn expired(&self) -> IqError {
        match self.fate.withdraw() {
            true => IqError::NotSent(NotSent::Deadline),
            false => IqError::Deadline,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.fate.withdraw();
        self.pending.calls().remove(&self.key);
    }
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
