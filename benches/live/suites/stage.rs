use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use super::Folder;
use crate::args::Args;
use crate::field::{self, Ledger};
use crate::gateway::{Gateway, Start};
use crate::process::Process;
use crate::xmpp_server::{ServerKind, XmppServer};

/// Accounts of the contenders.
pub(super) const NOC: &str = "noc";
pub(super) const RAW_BOSH: &str = "raw-bosh";
pub(super) const RAW_TCP: &str = "raw-tcp";

/// An XMPP server, SmartServers and a gateway that knows them.
pub(super) struct Stage {
    pub(super) server: XmppServer,
    pub(super) responders: Process,
    pub(super) gateway: Gateway,
    /// The gateway's one identity.
    pub(super) identity: String,
    pub(super) ledger: Rc<Ledger>,
    pub(super) smartservers: usize,
    start: Start,
}

impl Stage {
    pub(super) async fn set(
        args: &Args,
        kind: ServerKind,
        folder: &Folder,
        smartservers: usize,
    ) -> anyhow::Result<Stage> {
        let path = folder.fresh("stage")?;
        let server = XmppServer::start(kind, args.server_core, &path).await?;
        let contenders = [NOC, RAW_BOSH, RAW_TCP].map(str::to_owned);
        server.register((0..smartservers).map(field::user).chain(contenders)).await?;
        let responders = start_responders(args, &server, smartservers, &path).await?;
        let start = start_of(args, path.join("gateway"));
        let mut gateway = Gateway::start(&start).await?;
        let identity = gateway.add_identity(&server, NOC).await?;
        gateway.until_online(1).await?;
        gateway.add_smartservers(&identity, smartservers).await?;
        let ledger = Rc::new(Ledger::new(smartservers));
        Ok(Stage { server, responders, gateway, identity, ledger, smartservers, start })
    }

    /// Starts the gateway again with at most so many stanzas in a body.
    pub(super) async fn restart_gateway(self, max_stanzas: usize) -> anyhow::Result<Stage> {
        self.gateway.process.stop().await?;
        let start = Start { max_stanzas: Some(max_stanzas), ..self.start };
        let mut gateway = Gateway::start(&start).await?;
        gateway.until_online(1).await?;
        gateway.find_points(self.smartservers).await?;
        Ok(Stage { gateway, start, ..self })
    }
}

pub(super) fn start_of(args: &Args, folder: PathBuf) -> Start {
    Start {
        nocgate: args.nocgate.clone(),
        core: args.other_core,
        folder,
        max_stanzas: None,
        settings: Vec::new(),
    }
}

async fn start_responders(
    args: &Args,
    server: &XmppServer,
    count: usize,
    folder: &std::path::Path,
) -> anyhow::Result<Process> {
    let ready = folder.join("responders-ready");
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["responders", &server.c2s_port.to_string(), &count.to_string()]).arg(&ready);
    let mut responders = Process::start("responders", args.other_core, &command, folder)?;
    responders.until(async || ready.exists()).await?;
    Ok(responders)
}
