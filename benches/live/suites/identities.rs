use std::time::Duration;

use tokio::time::sleep;

use super::Folder;
use super::stage::start_of;
use crate::args::Args;
use crate::cpu;
use crate::gateway::Gateway;
use crate::xmpp_server::{ServerKind, XmppServer};

/// How long an idle gateway is looked at: each session's poll ends once in a minute.
const IDLE: Duration = Duration::from_secs(60);
/// After the last log-in, before the gateway counts as idle.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) async fn run(args: &Args, kind: ServerKind, folder: &Folder) -> anyhow::Result<()> {
    let count = args.identities;
    println!("\n{count} identities in one process, on {}", kind.name());
    let path = folder.fresh("identities")?;
    let server = XmppServer::start(kind, args.server_core, &path).await?;
    let user = |number: usize| format!("noc{number}");
    server.register((0..count).map(user)).await?;
    let mut gateway = Gateway::start(&start_of(args, path.join("gateway"))).await?;
    let pid = gateway.process.pid();
    let alone = cpu::memory_of(pid)?;
    for number in 0..count {
        gateway.add_identity(&server, &user(number)).await?;
    }
    gateway.until_online(count).await?;
    sleep(SETTLE).await;

    let (memory, before) = (cpu::memory_of(pid)?, cpu::time_of(pid)?);
    sleep(IDLE).await;
    let idle = (cpu::time_of(pid)? - before).as_secs_f64() / IDLE.as_secs_f64();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let each = memory.saturating_sub(alone) as f64 / count as f64 / 1024.0;
    println!("  memory: {:.0} MiB, {:.0} MiB without: {each:.1} KiB per identity", mib(memory), mib(alone));
    println!("  idle CPU: {:.2} % of a core", idle * 100.0);

    let before = (gateway.logins().await?, cpu::time_of(pid)?);
    let _server = server.restart().await?;
    let took = gateway.until_online(count).await?;
    let cpu = cpu::time_of(pid)? - before.1;
    let logins = gateway.logins().await? - before.0;
    println!(
        "  restart of the server: all online {:.1} s after it answers again, {logins} log-ins, {:.1} s of CPU; \
         {:.0} MiB",
        took.as_secs_f64(),
        cpu.as_secs_f64(),
        mib(cpu::memory_of(pid)?)
    );
    Ok(())
}
