use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::gateway::{NetworkInfo, RealTime, SystemEntry, SystemInfo, SystemTime, SystemValue};

/// A section of a SmartServer's system information.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemInfo)]
pub(crate) struct SystemView {
    /// The section, as asked for.
    #[schema(example = "time")]
    section: &'static str,
    /// Its elements as the SmartServer names them; an element with elements inside is an object,
    /// several of one name are a list.
    #[schema(value_type = Object, example = json!({"UCPTsystemTime": "2026-04-04T12:57:41"}))]
    entries: serde_json::Value,
    /// The section `time`, understood.
    time: Option<SystemTimeView>,
    /// The section `real_time`, as far as it is understood.
    real_time: Option<RealTimeView>,
    /// The section `network`, as far as it is understood.
    network: Option<NetworkView>,
}

/// A SmartServer's load and memory; null is what it did not tell in words that are known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RealTime)]
pub(crate) struct RealTimeView {
    #[schema(example = 601)]
    minutes_since_boot: Option<u64>,
    /// 0 to 100.
    cpu_percent: Option<f64>,
    free_flash_bytes: Option<u64>,
    free_ram_bytes: Option<u64>,
    largest_ram_block_bytes: Option<u64>,
}

/// A SmartServer's addresses; null is what it did not tell in words that are known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkInfo)]
pub(crate) struct NetworkView {
    /// Its own IP addresses.
    #[schema(example = json!(["192.0.2.17"]))]
    addresses: Vec<String>,
    netmask: Option<String>,
    gateway: Option<String>,
    /// Servers for names.
    dns: Vec<String>,
    host_name: Option<String>,
    /// MAC ID.
    #[schema(example = "00-D0-71-02-0A-18")]
    mac: Option<String>,
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
    /// `system_time` as an instant; null where it is not known whether daylight saving is in force.
    #[schema(example = "2026-04-04T20:57:41.000Z")]
    at: Option<String>,
}

impl From<SystemInfo> for SystemView {
    fn from(info: SystemInfo) -> Self {
        SystemView {
            section: info.section.word(),
            entries: object(info.entries),
            time: info.time.map(Into::into),
            real_time: info.real_time.map(Into::into),
            network: info.network.map(Into::into),
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
            at: time.at.map(super::time),
        }
    }
}

impl From<RealTime> for RealTimeView {
    fn from(told: RealTime) -> Self {
        RealTimeView {
            minutes_since_boot: told.minutes_since_boot,
            cpu_percent: told.cpu_percent,
            free_flash_bytes: told.free_flash_bytes,
            free_ram_bytes: told.free_ram_bytes,
            largest_ram_block_bytes: told.largest_ram_block_bytes,
        }
    }
}

impl From<NetworkInfo> for NetworkView {
    fn from(told: NetworkInfo) -> Self {
        NetworkView {
            addresses: told.addresses,
            netmask: told.netmask,
            gateway: told.gateway,
            dns: told.dns,
            host_name: told.host_name,
            mac: told.mac,
        }
    }
}

/// Elements of one name become a list.
fn object(entries: Vec<SystemEntry>) -> Value {
    let mut object = Map::new();
    for SystemEntry { name, value } in entries {
        let value = match value {
            SystemValue::Text(text) => Value::String(text),
            SystemValue::Entries(entries) => self::object(entries),
        };
        match object.get_mut(&name) {
            None => {
                object.insert(name, value);
            }
            Some(Value::Array(all)) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(object)
}
