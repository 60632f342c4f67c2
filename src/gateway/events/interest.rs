//! Whose readings a listener wants, and who is polled for it.

use std::time::Duration;

use super::super::demand::DemandGuard;
use super::super::{Gateway, GatewayError};
use super::{EventFilter, ReadingsOf};
use crate::domain::{GroupItem, GroupPoints, PointSelection, SmartServerId};

impl Gateway {
    /// Whose readings are meant by keys and ids of SmartServers and ids of data points.
    ///
    /// # Errors
    /// `Unknown` when one of them is neither.
    pub fn readings_of<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<ReadingsOf, GatewayError> {
        let mut of = ReadingsOf::default();
        for name in names {
            match (self.unit(name), name.parse()) {
                (Ok(unit), _) => drop(of.smartservers.insert(unit.id)),
                (Err(_), Ok(id)) => drop(of.data_points.insert(self.point(id)?.data.id)),
                (Err(error), Err(_)) => return Err(error),
            }
        }
        Ok(of)
    }

    /// Polls the data points whose readings the filter leaves at least this often (1 s to 24 h) for as long as
    /// the guards live. `None` unless the filter names them: [`EventFilter::POLLED_MAX`] SmartServers at most,
    /// or data points one by one.
    pub fn demand_of(&self, filter: &EventFilter, every: Duration) -> Option<Vec<DemandGuard>> {
        let smartservers = filter.whole_smartservers();
        let is_named = !filter.smartservers.is_empty() || filter.readings_of.is_some();
        if !is_named || smartservers.len() > EventFilter::POLLED_MAX {
            return None;
        }
        let items = self.single_points(filter, &smartservers);
        let items = (!items.is_empty()).then_some(GroupPoints::Items(items));
        let selections =
            smartservers.into_iter().map(|id| GroupPoints::Selection(filter.selection(id))).chain(items);
        Some(selections.map(|points| self.demand(points, every)).collect())
    }

    /// Points that are wanted and not among those of SmartServers that are wanted whole.
    fn single_points(&self, filter: &EventFilter, whole: &[SmartServerId]) -> Vec<GroupItem> {
        let of = filter.readings_of.iter().flat_map(|of| &of.data_points);
        let points = of.filter_map(|id| self.point(*id).ok()).filter(|point| {
            let is_wanted = filter.smartservers.is_empty() || filter.smartservers.contains(&point.unit.id);
            let selection = filter.selection(point.unit.id);
            is_wanted
                && !whole.contains(&point.unit.id)
                && selection.takes_smartserver(&point.unit.info())
                && selection.takes_point(&point.data)
        });
        points
            .map(|point| GroupItem { smartserver_id: point.unit.id, name: point.data.name.clone() })
            .collect()
    }
}

impl EventFilter {
    /// Most SmartServers of which one listener has all data points polled.
    pub const POLLED_MAX: usize = 20;

    /// SmartServers of which all readings are wanted that tag, site and prefix leave.
    fn whole_smartservers(&self) -> Vec<SmartServerId> {
        let Some(of) = &self.readings_of else { return self.smartservers.clone() };
        let is_wanted = |id: &&SmartServerId| self.smartservers.is_empty() || self.smartservers.contains(id);
        of.smartservers.iter().filter(is_wanted).copied().collect()
    }

    fn selection(&self, smartserver: SmartServerId) -> PointSelection {
        PointSelection {
            smartserver_id: Some(smartserver),
            tag: self.tag.clone(),
            site: self.site.clone(),
            prefix: self.prefix.clone(),
            ..PointSelection::default()
        }
    }
}
