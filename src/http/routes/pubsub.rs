use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::{IdentityId, PubsubSubscriptionId};
use crate::gateway::Gateway;
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{NewPubsubSubscriptionView, PubsubSubscriptionPage, PubsubSubscriptionView};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PubsubQuery {
    /// Page size, 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the pubsub nodes that an identity reads, and how the services stand to it.
#[utoipa::path(get, path = "/identities/{id}/pubsub-subscriptions", tag = "identities",
    params(("id" = Uuid, Path, description = "Id of the identity"), PubsubQuery),
    responses((status = OK, body = PubsubSubscriptionPage), Problems))]
pub(crate) async fn list_pubsub_subscriptions(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<PubsubQuery>,
) -> Result<Json<PubsubSubscriptionPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<Uuid> = cursor::decode(query.cursor.as_deref())?;
    let all = gateway.pubsub_subscriptions(IdentityId(id))?;
    let rest = all.into_iter().filter(|(info, _)| after.is_none_or(|after| info.id.0 > after));
    let mut items: Vec<PubsubSubscriptionView> = rest.take(limit + 1).map(Into::into).collect();
    let is_last = items.len() <= limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| !is_last).map(|last| cursor::encode(&last.id()));
    Ok(Json(PubsubSubscriptionPage { items, next_cursor }))
}

/// Read a pubsub node.
///
/// Each of its items carries what a SmartServer pushes: the SOAP envelope with a `Write`, or the `Write` alone.
/// Its values are taken as pushes of the SmartServer named here; an item that another account has published is
/// refused. The subscription is asked for now, and again whenever the session has begun anew; items that were
/// published meanwhile are fetched then. The answer does not wait for the service: watch `state`.
#[utoipa::path(post, path = "/identities/{id}/pubsub-subscriptions", tag = "identities",
    request_body = NewPubsubSubscriptionView,
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = CREATED, body = PubsubSubscriptionView), Problems))]
pub(crate) async fn create_pubsub_subscription(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    extract::Json(new): extract::Json<NewPubsubSubscriptionView>,
) -> Result<(StatusCode, Json<PubsubSubscriptionView>), HttpError> {
    let added = gateway.add_pubsub_subscription(IdentityId(id), new.try_into()?).await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Read a pubsub node no more.
///
/// The service is told in the background, if the session is online.
#[utoipa::path(delete, path = "/identities/{id}/pubsub-subscriptions/{subscription}", tag = "identities",
    params(
        ("id" = Uuid, Path, description = "Id of the identity"),
        ("subscription" = Uuid, Path, description = "Id of the subscription"),
    ),
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn delete_pubsub_subscription(
    State(gateway): State<Gateway>,
    Path((id, subscription)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, HttpError> {
    gateway.remove_pubsub_subscription(IdentityId(id), PubsubSubscriptionId(subscription)).await?;
    Ok(StatusCode::NO_CONTENT)
}
