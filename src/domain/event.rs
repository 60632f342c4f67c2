use super::{CommandId, HealthState, IdentityId, Reading, Restart, SessionState, SmartServerId};

/// Something that listeners may want to know.
#[derive(Debug, Clone)]
pub enum Event {
    /// A data point has a new reading.
    Reading {
        /// Its SmartServer.
        smartserver_id: SmartServerId,
        /// The reading.
        reading: Box<Reading>,
    },
    /// A SmartServer's health changed.
    Health {
        /// The SmartServer.
        smartserver_id: SmartServerId,
        /// Its health now.
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
        /// The session's state now.
        state: SessionState,
    },
    /// A command moved on.
    Command {
        /// The command.
        command_id: CommandId,
    },
}
