//! REST in, JSON out. No rule of its own: a handler parses, calls the gateway once, and shows what
//! it says.

mod auth;
mod cursor;
mod dashboard;
mod export;
mod extract;
mod idempotency;
mod metrics;
mod openapi;
mod problem;
mod router;
mod routes;
mod views;

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

pub use router::{openapi_document, router};

/// What handlers may use. Cheap to clone, as several layers do for each request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What is in an [`AppState`].
pub struct Shared {
    /// The gateway.
    pub gateway: Gateway,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Ends open event streams when the server stops.
    pub shutdown: CancellationToken,
    /// How the API meets its callers.
    pub settings: HttpSettings,
}

/// How the API meets its callers.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Largest request body in bytes.
    pub max_body_bytes: usize,
    /// Whether browsers reach us by https, so that cookies may demand it.
    pub secure_cookies: bool,
}

impl AppState {
    /// The state of all handlers.
    pub fn new(shared: Shared) -> Self {
        AppState(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for Gateway {
    fn from_ref(state: &AppState) -> Self {
        state.gateway.clone()
    }
}
