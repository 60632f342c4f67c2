use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::super::value::Value;
use super::data_log::whole_milliseconds;

/// The two logs of an alarm notifier (manual 7-19).
#[derive(Debug, Default)]
pub(in super::super) struct AlarmLog {
    /// By rising time; those that are in neither log are gone.
    pub alarms: VecDeque<Alarm>,
    /// Edits of what was in the logs.
    pub modifications: u32,
    /// There was a notification: before the first there are no log files.
    pub began: bool,
    /// The condition of each point that has one, and its value when that was noticed.
    pub(super) present: HashMap<usize, (String, Value)>,
}

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Log {
    /// What is active.
    Summary,
    /// Every event.
    Historical,
}

/// A notification.
#[derive(Debug, Clone)]
pub(in super::super) struct Alarm {
    pub point: usize,
    /// In whole milliseconds; no other alarm of this point has it.
    pub at: Timestamp,
    /// Last change of this entry.
    pub changed: Timestamp,
    pub value: Value,
    pub point_priority: u8,
    pub condition: String,
    /// Whether the point went into a condition, not out of it.
    pub active: bool,
    pub text: String,
    pub priority: u8,
    pub group: i32,
    pub acknowledged: Option<By>,
    pub cleared: Option<By>,
    pub comment: String,
    pub user: String,
    pub in_summary: bool,
    pub in_history: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum By {
    /// A person.
    Manual,
    /// The notifier itself.
    Auto,
}

/// What a Write says of an alarm (manual 7-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    ManualAck,
    ManualClear,
    /// A comment only.
    Nack,
    AutoAck,
}

impl Log {
    /// The log of this name; without one it is that of all events.
    pub(in super::super) fn named(name: Option<&str>) -> Option<Log> {
        match name {
            Some("SUMMARY") => Some(Log::Summary),
            None | Some("HISTORICAL") => Some(Log::Historical),
            Some(_) => None,
        }
    }

    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Log::Summary => "SUMMARY",
            Log::Historical => "HISTORICAL",
        }
    }
}

impl Verdict {
    /// What may be written; the combinations can only be read.
    pub(in super::super) fn read(text: &str) -> Option<Verdict> {
        match text {
            "MANUAL_ACK" => Some(Verdict::ManualAck),
            "MANUAL_CLEAR" => Some(Verdict::ManualClear),
            "NACK" => Some(Verdict::Nack),
            "AUTO_ACK" => Some(Verdict::AutoAck),
            _ => None,
        }
    }
}

impl Alarm {
    /// `UCPTstatus`
    pub(in super::super) fn status(&self) -> &'static str {
        match (self.acknowledged, self.cleared) {
            (None, None) => "NACK",
            (Some(By::Manual), None) => "MANUAL_ACK",
            (Some(By::Auto), None) => "AUTO_ACK",
            (None, Some(By::Auto)) => "AUTO_CLEAR",
            (None, Some(By::Manual)) => "MANUAL_CLEAR",
            (Some(By::Manual), Some(By::Manual)) => "MANUAL_ACK_MANUAL_CLEAR",
            (Some(By::Manual), Some(By::Auto)) => "MANUAL_ACK_AUTO_CLEAR",
            (Some(By::Auto), Some(By::Auto)) => "AUTO_ACK_AUTO_CLEAR",
            (Some(By::Auto), Some(By::Manual)) => "AUTO_ACK_MANUAL_CLEAR",
        }
    }

    pub(in super::super) fn is_in(&self, log: Log) -> bool {
        match log {
            Log::Summary => self.in_summary,
            Log::Historical => self.in_history,
        }
    }

    /// Does what a Write says.
    pub(in super::super) fn judge(
        &mut self,
        verdict: Verdict,
        comment: String,
        user: String,
        now: Timestamp,
    ) {
        match verdict {
            Verdict::ManualAck => self.acknowledged = Some(By::Manual),
            Verdict::AutoAck => self.acknowledged = Some(By::Auto),
            Verdict::ManualClear => {
                self.acknowledged.get_or_insert(By::Manual);
                self.cleared = Some(By::Manual);
            }
            Verdict::Nack => {}
        }
        (self.comment, self.user, self.changed) = (comment, user, now);
        self.settle();
    }

    fn leave(&mut self, log: Log) {
        match log {
            Log::Summary => self.in_summary = false,
            Log::Historical => self.in_history = false,
        }
    }

    /// An alarm is over when it was cleared and acknowledged.
    fn settle(&mut self) {
        self.in_summary &= self.acknowledged.is_none() || self.cleared.is_none();
    }
}

impl AlarmLog {
    /// Adds an alarm, at its time or, if another of the same point has that, a little later.
    /// Full logs drop their oldest.
    pub(super) fn add(&mut self, mut alarm: Alarm, capacity: &[(Log, usize)]) {
        alarm.at = whole_milliseconds(alarm.at);
        if let Some(last) = self.alarms.iter().rev().find(|other| other.point == alarm.point) {
            alarm.at = alarm.at.max(last.at + SignedDuration::from_millis(1));
        }
        alarm.settle();
        self.began = true;
        self.alarms.push_back(alarm);
        for (log, capacity) in capacity {
            let surplus =
                self.alarms.iter().filter(|a| a.is_in(*log)).count().saturating_sub((*capacity).max(1));
            self.alarms.iter_mut().filter(|a| a.is_in(*log)).take(surplus).for_each(|a| a.leave(*log));
        }
        self.drop_gone();
    }

    /// The condition of a point has gone: its alarms clear themselves, but for those that wait for
    /// a person.
    pub(super) fn clear_itself(&mut self, point: usize, now: Timestamp) {
        for alarm in self.alarms.iter_mut().filter(|alarm| alarm.point == point && alarm.in_summary) {
            if alarm.cleared.is_none() {
                (alarm.cleared, alarm.changed) = (Some(By::Auto), now);
                self.modifications += 1;
            }
            alarm.settle();
        }
        self.drop_gone();
    }

    /// Takes these alarms out of a log.
    pub(in super::super) fn remove(&mut self, places: &[usize], log: Log) {
        places.iter().for_each(|place| self.alarms[*place].leave(log));
        self.edited();
    }

    /// Something in the logs is not as it was.
    pub(in super::super) fn edited(&mut self) {
        self.modifications += 1;
        self.drop_gone();
    }

    fn drop_gone(&mut self) {
        self.alarms.retain(|alarm| alarm.in_summary || alarm.in_history);
    }
}
