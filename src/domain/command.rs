use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::types::UnitSystem;
use super::{CommandId, DataPointId, DataPointName, Priority, SmartServerId};

/// The value of a write as the caller gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteValue {
    /// A typed value: number, string, or object of fields.
    Value(serde_json::Value),
    /// A typed value whose temperatures are in these units.
    ValueIn {
        /// The value.
        value: serde_json::Value,
        /// Its units.
        units: UnitSystem,
    },
    /// A preset's name.
    Preset(String),
    /// The SmartServer's own text, passed on as it is.
    Raw(String),
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Write a value at a priority.
    Write {
        /// What to write.
        value: WriteValue,
        /// At which priority.
        priority: Priority,
    },
    /// Reset the point's priority to 255; the value stays.
    Release {
        /// Priority to reset with: it must overrule the holder's.
        priority: Priority,
    },
}

/// How far a command has come for one data point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Stored, waiting for its turn.
    Queued,
    /// Handed to the XMPP session.
    Sent,
    /// It has an outcome.
    Finished,
}

/// The fate of a command at one data point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read back: value and priority are as asked.
    Verified,
    /// Answered without fault; read-back not asked for.
    Acknowledged,
    /// A fault, or the read-back shows that a stronger holder kept the point.
    Refused,
    /// The SmartServer has no such point.
    NotFound,
    /// It never left the gateway: safe to repeat.
    NotSent,
    /// Handed to the XMPP server and never answered: it may have been executed.
    Unknown,
    /// Its deadline passed before it could be sent.
    Expired,
    /// Cancelled before it was sent.
    Cancelled,
}

/// A write or release asked of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Id.
    pub id: CommandId,
    /// What is asked.
    pub action: Action,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// Whether each point is read back.
    pub verify: bool,
    /// Name of the API key that asked.
    pub requested_by: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it is given up.
    pub deadline_at: Timestamp,
    /// One entry per data point.
    pub items: Vec<CommandItem>,
}

/// One data point of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandItem {
    /// The point.
    pub data_point_id: DataPointId,
    /// Its SmartServer.
    pub smartserver_id: SmartServerId,
    /// Its name there.
    pub name: DataPointName,
    /// How far it has come.
    pub phase: Phase,
    /// Its fate, once finished.
    pub outcome: Option<Outcome>,
    /// Why, for people.
    pub reason: Option<String>,
    /// Id of the iq that carries it, from when it is sent.
    pub iq_id: Option<String>,
    /// Priority of the holder as read back.
    pub held_at: Option<Priority>,
    /// The value's text as read back.
    pub raw: Option<String>,
    /// Last change of phase.
    pub updated_at: Timestamp,
}

impl Command {
    /// Whether every data point has its outcome.
    pub fn is_finished(&self) -> bool {
        self.items.iter().all(|item| item.phase == Phase::Finished)
    }
}
