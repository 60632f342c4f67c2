use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::PollGroupId;
use crate::gateway::Gateway;
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::idempotency::ResourceId;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{NewPollGroupView, PollGroupPage, PollGroupView};

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List poll groups with their status, in the order of their names.
#[utoipa::path(get, path = "/poll-groups", tag = "poll groups", params(ListQuery),
    responses((status = OK, body = PollGroupPage), Problems))]
pub(crate) async fn list_poll_groups(
    State(gateway): State<Gateway>,
    Query(query): Query<ListQuery>,
) -> Result<Json<PollGroupPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<String> = cursor::decode(query.cursor.as_deref())?;
    let page = gateway.poll_groups(after.as_deref(), limit);
    let items = page.items.into_iter().map(|known| PollGroupView::new(&gateway, known)).collect();
    Ok(Json(PollGroupPage { items, next_cursor: page.next.as_ref().map(cursor::encode) }))
}

/// Make a poll group.
///
/// Its points are polled from their SmartServers' next turns on: SmartServers are spread over the interval.
/// What several groups want of a point is asked for once, at the shortest of their intervals.
#[utoipa::path(post, path = "/poll-groups", tag = "poll groups", request_body = NewPollGroupView,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text, once per group")),
    responses((status = CREATED, body = PollGroupView), Problems))]
pub(crate) async fn create_poll_group(
    State(gateway): State<Gateway>,
    resource: Option<Extension<ResourceId>>,
    extract::Json(new): extract::Json<NewPollGroupView>,
) -> Result<(StatusCode, Json<PollGroupView>), HttpError> {
    let id = resource.map_or_else(PollGroupId::new, |Extension(ResourceId(id))| PollGroupId(id));
    let made = gateway.add_poll_group(id, new.try_into()?).await?;
    Ok((StatusCode::CREATED, Json(PollGroupView::new(&gateway, made))))
}

/// Get a poll group.
#[utoipa::path(get, path = "/poll-groups/{id}", tag = "poll groups",
    params(("id" = Uuid, Path, description = "Id of the poll group")),
    responses((status = OK, body = PollGroupView), Problems))]
pub(crate) async fn get_poll_group(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<PollGroupView>, HttpError> {
    let known = gateway.poll_group(PollGroupId(id))?;
    Ok(Json(PollGroupView::new(&gateway, known)))
}

/// Replace a poll group.
///
/// Everything is replaced, at once. Data points that it names already may be missing by now.
#[utoipa::path(put, path = "/poll-groups/{id}", tag = "poll groups", request_body = NewPollGroupView,
    params(("id" = Uuid, Path, description = "Id of the poll group")),
    responses((status = OK, body = PollGroupView), Problems))]
pub(crate) async fn replace_poll_group(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    extract::Json(new): extract::Json<NewPollGroupView>,
) -> Result<Json<PollGroupView>, HttpError> {
    let changed = gateway.change_poll_group(PollGroupId(id), new.try_into()?).await?;
    Ok(Json(PollGroupView::new(&gateway, changed)))
}

/// Remove a poll group.
///
/// Its polls end at once; what was remembered stays as long as it would have.
#[utoipa::path(delete, path = "/poll-groups/{id}", tag = "poll groups",
    params(("id" = Uuid, Path, description = "Id of the poll group")),
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn delete_poll_group(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, HttpError> {
    gateway.remove_poll_group(PollGroupId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
