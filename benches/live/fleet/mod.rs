//! A fleet in one process: SmartServers with twenty points each that answer after a moment, can be made
//! silent, come back by themselves when the XMPP server was away, and write down what reached them and
//! when. Written by its own reading of the manual, without the gateway's code.

pub(crate) mod journal;
mod messages;
mod requests;
mod smartserver;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

pub(crate) use messages::{POINTS, point_name, push, push_answer, told, value};
pub(crate) use smartserver::{Nature, Replied, SmartServer};

/// SmartServers that log in at the same time, at first.
const LOGINS: usize = 32;
/// Time that one may take to log in again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often what was written down is made visible, and looked who shall be silent.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Port of the XMPP server
    port: u16,
    /// SmartServers
    count: usize,
    /// Folder for what they tell and are told
    folder: PathBuf,
    /// Milliseconds within which they come back after a lost stream
    return_ms: u64,
    /// Whether they keep their presence to themselves
    #[arg(long)]
    hidden: bool,
}

/// The files by which a fleet and the benchmark talk.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// Made when all are online.
    pub(crate) ready: PathBuf,
    /// What reached them.
    pub(crate) journal: PathBuf,
    silence: PathBuf,
}

impl Files {
    pub(crate) fn of(folder: &Path) -> Files {
        let file = |name: &str| folder.join(name);
        Files { ready: file("fleet-ready"), journal: file("fleet-journal"), silence: file("fleet-silence") }
    }

    /// Makes the SmartServers from this number on silent, within moments.
    pub(crate) fn silence_from(&self, number: usize) -> anyhow::Result<()> {
        let draft = self.silence.with_extension("draft");
        std::fs::write(&draft, number.to_string())?;
        Ok(std::fs::rename(draft, &self.silence)?)
    }
}

pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let files = Files::of(&settings.folder);
    let nature = Nature::new(&files, !settings.hidden)?;
    let back = Duration::from_millis(settings.return_ms);
    let all = LocalSet::new();
    all.run_until(async {
        spawn_local(attend(files.clone(), nature.clone()));
        let mut lives = Vec::new();
        let numbers: Vec<usize> = (0..settings.count).collect();
        for some in numbers.chunks(LOGINS) {
            let reads = || Rc::new(Cell::new(0));
            let logins =
                some.iter().map(|&number| SmartServer::login(settings.port, number, nature.clone(), reads()));
            for smartserver in try_join_all(logins).await? {
                let life = spawn_local(live(smartserver, settings.port, back));
                lives.push(async { life.await.context("panicked") });
            }
        }
        std::fs::write(&files.ready, "")?;
        try_join_all(lives).await.map(drop)
    })
    .await
}

/// Serves for ever: one that has lost its stream comes back after a while of its own.
async fn live(mut smartserver: SmartServer, port: u16, back: Duration) {
    loop {
        // It ends with the stream, for whatever reason.
        let _ = smartserver.serve().await;
        loop {
            sleep(back.mul_f64(rand::random())).await;
            if let Ok(Ok(anew)) = timeout(PATIENCE, smartserver.login_again(port)).await {
                smartserver = anew;
                break;
            }
        }
    }
}

/// Does what the benchmark asks for by files, and lets it see what was written down.
async fn attend(files: Files, nature: Nature) {
    loop {
        if let Ok(text) = std::fs::read_to_string(&files.silence)
            && let Ok(from) = text.trim().parse()
        {
            nature.silent_from.set(from);
        }
        nature.journal.flush();
        sleep(LOOK).await;
    }
}
