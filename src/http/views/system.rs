use serde::Serialize;
use utoipa::ToSchema;

use crate::gateway::{ConsoleAnswer, SystemEntry, SystemInfo, SystemTime, SystemValue};

/// A section of a SmartServer's system information.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemInfo)]
pub(crate) struct SystemView {
    /// The section, as asked for.
    #[schema(example = "time")]
    section: &'static str,
    /// Its elements as the SmartServer names them; an element with elements inside is an object.
    #[schema(value_type = Object, example = json!({"UCPTsystemTime": "2026-04-04T12:57:41"}))]
    entries: serde_json::Value,
    /// The section `time`, understood.
    time: Option<SystemTimeView>,
}

/// A SmartServer's clock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemTime)]
pub(crate) struct SystemTimeView {
    /// Local time without offset.
    #[schema(example = "2026-04-04T12:57:41")]
    system_time: Option<String>,
    /// Name of the time zone.
    #[schema(example = "(GMT-0800) Pacific")]
    time_zone: Option<String>,
    /// Offset from UTC in minutes, east positive, without daylight saving.
    offset_minutes: Option<i32>,
    /// Whether the zone has daylight saving.
    daylight_saving: Option<bool>,
    /// Time servers.
    time_servers: Vec<String>,
    /// Last synchronisation in the SmartServer's words.
    last_synchronised: Option<String>,
}

/// What a SmartServer answered to a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsoleAnswer)]
pub(crate) struct ConsoleView {
    /// Whether the answer is a SOAP fault.
    is_fault: bool,
    /// The envelope as it came.
    envelope: String,
    /// Its body as JSON: attributes as `@name`, text beside them as `#text`.
    #[schema(value_type = Object)]
    body: serde_json::Value,
    /// Milliseconds from sending to the answer.
    round_trip_ms: f64,
}

impl From<ConsoleAnswer> for ConsoleView {
    fn from(answer: ConsoleAnswer) -> Self {
        ConsoleView {
            is_fault: answer.is_fault,
            envelope: answer.envelope,
            body: answer.body,
            round_trip_ms: answer.round_trip.as_secs_f64() * 1000.0,
        }
    }
}

impl From<SystemInfo> for SystemView {
    fn from(info: SystemInfo) -> Self {
        SystemView {
            section: info.section.word(),
            entries: object(info.entries),
            time: info.time.map(Into::into),
        }
    }
}

impl From<SystemTime> for SystemTimeView {
    fn from(time: SystemTime) -> Self {
        let zone = time.time_zone;
        SystemTimeView {
            system_time: time.system_time,
            offset_minutes: zone.as_ref().map(|zone| zone.offset_minutes),
            daylight_saving: zone.as_ref().and_then(|zone| zone.daylight_saving),
            time_zone: zone.map(|zone| zone.name),
            time_servers: time.time_servers,
            last_synchronised: time.last_synchronised,
        }
    }
}

fn object(entries: Vec<SystemEntry>) -> serde_json::Value {
    let value = |value: SystemValue| match value {
        SystemValue::Text(text) => serde_json::Value::String(text),
        SystemValue::Entries(entries) => object(entries),
    };
    entries.into_iter().map(|entry| (entry.name, value(entry.value))).collect()
}
