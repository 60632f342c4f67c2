mod batch;
mod cached;
mod contender;
mod fleet_stage;
mod history;
mod identities;
mod pending;
mod polling;
mod push;
mod reads;
mod silent;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use tokio::time::Instant;

use crate::args::{Args, Suite};
use crate::cpu;
use crate::process;
use crate::report::Failures;
use crate::xmpp_server::ServerKind;

/// Processes that may run beside the benchmark without disturbing it much.
const BUSY: f64 = 0.5;

/// Where everything that is started puts its files.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    fn new(args: &Args) -> anyhow::Result<Folder> {
        match &args.keep {
            Some(path) => {
                std::fs::create_dir_all(path)?;
                Ok(Folder { path: path.canonicalize()?, _temporary: None })
            }
            None => {
                let temporary = tempfile::tempdir()?;
                Ok(Folder { path: temporary.path().to_owned(), _temporary: Some(temporary) })
            }
        }
    }

    /// A new folder in it.
    fn fresh(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = (0..).map(|n| self.path.join(format!("{name}-{n}"))).find(|path| !path.exists());
        let path = path.unwrap_or_else(|| self.path.join(name));
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(cores > 1, "one core is not enough: the XMPP server needs one of its own");
    process::settle(args.other_core)?;
    println!(
        "XMPP server on core {}, everything else on core {}. Medians of {} rounds of {:.1} s [min-max].",
        args.server_core,
        args.other_core,
        args.rounds,
        args.window().as_secs_f64()
    );
    let load = cpu::load()?;
    if load > BUSY {
        println!("The machine is busy (load {load:.1}): take absolute figures for little, ratios with care.");
    }
    let (began, folder) = (Instant::now(), Folder::new(args)?);
    let mut failures = Failures::default();
    for suite in &args.suites {
        let usual: &[ServerKind] = match suite {
            Suite::Reads => &[ServerKind::Ejabberd, ServerKind::Prosody],
            _ => &[ServerKind::Ejabberd],
        };
        for kind in args.servers_or(usual) {
            match suite {
                Suite::Reads => reads::run(args, kind, &folder, &mut failures).await?,
                Suite::Batch => batch::run(args, kind, &folder, &mut failures).await?,
                Suite::Cached => cached::run(args, kind, &folder, &mut failures).await?,
                Suite::Pending => pending::run(args, kind, &folder, &mut failures).await?,
                Suite::Identities => identities::run(args, kind, &folder).await?,
                Suite::History => history::run(args, &folder).await?,
                Suite::Silent => silent::run(args, kind, &folder, &mut failures).await?,
                Suite::Push => push::run(args, kind, &folder, &mut failures).await?,
                Suite::Polling => polling::run(args, kind, &folder, &mut failures).await?,
            }
        }
    }
    println!("\nTook {:?}.", Duration::from_secs(began.elapsed().as_secs()));
    failures.result()
}
