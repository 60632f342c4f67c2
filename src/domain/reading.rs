use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DataPointId, FormatName, Priority, Value};

/// How a reading came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Asked for by a caller.
    Read,
    /// Asked for by a poll group.
    Poll,
    /// Sent by the SmartServer unasked.
    Push,
}

/// A fault of one item in an answer that is otherwise good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFault {
    /// Fault code (manual 2-8); 14 is "data point name not found".
    pub code: i32,
    /// The SmartServer's words; not to be parsed.
    pub text: String,
}

impl ItemFault {
    /// Whether the SmartServer has no point of this name (codes 6 and 14).
    pub fn is_not_found(&self) -> bool {
        matches!(self.code, 6 | 14)
    }
}

/// What may be said of a reading, the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The point is `AL_OFFLINE`, or its SmartServer is offline.
    Offline,
    /// `AL_VALUE_INVALID`, or the type's invalid value.
    Invalid,
    /// Never polled since the SmartServer started.
    NeverRead,
    /// The SmartServer answered the last read of this point with an item fault.
    Fault,
    /// Older than allowed.
    Stale,
    /// An alarm status.
    Alarm,
    /// Nothing is wrong.
    Good,
}

/// The latest state of a data point as the gateway knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The point.
    pub data_point_id: DataPointId,
    /// Typed value.
    pub value: Value,
    /// Name of the preset that equals the value.
    pub preset: Option<String>,
    /// The value's text as it came.
    pub raw: String,
    /// Unit as it came, else as the type has it.
    pub unit: Option<String>,
    /// Format that the text was written in.
    pub format: Option<FormatName>,
    /// `UCPTpointStatus`, as `AL_NO_CONDITION`.
    pub status: Option<String>,
    /// Priority of the point's holder.
    pub priority: Option<Priority>,
    /// Whether value and status are those of a point before its first poll.
    pub never_read: bool,
    /// Time of the value by the SmartServer's clock, corrected by the offset seen in its headers.
    pub observed_at: Option<Timestamp>,
    /// When the answer or push arrived.
    pub received_at: Timestamp,
    /// How old the value may have been when it arrived; `None`: the SmartServer did not say.
    pub age_at_receipt: Option<Duration>,
    /// How it came.
    pub source: Source,
    /// Set while the last read of the point was answered with an item fault; the value is older.
    pub fault: Option<ItemFault>,
}

impl Reading {
    /// What comes at the same time may be kept in another order than it came in: by no more than this.
    pub(crate) const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);

    /// Upper bound of the value's age at `now`; `None` when the SmartServer's own cache may have
    /// held it for an unknown time, or our clock was set back since it came.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        let since = Duration::try_from(now.duration_since(self.received_at)).unwrap_or_default();
        self.age_at_receipt.filter(|_| !self.is_from_future(now)).map(|age| age + since)
    }

    /// Whether it came later than at `now`: then our clock was set back, and when it came is not known.
    pub(crate) fn is_from_future(&self, now: Timestamp) -> bool {
        self.received_at.duration_since(now) > Self::AT_ONCE
    }

    /// Whether it came before another reading. One that came much earlier came later, after our clock was
    /// set back: it must not wait for the clock to catch up.
    pub(crate) fn came_before(&self, other: &Reading) -> bool {
        let ahead = other.received_at.duration_since(self.received_at);
        ahead.is_positive() && ahead <= Self::AT_ONCE
    }

    /// Whether the value is certainly no older than `max_age` at `now`.
    pub fn is_fresh(&self, now: Timestamp, max_age: Duration) -> bool {
        self.fault.is_none() && self.age(now).is_some_and(|age| age <= max_age)
    }

    /// The reading's quality. `smartserver_offline` and `stale_after` are what the gateway knows
    /// beside the reading itself.
    pub fn quality(
        &self,
        now: Timestamp,
        smartserver_offline: bool,
        stale_after: Option<Duration>,
    ) -> Quality {
        let status = self.status.as_deref().unwrap_or("AL_NUL");
        let stale = stale_after.is_some_and(|limit| self.age(now).is_none_or(|age| age > limit));
        if smartserver_offline || status == "AL_OFFLINE" {
            Quality::Offline
        } else if self.never_read {
            // Before "invalid", since the values that stand for "never polled" often are the
            // type's invalid value too.
            Quality::NeverRead
        } else if status == "AL_VALUE_INVALID" || self.value == Value::Null {
            Quality::Invalid
        } else if self.fault.is_some() {
            Quality::Fault
        } else if stale {
            Quality::Stale
        } else if is_alarm(status) {
            Quality::Alarm
        } else {
            Quality::Good
        }
    }
}

/// Whether a point status names an alarm that is active (manual 2-17, 6-8).
fn is_alarm(status: &str) -> bool {
    let clear = status.contains("_CLR_");
    let alarm = [
        "AL_ALM_",
        "AL_TOT_SVC_",
        "AL_LOW_LMT_",
        "AL_HIGH_LMT_",
        "AL_FIR_",
        "AL_FATAL_ERROR",
        "AL_ERROR",
        "AL_WARNING",
    ];
    !clear && alarm.iter().any(|prefix| status.starts_with(prefix))
}
