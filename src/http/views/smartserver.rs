use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::domain::{Check, CheckResult, HealthState, IdentityId, RestartSource};
use crate::gateway::{
    AlarmCollection, Gateway, NewSmartServer, SmartServerChange, SyncReport, TagChange, Unit,
};
use crate::http::problem::HttpError;

/// A SmartServer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SmartServer)]
pub(crate) struct SmartServerView {
    id: Uuid,
    /// Unique; paths take it in place of the id.
    #[schema(example = "00-d0-71-00-00-01")]
    key: String,
    identity_id: Uuid,
    #[schema(example = "00-d0-71-00-00-01@xmpp.example/ilon")]
    jid: String,
    #[schema(example = "Town hall, plant room")]
    name: String,
    #[schema(example = "Town hall")]
    site: Option<String>,
    /// IANA name of the time zone there.
    #[schema(example = "America/New_York")]
    time_zone: Option<String>,
    tags: Vec<String>,
    /// Data points in its inventory.
    data_points: usize,
    /// When its inventory was last read.
    inventory_at: Option<String>,
    created_at: String,
    /// Milliseconds that its clock is ahead of ours; null while that is not known.
    #[schema(example = -1250)]
    clock_offset_ms: Option<i64>,
    /// When that was last measured.
    clock_measured_at: Option<String>,
    /// When its configuration was last changed, by our clock; a restart counts as a change.
    configured_at: Option<String>,
    /// When it last started, as well as that is known.
    restarted_at: Option<String>,
    /// How that is known.
    restart_known_by: Option<RestartSourceView>,
    health: HealthView,
    alarms: AlarmCollectionView,
    /// How the last calls ended, oldest first: 60 at most, since the gateway started. In a list only with
    /// `include=checks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    recent_checks: Option<Vec<CheckView>>,
}

/// How a call to a SmartServer ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Check)]
pub(crate) struct CheckView {
    at: String,
    result: CheckResultView,
    #[schema(example = 48.2)]
    round_trip_ms: f64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CheckResult)]
pub(crate) enum CheckResultView {
    /// It was answered.
    Ok,
    /// It was answered after more than 5 s.
    Slow,
    /// It was not answered, or could not be delivered.
    Failed,
}

super::reading::same_words!(CheckResult, CheckResultView: Ok, Slow, Failed);

/// How it stands with the alarms of a SmartServer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AlarmCollection)]
pub(crate) struct AlarmCollectionView {
    /// Its alarm notifiers; null while they are not known.
    notifiers: Option<usize>,
    /// Active alarms.
    active: usize,
    /// Active alarms that nobody has acknowledged.
    unacknowledged: usize,
    /// When all of its notifiers last told everything.
    collected_at: Option<String>,
    /// Whether and why they are asked or not, in a sentence.
    #[schema(example = "It is asked for alarms every 60 s.")]
    reason: String,
}

/// How the time of a start is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RestartSource)]
pub(crate) enum RestartSourceView {
    /// To the second, from headers of its answers.
    Header,
    /// To half a minute, from the time for which it said it was up.
    Uptime,
}

super::reading::same_words!(RestartSource, RestartSourceView: Header, Uptime);

/// A page of SmartServers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SmartServerPage {
    pub(crate) items: Vec<SmartServerView>,
    pub(crate) next_cursor: Option<String>,
    /// SmartServers that fit, on all pages.
    #[schema(example = 1)]
    pub(crate) total: usize,
}

/// Condition of a SmartServer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthView {
    state: HealthStateView,
    /// Why, in a sentence.
    #[schema(example = "It answers.")]
    reason: String,
    /// What presence says; null where it never said anything.
    present: Option<bool>,
    last_answer_at: Option<String>,
    last_push_at: Option<String>,
    failures_in_a_row: u32,
    /// When a call last failed.
    last_failure_at: Option<String>,
    /// Why, in words.
    #[schema(example = "no answer within the deadline")]
    last_failure: Option<String>,
    /// When it is asked again, if it is not asked anything until then.
    next_probe_at: Option<String>,
    /// Of the answers of the last quarter of an hour.
    round_trip_p50_ms: Option<f64>,
    round_trip_p95_ms: Option<f64>,
    /// Calls waiting for their turn.
    queued: usize,
}

/// Condition in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HealthState)]
pub(crate) enum HealthStateView {
    /// It answers.
    Online,
    /// It answers badly.
    Degraded,
    /// It does not answer, or nobody can ask it.
    Offline,
    /// Nothing was ever heard of it.
    NeverSeen,
}

super::reading::same_words!(HealthState, HealthStateView: Online, Degraded, Offline, NeverSeen);
super::reading::same_words!(HealthStateView, HealthState: Online, Degraded, Offline, NeverSeen);

/// A SmartServer to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSmartServer)]
pub(crate) struct NewSmartServerView {
    /// Full JID, normally `MAC@domain/ilon`.
    #[schema(example = "00-d0-71-00-00-01@xmpp.example/ilon")]
    jid: String,
    /// The identity that talks to it.
    identity_id: Uuid,
    /// Key; the local part of the JID (the MAC ID) if absent.
    #[schema(max_length = 200)]
    key: Option<String>,
    /// What people call it; the key if absent.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Where it stands.
    #[schema(max_length = 200)]
    site: Option<String>,
    /// IANA name of the time zone there.
    #[schema(max_length = 64, example = "America/New_York")]
    time_zone: Option<String>,
    /// Labels.
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Vec<String>,
}

