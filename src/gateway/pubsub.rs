//! Nodes of pubsub services (XEP-0060) that carry what a SmartServer would push: which of them identities
//! read.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jid::BareJid;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connections::now;
use super::pubsub_items::Seen;
use super::{Gateway, GatewayError, Thing};
use crate::domain::{IdentityId, PubsubSubscription, PubsubSubscriptionId};
use crate::store::StoreError;

/// Most subscriptions of one identity.
const SUBSCRIPTIONS_MAX: usize = 1_000;
/// Longest name of a node, in characters.
const NODE_MAX: usize = 1_000;
/// Subscriptions asked for or read at the same time.
const AT_ONCE: usize = 8;
/// Time that a service gets to end a subscription.
const FAREWELL: Duration = Duration::from_secs(10);

/// A subscription as it is asked for.
#[derive(Debug, Clone)]
pub struct NewPubsubSubscription {
    /// The service.
    pub service: BareJid,
    /// The node.
    pub node: String,
    /// Key or UUID of the SmartServer whose values its items carry.
    pub smartserver: String,
}

/// How the service stands to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PubsubState {
    /// It was not asked in this session, or has not answered.
    #[default]
    Waiting,
    /// Items come.
    Subscribed,
    /// The owner of the node has not agreed yet.
    Pending,
    /// It refuses, or the node is gone. It is asked again after pauses that double up to ten minutes.
    Refused,
}

/// What has become of a subscription in this run.
#[derive(Debug, Clone, Default)]
pub struct PubsubReport {
    /// How the service stands to it.
    pub state: PubsubState,
    /// Why it is not subscribed, for people.
    pub reason: Option<String>,
    /// The service's id of it.
    pub subid: Option<String>,
    /// Items whose values were taken.
    pub taken: u64,
    /// Items that came before.
    pub repeated: u64,
    /// Items that somebody else published, or whose SmartServer is not the identity's any more.
    pub refused: u64,
    /// Items that could not be understood.
    pub malformed: u64,
    /// When an item was taken last.
    pub last_item_at: Option<Timestamp>,
    /// What was wrong with the last item that was not taken.
    pub last_error: Option<String>,
}

/// A subscription with what is kept of it.
#[derive(Debug)]
pub(super) struct Subscribed {
    pub(super) info: PubsubSubscription,
    pub(super) report: Mutex<PubsubReport>,
    pub(super) seen: Mutex<Seen>,
    /// Number of the stream on which the node's items were fetched. What comes before that may have been
    /// published at any time: services send the last item to those who subscribe.
    pub(super) settled: AtomicU64,
    /// Rung when the service is to be asked again.
    pub(super) again: Notify,
    /// Ends the task that follows it.
    pub(super) stop: CancellationToken,
}

impl Subscribed {
    pub(super) fn report(&self) -> MutexGuard<'_, PubsubReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An identity's node.
type Place = (IdentityId, BareJid, String);

/// All subscriptions.
#[derive(Debug)]
pub(super) struct Pubsub {
    by_place: RwLock<HashMap<Place, Arc<Subscribed>>>,
    /// Held while one is added or removed, that database and memory agree.
    changing: tokio::sync::Mutex<()>,
    pub(super) turns: Semaphore,
}

impl Default for Pubsub {
    fn default() -> Self {
        let turns = Semaphore::new(AT_ONCE);
        Pubsub { by_place: RwLock::default(), changing: tokio::sync::Mutex::default(), turns }
    }
}

impl Pubsub {
    pub(super) fn find(
        &self,
        identity: IdentityId,
        service: &BareJid,
        node: &str,
    ) -> Option<Arc<Subscribed>> {
        let place = (identity, service.clone(), node.to_owned());
        self.by_place.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned()
    }

    /// Those of an identity, oldest first.
    fn of(&self, identity: IdentityId) -> Vec<Arc<Subscribed>> {
        let all = self.by_place.read().unwrap_or_else(PoisonError::into_inner);
        let mut own: Vec<_> = all.values().filter(|s| s.info.identity_id == identity).cloned().collect();
        own.sort_by_key(|subscribed| subscribed.info.id);
        own
    }

    fn insert(&self, info: PubsubSubscription) -> Arc<Subscribed> {
        let place = (info.identity_id, info.service.clone(), info.node.clone());
        let subscribed = Arc::new(Subscribed {
            info,
            report: Mutex::default(),
            seen: Mutex::default(),
            settled: AtomicU64::new(u64::MAX),
            again: Notify::new(),
            stop: CancellationToken::new(),
        });
        let mut all = self.by_place.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(place, Arc::clone(&subscribed));
        subscribed
    }

