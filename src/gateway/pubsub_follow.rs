//! Keeps a subscription to a pubsub node: asked for when a session begins, and what was published while
//! there was none is fetched.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Gateway;
use super::pubsub::{PubsubState, Subscribed};
use crate::xmpp::{Client, ErrorType, IqError, State, Status, Subscription, SubscriptionState};

/// Time that a service may take to answer.
const LIMIT: Duration = Duration::from_secs(30);
/// Pause after a refusal; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Pause until an identity that changes has its next client.
const BETWEEN_CLIENTS: Duration = Duration::from_millis(500);
/// Items that are fetched of a node after a gap.
const FETCHED: usize = 100;

impl Gateway {
    /// Follows a subscription until it or its identity is removed.
    pub(super) fn follow(&self, subscribed: Arc<Subscribed>) {
        let (gateway, shutdown) = (self.clone(), self.0.shutdown.clone());
        self.0.tasks.spawn(async move {
            let identity = subscribed.info.identity_id;
            let following = async {
                while let Ok(connection) = gateway.0.connections.get(identity) {
                    gateway.follow_with(&subscribed, &connection.client).await;
                    sleep(BETWEEN_CLIENTS).await;
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = subscribed.stop.cancelled() => {}
                () = following => {}
            }
        });
    }

    /// Follows it as long as the identity has this client.
    async fn follow_with(&self, subscribed: &Subscribed, client: &Client) {
        let mut status = client.status();
        let mut pause = FIRST_PAUSE;
        let is_online = |status: &Status| matches!(status.state, State::Online(_));
        while let Ok(session) = status.wait_for(is_online).await.map(|status| stream_of(&status)) {
            let retried = match self.ask_service(subscribed, client).await {
                Ok(()) => {
                    subscribed.settled.store(session, Ordering::Relaxed);
                    pause = FIRST_PAUSE;
                    None
                }
                Err(error) => {
                    note_failure(subscribed, &error);
                    let after = Some(pause);
                    pause = (2 * pause).min(LONGEST_PAUSE);
                    after
                }
            };
            if !until_asked_again(subscribed, &mut status, session, retried).await {
                return;
            }
        }
    }

    /// Subscribes and fetches what may have been missed.
    async fn ask_service(&self, subscribed: &Subscribed, client: &Client) -> Result<(), IqError> {
        // Never closed.
        let _turn = self.0.pubsub.turns.acquire().await;
        let info = &subscribed.info;
        let limit = || Instant::now() + LIMIT;
        let told = client.subscribe_node(&info.service, &info.node, limit()).await?;
        note(subscribed, &told);
        if told.state == SubscriptionState::Subscribed {
            let asked = (told.subid.as_deref(), FETCHED);
            let items = client.items(&info.service, &info.node, asked, limit()).await;
            match items {
                Ok(items) => self.take_fetched(subscribed, items),
                // Some services keep no items, and say so.
                Err(IqError::Stanza(error)) if error.kind != ErrorType::Wait => {
                    tracing::info!(service = %info.service, node = info.node, condition = error.condition.0, "items not fetched");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Tells one stream of an identity from the next: what is resumed misses nothing.
pub(super) fn stream_of(status: &Status) -> u64 {
    status.logins - status.resumed
}

/// `false` when the client has ended.
async fn until_asked_again(
    subscribed: &Subscribed,
    status: &mut watch::Receiver<Status>,
    session: u64,
    retried: Option<Duration>,
) -> bool {
    let pause = async {
        match retried {
            Some(pause) => sleep(pause).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = status.wait_for(|status| stream_of(status) != session || status.state == State::Stopped) => {
            ended.is_ok_and(|status| status.state != State::Stopped)
        }
        () = subscribed.again.notified() => true,
        () = pause => true,
    }
}

/// Takes what the service says of the subscription.
pub(super) fn note(subscribed: &Subscribed, told: &Subscription) {
    let (state, reason) = match told.state {
        SubscriptionState::Subscribed => (PubsubState::Subscribed, None),
        SubscriptionState::Pending => {
            (PubsubState::Pending, Some("the owner of the node has not agreed yet"))
        }
        SubscriptionState::Unconfigured => (
            PubsubState::Pending,
            Some("the service wants the subscription to be configured, which is not done here"),
        ),
        SubscriptionState::None => (PubsubState::Refused, Some("the service has ended the subscription")),
    };
    let mut report = subscribed.report();
    (report.state, report.reason) = (state, reason.map(str::to_owned));
    report.subid = told.subid.clone().or(report.subid.take());
}

fn note_failure(subscribed: &Subscribed, error: &IqError) {
    let (state, reason) = match error {
        IqError::Stanza(error) if error.kind != ErrorType::Wait => {
            (PubsubState::Refused, words(&error.condition.0, error.text.as_deref()))
        }
        error => (PubsubState::Waiting, format!("the service was asked in vain: {error}")),
    };
    let mut report = subscribed.report();
    (report.state, report.reason) = (state, Some(reason));
}

/// What a service means by a condition (XEP-0060, section 6.1.3).
fn words(condition: &str, text: Option<&str>) -> String {
    let meaning = match condition {
        "item-not-found" => "the service has no such node",
        "not-authorized" | "forbidden" => "the node does not admit this account",
        "not-allowed" | "closed-node" => "the node admits only accounts that its owner lists",
        "service-unavailable" | "remote-server-not-found" => "nobody answers at the service's address",
        "feature-not-implemented" => "the service lets nobody subscribe",
        "policy-violation" => "the account has too many subscriptions there",
        "payment-required" => "the service wants to be paid",
        _ => "the service refuses",
    };
    match text {
        Some(text) => format!("{meaning} ({condition}: {text})"),
        None => format!("{meaning} ({condition})"),
    }
}
