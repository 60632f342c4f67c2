use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AlarmId, DataPointName, SmartServerId};

/// An alarm of a SmartServer's alarm notifier, as the gateway remembers it. Its JSON is what the journal of
/// events holds: fields may be added with a default, but not renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Id.
    pub id: AlarmId,
    /// The SmartServer.
    pub smartserver_id: SmartServerId,
    /// The notifier.
    pub notifier: DataPointName,
    /// The data point in alarm.
    pub point: DataPointName,
    /// `UCPTalarmTime` exactly as the SmartServer wrote it last: it goes back so.
    pub alarm_time: String,
    /// The same, understood; by the SmartServer's clock.
    pub alarm_at: Option<Timestamp>,
    /// When it was raised by our clock, as well as the SmartServer's was known when it was first seen.
    pub raised_at: Timestamp,
    /// Text of the alarm.
    pub text: Option<String>,
    /// Priority of the alarm: 0 strongest, 255 weakest.
    pub priority: Option<u8>,
    /// Group of the alarm.
    pub group: Option<i64>,
    /// Status of the data point, as `AL_HIGH_LMT_ALM_1`.
    pub condition: Option<String>,
    /// The value that raised it, as text.
    pub value: String,
    /// Unit of the value.
    pub unit: Option<String>,
    /// Whether it stands among the SmartServer's active alarms.
    pub state: AlarmState,
    /// What was done to it in the SmartServer's word (`UCPTstatus`), as `MANUAL_ACK`.
    pub notifier_status: Option<String>,
    /// Comment, as the SmartServer keeps it.
    pub comment: Option<String>,
    /// Who acknowledged, cleared or commented on it, as the SmartServer keeps it.
    pub user: Option<String>,
    /// When it was acknowledged, or first seen to be.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When something about it last changed here.
    pub updated_at: Timestamp,
    /// When it was cleared: by the SmartServer's log if that tells, else when it was seen to have been.
    pub cleared_at: Option<Timestamp>,
}

/// What tells an alarm of a SmartServer from all others of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlarmPrint {
    /// The notifier.
    pub notifier: DataPointName,
    /// The data point.
    pub point: DataPointName,
    /// Time of the alarm in milliseconds since 1970, since a SmartServer that is moved to another time zone
    /// writes another text; the text as it was written where it is no time.
    pub time: String,
}

/// Whether an alarm is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    /// It stands among the SmartServer's active alarms.
    Active,
    /// It does not any more.
    Cleared,
}

/// What happened to an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmChange {
    /// It was seen for the first time.
    Raised,
    /// It was acknowledged.
    Acknowledged,
    /// Something else about it changed, as its comment.
    Changed,
    /// It was cleared.
    Cleared,
}

impl AlarmPrint {
    /// The alarm of a data point at this time, as it was written and as it is understood.
    pub fn new(notifier: &DataPointName, point: DataPointName, time: &str, at: Option<Timestamp>) -> Self {
        let time = at.map_or_else(|| time.to_owned(), |at| at.as_millisecond().to_string());
        AlarmPrint { notifier: notifier.clone(), point, time }
    }
}

impl Alarm {
    /// What tells it from all others of its SmartServer.
    pub fn print(&self) -> AlarmPrint {
        AlarmPrint::new(&self.notifier, self.point.clone(), &self.alarm_time, self.alarm_at)
    }

    /// Whether nobody needs to acknowledge it any more. The notifier itself acknowledges alarms that need
    /// none.
    pub fn is_acknowledged(&self) -> bool {
        self.notifier_status.as_deref().is_some_and(is_acknowledged)
    }

    /// Whether its condition is over, or somebody cleared it. Such an alarm stays active until it is
    /// acknowledged.
    pub fn is_over(&self) -> bool {
        self.state == AlarmState::Cleared || self.notifier_status.as_deref().is_some_and(is_over)
    }
}

/// Whether `UCPTstatus` (manual 7-22) says that somebody, or the notifier itself, acknowledged. Who clears
/// an alarm acknowledges it.
fn is_acknowledged(status: &str) -> bool {
    status.starts_with("MANUAL_ACK") || status.starts_with("AUTO_ACK") || status.contains("MANUAL_CLEAR")
}

fn is_over(status: &str) -> bool {
    status.ends_with("_CLEAR")
}

#[cfg(test)]
mod tests {
    use super::{is_acknowledged, is_over};

    #[test]
    fn every_status_of_the_manual_is_understood() {
        for (status, acknowledged, over) in [
            ("NACK", false, false),
            ("MANUAL_ACK", true, false),
            ("AUTO_ACK", true, false),
            ("AUTO_CLEAR", false, true),
            ("MANUAL_CLEAR", true, true),
            ("MANUAL_ACK_MANUAL_CLEAR", true, true),
            ("MANUAL_ACK_AUTO_CLEAR", true, true),
            ("AUTO_ACK_AUTO_CLEAR", true, true),
            ("AUTO_ACK_MANUAL_CLEAR", true, true),
            ("", false, false),
        ] {
            assert_eq!((is_acknowledged(status), is_over(status)), (acknowledged, over), "{status}");
        }
    }
}