    /// Takes out those that `is_gone`, and ends what goes on for them.
    fn take(&self, is_gone: impl Fn(&PubsubSubscription) -> bool) -> Vec<Arc<Subscribed>> {
        let mut all = self.by_place.write().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = all.extract_if(|_, subscribed| is_gone(&subscribed.info)).collect();
        drop(all);
        gone.iter().for_each(|(_, subscribed)| subscribed.stop.cancel());
        gone.into_iter().map(|(_, subscribed)| subscribed).collect()
    }
}

impl Gateway {
    /// Makes an identity read a node. Does not wait for the service: the report tells.
    ///
    /// # Errors
    /// `Unknown` identity or SmartServer; `Invalid`, also when the SmartServer is not the identity's;
    /// `Conflict` when the identity reads the node already.
    pub async fn add_pubsub_subscription(
        &self,
        identity_id: IdentityId,
        new: NewPubsubSubscription,
    ) -> Result<(PubsubSubscription, PubsubReport), GatewayError> {
        let pubsub = &self.0.pubsub;
        let _only = pubsub.changing.lock().await;
        self.0.connections.get(identity_id)?;
        let unit = self.unit(&new.smartserver)?;
        if unit.info().identity_id != identity_id {
            return invalid("smartserver", "it is registered with another identity");
        }
        if !(1..=NODE_MAX).contains(&new.node.chars().count()) || new.node.chars().any(char::is_control) {
            return invalid("node", "1 to 1000 characters, no control characters");
        }
        if pubsub.of(identity_id).len() >= SUBSCRIPTIONS_MAX {
            return Err(GatewayError::Conflict("the identity has 1000 subscriptions already".into()));
        }
        let NewPubsubSubscription { service, node, .. } = new;
        let (id, created_at) = (PubsubSubscriptionId::new(), now());
        let info = PubsubSubscription { id, identity_id, service, node, smartserver_id: unit.id, created_at };
        self.0.store.pubsub().insert(&info).await?;
        let subscribed = pubsub.insert(info);
        self.follow(Arc::clone(&subscribed));
        Ok((subscribed.info.clone(), self.report(&subscribed)))
    }

    /// The nodes that an identity reads, oldest first.
    ///
    /// # Errors
    /// `Unknown` identity.
    pub fn pubsub_subscriptions(
        &self,
        identity: IdentityId,
    ) -> Result<Vec<(PubsubSubscription, PubsubReport)>, GatewayError> {
        self.0.connections.get(identity)?;
        let own = self.0.pubsub.of(identity);
        Ok(own.iter().map(|subscribed| (subscribed.info.clone(), self.report(subscribed))).collect())
    }

    /// Makes an identity read a node no more; the service is told in the background.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn remove_pubsub_subscription(
        &self,
        identity: IdentityId,
        id: PubsubSubscriptionId,
    ) -> Result<(), GatewayError> {
        let pubsub = &self.0.pubsub;
        let _only = pubsub.changing.lock().await;
        if !pubsub.of(identity).iter().any(|subscribed| subscribed.info.id == id) {
            return Err(GatewayError::Unknown { what: Thing::PubsubSubscription });
        }
        self.0.store.pubsub().delete(id).await?;
        self.forget_pubsub(|info| info.id == id);
        Ok(())
    }

    /// Ends subscriptions that are not in the database any more.
    pub(super) fn forget_pubsub(&self, is_gone: impl Fn(&PubsubSubscription) -> bool) {
        for gone in self.0.pubsub.take(is_gone) {
            let Ok(connection) = self.0.connections.get(gone.info.identity_id) else { continue };
            self.0.tasks.spawn(async move {
                let (info, subid) = (&gone.info, gone.report().subid.clone());
                let limit = Instant::now() + FAREWELL;
                let ended =
                    connection.client.unsubscribe_node(&info.service, &info.node, subid.as_deref(), limit);
                if let Err(error) = ended.await {
                    tracing::info!(service = %info.service, node = info.node, %error, "not unsubscribed");
                }
            });
        }
    }

    /// Brings the subscriptions back that the database holds.
    pub(super) async fn restore_pubsub(&self) -> Result<(), StoreError> {
        for info in self.0.store.pubsub().all().await? {
            self.follow(self.0.pubsub.insert(info));
        }
        Ok(())
    }

    /// The service speaks for a session that is online only.
    fn report(&self, subscribed: &Subscribed) -> PubsubReport {
        let report = subscribed.report().clone();
        match self.0.connections.trouble(subscribed.info.identity_id) {
            Some(trouble) => PubsubReport {
                state: PubsubState::Waiting,
                reason: Some(format!("the identity's session is not online: {trouble}")),
                ..report
            },
            None => report,
        }
    }
}

fn invalid<T>(field: &'static str, message: &str) -> Result<T, GatewayError> {
    Err(GatewayError::Invalid { field, message: message.into() })
}
