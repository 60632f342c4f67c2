use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::account::{Account, Options};
use super::backoff::{self, Backoff};
use super::bosh::{Carried, End, Identity, Settings, Transport};
use super::error::NotSent;
use super::outgoing::Outgoing;
use super::pending::Pending;
use super::running::Running;
use super::sasl::{Credentials, Plain, SaslError};
use super::stanza::Inbound;
use super::status::{OfflineReason, State, Status};
use super::stream::Resumable;

/// A session that lasted so long may be followed by its successor at once.
const RESUMED_FOR: Duration = Duration::from_secs(1);

/// A stanza to be sent.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) stanza: Outgoing,
    /// For whoever waits for no answer: whether it was queued.
    pub(crate) accepted: Option<oneshot::Sender<Result<(), NotSent>>>,
}

/// The one task of a client: a new session for each attempt, pauses in between.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) account: Account,
    pub(crate) options: Options,
    pub(crate) pending: Arc<Pending>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) owner: mpsc::Sender<Inbound>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) stop: CancellationToken,
    /// What the session before left to be resumed.
    pub(crate) carried: Option<Carried>,
    /// The stream as it can be resumed, for whoever records it.
    pub(crate) resumable: watch::Sender<Option<Resumable>>,
    /// The stream as it is recorded.
    pub(crate) recorded: watch::Receiver<Option<Resumable>>,
}

impl Task {
    /// Runs until it is stopped or no handle is left.
    pub(crate) async fn run<T: Transport>(mut self, open: impl Fn(&Url) -> T + Send) {
        match self.credentials() {
            Ok(credentials) => self.stay_online(&credentials, open).await,
            Err(error) => self.refused(error.to_string()).await,
        }
        self.lose_calls();
        self.status.send_modify(|status| status.enter(State::Stopped));
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            self.decline(command, NotSent::Offline);
        }
    }

    fn credentials(&self) -> Result<Arc<Credentials>, SaslError> {
        let user = self.account.jid.node().map_or("", |node| node.as_str());
        Credentials::new(user, &self.account.password).map(Arc::new)
    }

    async fn stay_online<T: Transport>(
        &mut self,
        credentials: &Arc<Credentials>,
        open: impl Fn(&Url) -> T + Send,
    ) {
        let mut backoff = Backoff::default();
        loop {
            let began = Instant::now();
            let end = self.round(credentials, &open).await;
            if began.elapsed() >= backoff::SOUND && !matches!(end, End::Unreachable(_)) {
                backoff.reset();
            }
            let pause = match end {
                End::Closed => return,
                End::Refused(_) => return self.refused(end.to_string()).await,
                // What was in the way is gone with the session, and callers wait.
                _ if self.is_resuming() && began.elapsed() >= RESUMED_FOR => Duration::ZERO,
                end if end.is_conflict() => backoff.conflict(rand::random()),
                _ => backoff.next(rand::random()),
            };
            self.status.send_if_modified(Status::rest);
            if !self.rest(Some(Instant::now() + pause)).await {
                return;
            }
        }
    }

    /// Tries the addresses in order, the next one only if nothing answers at the one before.
    async fn round<T: Transport>(
        &mut self,
        credentials: &Arc<Credentials>,
        open: &(impl Fn(&Url) -> T + Send),
    ) -> End {
        let mut end = End::Unreachable("no address is given".into());
        for address in self.account.addresses.clone() {
            let identity = Identity {
                jid: self.account.jid.clone(),
                resource: self.account.resource.clone(),
                credentials: Arc::clone(credentials),
                plain: match may_use_plain(&address, self.account.plain_on_loopback) {
                    false => Plain::Never,
                    true if self.options.plain_first => Plain::First,
                    true => Plain::Last,
                },
            };
            let settings =
                Settings { carried: self.carried.take(), ..Settings::new(identity, &self.options) };
            self.status.send_modify(|status| status.begin(&address));
            (end, self.carried) = Running::new(self, settings, open(&address)).run().await;
            // In this order: who learns that a call is lost finds the session not online.
            self.status.send_modify(|status| status.explain(&end, self.carried.is_some()));
            if self.carried.is_none() {
                self.lose_calls();
            }
            match &end {
                End::Closed => {}
                end => tracing::warn!(jid = %self.account.jid, %address, reason = %end, "session ended"),
            }
            if !matches!(end, End::Unreachable(_)) {
                break;
            }
        }
        end
    }

    /// No session will bring what the waiting calls wait for.
    fn lose_calls(&mut self) {
        self.carried = None;
        self.resumable.send_replace(None);
        self.pending.session_lost();
    }

    /// Whether the stream is about to be resumed: then nobody is turned away.
    pub(crate) fn is_resuming(&self) -> bool {
        self.status.borrow().resuming
    }

    /// Waits to be stopped, since the credentials will not do.
    async fn refused(&mut self, reason: String) {
        self.status.send_modify(|status| {
            status.enter(State::Refused);
            status.offline = Some(OfflineReason::Refused);
            status.reason = Some(reason);
        });
        self.rest(None).await;
    }

    /// Waits without a session; `false` when it is time to end.
    async fn rest(&mut self, until: Option<Instant>) -> bool {
        loop {
            let pause = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = pause => return true,
                () = self.stop.cancelled() => return false,
                command = self.commands.recv(), if !self.is_resuming() => match command {
                    Some(command) => self.decline(command, NotSent::Offline),
                    None => return false,
                },
            }
        }
    }

    /// Tells whoever handed a stanza over that it is not sent.
    pub(crate) fn decline(&self, command: Command, reason: NotSent) {
        if let Some(call) = command.stanza.call {
            self.pending.fail(call, reason.clone().into());
        }
        if let Some(accepted) = command.accepted {
            let _ = accepted.send(Err(reason));
        }
    }
}

/// PLAIN shows the password to whoever listens: only TLS, or a network that nobody is on, hides it.
fn may_use_plain(address: &Url, on_loopback: bool) -> bool {
    let loopback = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    address.scheme() == "https" || (on_loopback && loopback)
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
