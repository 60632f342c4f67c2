use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::domain::{GroupItem, GroupPoints, HistoryRecord, HistoryRule, PointSelection, PollGroup};
use crate::gateway::{Gateway, NewPollGroup, PointRef, PollStatus, SelectedPoints};
use crate::http::extract;
use crate::http::problem::HttpError;

/// Data points that are read on a schedule, or whose readings are remembered, or both.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PollGroup)]
pub(crate) struct PollGroupView {
    id: Uuid,
    #[schema(example = "Meters, every minute")]
    name: String,
    enabled: bool,
    /// Conditions that all hold; null where `items` are given.
    selection: Option<PointSelectionView>,
    /// Data points by name; null where a `selection` is given.
    items: Option<Vec<GroupItemView>>,
    /// How often each data point is read; null: the group does not poll.
    interval_ms: Option<u64>,
    /// How old a value the SmartServer may answer a poll with; null: as old as the interval.
    max_age_ms: Option<u64>,
    history: Option<HistoryRuleView>,
    created_at: String,
    status: PollStatusView,
}

/// A page of poll groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollGroupPage {
    pub(crate) items: Vec<PollGroupView>,
    pub(crate) next_cursor: Option<String>,
}

/// A poll group to be made, or to replace another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPollGroup)]
pub(crate) struct NewPollGroupView {
    /// Unique.
    #[schema(example = "Meters, every minute", min_length = 1, max_length = 200)]
    name: String,
    /// Whether it has any effect.
    #[serde(default = "yes")]
    #[schema(default = true)]
    enabled: bool,
    /// Either this or `items`. Live: what is registered later joins.
    #[serde(default, deserialize_with = "extract::optional_object")]
    selection: Option<PointSelectionView>,
    /// Either this or `selection`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 10000)]
    items: Option<Vec<GroupItemView>>,
    /// How often each data point is read; without it the group does not poll, it only chooses points for
    /// `history`.
    #[serde(default)]
    #[schema(minimum = 1000, maximum = 86400000, example = 60000)]
    interval_ms: Option<u64>,
    /// How old a value the SmartServer may answer a poll with; the interval if absent. A reading is `stale`
    /// when it is older than both together.
    #[serde(default)]
    #[schema(minimum = 1000, maximum = 86400000)]
    max_age_ms: Option<u64>,
    /// What of the readings is remembered; nothing if absent.
    #[serde(default, deserialize_with = "extract::optional_object")]
    history: Option<HistoryRuleView>,
}

/// Conditions that all hold; without any, every data point of the fleet is meant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PointSelection)]
pub(crate) struct PointSelectionView {
    /// A tag of the SmartServer.
    #[serde(default)]
    tag: Option<String>,
    /// The SmartServer's site.
    #[serde(default)]
    site: Option<String>,
    /// Key or id of the SmartServer.
    #[serde(default)]
    smartserver: Option<String>,
    /// Keys or ids of SmartServers, any of them; not together with `smartserver`. One that is renamed stays;
    /// the id stands for one that is not registered any more.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 1000)]
    smartservers: Option<Vec<String>>,
    /// Beginning of the name.
    #[serde(default)]
    prefix: Option<String>,
    /// Type.
    #[serde(default, rename = "type")]
    #[schema(example = "SNVT_temp_p")]
    type_name: Option<String>,
    /// Part of name, alias or description, in any case.
    #[serde(default)]
    q: Option<String>,
}

/// A data point by its name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupItem)]
pub(crate) struct GroupItemView {
    /// Key or id of the SmartServer; the id where it is not registered any more.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    /// The data point's name there.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
}

/// What of a data point's readings is remembered. Of several groups with the same data point, whatever any
/// of them would.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HistoryRule)]
pub(crate) struct HistoryRuleView {
    record: HistoryRecordView,
    /// Least time between two readings that are remembered.
    #[serde(default)]
    #[schema(maximum = 86400000, default = 0)]
    min_interval_ms: u64,
    /// A number that differs by less from the last one remembered has not changed; null: every difference is
    /// a change.
    #[serde(default)]
    #[schema(minimum = 0, example = 0.5)]
    deadband: Option<f64>,
    /// Days that they are kept; null: the configured number.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    retention_days: Option<u32>,
    /// Whether what was missed is fetched from the SmartServer's own data loggers.
    #[serde(default)]
    backfill: bool,
}

/// Which readings are remembered.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HistoryRecord)]
pub(crate) enum HistoryRecordView {
    /// Those that differ from the last one remembered.
    Change,
    /// Every one.
    EveryReading,
}

/// How a poll group is doing. `polled`, `failed`, `skipped_offline`, `behind` and `waiting` count
/// SmartServers by the last turn that they had.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PollStatus)]
pub(crate) struct PollStatusView {
    /// SmartServers with data points of the group.
    smartservers: usize,
    /// Its data points.
    data_points: usize,
    /// Data points that it names and that are not there any more.
    missing: usize,
    /// The first hundred of those.
    missing_items: Vec<GroupItemView>,
    /// They answered, or their data points had come otherwise.
    polled: usize,
    /// Their poll failed.
    failed: usize,
    /// They were offline, and not polled.
    skipped_offline: usize,
    /// They were skipped: their poll before was still on, or the gateway was late.
    behind: usize,
    /// Their first turn is to come.
    waiting: usize,
    /// When the last turn was.
    last_turn_at: Option<String>,
    /// Milliseconds from turn to answer, each SmartServer's last: the median.
    lag_p50_ms: Option<u64>,
    /// 95th percentile.
    lag_p95_ms: Option<u64>,
    /// The longest.
    lag_max_ms: Option<u64>,
    /// All of it in words.
    #[schema(example = "3 of 40 SmartServers are skipped: offline.")]
    reason: String,
}

