use std::time::Duration;

use jid::{BareJid, FullJid, Jid};
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use url::Url;

use super::stanza::{Inbound, IqKind, IqRequest, StanzaError};
use crate::xml::Element;

/// What is needed to log in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub jid: BareJid,
    /// The resource to bind.
    pub resource: String,
    /// Its password.
    pub password: SecretString,
    /// BOSH addresses, tried in this order.
    pub addresses: Vec<Url>,
    /// Whether PLAIN may be used without TLS when the address is on loopback.
    pub plain_on_loopback: bool,
    /// A private CA (PEM), trusted in place of the platform's.
    pub ca_pem: Option<String>,
}

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// `wait` asked for.
    pub wait: Duration,
    /// Most stanzas put into one body.
    pub max_stanzas: usize,
    /// Largest body posted, in bytes: below the server's own limit.
    pub max_body_bytes: usize,
    /// Namespaces of iq payloads that the owner answers; all others are answered
    /// `service-unavailable`.
    pub answered_namespaces: Vec<&'static str>,
    /// `category`, `type` and name told to disco#info.
    pub disco_identity: (&'static str, &'static str, &'static str),
    /// Features told to disco#info beside its own and ping.
    pub disco_features: Vec<&'static str>,
}

/// A running session and whatever brings it back: cheap to clone, one task behind it.
#[derive(Debug, Clone)]
pub struct Client {}

/// Condition of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Logging in.
    Connecting,
    /// Logged in as this JID.
    Online(FullJid),
    /// Not logged in, trying again after a pause.
    Offline,
    /// Credentials refused; not tried again by this client.
    Refused,
    /// Stopped by its owner.
    Stopped,
}

/// Which server the creation answer tells (XEP-0124 `ver`: ejabberd says 1.11, Prosody 1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// ejabberd
    Ejabberd,
    /// Prosody
    Prosody,
    /// anything else
    Other,
}

/// State and counters of a client.
#[derive(Debug, Clone)]
pub struct Status {
    /// Condition.
    pub state: State,
}

/// Why a call did not leave the gateway: it is safe to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The session is not online.
    #[error("the session is not online")]
    Offline,
    /// The outgoing queue is full.
    #[error("too many stanzas are waiting to be sent")]
    QueueFull,
    /// The stanza is larger than a body may be.
    #[error("the stanza has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Size of the stanza.
        size: usize,
        /// Largest body.
        limit: usize,
    },
    /// The session ended before the stanza was posted.
    #[error("the session ended before the stanza was sent")]
    SessionLost,
    /// The deadline passed before the stanza was posted.
    #[error("the deadline passed before the stanza was sent")]
    Deadline,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IqError {
    /// It never left the gateway.
    #[error("{0}")]
    NotSent(NotSent),
    /// It was posted and no answer came within the deadline.
    #[error("no answer within the deadline")]
    Deadline,
    /// It was posted and the session ended before the answer.
    #[error("the session ended before the answer came")]
    SessionLost,
    /// It was answered with an error.
    #[error("answered with {}", .0.condition.0)]
    Stanza(Box<StanzaError>),
}

impl Client {
    /// Starts the task that logs in and stays logged in until [`Client::stop`].
    /// What arrives unasked comes out of the receiver. It is bounded: while it is full, an iq is
    /// answered `resource-constraint`, messages and presence are dropped and counted.
    pub fn start(_account: Account, _options: Options) -> (Client, mpsc::Receiver<Inbound>) {
        unimplemented!("stub")
    }

    /// Sends an iq and waits for its answer: the only child of the result, if there is one.
    /// Dropping the future forgets the call.
    ///
    /// # Errors
    /// [`IqError`]; it says whether the stanza may have reached its addressee.
    pub async fn iq(
        &self,
        _to: &Jid,
        _kind: IqKind,
        _payload: Element,
        _deadline: Instant,
    ) -> Result<Option<Element>, IqError> {
        unimplemented!("stub")
    }

    /// Answers an [`IqRequest`].
    ///
    /// # Errors
    /// [`NotSent`] when the answer could not be queued.
    pub async fn reply(
        &self,
        _to: &IqRequest,
        _answer: Result<Option<Element>, StanzaError>,
    ) -> Result<(), NotSent> {
        unimplemented!("stub")
    }

    /// Sends a chat message.
    ///
    /// # Errors
    /// [`NotSent`] when it could not be queued.
    pub async fn message(&self, _to: &Jid, _body: &str) -> Result<(), NotSent> {
        unimplemented!("stub")
    }

    /// State and counters; changes whenever the state does.
    pub fn status(&self) -> watch::Receiver<Status> {
        unimplemented!("stub")
    }

    /// Drains what is queued, terminates the session and ends the task.
    pub async fn stop(&self) {
        unimplemented!("stub")
    }
}
