use std::time::Duration;

use jid::FullJid;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{IdentityId, SmartServerId};

/// A SmartServer registered with the gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct SmartServer {
    /// Id.
    pub id: SmartServerId,
    /// Unique human key; by default the MAC ID, the local part of the JID.
    pub key: String,
    /// The identity that talks to it.
    pub identity_id: IdentityId,
    /// Its full JID, normally `MAC@domain/ilon`.
    pub jid: FullJid,
    /// What people call it.
    pub name: String,
    /// The site where it stands.
    pub site: Option<String>,
    /// IANA name of the time zone there.
    pub time_zone: Option<String>,
    /// Free labels, sorted, without duplicates.
    pub tags: Vec<String>,
    /// When its inventory was last read completely.
    pub inventory_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// How well a SmartServer is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// It answers.
    Online,
    /// It answers, but the last call failed or its answers are slow.
    Degraded,
    /// Presence says so, or three calls in a row failed, or its identity is not online.
    Offline,
    /// Nothing was ever heard of it.
    NeverSeen,
}

/// What is known of a SmartServer's condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The verdict.
    pub state: HealthState,
    /// Why, in a sentence for people.
    pub reason: String,
    /// Presence: `Some(true)` available, `Some(false)` unavailable, `None` never told.
    pub present: Option<bool>,
    /// When a call was last answered (a fault is an answer too).
    pub last_answer_at: Option<Timestamp>,
    /// When it last pushed values.
    pub last_push_at: Option<Timestamp>,
    /// Calls that failed since the last answer.
    pub failures_in_a_row: u32,
    /// When a call last failed.
    pub last_failure_at: Option<Timestamp>,
    /// Why, in words.
    pub last_failure: Option<String>,
    /// When it is asked again, if it is not asked anything until then.
    pub next_probe_at: Option<Timestamp>,
    /// Median of the round trips of the last quarter of an hour.
    pub round_trip_p50: Option<Duration>,
    /// 95th percentile of them.
    pub round_trip_p95: Option<Duration>,
    /// Calls waiting for their turn.
    pub queued: usize,
}

/// A call to a SmartServer, as it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub result: CheckResult,
    /// How long it took.
    pub round_trip: Duration,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    /// It was answered; a fault is an answer too.
    Ok,
    /// It was answered late.
    Slow,
    /// It failed.
    Failed,
}

/// The last start of a SmartServer, as well as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// When it started.
    pub at: Timestamp,
    /// How that is known.
    pub source: RestartSource,
}

/// How the time of a start is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartSource {
    /// Its headers tell it, to the second.
    Header,
    /// It told for how many minutes it had been up.
    Uptime,
}
