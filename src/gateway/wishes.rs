//! What is wanted of one SmartServer's points: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::demand::Wish;
use super::fleet::Inventory;
use crate::domain::{
    DataPoint, DataPointId, DataPointName, GroupPoints, PointSelection, PollGroup, PollGroupId, SmartServer,
    SmartServerId,
};

/// Time that a poll may take before a reading that waits for it counts as stale.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// Somebody who wants something of data points.
#[derive(Debug)]
pub(super) struct Want {
    /// The group; `None` for a listener.
    pub(super) group: Option<Arc<PollGroup>>,
    members: Members,
    /// What is wanted of each point; `None`: nothing, the group is disabled.
    wish: Option<Wish>,
}

#[derive(Debug)]
enum Members {
    Selection(PointSelection),
    Items(HashMap<SmartServerId, HashSet<DataPointName>>),
}

impl Want {
    pub(super) fn of_group(group: PollGroup) -> Want {
        let max_age = group.max_age.or(group.interval).unwrap_or(Duration::MAX);
        let wish = Wish {
            every: group.interval,
            max_age,
            stale_after: group.interval.map(|every| every + max_age + ON_THE_WAY),
            history: group.history.clone(),
        };
        Want {
            members: Members::new(&group.points),
            wish: group.enabled.then_some(wish),
            group: Some(Arc::new(group)),
        }
    }

    pub(super) fn of_listener(points: GroupPoints, every: Duration) -> Want {
        let wish = Wish { every: Some(every), max_age: every, stale_after: None, history: None };
        Want { group: None, members: Members::new(&points), wish: Some(wish) }
    }

    /// Whether something of this SmartServer can be wanted.
    pub(super) fn takes_smartserver(&self, info: &SmartServer) -> bool {
        match &self.members {
            Members::Selection(selection) => selection.takes_smartserver(info),
            Members::Items(items) => items.contains_key(&info.id),
        }
    }

    /// The only SmartServer that something can be wanted of, if there is but one.
    pub(super) fn only_smartserver(&self) -> Option<SmartServerId> {
        match &self.members {
            Members::Selection(selection) => selection.only_smartserver(),
            Members::Items(items) if items.len() == 1 => items.keys().next().copied(),
            Members::Items(_) => None,
        }
    }

    fn takes_point(&self, point: &DataPoint) -> bool {
        match &self.members {
            Members::Selection(selection) => selection.takes_point(point),
            Members::Items(items) => {
                items.get(&point.smartserver_id).is_some_and(|names| names.contains(&point.name))
            }
        }
    }
}

impl Members {
    fn new(points: &GroupPoints) -> Members {
        match points {
            GroupPoints::Selection(selection) => Members::Selection(selection.clone()),
            GroupPoints::Items(items) => {
                let mut names: HashMap<_, HashSet<_>> = HashMap::new();
                for item in items {
                    names.entry(item.smartserver_id).or_default().insert(item.name.clone());
                }
                Members::Items(names)
            }
        }
    }
}

/// A point and what is wanted of it.
pub(super) type Wished = (Arc<DataPoint>, Arc<Wish>);

/// What is wanted of the points of one SmartServer.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    by_point: HashMap<DataPointId, Arc<Wish>>,
    /// Points that are polled, by how often.
    pub(super) polled: BTreeMap<Duration, Vec<Wished>>,
    /// What each group has here, disabled ones too.
    pub(super) shares: BTreeMap<PollGroupId, Share>,
}

/// What a group has of one SmartServer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Points.
    pub(super) points: usize,
    /// How often they are polled, all demand on them merged.
    pub(super) rhythms: BTreeSet<Duration>,
}

