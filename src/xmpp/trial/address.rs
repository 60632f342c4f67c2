use std::net::SocketAddr;

use tokio::net::lookup_host;
use url::{Host, Url};

use super::{ANSWER_BYTES, TestStep, Tested, tried, words};
use crate::xmpp::account::Account;
use crate::xmpp::bosh::{Certificate, Dialer, End, Greeting, NoGreeting, Reached, Target, greet};
use crate::xmpp::redirect;

/// An address over which an account may log in.
pub(super) struct Standing {
    /// As it was given.
    pub(super) url: Url,
    /// Where its server sent us, mostly nowhere else.
    pub(super) at: Url,
    pub(super) greeting: Greeting,
}

const UNTRIED: &str = "Not tried, since a step before it failed.";

/// Tries one address.
pub(super) async fn test(
    account: &Account,
    url: &Url,
    dialer: &Dialer,
    hosts: &[String],
) -> (Vec<Tested>, Option<Standing>) {
    let (name, found) = resolve(url).await;
    if found.is_none() {
        let rest = [TestStep::Tls, TestStep::Bosh].map(|step| Tested::skipped(step, url, UNTRIED));
        return ([vec![name], rest.into()].concat(), None);
    }
    let (tls, reached) = match url.scheme() {
        "https" => handshake(account, url, dialer).await,
        _ => (Tested::skipped(TestStep::Tls, url, words::NO_TLS), None),
    };
    if url.scheme() == "https" && reached.is_none() {
        return (vec![name, tls, Tested::skipped(TestStep::Bosh, url, UNTRIED)], None);
    }
    let open = open(account, url, dialer, hosts, reached);
    let (bosh, standing) = tried(TestStep::Bosh, url, open).await;
    (vec![name, tls, bosh], standing)
}

async fn resolve(url: &Url) -> (Tested, Option<()>) {
    let Some(Host::Domain(name)) = url.host() else {
        return (Tested::skipped(TestStep::Name, url, "The host is given by its address."), Some(()));
    };
    let port = url.port_or_known_default().unwrap_or_default();
    let look_up = async {
        let found: Vec<_> = lookup_host((name, port))
            .await
            .map_err(|error| words::unresolved(name, &error))?
            .map(|address: SocketAddr| address.ip())
            .collect();
        Ok(((), words::resolved(name, &found)))
    };
    tried(TestStep::Name, url, look_up).await
}

async fn handshake(account: &Account, url: &Url, dialer: &Dialer) -> (Tested, Option<Reached>) {
    let handshake = async {
        let own_ca = account.ca_pem.is_some();
        let reached = dialer.reach(url).await.map_err(|error| words::unreached(url, &error, own_ca))?;
        let tls = reached.tls();
        let version = tls.and_then(|tls| tls.protocol_version());
        let certificate = tls.and_then(|tls| Certificate::read(tls.peer_certificates()?.first()?));
        Ok((reached, words::secured(version, certificate.as_ref())))
    };
    tried(TestStep::Tls, url, handshake).await
}

/// Opens a session, also where the server sends us, as far as a client would follow it.
async fn open(
    account: &Account,
    url: &Url,
    dialer: &Dialer,
    hosts: &[String],
    mut reached: Option<Reached>,
) -> Result<(Standing, String), String> {
    let own_ca = account.ca_pem.is_some();
    let domain = account.jid.domain().as_str();
    let mut at = url.clone();
    for _ in 0..=redirect::MOST_HOPS {
        let connection = match reached.take() {
            Some(reached) => Ok(reached),
            None => dialer.reach(&at).await,
        };
        let unreached = |error| words::unreached(&at, &error, own_ca);
        let mut line = connection.map_err(unreached)?.open().await.map_err(unreached)?;
        let target = Target::new(dialer.clone(), at.clone()).at_most(ANSWER_BYTES);
        match greet(&target, &mut line, domain).await {
            Ok(greeting) => {
                let detail = words::greeted(url, &at, &greeting);
                return Ok((Standing { url: url.clone(), at, greeting }, detail));
            }
            Err(NoGreeting::Refused(End::SeeOther(uri))) => {
                at = redirect::follow(&at, &uri, &account.addresses, hosts)
                    .map_err(|why| words::sentence(&why))?;
            }
            Err(error) => return Err(words::not_greeted(&at, domain, &error)),
        }
    }
    Err(format!("The server sent us on more than {} times.", redirect::MOST_HOPS))
}
