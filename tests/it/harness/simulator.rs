//! Simulated SmartServers in a process of their own, with a journal.

use std::path::PathBuf;
use std::process::Stdio;

use nocgate::simulator::{Mac, macs};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::PATIENCE;
use super::site::PASSWORD;
use super::xmpp_server::XmppServer;

/// A fleet of the deterministic profile; killed when it is dropped.
pub(crate) struct SimulatorProcess {
    macs: Vec<Mac>,
    folder: TempDir,
    _child: Child,
}

/// What fleet to start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FleetOf {
    pub(crate) smartservers: usize,
    pub(crate) points: usize,
    /// How many of them, from the last, answer late.
    pub(crate) slow: usize,
    pub(crate) slow_by_ms: u64,
}

impl SimulatorProcess {
    /// Registers the accounts, starts the process and waits until all SmartServers are online.
    pub(crate) async fn start(server: &XmppServer, fleet: FleetOf) -> SimulatorProcess {
        let macs = macs(Mac::FIRST, fleet.smartservers);
        server.register_all(macs.iter().map(|mac| user_of(*mac)), PASSWORD).await;
        let folder = TempDir::new().expect("a folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_nocgate"))
            .args(["simulate", "--profile", "deterministic"])
            .args(["--bosh-url", server.bosh_url().as_str(), "--domain", server.domain()])
            .args(["--smartservers", &fleet.smartservers.to_string(), "--points", &fleet.points.to_string()])
            .args(["--slow", &fleet.slow.to_string(), "--slow-by", &fleet.slow_by_ms.to_string()])
            .arg("--journal")
            .arg(folder.path().join("journal"))
            .env("NOCGATE_SIMULATOR_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let online = async {
            while let Some(line) = lines.next_line().await.expect("its output") {
                if line.starts_with("all SmartServers") {
                    return;
                }
            }
            panic!("the simulator ended: {}", log_of(&folder));
        };
        timeout(PATIENCE, online).await.expect("the SmartServers are online");
        SimulatorProcess { macs, folder, _child: child }
    }

    /// Its SmartServers.
    pub(crate) fn macs(&self) -> &[Mac] {
        &self.macs
    }

    /// What it received: one JSON object a line.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    pub(crate) fn log(&self) -> String {
        log_of(&self.folder)
    }
}

fn log_of(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("log")).unwrap_or_default()
}

/// User part of a SmartServer's account.
pub(crate) fn user_of(mac: Mac) -> String {
    mac.to_string().to_lowercase()
}
