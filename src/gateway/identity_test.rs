//! Trying an identity out before it is registered.

use tokio::sync::Semaphore;

use super::identities::NewIdentity;
use super::{Gateway, GatewayError};
use crate::domain::{Identity, IdentityId};
use crate::xmpp::{Account, TestOutcome, TestStep, Tested, test_account};

/// Tests at once.
const AT_ONCE: usize = 4;

/// Places for tests.
#[derive(Debug)]
pub(super) struct Places(Semaphore);

impl Default for Places {
    fn default() -> Self {
        Places(Semaphore::new(AT_ONCE))
    }
}

/// The registered identity whose password and CA a test is to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSecret(pub IdentityId);

/// How a test went.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityReport {
    /// Whether the account can log in.
    pub ok: bool,
    /// Steps of each address, then the log-in.
    pub steps: Vec<Tested>,
}

impl Gateway {
    /// Tries an identity out: each address, and the log-in over the first that stands. Nothing is stored, and a
    /// running session of the account is left alone.
    ///
    /// # Errors
    /// `Invalid` as registering would, and when a stored secret would go where it did not go before; `Unknown`
    /// for the identity whose secret it is; `TooManyTests`.
    pub async fn test_identity(
        &self,
        new: NewIdentity,
        stored: Option<StoredSecret>,
    ) -> Result<IdentityReport, GatewayError> {
        new.check()?;
        let new = match stored {
            Some(StoredSecret(id)) => with_secret_of(&self.identity(id)?.0, new)?,
            None => new,
        };
        let too_many = |_| GatewayError::TooManyTests { limit: AT_ONCE };
        let _place = self.0.identity_tests.0.try_acquire().map_err(too_many)?;
        let NewIdentity { jid, resource, bosh_urls, password, plain_on_loopback, ca_pem } = new;
        let account = Account { jid, resource, password, addresses: bosh_urls, plain_on_loopback, ca_pem };
        let steps = test_account(&account, &self.0.connections.common().redirect_hosts).await;
        let ok = steps.iter().any(|it| it.step == TestStep::Login && it.outcome == TestOutcome::Ok);
        tracing::info!(identity = %account.jid, ok, "identity tested");
        Ok(IdentityReport { ok, steps })
    }
}

/// A stored password is tried only with the account, the addresses and the CA that it is stored with, and shown to
/// no server that it may not be shown to.
fn with_secret_of(stored: &Identity, new: NewIdentity) -> Result<NewIdentity, GatewayError> {
    let invalid = |field, message: &str| Err(GatewayError::Invalid { field, message: message.into() });
    if new.jid != stored.jid {
        return invalid("jid", "a stored password is tried with its own account only; give the password");
    }
    if new.bosh_urls != stored.bosh_urls {
        return invalid(
            "bosh_urls",
            "a stored password is tried at the stored addresses only; give the password",
        );
    }
    if new.plain_on_loopback && !stored.plain_on_loopback {
        return invalid(
            "plain_on_loopback",
            "a stored password is not shown where it was not shown before; give the password",
        );
    }
    if new.ca_pem.is_some() && new.ca_pem != stored.ca_pem {
        return invalid("ca_pem", "a stored password is tried with the stored CA only; give the password");
    }
    Ok(NewIdentity { password: stored.password.clone(), ca_pem: stored.ca_pem.clone(), ..new })
}
