use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Condition of an identity's session, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// What an identity's sessions have done since the process started, and lately.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionFigures {
    /// Whether the server can resume the stream if the session is lost now (XEP-0198).
    pub resumable: bool,
    /// BOSH requests that the server answered at once.
    pub request_round_trip: RoundTrip,
    /// Calls to SmartServers, from their posting to their answer.
    pub call_round_trip: RoundTrip,
    /// Bodies posted per second of the last ten.
    pub bodies_per_second: f64,
    /// Stanzas sent per second of the last ten.
    pub stanzas_sent_per_second: f64,
    /// Stanzas received per second of the last ten.
    pub stanzas_received_per_second: f64,
    /// Bodies that carried stanzas, repetitions left out.
    pub batches: u64,
    /// Bodies posted again after a broken connection.
    pub resent: u64,
    /// How long the latest log-in took.
    pub last_login: Option<Duration>,
    /// How often a session that was online ended, by reason.
    pub restarts: BTreeMap<&'static str, u64>,
    /// How often an attempt to log in came to nothing, by reason.
    pub failed_logins: BTreeMap<&'static str, u64>,
    /// Sessions given up since ejabberd had parked a request.
    pub parked: u64,
    /// Sessions that went on with the stream of the one before.
    pub resumed: u64,
    /// Streams that the server would not resume.
    pub lost_streams: u64,
    /// Answers that nobody waited for any more.
    pub late_answers: u64,
    /// Answers from somebody who was not asked.
    pub foreign_answers: u64,
    /// Stanzas that arrived and were beyond what is read.
    pub unreadable: u64,
    /// Stanzas that the server refused to take.
    pub refused_stanzas: u64,
    /// Stanzas that arrived when the gateway had no room for them.
    pub dropped: u64,
    /// The latest changes of state, oldest first.
    pub transitions: Vec<SessionTransition>,
}

/// Round trips of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundTrip {
    /// How many there have been since the process started.
    pub count: u64,
    /// How long they took together.
    pub sum: Duration,
    /// Of the last minute; `None` when there was none.
    pub recent: Option<Percentiles>,
}

/// What 50, 95 and 99 of 100 did not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// How many they were.
    pub samples: u64,
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
}

/// A change of a session's state.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionTransition {
    /// When.
    pub at: Timestamp,
    /// The state that it came to.
    pub state: SessionState,
    /// Why, for people.
    pub reason: Option<String>,
}
