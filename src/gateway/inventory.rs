//! Reading a SmartServer's inventory: List for the names, Get for their configuration.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::next_batch;
use super::connections::now;
use super::{Gateway, GatewayError, Unit};
use crate::domain::{DataPointName, Direction};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{Answer, ListedPoint, PointConfig, SmartServerRpc};
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
        let list = |rpc: SmartServerRpc, limits| async move { rpc.list_data_points(limits).await };
        let until = self.deadline(None).min(deadline);
        let Answer { value: listed, properties, .. } = self.call(unit, until, list).await?;
        self.look_at_uptime(unit, deadline).await;
        let configs = self.read_configs(unit, &listed, deadline).await?;
        let at = now();
        let data_points = self.0.store.data_points();
        let change = data_points.replace_inventory(unit.id, &merge(listed, configs)).await?;
        self.0.store.smartservers().set_inventory_at(unit.id, at).await?;
        self.0.fleet.set_points(unit, data_points.of_smartserver(unit.id).await?);
        self.0.cache.forget(&change.removed);
        self.0.dirty.forget(&change.removed);
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

    async fn read_configs(
        &self,
        unit: &Arc<Unit>,
        listed: &[ListedPoint],
        deadline: Instant,
    ) -> Result<BTreeMap<DataPointName, PointConfig>, GatewayError> {
        let mut names: Vec<_> = listed.iter().map(|point| point.name.clone()).collect();
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

/// Joins names and configurations to data points.
fn merge(listed: Vec<ListedPoint>, mut configs: BTreeMap<DataPointName, PointConfig>) -> Vec<NewDataPoint> {
    let point = |listed: ListedPoint| match configs.remove(&listed.name) {
        Some(config) => configured(config, listed.direction),
        None => bare(listed),
    };
    listed.into_iter().map(point).collect()
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
