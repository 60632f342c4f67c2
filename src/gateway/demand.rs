//! Which data points are wanted how often, and what of them is remembered: poll groups and listeners
//! merged, worked out for one SmartServer at a time and kept until something changes there.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::polling::Rounds;
use super::wishes::{Want, Wishes};
use super::{Gateway, Point, Unit};
use crate::domain::{GroupPoints, HistoryRule, PollGroup, PollGroupId, SmartServerId};

/// What is wanted of one data point by all who want something of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    /// How often it is polled; `None`: not at all.
    pub(super) every: Option<Duration>,
    /// How old a value the SmartServer may answer a poll with.
    pub(super) max_age: Duration,
    /// Age beyond which its reading is stale; `None`: nobody said so.
    pub(super) stale_after: Option<Duration>,
    /// What of its readings is remembered.
    pub(super) history: Option<HistoryRule>,
}

/// All who want something.
#[derive(Debug, Default)]
pub(super) struct Demand {
    wants: RwLock<Wants>,
    /// SmartServers whose polls have to be planned anew.
    changed: Mutex<HashMap<SmartServerId, Arc<Unit>>>,
    rung: Notify,
    /// Held while a group is changed, that database and memory agree.
    pub(super) changing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Wants {
    groups: BTreeMap<PollGroupId, Arc<Want>>,
    listeners: BTreeMap<u64, Arc<Want>>,
    next: u64,
}

/// What the gateway keeps of the demand on one SmartServer.
#[derive(Debug, Default)]
pub(super) struct UnitDemand {
    /// Rises whenever what was worked out may be out of date.
    version: AtomicU64,
    known: RwLock<Option<(u64, Arc<Wishes>)>>,
    /// Whether a poll is under way.
    pub(super) is_polling: AtomicBool,
    /// How its last polls went.
    pub(super) rounds: Mutex<Rounds>,
}

impl Demand {
    /// All groups, oldest first.
    pub(super) fn groups(&self) -> Vec<Arc<PollGroup>> {
        self.read().groups.values().filter_map(|want| want.group.clone()).collect()
    }

    /// How many groups have an effect.
    pub(super) fn enabled(&self) -> usize {
        self.groups().iter().filter(|group| group.enabled).count()
    }

    pub(super) fn group(&self, id: PollGroupId) -> Option<Arc<PollGroup>> {
        self.read().groups.get(&id).and_then(|want| want.group.clone())
    }

    /// Puts a group in, or in the place of the one with its id. Gives the one that was there.
    pub(super) fn put(&self, group: PollGroup) -> [Option<Arc<Want>>; 2] {
        let want = Arc::new(Want::of_group(group));
        let id = want.group.as_ref().map(|group| group.id);
        let old = id.and_then(|id| self.write().groups.insert(id, Arc::clone(&want)));
        [old, Some(want)]
    }

    pub(super) fn remove(&self, id: PollGroupId) -> Option<Arc<Want>> {
        self.write().groups.remove(&id)
    }

    /// Those who want something of the SmartServer.
    fn on(&self, unit: &Unit) -> Vec<Arc<Want>> {
        let info = unit.info();
        let wants = self.read();
        let all = wants.groups.values().chain(wants.listeners.values());
        all.filter(|want| want.takes_smartserver(&info)).cloned().collect()
    }

    /// Lets the scheduler know that the SmartServer's polls have to be planned anew.
    fn ring(&self, unit: &Arc<Unit>) {
        self.changed().insert(unit.id, Arc::clone(unit));
        self.rung.notify_one();
    }

    /// Waits until the demand on some SmartServer has changed.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// SmartServers whose polls have to be planned anew; each is given once.
    pub(super) fn take_changed(&self) -> HashMap<SmartServerId, Arc<Unit>> {
        std::mem::take(&mut *self.changed())
    }

    fn changed(&self) -> MutexGuard<'_, HashMap<SmartServerId, Arc<Unit>>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Wants> {
        self.wants.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Wants> {
        self.wants.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnitDemand {
    fn known(&self) -> Option<Arc<Wishes>> {
        let version = self.version.load(Ordering::Acquire);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| *of == version).map(|(_, wishes)| Arc::clone(wishes))
    }

    pub(super) fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Points that a listener wants to be polled; no longer so when this is dropped.
#[derive(Debug)]
pub struct DemandGuard {
    gateway: Gateway,
    number: u64,
}

impl Drop for DemandGuard {
    fn drop(&mut self) {
        let old = self.gateway.0.demand.write().listeners.remove(&self.number);
        self.gateway.demand_changed(&[old]);
    }
}

impl Gateway {
    /// What is wanted of a data point; `None`: nothing. Cheap: called for every reading.
    pub(super) fn wish(&self, point: &Point) -> Option<Arc<Wish>> {
        match point.unit.demand.known() {
            Some(wishes) => wishes.of(point.data.id),
            None => self.wishes(&point.unit).of(point.data.id),
        }
    }

    /// What is wanted of a SmartServer's points.
    pub(super) fn wishes(&self, unit: &Unit) -> Arc<Wishes> {
        if let Some(wishes) = unit.demand.known() {
            return wishes;
        }
        // Before anything else is looked at: a change meanwhile makes this out of date.
        let version = unit.demand.version.load(Ordering::Acquire);
        let wants = self.0.demand.on(unit);
        let wishes = Arc::new(Wishes::new(&wants, &unit.points(), self.default_retention()));
        let mut known = unit.demand.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some((version, Arc::clone(&wishes)));
        wishes
    }

    /// Polls points at least this often (1 s to 24 h) for as long as the guard lives.
    pub fn demand(&self, points: GroupPoints, every: Duration) -> DemandGuard {
        let want = Arc::new(Want::of_listener(points, every.clamp(PollGroup::SHORTEST, PollGroup::LONGEST)));
        let mut wants = self.0.demand.write();
        let number = wants.next;
        wants.next += 1;
        wants.listeners.insert(number, Arc::clone(&want));
        drop(wants);
        self.demand_changed(&[Some(want)]);
        DemandGuard { gateway: self.clone(), number }
    }

    /// To be called after who wants something has come, gone or changed.
    pub(super) fn demand_changed(&self, wants: &[Option<Arc<Want>>]) {
        let concerned = |unit: &Arc<Unit>| {
            let info = unit.info();
            wants.iter().flatten().any(|want| want.takes_smartserver(&info))
        };
        for unit in self.0.fleet.units_from(Bound::Unbounded).iter().filter(|unit| concerned(unit)) {
            self.unit_changed(unit);
        }
    }

    /// To be called after a SmartServer was registered, changed or removed, or its inventory was.
    pub(super) fn unit_changed(&self, unit: &Arc<Unit>) {
        unit.demand.version.fetch_add(1, Ordering::AcqRel);
        self.0.demand.ring(unit);
    }

    fn default_retention(&self) -> u32 {
        DEFAULT_RETENTION_DAYS
    }
}

/// Days that readings are kept where a rule does not say.
const DEFAULT_RETENTION_DAYS: u32 = 90;
