use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::gateway::{FleetSummary, HealthCounts, SiteSummary};

/// The fleet, or part of it, in figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fleet)]
pub(crate) struct FleetView {
    /// When it was looked at.
    at: String,
    #[schema(example = 40)]
    smartservers: usize,
    health: HealthCountsView,
    /// Data points in their inventories.
    #[schema(example = 800)]
    data_points: usize,
    /// Data points whose latest reading has the quality `stale`, as counted up to 5 s before `at`. Those of an
    /// offline SmartServer have the quality `offline`.
    #[schema(example = 3)]
    stale_data_points: usize,
    alarms: AlarmCountsView,
    /// In the order of their names; last those SmartServers that stand at none.
    sites: Vec<SiteView>,
    /// In the order of their names.
    tags: Vec<TagView>,
}

/// How many SmartServers are how well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthCounts)]
pub(crate) struct HealthCountsView {
    #[schema(example = 37)]
    online: usize,
    #[schema(example = 1)]
    degraded: usize,
    #[schema(example = 2)]
    offline: usize,
    #[schema(example = 0)]
    never_seen: usize,
}

/// How many alarms are active.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetAlarmCounts)]
pub(crate) struct AlarmCountsView {
    #[schema(example = 2)]
    active: usize,
    /// Of the active ones, those that nobody has acknowledged.
    #[schema(example = 1)]
    unacknowledged: usize,
}

/// The SmartServers of a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteSummary)]
pub(crate) struct SiteView {
    /// Null: they stand at none.
    #[schema(example = "Town hall")]
    site: Option<String>,
    #[schema(example = 4)]
    smartservers: usize,
    health: HealthCountsView,
    #[schema(example = 1)]
    active_alarms: usize,
}

/// How many SmartServers have a tag.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagSummary)]
pub(crate) struct TagView {
    #[schema(example = "hvac")]
    tag: String,
    #[schema(example = 12)]
    smartservers: usize,
}

impl From<FleetSummary> for FleetView {
    fn from(fleet: FleetSummary) -> Self {
        FleetView {
            at: time(fleet.at),
            smartservers: fleet.smartservers,
            health: fleet.health.into(),
            data_points: fleet.data_points,
            stale_data_points: fleet.stale_data_points,
            alarms: AlarmCountsView {
                active: fleet.active_alarms,
                unacknowledged: fleet.unacknowledged_alarms,
            },
            sites: fleet.sites.into_iter().map(Into::into).collect(),
            tags: fleet.tags.into_iter().map(|(tag, smartservers)| TagView { tag, smartservers }).collect(),
        }
    }
}

impl From<(Option<String>, SiteSummary)> for SiteView {
    fn from((site, summary): (Option<String>, SiteSummary)) -> Self {
        let SiteSummary { smartservers, health, active_alarms } = summary;
        SiteView { site, smartservers, health: health.into(), active_alarms }
    }
}

impl From<HealthCounts> for HealthCountsView {
    fn from(HealthCounts { online, degraded, offline, never_seen }: HealthCounts) -> Self {
        HealthCountsView { online, degraded, offline, never_seen }
    }
}
