//! What the tests start and look at.

#![allow(dead_code, reason = "not every helper is used by every test")]

pub(crate) mod api;
pub(crate) mod database;
pub(crate) mod events;
pub(crate) mod gateway;
pub(crate) mod proxy;
pub(crate) mod server_control;
pub(crate) mod simulator;
pub(crate) mod site;
pub(crate) mod sockets;
pub(crate) mod spoil;
pub(crate) mod xmpp_server;

use std::sync::Once;
use std::time::Duration;

/// How long a condition may take to come true. Long, since machines that run tests are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Installs what `main` installs for the binary: cryptography, and a log of what `RUST_LOG` asks for.
pub(crate) fn crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
    });
}

/// Waits until `condition` gives a value.
pub(crate) async fn eventually<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never happened: {what}"))
}
