//! How poll groups are doing, put together from the last polls of their SmartServers when it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::polling::{RoundEnd, Rounds};
use super::wishes::Share;
use super::{Gateway, Point};
use crate::domain::{GroupItem, GroupPoints, PollGroup, PollGroupId};

/// Missing points that are told by name.
const MISSING_NAMED: usize = 100;

/// How a poll group is doing. A SmartServer is counted by the last turn that it had: what polled, failed,
/// was skipped, was behind and waits adds up to all SmartServers of a group that polls.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PollStatus {
    /// SmartServers with points of the group.
    pub smartservers: usize,
    /// Its points.
    pub data_points: usize,
    /// Points that it names and nobody has.
    pub missing: usize,
    /// The first of those.
    pub missing_items: Vec<GroupItem>,
    /// SmartServers that answered, or whose points had come otherwise.
    pub polled: usize,
    /// SmartServers whose poll failed.
    pub failed: usize,
    /// SmartServers that were offline.
    pub skipped_offline: usize,
    /// SmartServers whose poll before was still on.
    pub behind: usize,
    /// SmartServers whose first turn is to come.
    pub waiting: usize,
    /// The last turn of one of them.
    pub last_turn_at: Option<Timestamp>,
    /// Times from turn to answer, each SmartServer's last: the median.
    pub lag_p50: Option<Duration>,
    /// 95th percentile.
    pub lag_p95: Option<Duration>,
    /// The longest.
    pub lag_max: Option<Duration>,
    /// All of it in words.
    pub reason: String,
}

#[derive(Default)]
struct Tally {
    status: PollStatus,
    lags: Vec<Duration>,
    failure: Option<String>,
}

impl Gateway {
    /// How groups are doing, in their order.
    pub(super) fn poll_statuses(&self, groups: &[Arc<PollGroup>]) -> Vec<PollStatus> {
        let mut tallies: HashMap<PollGroupId, Tally> =
            groups.iter().map(|group| (group.id, Tally::default())).collect();
        for unit in self.0.fleet.units_from(Bound::Unbounded) {
            let wishes = self.wishes(&unit);
            let rounds = unit.demand.rounds();
            tally(&mut tallies, &wishes.shares, &rounds);
        }
        let status = |group: &Arc<PollGroup>| tallies.remove(&group.id).unwrap_or_default().told(self, group);
        groups.iter().map(status).collect()
    }

    /// How many data points are polled.
    pub(super) fn polled_points(&self) -> usize {
        let units = self.0.fleet.units_from(Bound::Unbounded);
        units.iter().map(|unit| self.wishes(unit).polled.values().map(Vec::len).sum::<usize>()).sum()
    }

    /// Whether a reading that came last so long ago is older than wanted, if anybody said so.
    pub fn stale_after(&self, point: &Point) -> Option<Duration> {
        self.wish(point).and_then(|wish| wish.stale_after)
    }

    fn is_there(&self, item: &GroupItem) -> bool {
        let unit = self.0.fleet.by_id(item.smartserver_id);
        unit.is_some_and(|unit| unit.points().contains_key(&item.name))
    }

    fn missing<'a>(&self, group: &'a PollGroup) -> Vec<&'a GroupItem> {
        match &group.points {
            GroupPoints::Selection(_) => Vec::new(),
            GroupPoints::Items(items) => items.iter().filter(|item| !self.is_there(item)).collect(),
        }
    }
}

/// Adds what one SmartServer has of each group.
fn tally(tallies: &mut HashMap<PollGroupId, Tally>, shares: &BTreeMap<PollGroupId, Share>, rounds: &Rounds) {
    for (group, share) in shares {
        if let Some(tally) = tallies.get_mut(group) {
            tally.add(share, rounds);
        }
    }
}

impl Tally {
    fn add(&mut self, share: &Share, rounds: &Rounds) {
        let status = &mut self.status;
        status.smartservers += 1;
        status.data_points += share.points;
        let last = share.rhythms.iter().filter_map(|every| rounds.last(*every)).max_by_key(|round| round.at);
        let Some(round) = last else {
            status.waiting += usize::from(!share.rhythms.is_empty());
            return;
        };
        status.last_turn_at = status.last_turn_at.max(Some(round.at));
        match &round.end {
            RoundEnd::Polled(lag) => {
                status.polled += 1;
                self.lags.push(*lag);
            }
            RoundEnd::Fresh => status.polled += 1,
            RoundEnd::Failed(why) => {
                status.failed += 1;
                self.failure.get_or_insert_with(|| why.clone());
            }
            RoundEnd::Offline => status.skipped_offline += 1,
            RoundEnd::Behind => status.behind += 1,
        }
    }

    fn told(mut self, gateway: &Gateway, group: &PollGroup) -> PollStatus {
        self.lags.sort_unstable();
        let missing = gateway.missing(group);
        let mut status = self.status;
        status.missing = missing.len();
        status.missing_items = missing.into_iter().take(MISSING_NAMED).cloned().collect();
        status.lag_p50 = percentile(&self.lags, 50);
        status.lag_p95 = percentile(&self.lags, 95);
        status.lag_max = self.lags.last().copied();
        status.reason = reason(group, &status, self.failure.as_deref());
        status
    }
}

/// The smallest element that at least `percent` of a sorted list do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn reason(group: &PollGroup, status: &PollStatus, failure: Option<&str>) -> String {
    if !group.enabled {
        return "It is disabled.".into();
    }
    let all = status.smartservers;
    let some =
        |count: usize, what: &str| (count > 0).then(|| format!("{count} of {all} SmartServers {what}"));
    let begin = match (group.interval, status.data_points) {
        (_, 0) => "No data point is chosen.",
        (None, _) => "It does not poll; what is remembered comes otherwise.",
        _ if status.polled == all => "All SmartServers are polled.",
        _ => "",
    };
    let missing = match status.missing {
        0 => None,
        1 => Some("1 data point is missing.".to_owned()),
        count => Some(format!("{count} data points are missing.")),
    };
    let parts = [
        Some(begin.to_owned()),
        some(status.waiting, "have not had their first turn yet."),
        some(status.skipped_offline, "are skipped: offline."),
        some(status.behind, "are behind: they answer more slowly than they are polled."),
        some(status.failed, &format!("failed: {}.", failure.unwrap_or("no answer"))),
        missing,
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
