use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::{AlarmId, AlarmVerdict};
use crate::gateway::{Caller, FleetAlarmFilter, Gateway};
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::fleet_alarm::{
    AlarmCommentView, AlarmIdsView, AlarmPage, AlarmStateView, AlarmView, JudgedAlarmView, JudgedAlarmsView,
};

/// Longest text that alarms are searched for, in characters.
const Q_MAX: usize = 512;

/// Which alarms are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Key or id of the SmartServer.
    smartserver: Option<String>,
    /// A tag of the SmartServer.
    tag: Option<String>,
    /// Site of the SmartServer.
    site: Option<String>,
    /// Active or cleared ones only.
    #[param(inline)]
    state: Option<AlarmStateView>,
    /// Only those that are acknowledged, or are not.
    acknowledged: Option<bool>,
    /// Raised from this time on.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    since: Option<String>,
    /// Raised before this time.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Part of data point, text, comment, user or status, in any case.
    #[param(max_length = 512)]
    q: Option<String>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List alarms of the fleet, newest first.
///
/// Shows what the gateway has collected from the alarm notifiers; nothing is asked of a SmartServer.
#[utoipa::path(get, path = "/alarms", tag = "alarms", params(ListQuery),
    responses((status = OK, body = AlarmPage), Problems))]
pub(crate) async fn list_alarms(
    State(gateway): State<Gateway>,
    Query(query): Query<ListQuery>,
) -> Result<Json<AlarmPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let before = cursor::decode_time(query.cursor.as_deref())?;
    let filter = FleetAlarmFilter {
        smartserver: query.smartserver,
        tag: query.tag,
        site: query.site,
        state: query.state.map(Into::into),
        acknowledged: query.acknowledged,
        since: time("since", query.since.as_deref())?,
        until: time("until", query.until.as_deref())?,
        q: part(query.q)?,
    };
    let page = gateway.fleet_alarms(filter, before, limit).await?;
    let items = page.items.iter().map(|alarm| AlarmView::new(&gateway, alarm)).collect();
    let next_cursor = page.next.map(cursor::encode_time);
    Ok(Json(AlarmPage { items, next_cursor }))
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, HttpError> {
    let parse = |text: &str| text.parse().map_err(|error| HttpError::Query(format!("{name}: {error}")));
    text.map(parse).transpose()
}

/// The text that alarms are searched for.
fn part(q: Option<String>) -> Result<Option<String>, HttpError> {
    match q {
        Some(q) if q.chars().count() > Q_MAX => {
            Err(HttpError::Query(format!("q: at most {Q_MAX} characters")))
        }
        q => Ok(q.filter(|q| !q.is_empty())),
    }
}

/// Get an alarm of the fleet.
#[utoipa::path(get, path = "/alarms/{id}", tag = "alarms",
    params(("id" = Uuid, Path, description = "Id of the alarm")),
    responses((status = OK, body = AlarmView), Problems))]
pub(crate) async fn get_alarm(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<AlarmView>, HttpError> {
    Ok(Json(AlarmView::new(&gateway, &gateway.fleet_alarm(AlarmId(id)).await?)))
}

/// Acknowledge an alarm.
///
/// One message is sent to the SmartServer, once, and what it shows then is read back. The outcome `unknown`
/// tells that it may have been done. Who did it is the caller's API key, by its name.
#[utoipa::path(post, path = "/alarms/{id}/acknowledge", tag = "alarms", request_body = AlarmCommentView,
    params(("id" = Uuid, Path, description = "Id of the alarm"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text, once per order")),
    responses((status = OK, body = JudgedAlarmView), Problems))]
pub(crate) async fn acknowledge_alarm(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Extension(caller): Extension<Caller>,
    extract::Json(comment): extract::Json<AlarmCommentView>,
) -> Result<Json<JudgedAlarmView>, HttpError> {
    let order = comment.order(AlarmVerdict::Acknowledge, &caller)?;
    let judged = gateway.judge_alarm(AlarmId(id), &order).await?;
    Ok(Json(JudgedAlarmView::new(&gateway, &judged)))
}

/// Clear an alarm.
///
/// It is acknowledged and taken from the SmartServer's active ones; else as acknowledging.
#[utoipa::path(post, path = "/alarms/{id}/clear", tag = "alarms", request_body = AlarmCommentView,
    params(("id" = Uuid, Path, description = "Id of the alarm"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text, once per order")),
    responses((status = OK, body = JudgedAlarmView), Problems))]
pub(crate) async fn clear_alarm(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Extension(caller): Extension<Caller>,
    extract::Json(comment): extract::Json<AlarmCommentView>,
) -> Result<Json<JudgedAlarmView>, HttpError> {
    let order = comment.order(AlarmVerdict::Clear, &caller)?;
    let judged = gateway.judge_alarm(AlarmId(id), &order).await?;
    Ok(Json(JudgedAlarmView::new(&gateway, &judged)))
}

/// Acknowledge many alarms.
///
/// Each has an outcome of its own. Those of one SmartServer are sent one after the other; once one of them is
/// not answered, the others are `not_sent`.
#[utoipa::path(post, path = "/alarms/acknowledge", tag = "alarms", request_body = AlarmIdsView,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text, once per order")),
    responses((status = OK, body = JudgedAlarmsView), Problems))]
pub(crate) async fn acknowledge_many_alarms(
    State(gateway): State<Gateway>,
    Extension(caller): Extension<Caller>,
    extract::Json(alarms): extract::Json<AlarmIdsView>,
) -> Result<Json<JudgedAlarmsView>, HttpError> {
    let (ids, order) = alarms.order(AlarmVerdict::Acknowledge, &caller)?;
    let judged = gateway.judge_alarms(ids.clone(), &order).await;
    Ok(Json(JudgedAlarmsView::new(&gateway, ids.into_iter().zip(judged))))
}
