use serde::Serialize;
use utoipa::ToSchema;

use super::event::KeptEventView;
use super::time;
use crate::domain::Happening;
use crate::gateway::Gateway;

/// Something that happened, with its `kind` and its `event`, the data that the stream of events sends.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityItem)]
pub(crate) struct ActivityItemView {
    /// Rises with each; the ids of the stream of events begin with it.
    #[schema(example = 1234)]
    id: i64,
    /// When it happened.
    at: String,
    #[serde(flatten)]
    what: KeptEventView,
}

/// What happened, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActivityPage)]
pub(crate) struct ActivityPage {
    pub(crate) items: Vec<ActivityItemView>,
    /// For what happened before; null: there is nothing before.
    pub(crate) next_cursor: Option<String>,
}

impl ActivityItemView {
    /// `None` for what is told to nobody.
    pub(crate) fn new(gateway: &Gateway, id: i64, happening: &Happening) -> Option<Self> {
        Some(ActivityItemView { id, at: time(happening.at), what: KeptEventView::new(gateway, happening)? })
    }
}
