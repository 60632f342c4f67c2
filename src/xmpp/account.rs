use std::sync::Arc;
use std::time::Duration;

use jid::BareJid;
use secrecy::SecretString;
use url::Url;

use super::common::Common;
use super::status::Status;

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
    /// Whether streams outlive their sessions (XEP-0198) where the server does that right over BOSH.
    pub resumes_streams: bool,
    /// Whether the owner records the counts of streams, so that they outlive the process
    /// ([`Client::recorded`](super::Client::recorded)); nothing is acknowledged before that.
    pub records_streams: bool,
    /// Whether PLAIN goes before SCRAM where PLAIN may be used at all: SmartServers in the field know
    /// little else, and many of them in one process would spend their start deriving keys.
    pub plain_first: bool,
    /// What it shares with the other clients of the process.
    pub common: Arc<Common>,
    /// Status of the client that was in its place before: counters and figures go on from there.
    pub follows: Option<Status>,
}
