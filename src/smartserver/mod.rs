//! The SmartServer's message set (interface version 4.0): domain values to XML and back, one file a
//! message. [`SmartServerRpc`] sends them.
//!
//! Every element is written in the message namespace and read by its local name: real units accept
//! and send unqualified children, and servers on the way move those into namespaces of their own.

mod alarm_acknowledge;
mod alarm_generator;
mod alarm_log;
mod alarm_notifier;
pub mod batches;
mod block_config;
pub mod console;
mod data_log;
mod data_logger;
mod dates;
mod device_command;
mod get;
mod item;
mod list;
mod log_message;
mod lon_device;
mod members;
mod network;
mod point_config;
mod properties;
pub mod push;
mod read;
mod reset_priority;
mod rpc;
mod secret_names;
mod secrets;
mod system_info;
mod system_parts;
mod witness;
mod write;
mod xselect;

pub use alarm_acknowledge::{AlarmAcknowledgement, AlarmKey, AlarmOutcomes};
pub use alarm_log::AlarmEntry;
pub use block_config::{Block, BlockKind};
pub use data_log::DataLogEntry;
pub use device_command::InvokedCommand;
pub use get::PointConfig;
pub use item::{MessageError, NO_CODE, NOT_IN_ANSWER, Outcomes, Parsed, Warning};
pub use list::{ListedPoint, PagedList};
pub use log_message::{LogFilter, LogPage, LogPositions, MOST_ENTRIES, entries_a_message};
pub use lon_device::{CompleteDevice, DeviceSet, LonDevice, NotSettable, SetOrder};
pub use network::{BusLevel, is_absent};
pub use point_config::{
    BusKind, Difference, FieldUnit, FormattedText, PointItem, PointKind, PointMember, PresetDefinition,
};
pub use properties::MessageProperties;
pub use read::{FieldText, PointData};
pub use rpc::{
    Answer, CallError, DISCO_FEATURES, DISCO_IDENTITY, RawAnswer, RequestError, SOAP_FAULT, SmartServerRpc,
    push_refusal, soap_namespaces,
};
pub use secrets::{REMOVED, remove_secrets, without_secrets};
pub use system_info::{SystemEntry, SystemInfo, SystemSection, SystemTime, SystemValue, TimeZoneInfo};
pub use system_parts::{NetworkInfo, RealTime};
pub use witness::{Seen, Sighting, Witness, operation};
pub use write::{FieldWrite, WriteItem, WritePayload};
pub use xselect::{Bound, Selector, SelectorError};

/// Namespace of all messages and their children (WSDL).
pub const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";

#[cfg(test)]
mod hostile_tests;
