use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::commands::{answer_when_finished, wait_of};
use crate::domain::{CommandId, DataPointId, DataPointName};
use crate::gateway::{Caller, DataPointFilter, Gateway};
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::idempotency::ResourceId;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{
    CommandView, DataPointPage, DataPointView, NewCommandView, QualityView, UnitSystemView,
};

/// Which data points are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Key or id of the SmartServer.
    smartserver: Option<String>,
    /// The whole name.
    name: Option<String>,
    /// Beginning of the name.
    prefix: Option<String>,
    /// Part of name, alias or description, in any case.
    q: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[param(example = "SNVT_switch")]
    type_name: Option<String>,
    /// A tag of the SmartServer.
    tag: Option<String>,
    /// Quality of the latest reading.
    #[param(inline)]
    quality: Option<QualityView>,
    /// Units that temperatures are given in, and their ranges; each data point's own if absent. All else
    /// has one unit.
    #[param(inline)]
    format: Option<UnitSystemView>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List data points with their latest readings.
///
/// Shows what the gateway holds; nothing is asked of a SmartServer.
#[utoipa::path(get, path = "/data-points", tag = "data points", params(ListQuery),
    responses((status = OK, body = DataPointPage), Problems))]
pub(crate) async fn list_data_points(
    State(gateway): State<Gateway>,
    Query(query): Query<ListQuery>,
) -> Result<Json<DataPointPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let units = query.format.map(Into::into);
    let after = position(query.cursor.as_deref())?;
    let filter = DataPointFilter {
        smartserver: query.smartserver,
        name: query.name,
        prefix: query.prefix,
        q: query.q,
        type_name: query.type_name,
        tag: query.tag,
        quality: query.quality.map(Into::into),
    };
    let page = gateway.data_points(&filter, after.as_ref(), limit)?;
    let view = |point| DataPointView::new(&gateway, point, gateway.cached(point).as_deref(), units);
    Ok(Json(DataPointPage {
        items: page.items.iter().map(view).collect(),
        next_cursor: page.next.map(|(key, name)| cursor::encode(&(key, name.as_str()))),
    }))
}

fn position(cursor: Option<&str>) -> Result<Option<(String, DataPointName)>, HttpError> {
    let Some((key, name)) = cursor::decode::<(String, String)>(cursor)? else { return Ok(None) };
    let name = name.parse().map_err(|_| cursor::not_ours())?;
    Ok(Some((key, name)))
}

/// How fresh.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadQuery {
    /// The reading may be this old, in milliseconds; 0 makes the SmartServer ask its device now.
    /// The configured default (60 s unless changed) if absent.
    #[param(maximum = 86400000, example = 60000)]
    max_age_ms: Option<u64>,
    /// Ask nobody: show what the gateway holds, however old.
    #[serde(default)]
    only_if_cached: bool,
    /// Milliseconds that it may take.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
    /// Units that temperatures are given in, and their ranges; the data point's own if absent. All else has
    /// one unit.
    #[param(inline)]
    format: Option<UnitSystemView>,
}

/// Get a data point with a reading that is fresh enough.
#[utoipa::path(get, path = "/data-points/{id}", tag = "data points",
    params(("id" = Uuid, Path, description = "Id of the data point"), ReadQuery),
    responses((status = OK, body = DataPointView), Problems))]
pub(crate) async fn get_data_point(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<DataPointView>, HttpError> {
    let point = gateway.point(DataPointId(id))?;
    let max_age = extract::duration("max_age_ms", query.max_age_ms, 0, extract::DAY_MS)?;
    let timeout = extract::duration("timeout_ms", query.timeout_ms, 1, extract::LONGEST_WAIT_MS)?;
    let reading = if query.only_if_cached {
        gateway.cached(&point)
    } else {
        Some(gateway.read_point(&point, max_age, timeout).await?)
    };
    Ok(Json(DataPointView::new(&gateway, &point, reading.as_deref(), query.format.map(Into::into))))
}

/// Write or release a data point.
///
/// The command is on disk before this answers. `Prefer: wait=10` waits up to so many seconds for the
/// outcome: the status is 200 when there is one, else 202. A repeated `Idempotency-Key` gets the first
/// answer and sends nothing.
#[utoipa::path(post, path = "/data-points/{id}/writes", tag = "commands", request_body = NewCommandView,
    params(("id" = Uuid, Path, description = "Id of the data point"),
        ("Prefer" = Option<String>, Header, description = "`wait=<seconds>`", example = "wait=10"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text, once per command")),
    responses(
        (status = OK, body = CommandView, description = "Finished"),
        (status = ACCEPTED, body = CommandView, description = "Under way"),
        Problems))]
pub(crate) async fn write_data_point(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Extension(caller): Extension<Caller>,
    resource: Option<Extension<ResourceId>>,
    headers: HeaderMap,
    extract::Json(new): extract::Json<NewCommandView>,
) -> Result<(StatusCode, Json<CommandView>), HttpError> {
    let wait = wait_of(&headers)?;
    let command_id = resource.map_or_else(CommandId::new, |Extension(ResourceId(id))| CommandId(id));
    let started = gateway.command_point(command_id, DataPointId(id), new.try_into()?, &caller).await?;
    answer_when_finished(&gateway, started, wait).await
}
