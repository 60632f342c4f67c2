use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as WordError, StrDeserializer};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::{HealthState, IdentityId, PollGroupId};
use crate::gateway::{Gateway, SmartServerFilter, SmartServerList, Unit};
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{
    DirectionView, HealthStateView, NewSmartServerView, OrderView, SmartServerChangeView, SmartServerPage,
    SmartServerView, SortView, SyncView, SystemView,
};

/// Which SmartServers are listed, and in what order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Part of key, name or JID, in any case.
    q: Option<String>,
    /// A tag, or several joined by commas: all of them must be there.
    #[param(example = "hvac,roof")]
    tag: Option<String>,
    /// A site.
    site: Option<String>,
    /// A state of health (`online`, `degraded`, `offline`, `never_seen`), or several joined by commas: any of
    /// them.
    #[param(example = "offline,degraded")]
    health: Option<String>,
    /// Id of an identity.
    identity: Option<Uuid>,
    /// Id of a poll group: only SmartServers with data points of it.
    poll_group: Option<Uuid>,
    /// By what they are sorted; `key` if absent.
    #[serde(default)]
    #[param(inline)]
    sort: SortView,
    /// In which direction; `asc` if absent.
    #[serde(default)]
    #[param(inline)]
    order: DirectionView,
    /// `checks`: with the last calls to each.
    #[param(inline)]
    include: Option<Included>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before, in the same order.
    cursor: Option<String>,
}

/// What a list of SmartServers tells in addition.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Included {
    Checks,
}

/// List SmartServers with their health.
///
/// **Order.** By key, unless `sort` says otherwise; equals in the order of their keys, and those without what they
/// are sorted by (a site, a time) last, both in either direction. `health` ascending is the worst first: offline,
/// degraded, never seen, online, and among equals the one first that has not answered for longest. `round_trip` is
/// `round_trip_p95_ms`, `alarms` those that are active. Names and sites are compared in lower case.
///
/// **Pages.** A page is sorted by what holds when it is asked for. A SmartServer whose value moves between two pages
/// may be on both, or on none; `sort=key` and others that do not move list each once. `total` counts all that fit.
#[utoipa::path(get, path = "/smartservers", tag = "smartservers", params(ListQuery),
    responses((status = OK, body = SmartServerPage), Problems))]
pub(crate) async fn list_smartservers(
    State(gateway): State<Gateway>,
    Query(query): Query<ListQuery>,
) -> Result<Json<SmartServerPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let order = OrderView { sort: query.sort, order: query.order };
    let after = order.place(query.cursor.as_deref())?;
    let filter = SmartServerFilter {
        q: query.q,
        tag: query.tag,
        site: query.site,
        health: query.health.as_deref().map(states).transpose()?.unwrap_or_default(),
        identity: query.identity.map(IdentityId),
        poll_group: query.poll_group.map(PollGroupId),
    };
    let SmartServerList { page, total } =
        gateway.smartservers(&filter, order.into(), after.as_ref(), limit)?;
    let view = |unit: &Arc<Unit>| match query.include {
        Some(Included::Checks) => SmartServerView::with_checks(&gateway, unit),
        None => SmartServerView::new(&gateway, unit),
    };
    let items = page.items.iter().map(view).collect();
    let next_cursor = page.next.map(|last| order.cursor(last));
    Ok(Json(SmartServerPage { items, next_cursor, total }))
}

fn states(words: &str) -> Result<Vec<HealthState>, HttpError> {
    let state = |word: &str| {
        let word: StrDeserializer<'_, WordError> = word.trim().into_deserializer();
        HealthStateView::deserialize(word).map(Into::into)
    };
    let states: Result<_, _> = words.split(',').map(state).collect();
    states.map_err(|error| HttpError::Query(format!("health: {error}")))
}

/// Register a SmartServer.
///
/// Its inventory is read in the background.
#[utoipa::path(post, path = "/smartservers", tag = "smartservers", request_body = NewSmartServerView,
    responses((status = CREATED, body = SmartServerView), Problems))]
pub(crate) async fn create_smartserver(
    State(gateway): State<Gateway>,
    extract::Json(new): extract::Json<NewSmartServerView>,
) -> Result<(StatusCode, Json<SmartServerView>), HttpError> {
    let unit = gateway.add_smartserver(new.try_into()?).await?;
    Ok((StatusCode::CREATED, Json(SmartServerView::new(&gateway, &unit))))
}

/// Get a SmartServer.
#[utoipa::path(get, path = "/smartservers/{key}", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = SmartServerView), Problems))]
pub(crate) async fn get_smartserver(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
) -> Result<Json<SmartServerView>, HttpError> {
    Ok(Json(SmartServerView::with_checks(&gateway, &*gateway.unit(&key)?)))
}

/// Change what is registered of a SmartServer.
#[utoipa::path(patch, path = "/smartservers/{key}", tag = "smartservers", request_body = SmartServerChangeView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = SmartServerView), Problems))]
pub(crate) async fn change_smartserver(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(change): extract::Json<SmartServerChangeView>,
) -> Result<Json<SmartServerView>, HttpError> {
    let unit = gateway.change_smartserver(&key, change.try_into()?).await?;
    Ok(Json(SmartServerView::new(&gateway, &unit)))
}

/// Remove a SmartServer with its data points and readings.
#[utoipa::path(delete, path = "/smartservers/{key}", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id")),
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn delete_smartserver(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
) -> Result<StatusCode, HttpError> {
    gateway.remove_smartserver(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read a SmartServer's inventory again.
///
/// Data points that keep their names keep their ids; those that are gone are removed.
#[utoipa::path(post, path = "/smartservers/{key}/sync", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id")),
    responses((status = OK, body = SyncView), Problems))]
pub(crate) async fn sync_smartserver(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
) -> Result<Json<SyncView>, HttpError> {
    Ok(Json(gateway.sync(&key).await?.into()))
}

/// Which section.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SystemQuery {
    /// `time` (if absent), `network`, `security`, `hardware`, `real_time`, `mail`, `rtr`, `rtr_stat` or
    /// `lspa`.
    #[param(example = "time")]
    section: Option<String>,
}

/// System information of a SmartServer.
#[utoipa::path(get, path = "/smartservers/{key}/system", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id"), SystemQuery),
    responses((status = OK, body = SystemView), Problems))]
pub(crate) async fn get_system(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<SystemQuery>,
) -> Result<Json<SystemView>, HttpError> {
    let section = query.section.as_deref().unwrap_or("time").parse();
    let section = section.map_err(|error| HttpError::Query(format!("section: {error}")))?;
    Ok(Json(gateway.system(&key, section).await?.into()))
}
