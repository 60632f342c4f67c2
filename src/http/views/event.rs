use serde::Serialize;
use uuid::Uuid;

use super::{HealthStateView, ReadingView, RestartSourceView, SessionStateView, time};
use crate::domain::{Event, EventKind, Subject};
use crate::gateway::{Gateway, Told};

/// Data of an event.
#[derive(Debug, Serialize)]
pub(crate) struct EventView {
    /// When it happened.
    at: String,
    #[serde(flatten)]
    what: WhatView,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WhatView {
    Reading(Box<ReadingView>),
    Health {
        #[serde(flatten)]
        smartserver: SubjectView,
        state: HealthStateView,
        reason: String,
    },
    Restart {
        #[serde(flatten)]
        smartserver: SubjectView,
        restarted_at: String,
        restart_known_by: RestartSourceView,
    },
    Session {
        identity_id: Uuid,
        state: SessionStateView,
    },
    Command {
        command_id: Uuid,
        smartservers: Vec<SubjectView>,
    },
    DeviceCommand {
        #[serde(flatten)]
        smartserver: SubjectView,
        command_id: Uuid,
    },
    Gap {
        kinds: Vec<EventKind>,
        since: Option<String>,
        reason: String,
    },
}

/// A SmartServer as it was.
#[derive(Debug, Serialize)]
struct SubjectView {
    smartserver: String,
    smartserver_id: Uuid,
}

impl EventView {
    /// `None` for a reading of a data point that vanished as it came, and for what is told to nobody.
    pub(crate) fn new(gateway: &Gateway, told: &Told) -> Option<Self> {
        Some(EventView { at: time(told.at), what: WhatView::new(gateway, told)? })
    }
}

impl WhatView {
    fn new(gateway: &Gateway, told: &Told) -> Option<Self> {
        let smartserver = || told.about.first().map(SubjectView::new);
        Some(match &told.event {
            Event::Reading { reading, .. } => {
                let point = told.point.as_ref()?;
                WhatView::Reading(Box::new(ReadingView::new(gateway, point, reading)))
            }
            Event::Health { state, reason, .. } => WhatView::Health {
                smartserver: smartserver()?,
                state: (*state).into(),
                reason: reason.clone(),
            },
            Event::Restart { restart, .. } => WhatView::Restart {
                smartserver: smartserver()?,
                restarted_at: time(restart.at),
                restart_known_by: restart.source.into(),
            },
            Event::Session { identity_id, state } => {
                WhatView::Session { identity_id: identity_id.0, state: (*state).into() }
            }
            Event::Command { command_id, .. } => WhatView::Command {
                command_id: command_id.0,
                smartservers: told.about.iter().map(SubjectView::new).collect(),
            },
            Event::DeviceCommand { command_id, .. } => {
                WhatView::DeviceCommand { smartserver: smartserver()?, command_id: command_id.0 }
            }
            Event::Gap { kinds, since, reason } => {
                WhatView::Gap { kinds: kinds.clone(), since: since.map(time), reason: reason.clone() }
            }
            Event::Stopped => return None,
        })
    }
}

impl SubjectView {
    fn new(subject: &Subject) -> Self {
        SubjectView { smartserver: subject.key.clone(), smartserver_id: subject.id.0 }
    }
}
