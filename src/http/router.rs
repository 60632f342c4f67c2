//! The API's table of contents.

use std::convert::Infallible;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::problem::HttpError;
use super::routes::{
    activity, alarms, api_keys, auth, commands, configuration, console, data_loggers, data_points, devices,
    events, fleet, fleet_alarms, health, history, history_gaps, identities, poll_groups, pubsub, reads,
    smartservers, traffic, unknown_senders,
};
use super::{AppState, auth as callers, dashboard, idempotency, openapi};
use crate::gateway::Gateway;

/// Everything that the gateway serves.
pub fn router(state: AppState) -> Router {
    let (api, document) = api_with(&state).split_for_parts();
    let limit = state.settings.max_body_bytes;
    let api = api
        .route("/api/{*rest}", axum::routing::any(no_route))
        .method_not_allowed_fallback(wrong_method)
        .layer(header_layer(header::CACHE_CONTROL, "no-store"))
        .with_state(state);
    let docs = Router::from(SwaggerUi::new("/api/docs").url("/api/v1/openapi.json", document))
        .layer(header_layer(header::CONTENT_SECURITY_POLICY, dashboard::DOCS_CSP));
    Router::new()
        .merge(api)
        .merge(docs)
        .fallback_service(dashboard::service())
        .layer(DefaultBodyLimit::max(limit))
        .layer(
            ServiceBuilder::new().layer(middleware::from_fn(attend)).layer(CatchPanicLayer::custom(panicked)),
        )
}

/// The OpenAPI document as it is served and kept in `openapi/`.
pub fn openapi_document() -> OpenApi {
    api().into_openapi()
}

/// The routes with their part of the OpenAPI document.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(operation())
        .nest("/api/v1", open().merge(repeatable()).merge(guarded()).merge(asking()))
}

/// The same, guarded by `state`.
fn api_with(state: &AppState) -> OpenApiRouter<AppState> {
    let callers = || middleware::from_fn_with_state(state.clone(), callers::require_caller);
    let through = || middleware::from_fn_with_state(state.clone(), see_through);
    let replay = middleware::from_fn_with_state(state.clone(), idempotency::replay);
    let changing = || ServiceBuilder::new().layer(callers()).layer(through());
    OpenApiRouter::with_openapi(openapi::base()).merge(operation()).nest(
        "/api/v1",
        open()
            .merge(repeatable().route_layer(changing().layer(replay)))
            .merge(guarded().route_layer(changing()))
            .merge(asking().route_layer(callers())),
    )
}

/// For whoever runs the gateway: no key needed.
fn operation() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}

/// Signing in.
fn open() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(auth::login))
}

/// Creations and commands, which take an `Idempotency-Key`. API keys are not among them: the answer
/// that would be kept holds the key.
fn repeatable() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(identities::create_identity))
        .routes(routes!(smartservers::create_smartserver))
        .routes(routes!(pubsub::create_pubsub_subscription))
        .routes(routes!(data_points::write_data_point))
        .routes(routes!(configuration::create_data_point))
        .routes(routes!(devices::command_device))
        .routes(routes!(fleet_alarms::acknowledge_alarm))
        .routes(routes!(fleet_alarms::clear_alarm))
        .routes(routes!(fleet_alarms::acknowledge_many_alarms))
        .routes(routes!(history_gaps::backfill))
        .routes(routes!(poll_groups::create_poll_group))
}

