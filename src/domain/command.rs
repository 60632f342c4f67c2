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
    /// Typed values of some fields of a structure; the others stay as they are.
    Fields(serde_json::Map<String, serde_json::Value>),
    /// The value's bytes as hexadecimal digits.
    RawHex(String),
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
        /// Whether the value goes on to the field; else only the SmartServer's data server has it.
        #[serde(default = "goes_on")]
        propagate: bool,
    },
    /// Reset the point's priority to 255; the value stays.
    Release {
        /// Priority to reset with: it must overrule the holder's.
        priority: Priority,
    },
}

/// Commands that were stored before there was a choice.
fn goes_on() -> bool {
    true
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
    /// Read back from the SmartServer: value and priority are as asked. It answers with what it holds; that
    /// its device has the value too is not said, least of all of a write that did not go on to the field.
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

/// A command in a list, of which only the items that were asked for are told.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedCommand {
    /// The command; its items are some of them.
    pub command: Command,
    /// All of its items, counted.
    pub counts: Vec<ItemCount>,
}

/// How many data points of a command have come equally far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemCount {
    /// How far.
    pub phase: Phase,
    /// Their fate, once finished.
    pub outcome: Option<Outcome>,
    /// How many.
    pub items: usize,
}

impl ListedCommand {
    /// Whether every data point has its outcome, also those that are not told.
    pub fn is_finished(&self) -> bool {
        self.counts.iter().all(|count| count.phase == Phase::Finished)
    }
}

impl Command {
    /// Whether every data point has its outcome.
    pub fn is_finished(&self) -> bool {
        self.items.iter().all(|item| item.phase == Phase::Finished)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, to_string};

    use super::{Action, WriteValue};
    use crate::domain::Priority;

    #[test]
    fn commands_of_earlier_versions_are_read() {
        let write = |value| Action::Write { value, priority: Priority(240), propagate: true };
        for (stored, action) in [
            (
                r#"{"type":"write","value":{"preset":"ON"},"priority":240}"#,
                write(WriteValue::Preset("ON".into())),
            ),
            (
                r#"{"type":"write","value":{"value":21.5},"priority":240}"#,
                write(WriteValue::Value(21.5.into())),
            ),
            (
                r#"{"type":"write","value":{"raw":"100.0 1"},"priority":240}"#,
                write(WriteValue::Raw("100.0 1".into())),
            ),
            (r#"{"type":"release","priority":240}"#, Action::Release { priority: Priority(240) }),
        ] {
            assert_eq!(from_str::<Action>(stored).unwrap(), action);
        }
    }

    #[test]
    fn every_form_of_a_value_is_stored() {
        let fields = [("state".to_owned(), 1.into())].into_iter().collect();
        for value in [WriteValue::Fields(fields), WriteValue::RawHex("c801".into())] {
            let action = Action::Write { value, priority: Priority(9), propagate: false };
            assert_eq!(from_str::<Action>(&to_string(&action).unwrap()).unwrap(), action);
        }
    }
}
