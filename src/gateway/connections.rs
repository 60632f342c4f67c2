//! Identity -> running session. Everything that reaches a session goes through here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::unsettled::Unsettled;
use super::{GatewayError, Thing};
use crate::domain::{Identity, IdentityId, SessionState, SessionStatus, SessionTrouble};
use crate::smartserver;
use crate::xmpp::{Account, Client, Common, Earlier, Inbound, OfflineReason, Options, Server, State, Status};

/// Settings that all sessions share.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// How long the server may hold an empty request.
    pub wait: std::time::Duration,
    /// Most stanzas in one body.
    pub max_stanzas: usize,
    /// Whether a lost session's stream is resumed on the next.
    pub resume: bool,
    /// Largest body in bytes.
    pub max_body_bytes: usize,
    /// Whether SmartServers are asked for their presence.
    pub subscribe_presence: bool,
    /// Most log-ins under way at one server.
    pub logins_at_once: usize,
    /// Hosts that a server may send a session to.
    pub redirect_hosts: Vec<String>,
}

/// An identity and its client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) identity: Identity,
    pub(super) client: Client,
    pub(super) unsettled: Unsettled,
}

/// All running sessions.
#[derive(Debug)]
pub(super) struct Connections {
    settings: SessionSettings,
    common: Arc<Common>,
    running: RwLock<HashMap<IdentityId, Arc<Connection>>>,
    /// Held while an identity is changed, that no two sessions of one come to be.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl Connections {
    pub(super) fn new(settings: SessionSettings) -> Self {
        let common = Common::new(settings.logins_at_once, settings.redirect_hosts.clone());
        Connections { settings, common, running: RwLock::default(), changing: tokio::sync::Mutex::default() }
    }

    /// Starts an identity's session, going on with what an earlier run left, if that is given; the
    /// figures of the session before it in this run go on. What comes in unasked comes out of the
    /// receiver.
    pub(super) fn start(&self, identity: Identity, earlier: Option<Earlier>) -> mpsc::Receiver<Inbound> {
        let follows = self.get(identity.id).ok().map(|before| before.client.status().borrow().clone());
        let options = Options { follows, ..self.options() };
        let (client, inbound) = Client::resume(account(&identity), options, earlier);
        let connection = Arc::new(Connection { identity, client, unsettled: Unsettled::default() });
        let id = connection.identity.id;
        self.running.write().unwrap_or_else(PoisonError::into_inner).insert(id, connection);
        inbound
    }

    /// What all sessions share.
    pub(super) fn common(&self) -> &Common {
        &self.common
    }

    /// Takes an identity out; the caller stops its client.
    pub(super) fn take(&self, id: IdentityId) -> Option<Arc<Connection>> {
        self.running.write().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }

