use jid::BareJid;
use jiff::Timestamp;

use super::{IdentityId, PubsubSubscriptionId, SmartServerId};

/// A node of a pubsub service (XEP-0060) that an identity reads: its items are pushes of one SmartServer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubSubscription {
    /// Id.
    pub id: PubsubSubscriptionId,
    /// The identity that is subscribed.
    pub identity_id: IdentityId,
    /// The service, as `pubsub.example.org`; with the node unique per identity.
    pub service: BareJid,
    /// The node.
    pub node: String,
    /// Whose values the items carry.
    pub smartserver_id: SmartServerId,
    /// When it was made.
    pub created_at: Timestamp,
}