fn guarded() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth::logout))
        .routes(routes!(auth::me))
        .routes(routes!(api_keys::list_api_keys, api_keys::create_api_key))
        .routes(routes!(api_keys::delete_api_key))
        .routes(routes!(identities::list_identities))
        .routes(routes!(identities::get_identity, identities::replace_identity, identities::delete_identity))
        .routes(routes!(identities::get_session))
        .routes(routes!(identities::test_identity))
        .routes(routes!(identities::reconnect_identity))
        .routes(routes!(pubsub::list_pubsub_subscriptions))
        .routes(routes!(pubsub::delete_pubsub_subscription))
        .routes(routes!(unknown_senders::list_unknown_senders, unknown_senders::clear_unknown_senders))
        .routes(routes!(smartservers::list_smartservers))
        .routes(routes!(
            smartservers::get_smartserver,
            smartservers::change_smartserver,
            smartservers::delete_smartserver
        ))
        .routes(routes!(smartservers::sync_smartserver))
        .routes(routes!(commands::list_commands))
        .routes(routes!(commands::get_command))
        .routes(routes!(history_gaps::list_history_gaps))
        .routes(routes!(configuration::change_configuration))
        .routes(routes!(configuration::delete_data_point))
        .routes(routes!(devices::list_device_commands))
        .routes(routes!(devices::get_device_command))
        .routes(routes!(data_loggers::list_data_loggers, data_loggers::change_data_logger))
        .routes(routes!(data_loggers::clear_data_log))
        .routes(routes!(alarms::list_alarm_generators, alarms::change_alarm_generator))
        .routes(routes!(alarms::list_alarm_notifiers, alarms::change_alarm_notifier))
        .routes(routes!(alarms::acknowledge_alarms))
        .routes(routes!(alarms::clear_alarm_log))
        .routes(routes!(poll_groups::list_poll_groups))
        .routes(routes!(
            poll_groups::get_poll_group,
            poll_groups::replace_poll_group,
            poll_groups::delete_poll_group
        ))
}

/// What only asks: it ends when its caller hangs up.
fn asking() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(fleet::get_fleet))
        .routes(routes!(smartservers::get_system))
        .routes(routes!(console::post_soap))
        .routes(routes!(console::post_message))
        .routes(routes!(console::ping_smartserver))
        .routes(routes!(devices::list_networks))
        .routes(routes!(devices::list_channels))
        .routes(routes!(devices::list_devices))
        .routes(routes!(devices::list_functional_blocks))
        .routes(routes!(reads::read_data_points))
        .routes(routes!(data_points::list_data_points))
        .routes(routes!(data_points::get_data_point))
        .routes(routes!(configuration::get_configuration))
        .routes(routes!(configuration::get_raw))
        .routes(routes!(data_loggers::read_data_log))
        .routes(routes!(alarms::read_alarms))
        .routes(routes!(fleet_alarms::list_alarms))
        .routes(routes!(fleet_alarms::get_alarm))
        .routes(routes!(history::get_history))
        .routes(routes!(history::query_history))
        .routes(routes!(activity::list_activity))
        .routes(routes!(events::listen))
        .routes(routes!(traffic::watch_traffic))
}

/// What changes something goes on to its end, also when its caller hangs up: it must not stop
/// between the database and memory.
async fn see_through(
    State(gateway): State<Gateway>,
    request: Request,
    next: middleware::Next,
) -> Result<Response, HttpError> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    gateway.see_through(next.run(request)).await.ok_or(HttpError::Internal)
}

async fn no_route() -> HttpError {
    HttpError::NoRoute
}

async fn wrong_method() -> HttpError {
    HttpError::Method
}

fn panicked(_panic: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    HttpError::Internal.into_response()
}

fn header_layer(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Around every request, in one layer since each costs something: protection and log.
async fn attend(request: Request, next: middleware::Next) -> Result<Response, Infallible> {
    let mut response = log(request, next).await;
    protect(response.headers_mut());
    Ok(response)
}

/// Adds what browsers shall not do with an answer.
fn protect(headers: &mut HeaderMap) {
    const PROTECTION: [(HeaderName, HeaderValue); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(dashboard::CSP)),
    ];
    for (name, value) in PROTECTION {
        headers.entry(name).or_insert(value);
    }
}

/// One line per request: what it was and how it ended. Never its headers, query or body.
async fn log(request: Request, next: middleware::Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let took = begun.elapsed();
    metrics::histogram!("nocgate_http_request_seconds", "status" => status.to_string())
        .record(took.as_secs_f64());
    tracing::debug!(%method, path, status, took_ms = took.as_millis(), "request");
    response
}
