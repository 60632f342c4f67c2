use std::slice::from_ref;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    CommandId, DeviceCommandId, HealthState, IdentityId, Reading, Restart, SessionState, SmartServer,
    SmartServerId,
};

/// Something that listeners may want to know. Its JSON is what the journal holds: fields may be added with
/// a default, but not renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A data point has a new reading. Never in the journal.
    #[serde(skip)]
    Reading {
        /// Its SmartServer.
        smartserver_id: SmartServerId,
        /// The reading.
        reading: Arc<Reading>,
    },
    /// A SmartServer's health changed.
    Health {
        /// The SmartServer.
        smartserver_id: SmartServerId,
        /// Its health from then on.
        state: HealthState,
        /// Why, for people.
        reason: String,
    },
    /// A SmartServer has restarted.
    Restart {
        /// The SmartServer.
        smartserver_id: SmartServerId,
        /// When, and how that is known.
        restart: Restart,
    },
    /// An identity's session changed.
    Session {
        /// The identity.
        identity_id: IdentityId,
        /// The session's state from then on.
        state: SessionState,
    },
    /// A command moved on.
    Command {
        /// The command.
        command_id: CommandId,
        /// The SmartServers of its data points.
        smartserver_ids: Vec<SmartServerId>,
    },
    /// A device command moved on.
    DeviceCommand {
        /// Its SmartServer.
        smartserver_id: SmartServerId,
        /// The command.
        command_id: DeviceCommandId,
    },
    /// Events are missing here.
    Gap {
        /// Kinds of those that may be missing.
        kinds: Vec<EventKind>,
        /// None from before this time is missing; absent where that is not known.
        since: Option<Timestamp>,
        /// Why, for people.
        reason: String,
    },
    /// The gateway stopped in good order: nothing is missing here. Told to nobody.
    Stopped,
}

/// Kind of an event, as listeners choose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "as in `Event`")]
pub enum EventKind {
    Reading,
    Health,
    Restart,
    Session,
    Command,
    DeviceCommand,
}

/// A SmartServer as it was when something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its id.
    pub id: SmartServerId,
    /// Its key.
    pub key: String,
    /// Its site.
    pub site: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// An event with all that is needed to show it later.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// The SmartServers that it concerns, in the order of [`Event::smartservers`].
    pub about: Vec<Subject>,
}

impl Event {
    /// Its kind; none for what cannot be chosen, as a gap, which is told to everybody whom it may concern.
    pub fn kind(&self) -> Option<EventKind> {
        Some(match self {
            Event::Reading { .. } => EventKind::Reading,
            Event::Health { .. } => EventKind::Health,
            Event::Restart { .. } => EventKind::Restart,
            Event::Session { .. } => EventKind::Session,
            Event::Command { .. } => EventKind::Command,
            Event::DeviceCommand { .. } => EventKind::DeviceCommand,
            Event::Gap { .. } | Event::Stopped => return None,
        })
    }

    /// The SmartServers that it concerns; none of them: it concerns everybody.
    pub fn smartservers(&self) -> &[SmartServerId] {
        match self {
            Event::Reading { smartserver_id, .. }
            | Event::Health { smartserver_id, .. }
            | Event::Restart { smartserver_id, .. }
            | Event::DeviceCommand { smartserver_id, .. } => from_ref(smartserver_id),
            Event::Command { smartserver_ids, .. } => smartserver_ids,
            Event::Session { .. } | Event::Gap { .. } | Event::Stopped => &[],
        }
    }
}

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 6] = [
        EventKind::Reading,
        EventKind::Health,
        EventKind::Restart,
        EventKind::Session,
        EventKind::Command,
        EventKind::DeviceCommand,
    ];

    /// Its word in the API.
    pub fn word(self) -> &'static str {
        match self {
            EventKind::Reading => "reading",
            EventKind::Health => "health",
            EventKind::Restart => "restart",
            EventKind::Session => "session",
            EventKind::Command => "command",
            EventKind::DeviceCommand => "device_command",
        }
    }

    /// Whether its events are stored before they are told; else they are kept in memory only, since there
    /// are too many of them.
    pub fn is_journalled(self) -> bool {
        self != EventKind::Reading
    }
}

impl From<&SmartServer> for Subject {
    fn from(smartserver: &SmartServer) -> Self {
        let SmartServer { id, key, site, tags, .. } = smartserver;
        Subject { id: *id, key: key.clone(), site: site.clone(), tags: tags.clone() }
    }
}
