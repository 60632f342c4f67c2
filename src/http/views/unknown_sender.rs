use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::gateway::{Approach, UnknownSender};

/// Somebody who talks to an identity and is not registered with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnknownSenderView {
    /// The identity that it talks to.
    identity_id: Uuid,
    /// Its address as the XMPP server stamped it. That of a push is what to register a SmartServer with.
    #[schema(example = "0300001a7c62@xmpp.example.org/ilon")]
    jid: String,
    /// How it made itself heard.
    kind: ApproachView,
    /// When it did so first since the gateway started.
    #[schema(format = DateTime)]
    first_seen_at: String,
    /// When it did so last.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// How often.
    count: u64,
    /// What it was told last; `null` where it is not answered.
    last_error: Option<String>,
}

/// How somebody made itself heard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApproachView {
    /// It sent a request, as SmartServers push values.
    Push,
    /// It asked for the identity's presence.
    Subscription,
    /// It sent a message.
    Message,
}

/// A page of those who are not registered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnknownSenderPage {
    /// By identity and address.
    pub(crate) items: Vec<UnknownSenderView>,
    /// Gives the next page; `null` on the last.
    pub(crate) next_cursor: Option<String>,
}

impl From<UnknownSender> for UnknownSenderView {
    fn from(sender: UnknownSender) -> Self {
        UnknownSenderView {
            identity_id: sender.identity_id.0,
            jid: sender.jid.to_string(),
            kind: sender.approach.into(),
            first_seen_at: time(sender.first_seen),
            last_seen_at: time(sender.last_seen),
            count: sender.count,
            last_error: sender.last_error,
        }
    }
}

impl From<Approach> for ApproachView {
    fn from(approach: Approach) -> Self {
        match approach {
            Approach::Push => ApproachView::Push,
            Approach::Subscription => ApproachView::Subscription,
            Approach::Message => ApproachView::Message,
        }
    }
}
