use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::account::{Account, Options};
use super::backoff::Backoff;
use super::bosh::{Carried, Conflict, End};
use super::error::NotSent;
use super::network::Network;
use super::outgoing::Outgoing;
use super::pending::Pending;
use super::places::Place;
use super::round::Manner;
use super::sasl::{Credentials, SaslError};
use super::stanza::{Inbound, Presence};
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

/// The one task of a client: a new session for each attempt (`round`), pauses in between (`rest`).
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) account: Account,
    pub(crate) options: Options,
    pub(crate) pending: Arc<Pending>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) owner: mpsc::Sender<Inbound>,
    /// How often the server has ended a stream for what was not acknowledged.
    pub(crate) drowned: u32,
    /// What the owner has no place for yet.
    pub(crate) presences: VecDeque<Presence>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) stop: CancellationToken,
    /// Held while a log-in is under way.
    pub(crate) place: Option<Place>,
    /// When the latest session came online, if it did.
    pub(crate) online_at: Option<Instant>,
    /// What the session before left to be resumed.
    pub(crate) carried: Option<Carried>,
    /// The stream as it can be resumed, for whoever records it.
    pub(crate) resumable: watch::Sender<Option<Resumable>>,
    /// The stream as it is recorded.
    pub(crate) recorded: watch::Receiver<Option<Resumable>>,
}

impl Task {
    /// Runs until it is stopped or no handle is left.
    pub(crate) async fn run<N: Network>(mut self, network: N) {
        match self.credentials() {
            Ok(credentials) => self.stay_online(&credentials, &network).await,
            Err(error) => self.refused(error.to_string()).await,
        }
        self.lose_calls();
        self.status.send_modify(Status::stopped);
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            self.decline(command, NotSent::Offline);
        }
    }

    fn credentials(&self) -> Result<Arc<Credentials>, SaslError> {
        let user = self.account.jid.node().map_or("", |node| node.as_str());
        Credentials::new(user, &self.account.password).map(Arc::new)
    }

    async fn stay_online<N: Network>(&mut self, credentials: &Arc<Credentials>, network: &N) {
        let mut backoff = Backoff::default();
        let (mut first, mut removed) = (None, false);
        loop {
            let manner = Manner { credentials, step_limit: backoff.step_limit() };
            let end = self.round(network, manner, first.take()).await;
            let online = self.online_at.take().map(|at| at.elapsed());
            match &end {
                End::Closed => return,
                End::Refused(_) => return self.refused(refusal(&end, removed)).await,
                _ => {}
            }
            removed = end.conflict() == Some(Conflict::Removed) || (removed && online.is_none());
            let pause = match self.is_resuming() && online.is_some_and(|lasted| lasted >= RESUMED_FOR) {
                // What was in the way is gone with the session, and callers wait.
                true => backoff.resumed(),
                false => backoff.after(&end, online, rand::random()),
            };
            self.status.send_if_modified(Status::rest);
            if end.conflict() == Some(Conflict::Replaced) {
                self.explain(contention(&end, pause));
            }
            let rested = match end {
                // Away, or gone for a moment: whoever comes back is noticed before the pause is over.
                end if end.is_outage() => self.until_back(network, pause).await,
                _ => self.pause(pause).await,
            };
            match rested {
                Rest::Over => {}
                Rest::Back(address) => {
                    backoff.server_returned();
                    first = Some(address);
                }
                Rest::Stop => return,
            }
        }
    }

    /// The log-in is over.
    pub(crate) fn came_online(&mut self) {
        self.place = None;
        self.online_at = Some(Instant::now());
    }

    fn explain(&self, reason: String) {
        self.status.send_modify(|status| status.reason = Some(reason));
    }

    /// No session will bring what the waiting calls wait for.
    pub(crate) fn lose_calls(&mut self) {
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
            status.enter(State::Refused, Some(&reason));
            status.offline = Some(OfflineReason::Refused);
            status.reason = Some(reason);
        });
        self.meanwhile(std::future::pending::<()>()).await;
    }

    pub(crate) async fn pause(&mut self, pause: Duration) -> Rest {
        self.meanwhile(sleep(pause)).await.map_or(Rest::Stop, |()| Rest::Over)
    }

    /// Waits without a session; `None` when it is time to end.
    pub(crate) async fn meanwhile<F: Future>(&mut self, wait: F) -> Option<F::Output> {
        tokio::pin!(wait);
        loop {
            tokio::select! {
                over = &mut wait => return Some(over),
                () = self.stop.cancelled() => return None,
                command = self.commands.recv(), if !self.is_resuming() => self.decline(command?, NotSent::Offline),
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

/// How a pause ended.
#[derive(Debug)]
pub(crate) enum Rest {
    Over,
    /// This address was down and answers again.
    Back(Url),
    Stop,
}

fn refusal(end: &End, removed: bool) -> String {
    match removed {
        true => format!("the account was removed from the server: {end}"),
        false => end.to_string(),
    }
}

/// What operators read while another client holds the resource.
fn contention(end: &End, pause: Duration) -> String {
    let at = Timestamp::now() + pause;
    let at = at.round(Unit::Second).unwrap_or(at);
    format!("another client uses this account with the same resource ({end}); the next attempt is at {at}")
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
