//! What a live read costs through the gateway, beside clients that speak raw XMPP. `make bench`
//! runs it; `make bench ARGS=--help` tells what can be chosen.

mod args;
mod bare;
mod bosh;
mod c2s;
mod cpu;
mod field;
mod fleet;
mod gateway;
mod http;
mod load;
mod measure;
mod process;
mod raw;
mod report;
mod responder;
mod scan;
mod sse;
mod suites;
mod tcp;
mod xmpp_server;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use args::{Args, Role};

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.role {
        Some(Role::Responders(settings)) => on_one_thread(responder::run(settings)),
        Some(Role::Fleet(settings)) => on_one_thread(fleet::run(settings)),
        Some(Role::Bare(settings)) => bare::run(settings),
        None => on_one_thread(until_stopped(&args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn on_one_thread(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Runs the suites until they are done or somebody has enough; either way everything that was
/// started ends with them.
async fn until_stopped(args: &Args) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = suites::run(args) => done,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped by Ctrl-C"),
        _ = terminate.recv() => anyhow::bail!("stopped by SIGTERM"),
    }
}
