use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::domain::IdentityId;
use crate::gateway::Gateway;
use crate::http::extract::{self, Path};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{
    IdentityPage, IdentityReportView, IdentityTestView, IdentityView, NewIdentityView, SessionReportView,
    SessionView, session_view,
};

/// List identities with their sessions.
#[utoipa::path(get, path = "/identities", tag = "identities",
    responses((status = OK, body = IdentityPage), Problems))]
pub(crate) async fn list_identities(State(gateway): State<Gateway>) -> Json<IdentityPage> {
    let items = gateway.identities().into_iter().map(IdentityView::new).collect();
    Json(IdentityPage { items, next_cursor: None })
}

/// Register an identity.
///
/// Its session is started at once; the answer does not wait for the log-in. Watch
/// `/identities/{id}/session`.
#[utoipa::path(post, path = "/identities", tag = "identities", request_body = NewIdentityView,
    responses((status = CREATED, body = IdentityView), Problems))]
pub(crate) async fn create_identity(
    State(gateway): State<Gateway>,
    extract::Json(new): extract::Json<NewIdentityView>,
) -> Result<(StatusCode, Json<IdentityView>), HttpError> {
    let added = gateway.add_identity(new.try_into()?).await?;
    Ok((StatusCode::CREATED, Json(IdentityView::new(added))))
}

/// Try an identity out before it is stored.
///
/// Each BOSH address is tried step by step: `name` (the host's addresses), `tls` (handshake and certificate) and
/// `bosh` (a session is opened, and ended again). Then the account logs in over the first address that stands,
/// and logs out. Nothing is stored; the log-in binds a resource of its own and tells nobody its presence, so a
/// session of the same account goes on undisturbed. A step that fails says what to mend. An answer takes as long
/// as its slowest steps, each 10 s at most. At most 4 tests run at once; more are answered 429 `too_many_tests`.
#[utoipa::path(post, path = "/identities/test", tag = "identities", request_body = IdentityTestView,
    responses((status = OK, body = IdentityReportView), Problems))]
pub(crate) async fn test_identity(
    State(gateway): State<Gateway>,
    extract::Json(test): extract::Json<IdentityTestView>,
) -> Result<Json<IdentityReportView>, HttpError> {
    let (new, stored) = test.parts()?;
    Ok(Json(gateway.test_identity(new, stored).await?.into()))
}

/// Get an identity.
#[utoipa::path(get, path = "/identities/{id}", tag = "identities",
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = OK, body = IdentityView), Problems))]
pub(crate) async fn get_identity(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<IdentityView>, HttpError> {
    Ok(Json(IdentityView::new(gateway.identity(IdentityId(id))?)))
}

/// Replace an identity.
///
/// Everything is replaced, the password too; the session starts anew.
#[utoipa::path(put, path = "/identities/{id}", tag = "identities", request_body = NewIdentityView,
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = OK, body = IdentityView), Problems))]
pub(crate) async fn replace_identity(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    extract::Json(new): extract::Json<NewIdentityView>,
) -> Result<Json<IdentityView>, HttpError> {
    Ok(Json(IdentityView::new(gateway.change_identity(IdentityId(id), new.try_into()?).await?)))
}

/// Remove an identity.
///
/// Refused while SmartServers refer to it.
#[utoipa::path(delete, path = "/identities/{id}", tag = "identities",
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn delete_identity(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, HttpError> {
    gateway.remove_identity(IdentityId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An identity's session: its state, what was negotiated, and what it has done.
#[utoipa::path(get, path = "/identities/{id}/session", tag = "identities",
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = OK, body = SessionReportView), Problems))]
pub(crate) async fn get_session(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<SessionReportView>, HttpError> {
    Ok(Json(SessionReportView::new(gateway.session(IdentityId(id))?)))
}

/// End the session and start a new one.
#[utoipa::path(post, path = "/identities/{id}/reconnect", tag = "identities",
    params(("id" = Uuid, Path, description = "Id of the identity")),
    responses((status = OK, body = SessionView), Problems))]
pub(crate) async fn reconnect_identity(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<SessionView>, HttpError> {
    Ok(Json(session_view(gateway.reconnect(IdentityId(id)).await?.1)))
}