super::reading::same_words!(HistoryRecord, HistoryRecordView: Change, EveryReading);
super::reading::same_words!(HistoryRecordView, HistoryRecord: Change, EveryReading);

fn yes() -> bool {
    true
}

impl TryFrom<NewPollGroupView> for NewPollGroup {
    type Error = HttpError;

    fn try_from(view: NewPollGroupView) -> Result<Self, HttpError> {
        let points = match (view.selection, view.items) {
            (Some(selection), None) => selection.try_into()?,
            (None, Some(items)) => SelectedPoints::Items(items.into_iter().map(Into::into).collect()),
            _ => return Err(HttpError::Shape("give either `selection` or `items`".into())),
        };
        Ok(NewPollGroup {
            name: view.name,
            enabled: view.enabled,
            points,
            interval: view.interval_ms.map(Duration::from_millis),
            max_age: view.max_age_ms.map(Duration::from_millis),
            history: view.history.map(Into::into),
        })
    }
}

impl TryFrom<PointSelectionView> for SelectedPoints {
    type Error = HttpError;

    fn try_from(view: PointSelectionView) -> Result<Self, HttpError> {
        let PointSelectionView { tag, site, smartserver, smartservers, prefix, type_name, q } = view;
        if smartserver.is_some() && smartservers.is_some() {
            return Err(HttpError::Shape("give either `smartserver` or `smartservers`".into()));
        }
        let conditions = PointSelection { tag, site, prefix, type_name, q, ..PointSelection::default() };
        Ok(SelectedPoints::Selection { smartserver, smartservers, conditions })
    }
}

impl From<GroupItemView> for PointRef {
    fn from(GroupItemView { smartserver, name }: GroupItemView) -> Self {
        PointRef { smartserver, name }
    }
}

impl From<HistoryRuleView> for HistoryRule {
    fn from(view: HistoryRuleView) -> Self {
        HistoryRule {
            record: view.record.into(),
            min_interval: Duration::from_millis(view.min_interval_ms),
            deadband: view.deadband,
            retention_days: view.retention_days,
            backfill: view.backfill,
        }
    }
}

impl From<&HistoryRule> for HistoryRuleView {
    fn from(rule: &HistoryRule) -> Self {
        HistoryRuleView {
            record: rule.record.into(),
            min_interval_ms: ms(rule.min_interval),
            deadband: rule.deadband,
            retention_days: rule.retention_days,
            backfill: rule.backfill,
        }
    }
}

impl PollGroupView {
    pub(crate) fn new(gateway: &Gateway, (group, status): (Arc<PollGroup>, PollStatus)) -> Self {
        let (selection, items) = match &group.points {
            GroupPoints::Selection(selection) => (Some(selection_view(gateway, selection)), None),
            GroupPoints::Items(items) => (None, Some(item_views(gateway, items))),
        };
        PollGroupView {
            id: group.id.0,
            name: group.name.clone(),
            enabled: group.enabled,
            selection,
            items,
            interval_ms: group.interval.map(ms),
            max_age_ms: group.max_age.map(ms),
            history: group.history.as_ref().map(Into::into),
            created_at: time(group.created_at),
            status: PollStatusView::new(gateway, status),
        }
    }
}

impl PollStatusView {
    fn new(gateway: &Gateway, status: PollStatus) -> Self {
        PollStatusView {
            smartservers: status.smartservers,
            data_points: status.data_points,
            missing: status.missing,
            missing_items: item_views(gateway, &status.missing_items),
            polled: status.polled,
            failed: status.failed,
            skipped_offline: status.skipped_offline,
            behind: status.behind,
            waiting: status.waiting,
            last_turn_at: status.last_turn_at.map(time),
            lag_p50_ms: status.lag_p50.map(ms),
            lag_p95_ms: status.lag_p95.map(ms),
            lag_max_ms: status.lag_max.map(ms),
            reason: status.reason,
        }
    }
}

fn selection_view(gateway: &Gateway, selection: &PointSelection) -> PointSelectionView {
    let PointSelection { tag, site, smartserver_id, smartserver_ids, prefix, type_name, q } =
        selection.clone();
    let key_of = |id| gateway.key_of(id);
    let smartserver = smartserver_id.map(key_of);
    let smartservers = smartserver_ids.map(|ids| ids.into_iter().map(key_of).collect());
    PointSelectionView { tag, site, smartserver, smartservers, prefix, type_name, q }
}

fn item_views(gateway: &Gateway, items: &[GroupItem]) -> Vec<GroupItemView> {
    let view = |item: &GroupItem| GroupItemView {
        smartserver: gateway.key_of(item.smartserver_id),
        name: item.name.to_string(),
    };
    items.iter().map(view).collect()
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
