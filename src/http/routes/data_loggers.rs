use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::logs::{self, LogParameters};
use crate::gateway::Gateway;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::block::name;
use crate::http::views::data_logger::{
    ChangedDataLogger, DataLogClearing, DataLogPage, DataLoggerChangeView, DataLoggerList,
};
use crate::http::views::log::LogRemains;

/// Which data loggers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DataLoggerQuery {
    /// Only the one of this name.
    #[param(max_length = 512, example = "Net/LON/iLON App/Data Logger[0]")]
    name: Option<String>,
    /// Also the states of their logs, which costs a message more.
    #[serde(default)]
    levels: bool,
}

/// List a SmartServer's data loggers with their configurations.
#[utoipa::path(get, path = "/smartservers/{key}/data-loggers", tag = "data loggers",
    params(("key" = String, Path, description = "Key or id"), DataLoggerQuery),
    responses((status = OK, body = DataLoggerList), Problems))]
pub(crate) async fn list_data_loggers(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<DataLoggerQuery>,
) -> Result<Json<DataLoggerList>, HttpError> {
    let name = query.name.map(|name| logs::name("name", &name)).transpose()?;
    Ok(Json(gateway.data_loggers(&key, name, query.levels).await?.into()))
}

/// Change a data logger.
///
/// What is not named stays as it is. One message is sent to change it, once: `outcome_unknown` tells that it
/// may have been done.
#[utoipa::path(patch, path = "/smartservers/{key}/data-loggers", tag = "data loggers",
    request_body = DataLoggerChangeView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = ChangedDataLogger), Problems))]
pub(crate) async fn change_data_logger(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(change): extract::Json<DataLoggerChangeView>,
) -> Result<Json<ChangedDataLogger>, HttpError> {
    let (name, change) = change.try_into()?;
    Ok(Json(gateway.change_data_logger(&key, name, change).await?.into()))
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    /// Name of the data logger.
    #[param(min_length = 1, max_length = 512, example = "Net/LON/iLON App/Data Logger[0]")]
    name: String,
    /// Only entries of this data point.
    #[param(max_length = 512)]
    point: Option<String>,
    /// From this time on, by the SmartServer's clock.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    since: Option<String>,
    /// Up to this time, which is included.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before, with the same other parameters.
    cursor: Option<String>,
    /// The last entries in place of a page.
    #[param(minimum = 1, maximum = 50)]
    newest: Option<usize>,
}

/// Read entries of a data log.
///
/// Following `next_cursor` to its end gives every entry once and in order, also those that arrive meanwhile.
/// Times are those of the log, by the SmartServer's own clock.
#[utoipa::path(get, path = "/smartservers/{key}/data-loggers/entries", tag = "data loggers",
    params(("key" = String, Path, description = "Key or id"), EntriesQuery),
    responses((status = OK, body = DataLogPage), Problems))]
pub(crate) async fn read_data_log(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<EntriesQuery>,
) -> Result<Json<DataLogPage>, HttpError> {
    let parameters = LogParameters {
        point: query.point.as_deref(),
        since: query.since.as_deref(),
        until: query.until.as_deref(),
        limit: query.limit,
        cursor: query.cursor.as_deref(),
        newest: query.newest,
    };
    let name = logs::name("name", &query.name)?;
    Ok(Json(gateway.data_log(&key, name, &parameters.query()?).await?.into()))
}

/// Clear a data log.
///
/// One message is sent, once: `outcome_unknown` tells that it may have been done.
#[utoipa::path(post, path = "/smartservers/{key}/data-loggers/clear", tag = "data loggers",
    request_body = DataLogClearing,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = LogRemains), Problems))]
pub(crate) async fn clear_data_log(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(clearing): extract::Json<DataLogClearing>,
) -> Result<Json<LogRemains>, HttpError> {
    let until = logs::time_in_body("until", clearing.until.as_deref())?;
    Ok(Json(gateway.clear_data_log(&key, name("name", &clearing.name)?, until).await?.into()))
}
