//! Identities and their sessions.

use jid::BareJid;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::connections::{now, session_status};
use super::{Gateway, GatewayError};
use crate::domain::{Identity, IdentityId, SessionStatus};
use crate::xmpp::check_ca;

/// Most BOSH addresses of one identity.
const ADDRESSES_MAX: usize = 16;
/// Longest password, in characters.
const PASSWORD_MAX: usize = 1_000;
/// Longest private CA, in bytes.
const CA_MAX: usize = 100_000;

/// An identity as it is registered.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// The account.
    pub jid: BareJid,
    /// The resource to bind.
    pub resource: String,
    /// BOSH addresses in the order in which they are tried.
    pub bosh_urls: Vec<Url>,
    /// Password of the account.
    pub password: SecretString,
    /// Whether PLAIN may be used without TLS on loopback.
    pub plain_on_loopback: bool,
    /// A private CA, PEM.
    pub ca_pem: Option<String>,
}

impl NewIdentity {
    pub(super) fn check(&self) -> Result<(), GatewayError> {
        let invalid = |field, message: &str| Err(GatewayError::Invalid { field, message: message.into() });
        if self.jid.node().is_none() {
            return invalid("jid", "an identity needs a user part: user@domain");
        }
        if !(1..=ADDRESSES_MAX).contains(&self.bosh_urls.len()) {
            return invalid("bosh_urls", "1 to 16 BOSH addresses are needed");
        }
        if self.password.expose_secret().chars().count() > PASSWORD_MAX {
            return invalid("password", "at most 1000 characters");
        }
        if self.ca_pem.as_ref().is_some_and(|pem| pem.len() > CA_MAX) {
            return invalid("ca_pem", "at most 100000 bytes");
        }
        for url in &self.bosh_urls {
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                return invalid("bosh_urls", "a BOSH address is an http or https address");
            }
            if !url.username().is_empty() || url.password().is_some() {
                return invalid("bosh_urls", "a BOSH address holds no user or password");
            }
        }
        if let Some(Err(error)) = self.ca_pem.as_deref().map(check_ca) {
            return invalid("ca_pem", &error);
        }
        if self.jid.with_resource_str(&self.resource).is_err() {
            return invalid("resource", "not a valid XMPP resource");
        }
        if self.ca_pem.as_ref().is_some_and(|pem| pem.contains('\0')) {
            return invalid("ca_pem", "it holds the character NUL");
        }
        Ok(())
    }
}

impl Gateway {
    /// Registers an identity and starts its session; does not wait for the log-in.
    ///
    /// # Errors
    /// `Invalid`, or `Conflict` when the account is registered already.
    pub async fn add_identity(&self, new: NewIdentity) -> Result<(Identity, SessionStatus), GatewayError> {
        new.check()?;
        let NewIdentity { jid, resource, bosh_urls, password, plain_on_loopback, ca_pem } = new;
        let identity = Identity {
            id: IdentityId::new(),
            jid,
            resource,
            bosh_urls,
            password,
            plain_on_loopback,
            ca_pem,
            created_at: now(),
        };
        self.0.store.identities().insert(&identity).await?;
        tracing::info!(identity = %identity.jid, "identity registered");
        self.connect(identity.clone(), None);
        self.identity(identity.id)
    }

    /// An identity with its session.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn identity(&self, id: IdentityId) -> Result<(Identity, SessionStatus), GatewayError> {
        let connection = self.0.connections.get(id)?;
        Ok((connection.identity.clone(), session_status(&connection.client)))
    }

    /// All identities with their sessions, oldest first.
    pub fn identities(&self) -> Vec<(Identity, SessionStatus)> {
        let all = self.0.connections.all();
        all.iter().map(|c| (c.identity.clone(), session_status(&c.client))).collect()
    }

    /// Replaces what is registered of an identity and starts its session anew.
    ///
    /// # Errors
    /// `Unknown`, `Invalid`, `Conflict`.
    pub async fn change_identity(
        &self,
        id: IdentityId,
        new: NewIdentity,
    ) -> Result<(Identity, SessionStatus), GatewayError> {
        new.check()?;
        let _only = self.0.connections.changing.lock().await;
        let old = self.0.connections.get(id)?;
        let NewIdentity { jid, resource, bosh_urls, password, plain_on_loopback, ca_pem } = new;
        let created_at = old.identity.created_at;
        let identity =
            Identity { id, jid, resource, bosh_urls, password, plain_on_loopback, ca_pem, created_at };
        self.0.store.identities().update(&identity).await?;
        self.restart(identity).await;
        self.identity(id)
    }

    /// Ends an identity's session and starts a new one at once.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn reconnect(&self, id: IdentityId) -> Result<(Identity, SessionStatus), GatewayError> {
        let _only = self.0.connections.changing.lock().await;
        let identity = self.0.connections.get(id)?.identity.clone();
        self.restart(identity).await;
        self.identity(id)
    }

    /// Removes an identity that no SmartServer needs, and ends its session.
    ///
    /// # Errors
    /// `Unknown`; `Conflict` while SmartServers refer to it.
    pub async fn remove_identity(&self, id: IdentityId) -> Result<(), GatewayError> {
        let _only = self.0.connections.changing.lock().await;
        self.0.connections.get(id)?;
        self.0.store.identities().delete(id).await?;
        self.0.ramps.forget(id);
        self.forget_pubsub(|subscription| subscription.identity_id == id);
        if let Some(connection) = self.0.connections.take(id) {
            connection.client.stop().await;
        }
        Ok(())
    }

    /// The old session is ended before the new one begins: both would claim the same resource.
    async fn restart(&self, identity: Identity) {
        if let Ok(old) = self.0.connections.get(identity.id) {
            old.client.stop().await;
        }
        self.connect(identity, None);
    }
}
