use jid::BareJid;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::IdentityId;

/// An XMPP account that the gateway acts as.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Id.
    pub id: IdentityId,
    /// The account, `user@domain`; unique.
    pub jid: BareJid,
    /// The resource asked for when binding: stable, so that a new session replaces a dead one.
    pub resource: String,
    /// BOSH addresses, tried in this order.
    pub bosh_urls: Vec<Url>,
    /// The account's password.
    pub password: SecretString,
    /// Whether PLAIN may be used without TLS when the BOSH address is on loopback.
    pub plain_on_loopback: bool,
    /// A private CA (PEM) trusted for the BOSH addresses, in place of the platform's.
    pub ca_pem: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
}
