use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DataPoint, DataPointName, PollGroupId, SmartServer, SmartServerId};

/// Data points that are read on a schedule, or whose readings are remembered, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct PollGroup {
    /// Id.
    pub id: PollGroupId,
    /// Unique name.
    pub name: String,
    /// Whether it has any effect.
    pub enabled: bool,
    /// Its points.
    pub points: GroupPoints,
    /// How often each point is read; `None`: the group does not poll.
    pub interval: Option<Duration>,
    /// How old a value the SmartServer may answer a poll with; `None`: as old as the interval.
    pub max_age: Option<Duration>,
    /// What of their readings is remembered; `None`: nothing.
    pub history: Option<HistoryRule>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl PollGroup {
    /// Shortest interval.
    pub const SHORTEST: Duration = Duration::from_secs(1);
    /// Longest interval.
    pub const LONGEST: Duration = Duration::from_hours(24);
    /// Most points named one by one.
    pub const MOST_ITEMS: usize = 10_000;
    /// Most SmartServers that a selection names.
    pub const MOST_SMARTSERVERS: usize = 1_000;
    /// Most groups.
    pub const MOST: usize = 1_000;
}

/// Which data points are meant, of the whole fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupPoints {
    /// All that fit, also those that are registered later.
    Selection(PointSelection),
    /// These.
    Items(Vec<GroupItem>),
}

/// A data point by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupItem {
    /// The SmartServer that holds it.
    pub smartserver_id: SmartServerId,
    /// Its name there.
    pub name: DataPointName,
}

/// Conditions that all hold; without any, every data point is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PointSelection {
    /// A tag of the SmartServer.
    pub tag: Option<String>,
    /// The SmartServer's site.
    pub site: Option<String>,
    /// The SmartServer.
    pub smartserver_id: Option<SmartServerId>,
    /// Any of these SmartServers.
    pub smartserver_ids: Option<BTreeSet<SmartServerId>>,
    /// Beginning of the point's name.
    pub prefix: Option<String>,
    /// The point's type, as `SNVT_switch`.
    pub type_name: Option<String>,
    /// Part of the point's name, alias or description, in any case.
    pub q: Option<String>,
}

impl PointSelection {
    /// Whether points of this SmartServer can be meant.
    pub fn takes_smartserver(&self, info: &SmartServer) -> bool {
        self.smartserver_id.is_none_or(|id| id == info.id)
            && self.smartserver_ids.as_ref().is_none_or(|ids| ids.contains(&info.id))
            && self.tag.as_ref().is_none_or(|tag| info.tags.contains(tag))
            && self.site.as_ref().is_none_or(|site| info.site.as_ref() == Some(site))
    }

    /// The only SmartServer whose points can be meant, if there is but one.
    pub fn only_smartserver(&self) -> Option<SmartServerId> {
        let only = |ids: &BTreeSet<_>| ids.first().filter(|_| ids.len() == 1).copied();
        self.smartserver_id.or_else(|| self.smartserver_ids.as_ref().and_then(only))
    }

    /// Whether this point of a SmartServer that fits is meant.
    pub fn takes_point(&self, point: &DataPoint) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| point.name.as_str().starts_with(prefix.as_str()))
            && self.type_name.as_ref().is_none_or(|name| point.is_of_type(name))
            && self.q.as_ref().is_none_or(|part| point.mentions(part))
    }
}

/// What of a point's readings is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRule {
    /// Which readings.
    pub record: HistoryRecord,
    /// Least time between two readings that are remembered.
    pub min_interval: Duration,
    /// A number that differs from the last one remembered by less than this has not changed; `None`: every
    /// difference is a change.
    pub deadband: Option<f64>,
    /// Days that they are kept; `None`: the configured number.
    pub retention_days: Option<u32>,
    /// Whether what was missed is fetched from the SmartServer's own data loggers.
    pub backfill: bool,
}

/// Which readings are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryRecord {
    /// Those that differ from the last one remembered.
    Change,
    /// Every one.
    EveryReading,
}

impl HistoryRule {
    /// Longest retention in days.
    pub const LONGEST_RETENTION: u32 = 3650;

    /// A rule that remembers whatever either of the two would, for as long as either would, where a rule
    /// without a retention of its own keeps readings for `default_retention` days.
    pub fn merged(&self, other: &HistoryRule, default_retention: u32) -> HistoryRule {
        let every = [self.record, other.record].contains(&HistoryRecord::EveryReading);
        let days = |rule: &HistoryRule| rule.retention_days.unwrap_or(default_retention);
        let same = self.retention_days == other.retention_days;
        HistoryRule {
            record: if every { HistoryRecord::EveryReading } else { HistoryRecord::Change },
            min_interval: self.min_interval.min(other.min_interval),
            deadband: self.deadband.zip(other.deadband).map(|(a, b)| a.min(b)),
            retention_days: if same { self.retention_days } else { Some(days(self).max(days(other))) },
            backfill: self.backfill || other.backfill,
        }
    }
}
