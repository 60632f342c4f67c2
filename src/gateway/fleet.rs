//! The SmartServers and data points registered here, in memory: every call resolves names and ids
//! without asking the database.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jid::{BareJid, FullJid};

use super::alarm_collector::AlarmDesk;
use super::chat::Chats;
use super::clock::Clock;
use super::demand::UnitDemand;
use super::desk::Desk;
use super::health::Tracker;
use super::lane::Lane;
use super::pushes::Pushing;
use super::restarts::History;
use super::traffic::Tap;
use crate::domain::{
    DataPoint, DataPointId, DataPointName, HealthState, IdentityId, SmartServer, SmartServerId,
};
use crate::smartserver::batches::BatchItem;

/// One SmartServer with all that the gateway keeps of it.
#[derive(Debug)]
pub struct Unit {
    /// Its id, which never changes.
    pub id: SmartServerId,
    info: RwLock<Arc<SmartServer>>,
    points: RwLock<Arc<Inventory>>,
    pub(super) lane: Lane,
    pub(super) desk: Desk,
    pub(super) tracker: Mutex<Tracker>,
    pub(super) last_state: Mutex<Option<HealthState>>,
    pub(super) clock: Mutex<Clock>,
    pub(super) history: Mutex<History>,
    pub(super) alarms: AlarmDesk,
    /// Whether a task reads its inventory again.
    pub(super) is_rereading: AtomicBool,
    pub(super) chats: Mutex<Chats>,
    pub(super) pushing: Pushing,
    /// Held while the inventory is read, so that it is read once for all who need it.
    pub(super) syncing: Arc<tokio::sync::Mutex<()>>,
    /// Whether a task reads its first inventory.
    pub(super) is_sought: AtomicBool,
    /// Ends that task's pause.
    pub(super) sync_now: tokio::sync::Notify,
    /// What is wanted of its points.
    pub(super) demand: UnitDemand,
    /// Where its messages can be listened to.
    pub(super) tap: Tap,
}

/// Data points of one SmartServer by name.
pub type Inventory = BTreeMap<DataPointName, Arc<DataPoint>>;

/// A data point together with its SmartServer.
#[derive(Debug, Clone)]
pub struct Point {
    /// The SmartServer that holds it.
    pub unit: Arc<Unit>,
    /// The point.
    pub data: Arc<DataPoint>,
}

impl BatchItem for Point {
    fn name(&self) -> &DataPointName {
        &self.data.name
    }
}

impl Unit {
    pub(super) fn new(info: SmartServer, points: Inventory, lane: Lane, tracker: Tracker) -> Self {
        Unit {
            id: info.id,
            info: RwLock::new(Arc::new(info)),
            points: RwLock::new(Arc::new(points)),
            lane,
            desk: Desk::default(),
            tracker: Mutex::new(tracker),
            last_state: Mutex::default(),
            clock: Mutex::default(),
            history: Mutex::default(),
            alarms: AlarmDesk::default(),
            is_rereading: AtomicBool::default(),
            chats: Mutex::default(),
            pushing: Pushing::default(),
            syncing: Arc::default(),
            is_sought: AtomicBool::default(),
            sync_now: tokio::sync::Notify::default(),
            demand: UnitDemand::default(),
            tap: Tap::default(),
        }
    }

