//! Reading a SmartServer's inventory: List for the names, Get for their configuration.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::next_batch;
use super::connections::now;
use super::{Gateway, GatewayError, Inventory, Unit};
use crate::domain::{DataPoint, DataPointName, Direction};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{
    Answer, ListedPoint, MessageProperties, PagedList, PointConfig, PointItem, SmartServerRpc,
};
use crate::store::{InventoryChange, NewDataPoint};

/// Time that reading a whole inventory may take: some forty messages for the largest SmartServers.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);

/// What reading an inventory brought.
#[derive(Debug, Clone)]
pub struct SyncReport {
    /// Data points now, and how they changed.
    pub change: InventoryChange,
    /// How long it took.
    pub took: Duration,
}

/// The names of an inventory.
struct Listing {
    listed: Vec<ListedPoint>,
    /// Known before, and on none of several pages.
    unlisted: Vec<DataPointName>,
    /// Header of the answer, or of the first page.
    properties: Option<MessageProperties>,
}

impl Gateway {
    /// Reads a SmartServer's inventory again.
    ///
    /// # Errors
    /// Those of the calls; then the inventory stays as it was.
    pub async fn sync(&self, key: &str) -> Result<SyncReport, GatewayError> {
        let unit = self.unit(key)?;
        let deadline = Instant::now() + DEADLINE;
        let _only = unit.syncing.lock().await;
        self.read_inventory(&unit, deadline).await
    }

    /// Reads the inventory unless somebody else has done so while we waited.
    pub(super) async fn sync_unit(&self, unit: &Arc<Unit>, deadline: Instant) -> Result<(), GatewayError> {
        let _only = tokio::time::timeout_at(deadline, unit.syncing.lock())
            .await
            .map_err(|_| GatewayError::Deadline { sent: false })?;
        if unit.info().inventory_at.is_none() {
            self.read_inventory(unit, deadline).await?;
        }
        Ok(())
    }

    /// Reads the inventory again unless somebody else has done so while we waited.
    pub(super) async fn sync_stale(&self, unit: &Arc<Unit>, deadline: Instant) -> Result<(), GatewayError> {
        let _only = unit.syncing.lock().await;
        if self.is_stale(unit) {
            self.read_inventory(unit, deadline).await?;
        }
        Ok(())
    }

    async fn read_inventory(&self, unit: &Arc<Unit>, deadline: Instant) -> Result<SyncReport, GatewayError> {
        let begun = Instant::now();
        let Listing { listed, unlisted, properties } = self.list(unit, deadline).await?;
        self.look_at_uptime(unit, deadline).await;
        let names = listed.iter().map(|point| point.name.clone()).chain(unlisted.iter().cloned());
        let configs = self.read_configs(unit, names.collect(), deadline).await?;
        let at = now();
        let change = self.store_points(unit, merge(listed, unlisted, configs)).await?;
        self.0.store.smartservers().set_inventory_at(unit.id, at).await?;
        // First, that no header meanwhile is taken for a change.
        self.note_inventory(unit, properties.as_ref());
        unit.change_info(|info| info.inventory_at = Some(at));
        let took = begun.elapsed();
        tracing::info!(
            smartserver = unit.info().key,
            points = change.total,
            added = change.added.len(),
            changed = change.changed.len(),
            removed = change.removed.len(),
            ?took,
            "inventory read"
        );
        Ok(SyncReport { change, took })
    }

    /// All data points, page by page; and those that were known before and stood on none of several pages:
    /// something was deleted between two pages, and perhaps another one moved up. Get tells.
    async fn list(&self, unit: &Arc<Unit>, deadline: Instant) -> Result<Listing, GatewayError> {
        let mut list = PagedList::default();
        let mut pages = 0;
        // As of the first page: a change that comes later is seen as one.
        let mut told = None;
        loop {
            let known = list.known();
            let page = move |rpc: SmartServerRpc, limits| async move { rpc.list_page(known, limits).await };
            let until = self.deadline(None).min(deadline);
            let page = match self.call(unit, until, page).await {
                // It may not know positions in a List.
                Err(GatewayError::Fault { .. }) if known == 0 => {
                    let all = |rpc: SmartServerRpc, limits| async move { rpc.list_data_points(limits).await };
                    let Answer { value: listed, properties, .. } = self.call(unit, until, all).await?;
                    return Ok(Listing { listed, unlisted: Vec::new(), properties });
                }
                page => page?,
            };
            pages += 1;
            if pages == 1 {
                told = page.properties;
            }
            if !list.take(page.value) {
                break;
            }
        }
        let listed = list.into_points();
        let is_listed: HashSet<_> = listed.iter().map(|point| &point.name).collect();
        let points = unit.points();
        let unlisted = points.keys().filter(|name| pages > 1 && !is_listed.contains(name)).cloned().collect();
        Ok(Listing { listed, unlisted, properties: told })
    }

