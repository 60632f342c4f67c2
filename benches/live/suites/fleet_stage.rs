use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use tokio::time::Instant;

use super::Folder;
use super::stage::{NOC, start_of};
use crate::args::Args;
use crate::field;
use crate::fleet::Files;
use crate::gateway::Gateway;
use crate::process::{Process, most_files};
use crate::xmpp_server::{ServerKind, XmppServer};

/// Files that a process has open beside its SmartServers' streams.
const OTHER_FILES: usize = 500;

/// What a stage with a fleet is made of.
#[derive(Debug, Clone)]
pub(super) struct Fleet {
    pub(super) smartservers: usize,
    /// Time within which they come back after a lost stream.
    pub(super) back: Duration,
    /// Whether they keep their presence to themselves.
    pub(super) hidden: bool,
    /// Settings of the gateway.
    pub(super) settings: Vec<(&'static str, String)>,
}

/// An XMPP server, a fleet and a gateway that knows it.
pub(super) struct FleetStage {
    pub(super) server: XmppServer,
    pub(super) fleet: Process,
    pub(super) gateway: Gateway,
    pub(super) files: Files,
}

impl FleetStage {
    pub(super) async fn set(
        args: &Args,
        kind: ServerKind,
        folder: &Folder,
        plan: Fleet,
    ) -> anyhow::Result<FleetStage> {
        let count = plan.smartservers;
        let most = most_files()?;
        ensure!(
            count + OTHER_FILES <= most,
            "{count} SmartServers need more than {most} open files: ulimit -Hn"
        );
        let path = folder.fresh("fleet")?;
        let mut watch = Stopwatch::start();
        let server = XmppServer::start(kind, args.server_core, &path).await?;
        server.register((0..count).map(field::user).chain([NOC.to_owned()])).await?;
        let accounts = watch.lap();
        let files = Files::of(&path);
        let fleet = start_fleet(args, &server, &plan, &path).await?;
        let logins = watch.lap();
        let mut start = start_of(args, path.join("gateway"));
        start.settings = plan.settings;
        let mut gateway = Gateway::start(&start).await?;
        let identity = gateway.add_identity(&server, NOC).await?;
        gateway.until_online(1).await?;
        watch.lap();
        gateway.register(&identity, count).await?;
        let registered = watch.lap();
        gateway.until_inventories(count).await?;
        println!(
            "  {count} SmartServers: accounts made in {accounts:.1} s, logged in in {logins:.1} s, registered in \
             {registered:.1} s, the last inventory read {:.1} s later",
            watch.lap()
        );
        Ok(FleetStage { server, fleet, gateway, files })
    }
}

/// Seconds from one moment to the next.
struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now)).as_secs_f64()
    }
}

async fn start_fleet(
    args: &Args,
    server: &XmppServer,
    plan: &Fleet,
    folder: &Path,
) -> anyhow::Result<Process> {
    let files = Files::of(folder);
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["fleet", &server.c2s_port.to_string(), &plan.smartservers.to_string()]).arg(folder);
    command.arg(plan.back.as_millis().to_string());
    command.args(plan.hidden.then_some("--hidden"));
    let mut fleet = Process::start("fleet", args.other_core, &command, folder)?;
    fleet.until(async || files.ready.exists()).await?;
    Ok(fleet)
}
