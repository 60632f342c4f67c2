use super::{
    Alarm, AlarmChange, CommandId, DeviceCommandId, HealthState, IdentityId, Reading, Restart, SessionState,
    SmartServerId,
};

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
    /// A device command moved on.
    DeviceCommand {
        /// Its SmartServer.
        smartserver_id: SmartServerId,
        /// The command.
        command_id: DeviceCommandId,
    },
    /// An alarm was raised, acknowledged, changed or cleared.
    Alarm {
        /// Its SmartServer.
        smartserver_id: SmartServerId,
        /// What happened.
        change: AlarmChange,
        /// The alarm after that.
        alarm: Box<Alarm>,
    },
}
