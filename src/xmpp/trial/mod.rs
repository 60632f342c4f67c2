//! Trying an account out, step by step, beside any session that it has.

use std::time::Duration;

use url::Url;

use super::account::Account;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestStep {
    /// The addresses of the host's name.
    Name,
    /// The TLS handshake and the server's certificate.
    Tls,
    /// A BOSH session.
    Bosh,
    /// The log-in of the account.
    Login,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    /// Well.
    Ok,
    /// Not well.
    Failed,
    /// There was nothing to try, or a step before it failed.
    Skipped,
}

/// A step and how it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// What was tried.
    pub step: TestStep,
    /// At which address; `None` where no address was left to try.
    pub url: Option<Url>,
    /// How it went.
    pub outcome: TestOutcome,
    /// What was found, or what is wrong and how to mend it.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
}

/// Tries an account out.
pub async fn test_account(account: Account, redirect_hosts: &[String]) -> Vec<Tested> {
    let _ = (account, redirect_hosts);
    Vec::new()
}
