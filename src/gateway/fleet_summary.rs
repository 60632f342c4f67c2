//! The fleet in figures.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Gateway, GatewayError, SmartServerFilter};
use crate::domain::HealthState;

/// The fleet, or part of it, in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetSummary {
    /// When it was looked at.
    pub at: Timestamp,
    /// SmartServers.
    pub smartservers: usize,
    /// Of them, how many are how well.
    pub health: HealthCounts,
    /// Their data points.
    pub data_points: usize,
    /// Of them, how many have a reading of quality `Stale`; counted up to five seconds before.
    pub stale_data_points: usize,
    /// Active alarms.
    pub active_alarms: usize,
    /// Active alarms that nobody has acknowledged.
    pub unacknowledged_alarms: usize,
    /// By site, in the order of their names; last those that stand at none.
    pub sites: Vec<(Option<String>, SiteSummary)>,
    /// SmartServers with each tag, in the order of the tags.
    pub tags: BTreeMap<String, usize>,
}

/// How many SmartServers are how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HealthCounts {
    /// They answer.
    pub online: usize,
    /// They answer badly.
    pub degraded: usize,
    /// They do not answer.
    pub offline: usize,
    /// Nothing was ever heard of them.
    pub never_seen: usize,
}

/// The SmartServers of one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteSummary {
    /// How many.
    pub smartservers: usize,
    /// How well they are.
    pub health: HealthCounts,
    /// Active alarms.
    pub active_alarms: usize,
}

impl HealthCounts {
    fn count(&mut self, state: HealthState) {
        let counted = match state {
            HealthState::Online => &mut self.online,
            HealthState::Degraded => &mut self.degraded,
            HealthState::Offline => &mut self.offline,
            HealthState::NeverSeen => &mut self.never_seen,
        };
        *counted += 1;
    }
}

impl Gateway {
    /// The SmartServers that fit, in figures; states of health in the filter count for nothing.
    ///
    /// # Errors
    /// `Unknown` poll group; `Stopping`.
    pub async fn fleet_summary(&self, filter: &SmartServerFilter) -> Result<FleetSummary, GatewayError> {
        let units = self.units_that_fit(filter)?;
        let stale = self.stale_points().await?;
        let glance = self.glance();
        let mut whole = SiteSummary::default();
        let (mut data_points, mut stale_data_points, mut unacknowledged_alarms) = (0, 0, 0);
        let mut sites: BTreeMap<Option<String>, SiteSummary> = BTreeMap::new();
        let mut tags: BTreeMap<String, usize> = BTreeMap::new();
        for unit in &units {
            let (info, state) = (unit.info(), glance.state(unit));
            let (active, unacknowledged) = unit.alarms.active();
            for part in [&mut whole, sites.entry(info.site.clone()).or_default()] {
                part.smartservers += 1;
                part.health.count(state);
                part.active_alarms += active;
            }
            unacknowledged_alarms += unacknowledged;
            data_points += unit.points().len();
            stale_data_points += stale.get(&unit.id).copied().unwrap_or_default();
            for tag in &info.tags {
                *tags.entry(tag.clone()).or_default() += 1;
            }
        }
        let mut sites: Vec<_> = sites.into_iter().collect();
        // Stable: those that differ in case only stay in their order.
        sites.sort_by_cached_key(|(site, _)| (site.is_none(), site.as_ref().map(|site| site.to_lowercase())));
        Ok(FleetSummary {
            at: glance.now(),
            smartservers: whole.smartservers,
            health: whole.health,
            data_points,
            stale_data_points,
            active_alarms: whole.active_alarms,
            unacknowledged_alarms,
            sites,
            tags,
        })
    }
}