impl Wishes {
    /// Merges what is wanted by those that take the SmartServer. A history rule without a retention of its
    /// own keeps readings for `default_retention` days.
    pub(super) fn new(wants: &[Arc<Want>], points: &Inventory, default_retention: u32) -> Wishes {
        let mut wishes = Wishes::default();
        for point in points.values() {
            let takers: Vec<_> = wants.iter().filter(|want| want.takes_point(point)).collect();
            let wish = takers.iter().filter_map(|want| want.wish.clone());
            let wish = wish.reduce(|one, other| one.merged(&other, default_retention)).map(Arc::new);
            for group in takers.iter().filter_map(|want| want.group.as_ref()) {
                let share = wishes.shares.entry(group.id).or_default();
                share.points += 1;
                let polls = group.enabled && group.interval.is_some();
                share.rhythms.extend(wish.as_ref().filter(|_| polls).and_then(|wish| wish.every));
            }
            if let Some(wish) = wish {
                wishes.add(point, wish);
            }
        }
        wishes
    }

    fn add(&mut self, point: &Arc<DataPoint>, wish: Arc<Wish>) {
        if let Some(every) = wish.every {
            self.polled.entry(every).or_default().push((Arc::clone(point), Arc::clone(&wish)));
        }
        self.by_point.insert(point.id, wish);
    }

    /// What is wanted of a point.
    pub(super) fn of(&self, point: DataPointId) -> Option<Arc<Wish>> {
        self.by_point.get(&point).cloned()
    }
}

impl Wish {
    /// A wish that fulfils both.
    fn merged(self, other: &Wish, default_retention: u32) -> Wish {
        let history = match (self.history, &other.history) {
            (Some(one), Some(other)) => Some(one.merged(other, default_retention)),
            (one, other) => one.or_else(|| other.clone()),
        };
        Wish {
            every: least(self.every, other.every),
            max_age: self.max_age.min(other.max_age),
            stale_after: least(self.stale_after, other.stale_after),
            history,
        }
    }
}

