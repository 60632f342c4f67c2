use jid::BareJid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::domain::PubsubSubscription;
use crate::gateway::{NewPubsubSubscription, PubsubReport, PubsubState};
use crate::http::problem::HttpError;

/// A node to read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPubsubSubscriptionView {
    /// Address of the pubsub service.
    #[schema(example = "pubsub.xmpp.example.org", max_length = 3071)]
    service: String,
    /// Name of the node.
    #[schema(example = "site-7/values", min_length = 1, max_length = 1000)]
    node: String,
    /// Key or id of the SmartServer whose values the node's items carry; registered with this identity.
    smartserver: String,
}

/// A pubsub node that an identity reads. Counters and times are of this run of the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PubsubSubscriptionView {
    /// Id.
    id: Uuid,
    /// The identity that is subscribed, by its bare JID.
    identity_id: Uuid,
    /// Address of the pubsub service.
    service: String,
    /// Name of the node.
    node: String,
    /// Id of the SmartServer whose values the node's items carry.
    smartserver_id: Uuid,
    /// How the service stands to it.
    state: PubsubStateView,
    /// Why it is not subscribed, in words.
    reason: Option<String>,
    /// The service's own id of the subscription, if it gives one.
    subid: Option<String>,
    /// Items whose values were taken.
    taken: u64,
    /// Items that came before: they change nothing.
    repeated: u64,
    /// Items that another account published.
    refused: u64,
    /// Items that could not be understood.
    malformed: u64,
    /// When an item was taken last.
    #[schema(format = DateTime)]
    last_item_at: Option<String>,
    /// What was wrong with the last item that was not taken.
    last_error: Option<String>,
    /// When the subscription was made.
    #[schema(format = DateTime)]
    created_at: String,
}

/// How a service stands to a subscription.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PubsubStateView {
    /// It has not answered in this session, or there is no session.
    Waiting,
    /// Items come.
    Subscribed,
    /// The owner of the node has not agreed yet.
    Pending,
    /// It refuses; it is asked again now and then.
    Refused,
}

/// The nodes that an identity reads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PubsubSubscriptionPage {
    /// Oldest first.
    pub(crate) items: Vec<PubsubSubscriptionView>,
    /// Gives the next page; `null` on the last.
    pub(crate) next_cursor: Option<String>,
}

impl TryFrom<NewPubsubSubscriptionView> for NewPubsubSubscription {
    type Error = HttpError;

    fn try_from(new: NewPubsubSubscriptionView) -> Result<Self, HttpError> {
        let service =
            BareJid::new(&new.service).map_err(|error| HttpError::Shape(format!("service: {error}")))?;
        Ok(NewPubsubSubscription { service, node: new.node, smartserver: new.smartserver })
    }
}

impl PubsubSubscriptionView {
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }
}

impl From<(PubsubSubscription, PubsubReport)> for PubsubSubscriptionView {
    fn from((info, report): (PubsubSubscription, PubsubReport)) -> Self {
        PubsubSubscriptionView {
            id: info.id.0,
            identity_id: info.identity_id.0,
            service: info.service.to_string(),
            node: info.node,
            smartserver_id: info.smartserver_id.0,
            state: report.state.into(),
            reason: report.reason,
            subid: report.subid,
            taken: report.taken,
            repeated: report.repeated,
            refused: report.refused,
            malformed: report.malformed,
            last_item_at: report.last_item_at.map(time),
            last_error: report.last_error,
            created_at: time(info.created_at),
        }
    }
}

impl From<PubsubState> for PubsubStateView {
    fn from(state: PubsubState) -> Self {
        match state {
            PubsubState::Waiting => PubsubStateView::Waiting,
            PubsubState::Subscribed => PubsubStateView::Subscribed,
            PubsubState::Pending => PubsubStateView::Pending,
            PubsubState::Refused => PubsubStateView::Refused,
        }
    }
}
