//! The SmartServers registered here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jid::FullJid;
use jiff::Timestamp;
use tokio::time::Instant;

use super::connections::now;
use super::health::Tracker;
use super::lane::Lane;
use super::{Gateway, GatewayError, Inventory, Point, Thing, Unit, inventory};
use crate::domain::{DataPoint, DataPointId, IdentityId, SmartServer, SmartServerId, Source};
use crate::store::StoreError;

/// Pause after the first failure to read a new SmartServer's inventory; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Longest key, name, site or tag, in characters.
const TEXT_MAX: usize = 200;
/// Longest name of a time zone; those that there are have 32 characters at most.
const TIME_ZONE_MAX: usize = 64;
/// Most tags of one SmartServer.
const TAGS_MAX: usize = 50;

/// A SmartServer as it is registered.
#[derive(Debug, Clone)]
pub struct NewSmartServer {
    /// The identity that will talk to it.
    pub identity_id: IdentityId,
    /// Its full JID.
    pub jid: FullJid,
    /// Its key; the local part of the JID if absent.
    pub key: Option<String>,
    /// What people call it; the key if absent.
    pub name: Option<String>,
    /// Where it stands.
    pub site: Option<String>,
    /// IANA name of the time zone there.
    pub time_zone: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
}

/// A change of what is registered; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct SmartServerChange {
    /// New identity.
    pub identity_id: Option<IdentityId>,
    /// New JID.
    pub jid: Option<FullJid>,
    /// New key.
    pub key: Option<String>,
    /// New name.
    pub name: Option<String>,
    /// New site; `Some(None)` clears it.
    pub site: Option<Option<String>>,
    /// New time zone; `Some(None)` clears it.
    pub time_zone: Option<Option<String>>,
    /// New tags.
    pub tags: Option<TagChange>,
}

/// A change of a SmartServer's tags.
#[derive(Debug, Clone)]
pub enum TagChange {
    /// These in place of all that there are.
    Replace(Vec<String>),
    /// Some more, some less. One that is there already, or that is not there, changes nothing.
    Amend {
        /// Tags that it shall have.
        add: Vec<String>,
        /// Tags that it shall not have; before others are added.
        remove: Vec<String>,
    },
}

impl TagChange {
    fn applied(self, mut tags: Vec<String>) -> Vec<String> {
        match self {
            TagChange::Replace(tags) => tags,
            TagChange::Amend { add, remove } => {
                tags.retain(|tag| !remove.contains(tag));
                tags.extend(add);
                tags
            }
        }
    }
}

