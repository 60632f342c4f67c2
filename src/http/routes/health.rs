use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::{AppState, metrics};

/// A good answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Fine {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

const FINE: Json<Fine> = Json(Fine { status: "ok" });

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = OK, body = Fine)))]
pub(crate) async fn healthz() -> Json<Fine> {
    FINE
}

/// Whether it can work: the database answers.
///
/// An XMPP server that is away does not make the gateway unready: what it holds is still served.
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()),
    responses((status = OK, body = Fine), Problems))]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Fine>, HttpError> {
    state.gateway.ready().await?;
    Ok(FINE)
}

/// Metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()),
    responses((status = OK, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    state.gateway.record_gauges();
    let sessions: Vec<_> = state.gateway.sessions().collect();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], state.metrics.render() + &metrics::sessions(&sessions))
}