    /// What is registered of it.
    pub fn info(&self) -> Arc<SmartServer> {
        Arc::clone(&self.info.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Its data points.
    pub fn points(&self) -> Arc<Inventory> {
        Arc::clone(&self.points.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is registered of it, with nobody else doing so in between.
    pub(super) fn change_info(&self, change: impl FnOnce(&mut SmartServer)) {
        change(Arc::make_mut(&mut self.info.write().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// All of them, by what callers know them by.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    index: RwLock<Index>,
    /// Held while a SmartServer is registered, changed or removed, that database and memory agree.
    pub(super) changing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Index {
    by_key: BTreeMap<String, Arc<Unit>>,
    by_id: HashMap<SmartServerId, Arc<Unit>>,
    by_jid: HashMap<FullJid, Arc<Unit>>,
    by_account: HashMap<BareJid, Vec<Arc<Unit>>>,
    points: HashMap<DataPointId, Point>,
}

impl Index {
    /// Enters a SmartServer under what others know it by.
    fn name(&mut self, unit: &Arc<Unit>, info: &SmartServer) {
        self.by_key.insert(info.key.clone(), Arc::clone(unit));
        self.by_jid.insert(info.jid.clone(), Arc::clone(unit));
        self.by_account.entry(info.jid.to_bare()).or_default().push(Arc::clone(unit));
    }

    /// Takes back what [`Index::name`] did.
    fn unname(&mut self, info: &SmartServer) {
        self.by_key.remove(&info.key);
        self.by_jid.remove(&info.jid);
        let account = info.jid.to_bare();
        let Some(others) = self.by_account.get_mut(&account) else { return };
        others.retain(|unit| unit.id != info.id);
        if others.is_empty() {
            self.by_account.remove(&account);
        }
    }
}

impl Fleet {
    fn read(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a SmartServer by UUID or key.
    pub(super) fn find(&self, key_or_id: &str) -> Option<Arc<Unit>> {
        let index = self.read();
        let by_id = || key_or_id.parse().ok().and_then(|id: SmartServerId| index.by_id.get(&id));
        index.by_key.get(key_or_id).or_else(by_id).cloned()
    }

    /// Finds a SmartServer by its id.
    pub(super) fn by_id(&self, id: SmartServerId) -> Option<Arc<Unit>> {
        self.read().by_id.get(&id).cloned()
    }

    /// Finds the SmartServer that speaks as `jid` to the identity.
    pub(super) fn sender(&self, identity: IdentityId, jid: &FullJid) -> Option<Arc<Unit>> {
        self.read().by_jid.get(jid).filter(|unit| unit.info().identity_id == identity).cloned()
    }

    /// Whether a SmartServer of the identity uses this account.
    pub(super) fn uses(&self, identity: IdentityId, account: &BareJid) -> bool {
        let index = self.read();
        index.by_account.get(account).into_iter().flatten().any(|unit| unit.info().identity_id == identity)
    }

    /// Finds a data point.
    pub(super) fn point(&self, id: DataPointId) -> Option<Point> {
        self.read().points.get(&id).cloned()
    }

    /// SmartServers in the order of their keys, those after `key` only, if one is given.
    pub(super) fn units_from(&self, key: Bound<&str>) -> Vec<Arc<Unit>> {
        self.read()
            .by_key
            .range::<str, _>((key, Bound::Unbounded))
            .map(|(_, unit)| Arc::clone(unit))
            .collect()
    }

    /// SmartServers of one identity.
    pub(super) fn units_of(&self, identity: IdentityId) -> Vec<Arc<Unit>> {
        self.read().by_id.values().filter(|unit| unit.info().identity_id == identity).cloned().collect()
    }

    pub(super) fn insert(&self, unit: Arc<Unit>) {
        let mut index = self.write();
        let info = unit.info();
        index.name(&unit, &info);
        index.by_id.insert(unit.id, Arc::clone(&unit));
        for data in unit.points().values() {
            index.points.insert(data.id, Point { unit: Arc::clone(&unit), data: Arc::clone(data) });
        }
    }

    /// Takes a SmartServer out and tells the ids of its data points.
    pub(super) fn remove(&self, unit: &Unit) -> Vec<DataPointId> {
        let mut index = self.write();
        let info = unit.info();
        index.unname(&info);
        index.by_id.remove(&unit.id);
        let ids: Vec<_> = unit.points().values().map(|point| point.id).collect();
        for id in &ids {
            index.points.remove(id);
        }
        ids
    }

    /// Replaces what is registered of a SmartServer; when its inventory was read stays as it is.
    pub(super) fn update(&self, unit: &Arc<Unit>, info: SmartServer) {
        let mut index = self.write();
        let old = unit.info();
        index.unname(&old);
        index.name(unit, &info);
        unit.change_info(|now| *now = SmartServer { inventory_at: now.inventory_at, ..info });
    }

    /// Replaces a SmartServer's inventory.
    pub(super) fn set_points(&self, unit: &Arc<Unit>, points: Vec<DataPoint>) {
        let mut index = self.write();
        let fresh: Inventory = points.into_iter().map(|p| (p.name.clone(), Arc::new(p))).collect();
        let old = unit.points();
        for point in old.values() {
            index.points.remove(&point.id);
        }
        if index.by_id.contains_key(&unit.id) {
            for data in fresh.values() {
                index.points.insert(data.id, Point { unit: Arc::clone(unit), data: Arc::clone(data) });
            }
        }
        *unit.points.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
    }
}
