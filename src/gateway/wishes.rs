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

/// What is wanted of the points of one SmartServer.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    by_point: HashMap<DataPointId, Arc<Wish>>,
    /// Points that are polled, by how often.
    pub(super) polled: BTreeMap<Duration, Vec<(Arc<DataPoint>, Arc<Wish>)>>,
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
