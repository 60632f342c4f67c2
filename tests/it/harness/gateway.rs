//! A gateway, in this process or in one of its own that can be killed.

use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nocgate::config::Config;
use nocgate::gateway::GatewayError;
use nocgate::{app, gateway};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::api::Api;
use super::database::{MASTER_KEY, TestDatabase};
use super::{crypto, eventually};

/// Configuration as environment variables without their prefix: `("READING__SAVE_INTERVAL_MS", "100")`.
pub(crate) type Overrides = [(&'static str, &'static str)];

/// A gateway in this process.
pub(crate) struct Gateway {
    pub(crate) api: Api,
    shutdown: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Gateway {
    /// Starts it on a database, which it migrates.
    pub(crate) async fn start(database: &TestDatabase, overrides: &Overrides) -> Gateway {
        crypto();
        let config = Config::load(None, environment(database, overrides).into_iter()).expect("a good config");
        let key = make_key(database).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let served = tokio::spawn(async move { app::serve(&config, listener, stop).await });
        Gateway { api: Api::new(base, Some(key)), shutdown, served }
    }

    /// Stops it in good order.
    pub(crate) async fn stop(self, limit: Duration) {
        self.shutdown.cancel();
        let served = timeout(limit, self.served).await.expect("it stops");
        served.expect("no panic").expect("no error");
    }

    /// Tells it to stop, without waiting.
    pub(crate) fn begin_to_stop(&self) {
        self.shutdown.cancel();
    }
}

/// A gateway in a process of its own; killed when it is dropped.
pub(crate) struct GatewayProcess {
    pub(crate) api: Api,
    child: Child,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl GatewayProcess {
    pub(crate) async fn start(database: &TestDatabase, overrides: &Overrides) -> GatewayProcess {
        let key = make_key(database).await;
        let folder = TempDir::new().expect("a folder");
        let mut environment = environment(database, overrides);
        let (child, base) = loop {
            if let Some(started) = launch(&folder, &mut environment).await {
                break started;
            }
        };
        GatewayProcess { api: Api::new(base, Some(key)), child, folder, environment }
    }

    /// SIGKILL: nothing of it runs afterwards.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Ends it as an operator would, and waits for its end.
    pub(crate) async fn terminate(&mut self) {
        let done = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(done.expect("kill runs").success());
        eventually("the gateway ends", async || self.child.try_wait().expect("a child")).await;
    }

    /// Starts it again, on another port.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        let (child, base) = loop {
            if let Some(started) = launch(&self.folder, &mut self.environment).await {
                break started;
            }
        };
        self.child = child;
        self.api.base = base;
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that it wrote to its log, over all its starts.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.folder)).expect("a log")
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process and its address once it answers; `None` when it ended, since somebody took its port.
async fn launch(folder: &TempDir, environment: &mut Vec<(String, String)>) -> Option<(Child, String)> {
    let port = StdListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    environment.retain(|(name, _)| name != "NOCGATE__HTTP__LISTEN");
    environment.push(("NOCGATE__HTTP__LISTEN".to_owned(), format!("127.0.0.1:{port}")));
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_file(folder)).expect("a log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_nocgate"))
        .arg("serve")
        .envs(environment.iter().cloned())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the binary runs");
    let base = format!("http://127.0.0.1:{port}");
    let api = Api::new(base.clone(), None);
    let up = eventually("the gateway answers or ends", async || {
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(log_of(folder).contains("in use"), "{status}: {}", log_of(folder));
            return Some(false);
        }
        let ready = api.request(reqwest::Method::GET, "//readyz").send().await;
        ready.is_ok_and(|response| response.status().is_success()).then_some(true)
    });
    up.await.then_some((child, base))
}

fn log_file(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}

fn log_of(folder: &TempDir) -> String {
    std::fs::read_to_string(log_file(folder)).unwrap_or_default()
}

fn environment(database: &TestDatabase, overrides: &Overrides) -> Vec<(String, String)> {
    // Most tests want to see what a device has now.
    let polls = ("SMARTSERVER__FORCED_POLLS_PER_MINUTE", "1000000");
    let fixed = [("DATABASE__URL", database.url()), ("SECRETS__KEY", MASTER_KEY), polls];
    let pairs = fixed.iter().chain(overrides);
    pairs.map(|(name, value)| (format!("NOCGATE__{name}"), (*value).to_owned())).collect()
}

async fn make_key(database: &TestDatabase) -> String {
    let store = database.open().await;
    // Each start on a database has a key of its own.
    let made = match gateway::create_api_key(&store, "it").await {
        Err(GatewayError::Conflict(_)) => {
            gateway::create_api_key(&store, &format!("it {}", uuid::Uuid::new_v4())).await
        }
        made => made,
    };
    let made = made.expect("a key");
    store.close().await;
    made.key.expose_secret().to_owned()
}
