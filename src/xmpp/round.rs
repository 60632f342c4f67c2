//! One attempt to be online: address by address, each in its turn among the clients of the process.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::sync::watch;
use tokio::time::sleep;
use url::{Host, Url};

use super::bosh::{End, Identity, Settings};
use super::common::Common;
use super::network::Network;
use super::redirect;
use super::running::Running;
use super::sasl::{Credentials, Plain};
use super::status::{State, Status};
use super::task::{Rest, Task};

/// A log-in that has not moved for so long hangs: then it is of interest whether the server is there.
const HANGS: Duration = Duration::from_secs(1);
/// Time that a server which is back gets to answer what it was asked before.
const GRACE: Duration = Duration::from_millis(200);
/// While all addresses are known to be down no log-in is tried, but for one in so long: a probe may
/// be mistaken, for example by a proxy that takes POST and refuses GET.
const DISBELIEF: Duration = Duration::from_secs(120);

/// How log-ins of one client are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) credentials: &'a Arc<Credentials>,
    /// How long a step may take.
    pub(crate) step_limit: Duration,
}

impl Task {
    /// Tries the addresses in order, the next one only if nothing answers at the one before; `first`
    /// goes before all others, since it is known to have come back.
    pub(crate) async fn round<N: Network>(
        &mut self,
        network: &N,
        manner: Manner<'_>,
        first: Option<Url>,
    ) -> End {
        let mut addresses = self.account.addresses.clone();
        addresses.sort_by_key(|address| first.as_ref().is_some_and(|first| address != first));
        let mut end = End::Unreachable("no address is given".into());
        for address in addresses {
            end = self.attempt(network, manner, address).await;
            if !end.is_unreachable() {
                break;
            }
        }
        end
    }

    /// Follows the server to where it sends us, as far as policy allows.
    async fn attempt<N: Network>(&mut self, network: &N, manner: Manner<'_>, mut address: Url) -> End {
        let common = Arc::clone(&self.options.common);
        for _ in 0..=redirect::MOST_HOPS {
            let end = self.session(network, manner, &address).await;
            let End::SeeOther(uri) = &end else { return end };
            match redirect::follow(&address, uri, &self.account.addresses, &common.redirect_hosts) {
                Ok(next) => address = next,
                Err(why) => return self.ended(&address, End::Login(why)),
            }
        }
        let end = End::Login(format!("the server sent us on more than {} times", redirect::MOST_HOPS));
        self.ended(&address, end)
    }

    /// One session, begun anew if the server was away while its log-in was under way.
    async fn session<N: Network>(&mut self, network: &N, manner: Manner<'_>, address: &Url) -> End {
        let common = Arc::clone(&self.options.common);
        loop {
            self.status.send_modify(|status| status.begin(address));
            match self.meanwhile(common.places.take(address)).await {
                Some(place) => self.place = Some(place),
                None => return End::Closed,
            }
            let settings = Settings {
                carried: self.carried.take(),
                drowned: self.drowned,
                ..Settings::new(self.identity(manner, address), &self.options, manner.step_limit)
            };
            let status = self.status.subscribe();
            let ca = self.account.ca_pem.clone();
            let ended = tokio::select! {
                end = Running::new(self, settings, network.open(address)).run() => Some(end),
                () = returned_while_it_hung(&common, network, address, ca, status) => None,
            };
            self.place = None;
            match ended {
                Some(end) => return self.ended(address, end),
                // What it was to resume is handed back as it is dropped.
                None => tracing::info!(jid = %self.account.jid, %address, "log-in begun anew"),
            }
        }
    }

    /// In this order: who learns that a call is lost finds the session not online.
    fn ended(&mut self, address: &Url, end: End) -> End {
        self.drowned += u32::from(end.is_drowning());
        self.status.send_modify(|status| status.explain(&end, self.carried.is_some()));
        if self.carried.is_none() {
            self.lose_calls();
        }
        if end != End::Closed {
            tracing::warn!(jid = %self.account.jid, %address, reason = %end, "session ended");
        }
        end
    }

    fn identity(&self, manner: Manner<'_>, address: &Url) -> Identity {
        Identity {
            jid: self.account.jid.clone(),
            resource: self.account.resource.clone(),
            credentials: Arc::clone(manner.credentials),
            plain: match may_use_plain(address, self.account.plain_on_loopback) {
                false => Plain::Never,
                true if self.options.plain_first => Plain::First,
                true => Plain::Last,
            },
        }
    }

    /// Waits until one of the addresses comes back, or for the time of `pause`.
    pub(crate) async fn until_back<N: Network>(&mut self, network: &N, pause: Duration) -> Rest {
        let (common, addresses) = (Arc::clone(&self.options.common), self.account.addresses.clone());
        let ca = self.account.ca_pem.as_deref();
        let all: Vec<_> = addresses.iter().map(|a| (a, common.probes.wait_for(a, ca))).collect();
        if all.is_empty() {
            return self.pause(pause).await;
        }
        let mut back = select_all(all.iter().map(|(address, waiting)| {
            Box::pin(async move {
                waiting.returned(|| network.ask(address)).await;
                Rest::Back((*address).clone())
            })
        }));
        let rest = self.meanwhile(back_within(&mut back, pause)).await.unwrap_or(Rest::Stop);
        if !matches!(rest, Rest::Over) || !all.iter().all(|(_, waiting)| waiting.is_down()) {
            return rest;
        }
        // It may take long: callers are told so.
        self.status.send_modify(Status::away);
        let disbelief = DISBELIEF.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        self.meanwhile(back_within(&mut back, disbelief)).await.unwrap_or(Rest::Stop)
    }
}

async fn back_within<R>(back: impl Future<Output = (Rest, usize, R)>, limit: Duration) -> Rest {
    tokio::select! {
        (rest, ..) = back => rest,
        () = sleep(limit) => Rest::Over,
    }
}

/// Waits until a log-in hangs and its server turns out to have been away and to be back: then what
/// it was asked is lost. A server that is only slow is left to its work.
async fn returned_while_it_hung<N: Network>(
    common: &Common,
    network: &N,
    address: &Url,
    ca: Option<String>,
    status: watch::Receiver<Status>,
) {
    let step = || {
        let status = status.borrow();
        (matches!(status.state, State::Connecting), status.rid)
    };
    loop {
        let before = step();
        if !before.0 {
            return std::future::pending().await;
        }
        sleep(HANGS).await;
        if step() != before {
            continue;
        }
        let waiting = common.probes.wait_for(address, ca.as_deref());
        let moved = async {
            while step() == before {
                sleep(GRACE).await;
            }
        };
        let returned = async {
            waiting.returned(|| network.ask(address)).await;
            sleep(GRACE).await;
        };
        tokio::select! {
            () = moved => {}
            () = returned => if step() == before { return },
        }
    }
}

/// PLAIN shows the password to whoever listens: only TLS, or a network that nobody is on, hides it.
pub(crate) fn may_use_plain(address: &Url, on_loopback: bool) -> bool {
    let loopback = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    address.scheme() == "https" || (on_loopback && loopback)
}
