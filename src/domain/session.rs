use jiff::Timestamp;
use serde::Serialize;

/// Condition of an identity's session, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Logged in; stanzas flow.
    Online,
    /// On the way to being logged in.
    Connecting,
    /// Not logged in; tried again after a pause.
    Offline,
    /// The server refused the credentials; not tried again until they change.
    Refused,
}

/// Why a session is not online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionTrouble {
    /// The credentials are refused.
    Refused,
    /// The XMPP server does not serve the domain.
    DomainUnknown,
    /// The XMPP server does not answer.
    ServerUnreachable,
    /// Anything else, logging in among it.
    Offline,
}

/// An identity's session as people ask for it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionStatus {
    /// Condition.
    pub state: SessionState,
    /// Since when.
    pub since: Timestamp,
    /// Why it is not online, for people.
    pub reason: Option<String>,
    /// The same, sorted into kinds.
    pub trouble: Option<SessionTrouble>,
    /// Full JID that the server gave.
    pub jid: Option<String>,
    /// BOSH address in use.
    pub address: Option<String>,
    /// The server told by its creation answer: `ejabberd`, `prosody` or `other`.
    pub server: Option<&'static str>,
    /// `wait` as negotiated, in seconds.
    pub wait_s: Option<u64>,
    /// `hold` as negotiated.
    pub hold: Option<u32>,
    /// `requests` as negotiated.
    pub requests: Option<u32>,
    /// `inactivity` as negotiated, in seconds.
    pub inactivity_s: Option<u64>,
    /// SASL mechanism used.
    pub mechanism: Option<String>,
    /// Request id sent last.
    pub rid: Option<u64>,
    /// Requests that the server has not answered.
    pub requests_out: usize,
    /// Stanzas waiting to be sent.
    pub queued: usize,
    /// Calls waiting for an answer.
    pub pending: usize,
    /// Bodies posted since the process started.
    pub bodies: u64,
    /// Stanzas sent since the process started.
    pub stanzas_sent: u64,
    /// Stanzas received since the process started.
    pub stanzas_received: u64,
    /// Sessions opened since the process started.
    pub logins: u64,
}