fn least(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{GroupItem, HistoryRecord, HistoryRule};

    fn inventory(count: usize) -> Inventory {
        let smartserver_id = SmartServerId::new();
        let point = |n: usize| {
            let name: DataPointName = format!("Net/p{n}").parse().unwrap();
            let point = DataPoint {
                id: DataPointId::new(),
                smartserver_id,
                name: name.clone(),
                alias: None,
                description: None,
                format: None,
                unit: None,
                direction: None,
                presets: Vec::new(),
                configured_at: None,
            };
            (name, Arc::new(point))
        };
        (0..count).map(point).collect()
    }

    fn all() -> GroupPoints {
        GroupPoints::Selection(PointSelection::default())
    }

    fn group(points: GroupPoints, seconds: Option<u64>) -> PollGroup {
        PollGroup {
            id: PollGroupId::new(),
            name: "g".into(),
            enabled: true,
            points,
            interval: seconds.map(Duration::from_secs),
            max_age: None,
            history: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn rule(record: HistoryRecord, deadband: Option<f64>, days: Option<u32>) -> HistoryRule {
        let min_interval = Duration::from_secs(10);
        HistoryRule { record, min_interval, deadband, retention_days: days, backfill: false }
    }

    fn wishes(groups: &[PollGroup], points: &Inventory) -> Wishes {
        let wants: Vec<_> = groups.iter().cloned().map(|group| Arc::new(Want::of_group(group))).collect();
        Wishes::new(&wants, points, 90)
    }

    fn only(wishes: &Wishes, points: &Inventory) -> Wish {
        (*wishes.of(points.values().next().unwrap().id).unwrap()).clone()
    }

    #[test]
    fn ten_groups_that_want_the_same_poll_it_once() {
        let points = inventory(20);
        let groups: Vec<_> = (0..10).map(|_| group(all(), Some(10))).collect();
        let wishes = wishes(&groups, &points);
        assert_eq!(wishes.polled.len(), 1);
        assert_eq!(wishes.polled[&Duration::from_secs(10)].len(), 20, "each point once");
        assert!(groups.iter().all(|group| wishes.shares[&group.id].points == 20));
    }

    #[test]
    fn a_shorter_interval_covers_a_longer_one_and_is_asked_for_with_its_age() {
        let points = inventory(2);
        let name = points.keys().next().unwrap().clone();
        let smartserver_id = points[&name].smartserver_id;
        let item = GroupItem { smartserver_id, name };
        let (slow, fast) = (group(all(), Some(60)), group(GroupPoints::Items(vec![item]), Some(10)));
        let wishes = wishes(&[slow.clone(), fast.clone()], &points);
        let wish = only(&wishes, &points);
        assert_eq!((wish.every, wish.max_age), (Some(Duration::from_secs(10)), Duration::from_secs(10)));
        assert_eq!(wish.stale_after, Some(Duration::from_secs(10 + 10) + ON_THE_WAY));
        assert_eq!(wishes.polled.values().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(wishes.shares[&slow.id].rhythms.len(), 2, "its points are polled at either");
        assert_eq!(wishes.shares[&fast.id], Share { points: 1, rhythms: [Duration::from_secs(10)].into() });
    }

    #[test]
    fn the_disabled_count_and_have_no_effect() {
        let points = inventory(3);
        let off = PollGroup { enabled: false, ..group(all(), Some(10)) };
        let wishes = wishes(std::slice::from_ref(&off), &points);
        assert!(wishes.polled.is_empty() && wishes.by_point.is_empty());
        assert_eq!(wishes.shares[&off.id], Share { points: 3, rhythms: BTreeSet::new() });
    }

    #[test]
    fn what_is_only_remembered_is_not_polled() {
        let points = inventory(1);
        let history = Some(rule(HistoryRecord::Change, None, None));
        let wish =
            only(&wishes(&[PollGroup { history: history.clone(), ..group(all(), None) }], &points), &points);
        assert_eq!((wish.every, wish.stale_after, wish.history), (None, None, history));
    }

    #[test]
    fn of_two_rules_both_are_fulfilled() {
        use HistoryRecord::{Change, EveryReading};
        let merged = |one: HistoryRule, other: HistoryRule| {
            let both = one.merged(&other, 90);
            assert_eq!(both, other.merged(&one, 90), "in either order");
            (both.record, both.deadband, both.retention_days)
        };
        let generous = merged(rule(Change, Some(2.0), None), rule(EveryReading, Some(1.0), Some(30)));
        assert_eq!(generous, (EveryReading, Some(1.0), Some(90)));
        let exact = merged(rule(Change, None, Some(400)), rule(Change, Some(1.0), None));
        assert_eq!(exact, (Change, None, Some(400)));
        assert_eq!(merged(rule(Change, None, None), rule(Change, None, None)).2, None);
    }

    proptest! {
        /// Whoever wants something gets it, and nobody gets more than the most demanding asked for.
        #[test]
        fn everybody_is_served(
            groups in prop::collection::vec((1u64..100, prop::option::of(1u64..100), any::<bool>()), 1..8),
        ) {
            let points = inventory(1);
            let groups: Vec<_> = groups.into_iter().map(|(every, age, enabled)| PollGroup {
                enabled,
                max_age: age.map(Duration::from_secs),
                ..group(all(), Some(every))
            }).collect();
            let enabled: Vec<_> = groups.iter().filter(|group| group.enabled).collect();
            let wishes = wishes(&groups, &points);
            let Some(wish) = wishes.of(points.values().next().unwrap().id) else {
                prop_assert!(enabled.is_empty());
                return Ok(());
            };
            prop_assert_eq!(wish.every, enabled.iter().filter_map(|group| group.interval).min());
            let age = |group: &&PollGroup| group.max_age.or(group.interval);
            prop_assert_eq!(Some(wish.max_age), enabled.iter().filter_map(age).min());
            let least = enabled.iter().filter_map(|group| Some(group.interval? + age(group)?)).min();
            prop_assert_eq!(wish.stale_after, least.map(|least| least + ON_THE_WAY));
            prop_assert!(wish.every.unwrap() + wish.max_age <= least.unwrap(), "polls keep all of it fresh");
        }
    }
}
