//! Trying an account out, step by step, beside any session that it has: by the same dialer, BOSH session and SASL
//! as a client's, so that what goes well here goes well there.

mod address;
mod log_in;
mod words;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::timeout;
use url::Url;

use self::address::Standing;
use super::account::Account;
use super::bosh::Dialer;

/// How long a step may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const ANSWER_BYTES: usize = 1 << 20;

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

/// Tries an account out: name, TLS and BOSH of all its addresses at once, then the log-in over the first that
/// stands. Each step takes 10 s at most, logging out 3 s. The log-in binds a resource of its own, sends no presence,
/// and logs out. `redirect_hosts` are those that a server may send us to.
pub async fn test_account(account: &Account, redirect_hosts: &[String]) -> Vec<Tested> {
    let dialer = Dialer::new(account.ca_pem.clone());
    let tried = account.addresses.iter().map(|url| address::test(account, url, &dialer, redirect_hosts));
    let mut steps = Vec::new();
    let mut first = None;
    for (tested, standing) in join_all(tried).await {
        steps.extend(tested);
        first = first.or(standing);
    }
    steps.push(match first {
        Some(Standing { url, at, greeting }) => log_in::test(account, url, at, &greeting, dialer).await,
        None => Tested {
            step: TestStep::Login,
            url: None,
            outcome: TestOutcome::Skipped,
            detail: "No address stands over which to log in.".to_owned(),
            took: Duration::ZERO,
        },
    });
    steps
}

impl Tested {
    fn skipped(step: TestStep, url: &Url, why: &str) -> Tested {
        let outcome = TestOutcome::Skipped;
        Tested { step, url: Some(url.clone()), outcome, detail: why.to_owned(), took: Duration::ZERO }
    }
}

/// Tries a step: what it found with a sentence on that, or what is wrong.
async fn tried<T>(
    step: TestStep,
    url: &Url,
    try_it: impl Future<Output = Result<(T, String), String>>,
) -> (Tested, Option<T>) {
    let begun = Instant::now();
    let result = timeout(LIMIT, try_it).await.unwrap_or_else(|_late| Err(words::late(step, url)));
    let (found, outcome, detail) = match result {
        Ok((found, detail)) => (Some(found), TestOutcome::Ok, detail),
        Err(detail) => (None, TestOutcome::Failed, detail),
    };
    (Tested { step, url: Some(url.clone()), outcome, detail, took: begun.elapsed() }, found)
}

#[cfg(test)]
mod tests;