    pub(super) fn get(&self, id: IdentityId) -> Result<Arc<Connection>, GatewayError> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(&id).cloned().ok_or(GatewayError::Unknown { what: Thing::Identity })
    }

    /// All of them, oldest identity first.
    pub(super) fn all(&self) -> Vec<Arc<Connection>> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = running.values().cloned().collect();
        all.sort_by_key(|connection| connection.identity.id);
        all
    }

    /// The identity's client once it is online. Waits for a log-in that is under way; does not wait
    /// for a server that is away.
    ///
    /// # Errors
    /// `Session` with the cause when it is not online, or not within `deadline`.
    pub(super) async fn online(&self, id: IdentityId, deadline: Instant) -> Result<Client, GatewayError> {
        self.wait_online(id, deadline, |state| matches!(state, State::Connecting)).await
    }

    /// The same, but waits for a server that is away too, as long as it may come back.
    pub(super) async fn back_online(
        &self,
        id: IdentityId,
        deadline: Instant,
    ) -> Result<Client, GatewayError> {
        self.wait_online(id, deadline, |state| matches!(state, State::Connecting | State::Offline)).await
    }

    async fn wait_online(
        &self,
        id: IdentityId,
        deadline: Instant,
        worth_waiting: impl Fn(&State) -> bool,
    ) -> Result<Client, GatewayError> {
        let connection = self.get(id)?;
        let mut status = connection.client.status();
        loop {
            let why_not = {
                let now = status.borrow_and_update();
                match &now.state {
                    State::Online(_) => return Ok(connection.client.clone()),
                    state if worth_waiting(state) => trouble(&now),
                    _ => return Err(trouble(&now)),
                }
            };
            match timeout_at(deadline, status.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_stopped)) => return Err(GatewayError::Stopping),
                Err(_late) => return Err(why_not),
            }
        }
    }

    /// Whether the identity's session is online.
    pub(super) fn is_online(&self, id: IdentityId) -> bool {
        self.get(id)
            .is_ok_and(|connection| matches!(connection.client.status().borrow().state, State::Online(_)))
    }

    /// Identities whose session is online.
    pub(super) fn online_identities(&self) -> HashSet<IdentityId> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        let is_online = |one: &Connection| matches!(one.client.status().borrow().state, State::Online(_));
        running.iter().filter(|(_, connection)| is_online(connection)).map(|(id, _)| *id).collect()
    }

    /// Since when the identity's session is online; `None` if it is not.
    pub(super) fn online_since(&self, id: IdentityId) -> Option<Timestamp> {
        let connection = self.get(id).ok()?;
        let status = connection.client.status();
        let status = status.borrow();
        matches!(status.state, State::Online(_)).then_some(status.since)
    }

    /// Waits until the identity's session is not online.
    pub(super) async fn lost(&self, id: IdentityId) {
        let Ok(connection) = self.get(id) else { return };
        // An error: it is stopped, which is not online either.
        let _ = connection.client.status().wait_for(|now| !matches!(now.state, State::Online(_))).await;
    }

    /// Why the identity's session is not online; `None` if it is.
    pub(super) fn trouble(&self, id: IdentityId) -> Option<String> {
        match self.get(id) {
            Ok(connection) => describe(&connection.client.status().borrow()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn options(&self) -> Options {
        Options {
            wait: self.settings.wait,
            max_stanzas: self.settings.max_stanzas,
            max_body_bytes: self.settings.max_body_bytes,
            answered_namespaces: smartserver::soap_namespaces(),
            disco_identity: smartserver::DISCO_IDENTITY,
            disco_features: smartserver::DISCO_FEATURES.to_vec(),
            resumes_streams: self.settings.resume,
            records_streams: self.settings.resume,
            plain_first: false,
            common: Arc::clone(&self.common),
            follows: None,
        }
    }
}

fn account(identity: &Identity) -> Account {
    Account {
        jid: identity.jid.clone(),
        resource: identity.resource.clone(),
        password: identity.password.clone(),
        addresses: identity.bosh_urls.clone(),
        plain_on_loopback: identity.plain_on_loopback,
        ca_pem: identity.ca_pem.clone(),
    }
}

fn describe(status: &Status) -> Option<String> {
    let reason = status.reason.clone();
    match status.state {
        State::Online(_) => None,
        State::Connecting => Some(reason.unwrap_or_else(|| "logging in".into())),
        _ => Some(reason.unwrap_or_else(|| "offline".into())),
    }
}

fn trouble(status: &Status) -> GatewayError {
    let cause = match (&status.state, status.offline) {
        (State::Refused, _) | (_, Some(OfflineReason::Refused)) => SessionTrouble::Refused,
        (_, Some(OfflineReason::DomainUnknown)) => SessionTrouble::DomainUnknown,
        (_, Some(OfflineReason::ServerUnreachable)) => SessionTrouble::ServerUnreachable,
        _ => SessionTrouble::Offline,
    };
    GatewayError::Session { cause, reason: describe(status).unwrap_or_default() }
}

/// The session as people ask for it.
pub(super) fn session_status(client: &Client) -> SessionStatus {
    let status = client.status().borrow().clone();
    let online = matches!(status.state, State::Online(_));
    SessionStatus {
        state: session_state(&status.state),
        since: status.since,
        reason: describe(&status),
        trouble: (!online).then(|| trouble(&status)).and_then(|error| match error {
            GatewayError::Session { cause, .. } => Some(cause),
            _ => None,
        }),
        jid: match &status.state {
            State::Online(jid) => Some(jid.to_string()),
            _ => None,
        },
        address: status.address.map(|url| url.to_string()),
        server: status.server.map(server_name),
        wait_s: status.wait.map(|wait| wait.as_secs()),
        hold: status.hold,
        requests: status.requests,
        inactivity_s: status.inactivity.map(|inactivity| inactivity.as_secs()),
        mechanism: status.mechanism.map(ToOwned::to_owned),
        rid: status.rid,
        requests_out: status.requests_out,
        queued: status.queued,
        pending: status.pending,
        bodies: status.bodies,
        stanzas_sent: status.stanzas_sent,
        stanzas_received: status.stanzas_received,
        logins: status.logins,
    }
}

/// The state in our words.
pub(super) fn session_state(state: &State) -> SessionState {
    match state {
        State::Online(_) => SessionState::Online,
        State::Connecting => SessionState::Connecting,
        State::Offline | State::Stopped => SessionState::Offline,
        State::Refused => SessionState::Refused,
    }
}

fn server_name(server: Server) -> &'static str {
    match server {
        Server::Ejabberd => "ejabberd",
        Server::Prosody => "prosody",
        Server::Other => "other",
    }
}

/// Now, to the millisecond, as the API and the database keep time.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::UNIX_EPOCH)
}