impl Gateway {
    /// Finds a SmartServer by key or UUID.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn unit(&self, key: &str) -> Result<Arc<Unit>, GatewayError> {
        self.0.fleet.find(key).ok_or(GatewayError::Unknown { what: Thing::SmartServer })
    }

    /// A SmartServer's key; the id where it is not registered any more.
    pub fn key_of(&self, id: SmartServerId) -> String {
        self.0.fleet.by_id(id).map_or_else(|| id.to_string(), |unit| unit.info().key.clone())
    }

    /// Finds a data point.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn point(&self, id: DataPointId) -> Result<Point, GatewayError> {
        self.0.fleet.point(id).ok_or(GatewayError::Unknown { what: Thing::DataPoint })
    }

    /// Registers a SmartServer and reads its inventory in the background.
    ///
    /// # Errors
    /// `Unknown` identity, `Invalid`, or `Conflict` when key or JID are taken.
    pub async fn add_smartserver(&self, new: NewSmartServer) -> Result<Arc<Unit>, GatewayError> {
        let _only = self.0.fleet.changing.lock().await;
        self.0.connections.get(new.identity_id)?;
        let key = new.key.or_else(|| new.jid.node().map(ToString::to_string)).unwrap_or_default();
        let info = SmartServer {
            id: SmartServerId::new(),
            name: new.name.unwrap_or_else(|| key.clone()),
            key,
            identity_id: new.identity_id,
            jid: new.jid,
            site: new.site,
            time_zone: new.time_zone,
            tags: new.tags,
            inventory_at: None,
            created_at: now(),
        };
        let info = checked(info)?;
        self.0.store.smartservers().insert(&info).await?;
        let unit = self.admit(info, Vec::new(), Tracker::default());
        tracing::info!(smartserver = unit.info().key, "SmartServer registered");
        self.subscribe(&unit);
        self.sync_in_background(&unit);
        Ok(unit)
    }

    /// Changes what is registered of a SmartServer.
    ///
    /// # Errors
    /// `Unknown`, `Invalid`, `Conflict`.
    pub async fn change_smartserver(
        &self,
        key: &str,
        change: SmartServerChange,
    ) -> Result<Arc<Unit>, GatewayError> {
        let _only = self.0.fleet.changing.lock().await;
        let unit = self.unit(key)?;
        let old = unit.info();
        let mut info = (*old).clone();
        if let Some(identity_id) = change.identity_id {
            self.0.connections.get(identity_id)?;
            info.identity_id = identity_id;
        }
        info.jid = change.jid.unwrap_or(info.jid);
        info.key = change.key.unwrap_or(info.key);
        info.name = change.name.unwrap_or(info.name);
        info.site = change.site.unwrap_or(info.site);
        info.time_zone = change.time_zone.unwrap_or(info.time_zone);
        if let Some(change) = change.tags {
            info.tags = change.applied(info.tags);
        }
        let info = checked(info)?;
        self.0.store.smartservers().update(&info).await?;
        self.0.fleet.update(&unit, info);
        self.unit_changed(&unit);
        let now = unit.info();
        if (old.identity_id, &old.jid) != (now.identity_id, &now.jid) {
            self.unsubscribe(old.identity_id, old.jid.to_bare());
            self.subscribe(&unit);
            // What did not answer was asked at another address.
            unit.lane.breaker.nudge();
        }
        self.note_health(&unit);
        Ok(unit)
    }

    /// Removes a SmartServer with its data points and readings.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn remove_smartserver(&self, key: &str) -> Result<(), GatewayError> {
        let _only = self.0.fleet.changing.lock().await;
        let unit = self.unit(key)?;
        self.0.store.smartservers().delete(unit.id).await?;
        let points = self.0.fleet.remove(&unit);
        unit.tap.close();
        self.unit_changed(&unit);
        self.0.cache.forget(&points);
        self.0.dirty.forget(&points);
        self.forget_pubsub(|subscription| subscription.smartserver_id == unit.id);
        self.forget_history(&points);
        let info = unit.info();
        self.unsubscribe(info.identity_id, info.jid.to_bare());
        tracing::info!(smartserver = info.key, "SmartServer removed");
        Ok(())
    }

    /// Brings everything back that the database holds.
    pub(super) async fn restore_fleet(&self) -> Result<(), StoreError> {
        let mut last_seen: HashMap<DataPointId, (Source, Timestamp)> = HashMap::new();
        for reading in self.0.store.readings().load_latest().await? {
            last_seen.insert(reading.data_point_id, (reading.source, reading.received_at));
            self.0.cache.put(reading);
        }
        for info in self.0.store.smartservers().all().await? {
            let own = self.0.store.data_points().of_smartserver(info.id).await?;
            let seen = own.iter().filter_map(|point| last_seen.get(&point.id));
            let (pushes, answers): (Vec<_>, Vec<_>) = seen.partition(|(source, _)| *source == Source::Push);
            let last = |seen: Vec<&(Source, Timestamp)>| seen.into_iter().map(|(_, at)| *at).max();
            let tracker = Tracker::seen_at(last(answers).max(info.inventory_at), last(pushes));
            self.admit(info, own, tracker);
        }
        Ok(())
    }

    fn admit(&self, info: SmartServer, points: Vec<DataPoint>, tracker: Tracker) -> Arc<Unit> {
        let settings = &self.0.settings;
        let inventory: Inventory = points.into_iter().map(|p| (p.name.clone(), Arc::new(p))).collect();
        let lane = Lane::new(settings.in_flight, settings.queue);
        let unit = Arc::new(Unit::new(info, inventory, lane, tracker));
        self.0.fleet.insert(Arc::clone(&unit));
        self.unit_changed(&unit);
        unit
    }

    /// Reads the inventory for the first time, again and again until it is there: seldom, since a
    /// SmartServer may be away for long; at once when this is called again.
    pub(super) fn sync_in_background(&self, unit: &Arc<Unit>) {
        unit.sync_now.notify_one();
        if unit.is_sought.swap(true, Ordering::Relaxed) {
            return;
        }
        let (gateway, unit) = (self.clone(), Arc::clone(unit));
        self.0.tasks.spawn(async move {
            let stopped = gateway.0.shutdown.clone();
            stopped.run_until_cancelled(gateway.seek_inventory(&unit)).await;
            unit.is_sought.store(false, Ordering::Relaxed);
        });
    }

    async fn seek_inventory(&self, unit: &Arc<Unit>) {
        let mut pause = FIRST_PAUSE;
        unit.sync_now.notified().await;
        while self.0.fleet.find(&unit.id.to_string()).is_some() {
            let read = async { self.sync_unit(unit, Instant::now() + inventory::DEADLINE).await };
            let Err(error) = self.0.inventories.keep(unit.info().identity_id, read).await else { return };
            tracing::warn!(smartserver = unit.info().key, %error, ?pause, "inventory not read; tried again");
            // Nudged or not: it is tried again.
            let _ = tokio::time::timeout(pause, unit.sync_now.notified()).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

fn checked(mut info: SmartServer) -> Result<SmartServer, GatewayError> {
    check_text("key", &info.key)?;
    // A key stands in paths beside UUIDs: it must never look like one, hold a slash, or be a step.
    let is_step = matches!(info.key.as_str(), "." | "..");
    if info.key.contains('/') || is_step || info.key.parse::<SmartServerId>().is_ok() {
        return Err(GatewayError::Invalid {
            field: "key",
            message: "a key holds no slash, and is not a UUID, \".\" or \"..\"".into(),
        });
    }
    check_text("name", &info.name)?;
    if let Some(site) = &info.site {
        check_text("site", site)?;
    }
    if info.time_zone.as_ref().is_some_and(|name| !is_time_zone_name(name)) {
        let message = "the IANA name of a time zone, as Europe/Berlin".to_owned();
        return Err(GatewayError::Invalid { field: "time_zone", message });
    }
    info.tags.sort();
    info.tags.dedup();
    if info.tags.len() > TAGS_MAX {
        return Err(GatewayError::Invalid { field: "tags", message: format!("at most {TAGS_MAX} tags") });
    }
    for tag in &info.tags {
        check_text("tags", tag)?;
    }
    Ok(info)
}

/// Whether a text has the shape of a name in the IANA database: which names there are changes with time, and
/// only who shows a time needs to know them.
fn is_time_zone_name(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    text.len() <= TIME_ZONE_MAX && text.split('/').all(is_part)
}

pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), GatewayError> {
    let fits = (1..=TEXT_MAX).contains(&text.chars().count());
    if fits && text.trim() == text && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        let message = format!("1 to {TEXT_MAX} characters, no blanks around it, no control characters");
        Err(GatewayError::Invalid { field, message })
    }
}