    /// Makes these the SmartServer's inventory, in the database and in memory.
    async fn store_points(
        &self,
        unit: &Arc<Unit>,
        points: Vec<NewDataPoint>,
    ) -> Result<InventoryChange, GatewayError> {
        let data_points = self.0.store.data_points();
        let change = data_points.replace_inventory(unit.id, &points).await?;
        self.0.fleet.set_points(unit, data_points.of_smartserver(unit.id).await?);
        self.unit_changed(unit);
        self.0.cache.forget(&change.removed);
        self.0.dirty.forget(&change.removed);
        self.forget_history(&change.removed);
        Ok(change)
    }

    /// Brings one entry of the inventory up to date, or with `None` takes it out; the others stay. To be
    /// called with `syncing` held.
    pub(super) async fn update_entry(
        &self,
        unit: &Arc<Unit>,
        name: &DataPointName,
        item: Option<&PointItem>,
    ) -> Result<(), GatewayError> {
        let old = unit.points();
        let listed = old.get(name).and_then(|point| point.direction);
        let others = old.values().filter(|point| point.name != *name).map(|point| kept(point));
        let entry = item.map(|item| configured(item.summary(), listed));
        self.store_points(unit, others.chain(entry).collect()).await?;
        // What was read in another format means something else now.
        let format = |points: &Inventory| points.get(name).and_then(|point| point.format.clone());
        if let Some(point) = old.get(name)
            && format(&old) != format(&unit.points())
            && let Some(doubted) = self.0.cache.doubt(point.id)
        {
            self.0.dirty.add(doubted);
        }
        Ok(())
    }

    async fn read_configs(
        &self,
        unit: &Arc<Unit>,
        mut names: Vec<DataPointName>,
        deadline: Instant,
    ) -> Result<BTreeMap<DataPointName, PointConfig>, GatewayError> {
        let mut configs = BTreeMap::new();
        while !names.is_empty() {
            let batch = next_batch(&mut names, self.batch(BatchLimits::GET));
            let get = |rpc: SmartServerRpc, limits| async move { rpc.get_data_points(&batch, limits).await };
            let until = self.deadline(None).min(deadline);
            let answer = self.call(unit, until, get).await?;
            // A point with a fault may have been deleted since the list was made: it keeps its name.
            configs.extend(answer.value.into_iter().filter_map(|(name, config)| Some((name, config.ok()?))));
        }
        Ok(configs)
    }
}

/// Joins names and configurations to data points. One that was not listed counts only if it has a
/// configuration.
fn merge(
    listed: Vec<ListedPoint>,
    unlisted: Vec<DataPointName>,
    mut configs: BTreeMap<DataPointName, PointConfig>,
) -> Vec<NewDataPoint> {
    let found: Vec<_> = unlisted.iter().filter_map(|name| configs.remove(name)).collect();
    let point = |listed: ListedPoint| match configs.remove(&listed.name) {
        Some(config) => configured(config, listed.direction),
        None => bare(listed),
    };
    let points: Vec<_> = listed.into_iter().map(point).collect();
    points.into_iter().chain(found.into_iter().map(|config| configured(config, None))).collect()
}

fn kept(point: &DataPoint) -> NewDataPoint {
    let DataPoint { name, alias, description, format, unit, direction, presets, configured_at, .. } =
        point.clone();
    NewDataPoint { name, alias, description, format, unit, direction, presets, configured_at }
}

fn configured(config: PointConfig, listed: Option<Direction>) -> NewDataPoint {
    NewDataPoint {
        name: config.name,
        alias: config.alias,
        description: config.description,
        format: config.format,
        unit: config.unit,
        direction: config.direction.or(listed),
        presets: config.presets,
        configured_at: config.configured_at,
    }
}

fn bare(listed: ListedPoint) -> NewDataPoint {
    NewDataPoint {
        name: listed.name,
        alias: None,
        description: None,
        format: None,
        unit: None,
        direction: listed.direction,
        presets: Vec::new(),
        configured_at: None,
    }
}
