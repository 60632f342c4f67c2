//! The composition root: builds everything and owns its stopping.

use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::gateway::{Gateway, HistorySettings, SessionSettings, Settings};
use crate::http::{self, AppState, HttpSettings, Shared};
use crate::store::{MasterKey, Store};

/// Time that running requests, and after them running commands, get to end when the process stops.
const GRACE: Duration = Duration::from_secs(4);
/// Pause between two clean-ups of the metrics.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Installs what the process needs once, whatever it does: the cryptography of TLS.
pub fn install_crypto() {
    // Installed already: fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Opens the database with the key that its secrets are encrypted with.
///
/// # Errors
/// When either cannot be had; the message says which and why.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let key = master_key(config)?;
    Store::open(config.database.url.expose(), key).await.context("database")
}

fn master_key(config: &Config) -> anyhow::Result<MasterKey> {
    let secrets = &config.secrets;
    if !secrets.key.expose().is_empty() {
        return MasterKey::from_text(secrets.key.expose()).context("secrets.key");
    }
    let path = &secrets.key_file;
    let is_new = !path.exists();
    let key =
        MasterKey::from_file_or_new(path).with_context(|| format!("secrets.key_file {}", path.display()))?;
    if is_new {
        tracing::warn!(file = %path.display(), "made a new key for the secrets at rest; keep a copy of it");
    }
    Ok(key)
}

/// Serves the API and the dashboard on `listener` until `shutdown`, then stops in order: no new
/// requests, running ones to their end, the sessions terminated, readings saved.
///
/// # Errors
/// When the database cannot be opened or the listener fails.
pub async fn serve(
    config: &Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let metrics = recorder()?;
    let store = open_store(config).await?;
    let _claim = store.claim().await.context("database")?;
    let gateway = Gateway::start(settings(config), store).await.context("start")?;
    let state = AppState::new(Shared {
        gateway: gateway.clone(),
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
        settings: HttpSettings {
            max_body_bytes: config.http.max_body_bytes,
            secure_cookies: config.http.public_url.starts_with("https://"),
        },
    });
    let upkeep = tokio::spawn(keep_metrics(metrics, shutdown.clone()));
    tracing::info!(address = %listener.local_addr()?, "listening");
    let served = serve_http(listener, state, shutdown).await;
    gateway.stop(Instant::now() + GRACE).await;
    upkeep.abort();
    served
}

async fn serve_http(
    listener: TcpListener,
    state: AppState,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let stopping = shutdown.clone();
    let server = axum::serve(listener, http::router(state))
        .with_graceful_shutdown(async move { stopping.cancelled().await })
        .into_future();
    tokio::pin!(server);
    tokio::select! {
        served = &mut server => return served.context("HTTP"),
        () = shutdown.cancelled() => {}
    }
    // Requests that wait for a silent SmartServer must not hold the process up.
    match tokio::time::timeout(GRACE, server).await {
        Ok(served) => served.context("HTTP"),
        Err(_late) => Ok(()),
    }
}

fn settings(config: &Config) -> Settings {
    let ms = Duration::from_millis;
    Settings {
        default_max_age: ms(config.reading.default_max_age_ms),
        deadline: config.deadline(),
        in_flight: config.smartserver.in_flight,
        queue: config.smartserver.queue,
        batch_items: config.smartserver.batch_items,
        save_interval: ms(config.reading.save_interval_ms),
        history: HistorySettings {
            retention_days: config.history.retention_days,
            buffer: Duration::from_secs(config.history.buffer_s),
            buffer_bytes: config.history.buffer_mb.saturating_mul(1 << 20),
        },
        session: SessionSettings {
            wait: Duration::from_secs(config.session.wait_s),
            max_stanzas: config.session.max_stanzas,
            resume: config.session.resume,
            max_body_bytes: config.session.max_body_bytes,
            subscribe_presence: config.session.subscribe_presence,
            logins_at_once: config.session.logins_at_once,
            redirect_hosts: config.session.redirect_hosts.clone(),
        },
    }
}

/// The process's metrics. A second gateway in the same process shares them.
fn recorder() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: std::sync::Mutex<Option<PrometheusHandle>> = std::sync::Mutex::new(None);
    let mut handle = HANDLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = &*handle {
        return Ok(handle.clone());
    }
    let made = PrometheusBuilder::new().install_recorder().context("metrics")?;
    Ok(handle.insert(made).clone())
}

async fn keep_metrics(metrics: PrometheusHandle, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        metrics.run_upkeep();
    }
}
