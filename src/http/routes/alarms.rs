use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;

use super::logs::{self, LogParameters};
use crate::gateway::{Caller, Gateway};
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::alarm::{
    AlarmAcknowledgementView, AlarmLogClearing, AlarmLogPage, AlarmLogView, AlarmOutcomesView,
};
use crate::http::views::alarm_generator::{
    AlarmGeneratorChangeView, AlarmGeneratorList, ChangedAlarmGenerator,
};
use crate::http::views::alarm_notifier::{AlarmNotifierChangeView, AlarmNotifierList, ChangedAlarmNotifier};
use crate::http::views::block::name;
use crate::http::views::log::LogRemains;

/// Which functional blocks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlockQuery {
    /// Only the one of this name.
    #[param(max_length = 512)]
    name: Option<String>,
}

/// List a SmartServer's alarm generators with their configurations.
#[utoipa::path(get, path = "/smartservers/{key}/alarm-generators", tag = "alarms",
    params(("key" = String, Path, description = "Key or id"), BlockQuery),
    responses((status = OK, body = AlarmGeneratorList), Problems))]
pub(crate) async fn list_alarm_generators(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<BlockQuery>,
) -> Result<Json<AlarmGeneratorList>, HttpError> {
    let name = query.name.map(|name| logs::name("name", &name)).transpose()?;
    Ok(Json(gateway.alarm_generators(&key, name).await?.into()))
}

/// Change an alarm generator.
///
/// What is not named stays as it is. One message is sent to change it, once: `outcome_unknown` tells that it
/// may have been done.
#[utoipa::path(patch, path = "/smartservers/{key}/alarm-generators", tag = "alarms",
    request_body = AlarmGeneratorChangeView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = ChangedAlarmGenerator), Problems))]
pub(crate) async fn change_alarm_generator(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(change): extract::Json<AlarmGeneratorChangeView>,
) -> Result<Json<ChangedAlarmGenerator>, HttpError> {
    let (name, change) = change.try_into()?;
    Ok(Json(gateway.change_alarm_generator(&key, name, change).await?.into()))
}

/// List a SmartServer's alarm notifiers with their configurations.
#[utoipa::path(get, path = "/smartservers/{key}/alarm-notifiers", tag = "alarms",
    params(("key" = String, Path, description = "Key or id"), BlockQuery),
    responses((status = OK, body = AlarmNotifierList), Problems))]
pub(crate) async fn list_alarm_notifiers(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<BlockQuery>,
) -> Result<Json<AlarmNotifierList>, HttpError> {
    let name = query.name.map(|name| logs::name("name", &name)).transpose()?;
    Ok(Json(gateway.alarm_notifiers(&key, name).await?.into()))
}

/// Change an alarm notifier.
///
/// What is not named stays as it is. One message is sent to change it, once: `outcome_unknown` tells that it
/// may have been done.
#[utoipa::path(patch, path = "/smartservers/{key}/alarm-notifiers", tag = "alarms",
    request_body = AlarmNotifierChangeView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = ChangedAlarmNotifier), Problems))]
pub(crate) async fn change_alarm_notifier(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(change): extract::Json<AlarmNotifierChangeView>,
) -> Result<Json<ChangedAlarmNotifier>, HttpError> {
    let (name, change) = change.try_into()?;
    Ok(Json(gateway.change_alarm_notifier(&key, name, change).await?.into()))
}

/// Which alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmsQuery {
    /// Name of the alarm notifier.
    #[param(min_length = 1, max_length = 512, example = "Net/LON/iLON App/Alarm Notifier[0]")]
    name: String,
    /// Active alarms or all.
    #[serde(default)]
    #[param(inline)]
    log: AlarmLogView,
    /// From this time of alarm on, by the SmartServer's clock.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    since: Option<String>,
    /// Up to this time of alarm, which is included.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before, with the same other parameters.
    cursor: Option<String>,
    /// The last alarms in place of a page.
    #[param(minimum = 1, maximum = 50)]
    newest: Option<usize>,
}

/// Read alarms of an alarm notifier.
///
/// Following `next_cursor` to its end gives every alarm once and in order, also those that arrive meanwhile.
#[utoipa::path(get, path = "/smartservers/{key}/alarm-notifiers/alarms", tag = "alarms",
    params(("key" = String, Path, description = "Key or id"), AlarmsQuery),
    responses((status = OK, body = AlarmLogPage), Problems))]
pub(crate) async fn read_alarms(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<AlarmsQuery>,
) -> Result<Json<AlarmLogPage>, HttpError> {
    let parameters = LogParameters {
        point: None,
        since: query.since.as_deref(),
        until: query.until.as_deref(),
        limit: query.limit,
        cursor: query.cursor.as_deref(),
        newest: query.newest,
    };
    let name = logs::name("name", &query.name)?;
    Ok(Json(gateway.alarm_log(&key, name, query.log.into(), &parameters.query()?).await?.into()))
}

/// Acknowledge, clear or comment alarms.
///
/// One message is sent, once. Each alarm has an outcome of its own; `unknown` is one that may have been done.
#[utoipa::path(post, path = "/smartservers/{key}/alarm-notifiers/alarms/acknowledge", tag = "alarms",
    request_body = AlarmAcknowledgementView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = AlarmOutcomesView), Problems))]
pub(crate) async fn acknowledge_alarms(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Extension(caller): Extension<Caller>,
    extract::Json(order): extract::Json<AlarmAcknowledgementView>,
) -> Result<Json<AlarmOutcomesView>, HttpError> {
    Ok(Json(gateway.acknowledge_alarms(&key, order.order(&caller)?).await?.into()))
}

/// Clear a log of an alarm notifier.
///
/// One message is sent, once: `outcome_unknown` tells that it may have been done.
#[utoipa::path(post, path = "/smartservers/{key}/alarm-notifiers/clear", tag = "alarms",
    request_body = AlarmLogClearing,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = LogRemains), Problems))]
pub(crate) async fn clear_alarm_log(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(clearing): extract::Json<AlarmLogClearing>,
) -> Result<Json<LogRemains>, HttpError> {
    let until = logs::time_in_body("until", clearing.until.as_deref())?;
    let notifier = name("name", &clearing.name)?;
    Ok(Json(gateway.clear_alarm_log(&key, notifier, clearing.log.into(), until).await?.into()))
}
