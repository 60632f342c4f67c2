use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jid::{FullJid, Jid};
use tokio::sync::watch;

use super::behaviour::Behaviour;
use super::counts::Counts;
use super::journal::Journal;
use super::tap::Tap;
use super::unit::Unit;
use crate::xmpp::{Account, Client, Common};

/// What the tasks of one SmartServer and its handles have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub jid: FullJid,
    pub account: Account,
    pub unit: Mutex<Unit>,
    pub behaviour: Mutex<Behaviour>,
    pub counts: Arc<Mutex<Counts>>,
    /// Whether it is to be logged in.
    pub wanted: watch::Sender<bool>,
    /// The client while it is logged in.
    pub online: watch::Sender<Option<Client>>,
    /// Whether a client runs, logged in or not.
    pub running: watch::Sender<bool>,
    /// What it pushes by itself.
    pub web_connection: Option<WebConnection>,
    /// Full JID of the web connection's target, once it has sent something.
    pub target: Mutex<Option<FullJid>>,
    pub journal: Option<Arc<Journal>>,
    pub tap: Option<Tap>,
    /// What the sessions of a fleet share.
    pub common: Arc<Common>,
}

/// A web connection: changes of some points are pushed to somebody (manual 4-19).
#[derive(Debug, Clone)]
pub(super) struct WebConnection {
    pub to: Jid,
    pub every: Duration,
    /// How many points, from the first output on.
    pub points: usize,
}

impl Shared {
    pub(super) fn new(
        unit: Unit,
        account: Account,
        jid: FullJid,
        web_connection: Option<WebConnection>,
        (journal, tap): (Option<Arc<Journal>>, Option<Tap>),
        common: Arc<Common>,
    ) -> Self {
        Shared {
            jid,
            account,
            unit: Mutex::new(unit),
            behaviour: Mutex::default(),
            counts: Arc::default(),
            wanted: watch::Sender::new(true),
            online: watch::Sender::new(None),
            running: watch::Sender::new(false),
            web_connection,
            target: Mutex::new(None),
            journal,
            tap,
            common,
        }
    }

    pub(super) fn unit(&self) -> MutexGuard<'_, Unit> {
        lock(&self.unit)
    }

    /// Learns the full JID of the web connection's target from what it sends.
    pub(super) fn met(&self, from: &Jid) {
        let is_target = self.web_connection.as_ref().is_some_and(|web| web.to.to_bare() == from.to_bare());
        if let (true, Ok(full)) = (is_target, from.try_as_full()) {
            *lock(&self.target) = Some(full.clone());
        }
    }
}

/// Locks, whatever became of the last holder: state here is valid after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
