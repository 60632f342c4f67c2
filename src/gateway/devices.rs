//! Networks, channels, devices and functional blocks, as their SmartServer tells them now.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::next_batch;
use super::{Gateway, GatewayError, Page, Thing, Unit};
use crate::domain::{Bus, BusItem, DataPointName, Device, DeviceReport, ItemFault};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{BusLevel, InvokedCommand, SmartServerRpc, is_absent};

/// Names in one List.
const NAMES: usize = 100;
/// Most names that are taken of one bus and level: a SmartServer with more has lost its way.
const MOST_NAMES: usize = 10_000;

/// Which items are listed.
#[derive(Debug, Clone, Default)]
pub struct BusFilter {
    /// Only those of a bus.
    pub bus: Option<Bus>,
    /// Only those whose name starts so.
    pub prefix: Option<String>,
}

/// Where a page of items ends: networks of several buses may share a name.
pub type BusPlace = (DataPointName, Bus);

impl Gateway {
    /// Items of a level in the order of their names, those after `after`, at most `limit`. All of it is
    /// asked for now.
    ///
    /// # Errors
    /// Those of the calls; `Invalid` when the prefix cannot be asked for.
    pub async fn bus_items<T: BusLevel>(
        &self,
        key: &str,
        filter: &BusFilter,
        after: Option<&BusPlace>,
        limit: usize,
        timeout: Option<Duration>,
    ) -> Result<Page<BusItem<T>, BusPlace>, GatewayError> {
        let (unit, deadline) = (self.unit(key)?, self.deadline(timeout));
        let mut places = BTreeSet::new();
        for bus in Bus::ALL.into_iter().filter(|bus| filter.bus.is_none_or(|only| only == *bus)) {
            let names = match self.names::<T>(&unit, bus, filter.prefix.as_deref(), deadline).await {
                // It has no driver for that bus.
                Err(GatewayError::Fault { .. }) if filter.bus.is_none() && bus != Bus::Lon => continue,
                names => names?,
            };
            places.extend(names.into_iter().map(|name| (name, bus)));
        }
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut wanted: Vec<_> = places.range((start, Bound::Unbounded)).take(limit + 1).cloned().collect();
        let more = wanted.len() > limit;
        wanted.truncate(limit);
        let next = wanted.last().filter(|_| more).cloned();
        Ok(Page { items: self.configured(&unit, wanted, deadline).await?, next })
    }

    /// One device of any bus.
    ///
    /// # Errors
    /// `Unknown` when the SmartServer has none of this name; those of the calls.
    pub async fn device(
        &self,
        key: &str,
        name: &DataPointName,
        timeout: Option<Duration>,
    ) -> Result<BusItem<Device>, GatewayError> {
        let (unit, deadline) = (self.unit(key)?, self.deadline(timeout));
        self.find_device(&unit, name, deadline).await
    }

    /// Error counters and state of a LON device, which the SmartServer asks it for now; a fault is what
    /// the SmartServer says when it cannot.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn device_status(
        &self,
        key: &str,
        name: &DataPointName,
        timeout: Option<Duration>,
    ) -> Result<Result<Option<DeviceReport>, ItemFault>, GatewayError> {
        let unit = self.unit(key)?;
        let name = name.clone();
        let ask = |rpc: SmartServerRpc, limits| async move {
            rpc.invoke_device(&name, InvokedCommand::QueryStatus, limits).await
        };
        Ok(self.call(&unit, self.deadline(timeout), ask).await?.value)
    }

    pub(super) async fn find_device(
        &self,
        unit: &Arc<Unit>,
        name: &DataPointName,
        deadline: Instant,
    ) -> Result<BusItem<Device>, GatewayError> {
        for bus in Bus::ALL {
            match self.items_of(unit, bus, vec![name.clone()], deadline).await {
                Err(GatewayError::Fault { .. }) if bus != Bus::Lon => {}
                found => {
                    if let Some(device) = found?.pop() {
                        return Ok(device);
                    }
                }
            }
        }
        Err(GatewayError::Unknown { what: Thing::Device })
    }

    /// Names are asked for by position, which a SmartServer may count from 0 or from 1, or ignore.
    async fn names<T: BusLevel>(
        &self,
        unit: &Arc<Unit>,
        bus: Bus,
        prefix: Option<&str>,
        deadline: Instant,
    ) -> Result<BTreeSet<DataPointName>, GatewayError> {
        let (mut names, mut from, mut to) = (BTreeSet::new(), 0, NAMES);
        loop {
            let prefix = prefix.map(ToOwned::to_owned);
            let list = move |rpc: SmartServerRpc, limits| async move {
                rpc.list_bus::<T>(bus, prefix.as_deref(), (from, to), limits).await
            };
            let listed = self.call(unit, deadline, list).await?.value;
            let (count, known) = (listed.len(), names.len());
            names.extend(listed);
            if count < NAMES || names.len() == known {
                return Ok(names);
            }
            if names.len() > MOST_NAMES {
                return Err(GatewayError::Malformed(format!("it lists more than {MOST_NAMES} names")));
            }
            (from, to) = (to + 1, to + NAMES);
        }
    }

    /// Configuration of these, in their order.
    async fn configured<T: BusLevel>(
        &self,
        unit: &Arc<Unit>,
        places: Vec<BusPlace>,
        deadline: Instant,
    ) -> Result<Vec<BusItem<T>>, GatewayError> {
        let mut items = Vec::new();
        for bus in Bus::ALL {
            let of_bus = places.iter().filter(|place| place.1 == bus).map(|place| place.0.clone()).collect();
            items.extend(self.items_of(unit, bus, of_bus, deadline).await?);
        }
        items.sort_by(|one: &BusItem<T>, other| (&one.name, one.bus).cmp(&(&other.name, other.bus)));
        Ok(items)
    }

    /// Those of the names that are there.
    async fn items_of<T: BusLevel>(
        &self,
        unit: &Arc<Unit>,
        bus: Bus,
        mut names: Vec<DataPointName>,
        deadline: Instant,
    ) -> Result<Vec<BusItem<T>>, GatewayError> {
        let mut items = Vec::new();
        while !names.is_empty() {
            let batch = next_batch(&mut names, self.batch(BatchLimits::BUS));
            let get =
                move |rpc: SmartServerRpc, limits| async move { rpc.get_bus::<T>(bus, &batch, limits).await };
            for (name, outcome) in self.call(unit, deadline, get).await?.value {
                match outcome {
                    Ok(item) => items.push(item),
                    Err(fault) if is_absent(&fault) => {}
                    Err(fault) => items.push(BusItem::untold(name, bus, fault)),
                }
            }
        }
        Ok(items)
    }
}