/// A change; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SmartServerChange)]
pub(crate) struct SmartServerChangeView {
    jid: Option<String>,
    identity_id: Option<Uuid>,
    key: Option<String>,
    name: Option<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    site: Option<Option<String>>,
    /// IANA name; null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 64, example = "America/New_York")]
    time_zone: Option<Option<String>>,
    /// These in place of all that there are.
    tags: Option<Vec<String>>,
    /// Tags in addition to those that there are; not together with `tags`.
    #[schema(max_items = 50, example = json!(["roof"]))]
    add_tags: Option<Vec<String>>,
    /// Tags that it shall not have any more, which are taken before others are added; not together with
    /// `tags`. One that it does not have is no error.
    remove_tags: Option<Vec<String>>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// What reading an inventory brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncReport)]
pub(crate) struct SyncView {
    /// Data points now.
    total: usize,
    added: usize,
    removed: usize,
    changed: usize,
    duration_ms: u64,
}

impl TryFrom<NewSmartServerView> for NewSmartServer {
    type Error = HttpError;

    fn try_from(view: NewSmartServerView) -> Result<Self, HttpError> {
        Ok(NewSmartServer {
            identity_id: IdentityId(view.identity_id),
            jid: jid(&view.jid)?,
            key: view.key,
            name: view.name,
            site: view.site,
            time_zone: view.time_zone,
            tags: view.tags,
        })
    }
}

impl TryFrom<SmartServerChangeView> for SmartServerChange {
    type Error = HttpError;

    fn try_from(view: SmartServerChangeView) -> Result<Self, HttpError> {
        let tags = match (view.tags, view.add_tags, view.remove_tags) {
            (None, None, None) => None,
            (Some(tags), None, None) => Some(TagChange::Replace(tags)),
            (None, add, remove) => {
                Some(TagChange::Amend { add: add.unwrap_or_default(), remove: remove.unwrap_or_default() })
            }
            _ => {
                let why = "give either `tags` or `add_tags` and `remove_tags`";
                return Err(HttpError::Shape(why.into()));
            }
        };
        Ok(SmartServerChange {
            identity_id: view.identity_id.map(IdentityId),
            jid: view.jid.as_deref().map(jid).transpose()?,
            key: view.key,
            name: view.name,
            site: view.site,
            time_zone: view.time_zone,
            tags,
        })
    }
}

fn jid(text: &str) -> Result<jid::FullJid, HttpError> {
    text.parse().map_err(|error| HttpError::Shape(format!("jid: {error}; a full JID is MAC@domain/ilon")))
}

impl SmartServerView {
    pub(crate) fn new(gateway: &Gateway, unit: &Unit) -> Self {
        let info = unit.info();
        let (clock, restart) = (gateway.clock_offset(unit), gateway.last_restart(unit));
        SmartServerView {
            id: info.id.0,
            key: info.key.clone(),
            identity_id: info.identity_id.0,
            jid: info.jid.to_string(),
            name: info.name.clone(),
            site: info.site.clone(),
            time_zone: info.time_zone.clone(),
            tags: info.tags.clone(),
            data_points: unit.points().len(),
            inventory_at: info.inventory_at.map(time),
            created_at: time(info.created_at),
            clock_offset_ms: clock.map(|(offset, _)| i64::try_from(offset.as_millis()).unwrap_or_default()),
            clock_measured_at: clock.map(|(_, at)| time(at)),
            configured_at: gateway.configured_at(unit).map(time),
            restarted_at: restart.map(|restart| time(restart.at)),
            restart_known_by: restart.map(|restart| restart.source.into()),
            health: health(gateway, unit),
            alarms: alarms(gateway, unit),
            recent_checks: None,
        }
    }

    /// The same with its last calls.
    pub(crate) fn with_checks(gateway: &Gateway, unit: &Unit) -> Self {
        let checks = gateway.recent_checks(unit).into_iter().map(CheckView::from).collect();
        SmartServerView { recent_checks: Some(checks), ..SmartServerView::new(gateway, unit) }
    }
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        let round_trip_ms = milliseconds(check.round_trip);
        CheckView { at: time(check.at), result: check.result.into(), round_trip_ms }
    }
}

fn alarms(gateway: &Gateway, unit: &Unit) -> AlarmCollectionView {
    let AlarmCollection { notifiers, active, unacknowledged, collected_at, reason } =
        gateway.alarm_collection(unit);
    let collected_at = collected_at.map(time);
    AlarmCollectionView { notifiers, active, unacknowledged, collected_at, reason }
}

fn health(gateway: &Gateway, unit: &Unit) -> HealthView {
    let health = gateway.health(unit);
    let ms = milliseconds;
    HealthView {
        state: health.state.into(),
        reason: health.reason,
        present: health.present,
        last_answer_at: health.last_answer_at.map(time),
        last_push_at: health.last_push_at.map(time),
        failures_in_a_row: health.failures_in_a_row,
        last_failure_at: health.last_failure_at.map(time),
        last_failure: health.last_failure,
        next_probe_at: health.next_probe_at.map(time),
        round_trip_p50_ms: health.round_trip_p50.map(ms),
        round_trip_p95_ms: health.round_trip_p95.map(ms),
        queued: health.queued,
    }
}

/// Milliseconds with one decimal.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

impl From<SyncReport> for SyncView {
    fn from(report: SyncReport) -> Self {
        let change = report.change;
        SyncView {
            total: change.total,
            added: change.added.len(),
            removed: change.removed.len(),
            changed: change.changed.len(),
            duration_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
