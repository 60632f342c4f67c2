use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::domain::{Identity, SessionState, SessionStatus};
use crate::gateway::NewIdentity;
use crate::http::problem::{HttpError, session_code};

/// An XMPP account that the gateway acts as. Its password is never shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityView {
    id: Uuid,
    #[schema(example = "noc@xmpp.example")]
    jid: String,
    #[schema(example = "nocgate")]
    resource: String,
    #[schema(example = json!(["https://xmpp.example:5443/http-bind"]))]
    bosh_urls: Vec<String>,
    plain_on_loopback: bool,
    /// Whether a private CA is set.
    has_ca: bool,
    created_at: String,
    /// Its session.
    session: SessionView,
}

/// A page of identities.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityPage {
    pub(crate) items: Vec<IdentityView>,
    pub(crate) next_cursor: Option<String>,
}

/// An identity's session.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    state: SessionStateView,
    /// Since when it is in this state.
    since: String,
    /// Why it is not online, in words.
    reason: Option<String>,
    /// The same as a code: `identity_refused`, `xmpp_domain_unknown`, `xmpp_server_unreachable`,
    /// `identity_offline`.
    code: Option<&'static str>,
    /// Full JID given by the server.
    jid: Option<String>,
    /// BOSH address in use.
    address: Option<String>,
    /// `ejabberd`, `prosody` or `other`.
    server: Option<&'static str>,
    /// Negotiated `wait` in seconds.
    wait_s: Option<u64>,
    /// Negotiated `hold`.
    hold: Option<u32>,
    /// Negotiated `requests`.
    requests: Option<u32>,
    /// Negotiated `inactivity` in seconds.
    inactivity_s: Option<u64>,
    /// SASL mechanism.
    mechanism: Option<String>,
    /// Request id sent last.
    rid: Option<u64>,
    /// Requests without answer.
    requests_out: usize,
    /// Stanzas waiting to be sent.
    queued: usize,
    /// Calls waiting for an answer.
    pending: usize,
    /// Bodies posted.
    bodies: u64,
    stanzas_sent: u64,
    stanzas_received: u64,
    /// Sessions opened.
    logins: u64,
}

/// State of a session.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionState)]
pub(crate) enum SessionStateView {
    Online,
    Connecting,
    Offline,
    Refused,
}

super::reading::same_words!(SessionState, SessionStateView: Online, Connecting, Offline, Refused);

/// An identity to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewIdentity)]
pub(crate) struct NewIdentityView {
    /// The account, `user@domain`.
    #[schema(example = "noc@xmpp.example")]
    pub(super) jid: String,
    /// Resource to bind.
    #[serde(default = "default_resource")]
    #[schema(default = "nocgate", max_length = 200)]
    pub(super) resource: String,
    /// BOSH addresses, tried in this order.
    #[schema(example = json!(["https://xmpp.example:5443/http-bind"]), min_items = 1, max_items = 16)]
    pub(super) bosh_urls: Vec<String>,
    /// Password of the account; kept encrypted, never shown.
    #[schema(value_type = String, format = Password, example = "secret", max_length = 1000)]
    pub(super) password: SecretText,
    /// Whether PLAIN may be used without TLS when the address is on loopback.
    #[serde(default)]
    pub(super) plain_on_loopback: bool,
    /// A private CA in PEM form, trusted in place of the platform's.
    #[serde(default)]
    #[schema(max_length = 100000)]
    pub(super) ca_pem: Option<String>,
}

/// Text that never shows in `Debug`.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretText(String);

pub(super) fn default_resource() -> String {
    "nocgate".into()
}

impl TryFrom<NewIdentityView> for NewIdentity {
    type Error = HttpError;

    fn try_from(view: NewIdentityView) -> Result<Self, HttpError> {
        let shape =
            |field: &str, error: &dyn std::fmt::Display| HttpError::Shape(format!("{field}: {error}"));
        let urls: Result<Vec<Url>, _> = view.bosh_urls.iter().map(|url| url.parse()).collect();
        Ok(NewIdentity {
            jid: view.jid.parse().map_err(|e| shape("jid", &e))?,
            resource: view.resource,
            bosh_urls: urls.map_err(|e| shape("bosh_urls", &e))?,
            password: SecretString::from(view.password.0),
            plain_on_loopback: view.plain_on_loopback,
            ca_pem: view.ca_pem,
        })
    }
}

impl IdentityView {
    pub(crate) fn new((identity, session): (Identity, SessionStatus)) -> Self {
        IdentityView {
            id: identity.id.0,
            jid: identity.jid.to_string(),
            resource: identity.resource,
            bosh_urls: identity.bosh_urls.iter().map(Url::to_string).collect(),
            plain_on_loopback: identity.plain_on_loopback,
            has_ca: identity.ca_pem.is_some(),
            created_at: time(identity.created_at),
            session: session_view(session),
        }
    }
}

/// A session as callers see it.
pub(crate) fn session_view(status: SessionStatus) -> SessionView {
    SessionView {
        state: status.state.into(),
        since: time(status.since),
        reason: status.reason,
        code: status.trouble.map(session_code),
        jid: status.jid,
        address: status.address,
        server: status.server,
        wait_s: status.wait_s,
        hold: status.hold,
        requests: status.requests,
        inactivity_s: status.inactivity_s,
        mechanism: status.mechanism,
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
