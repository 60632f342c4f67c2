use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::bare;
use crate::field::SIZES;
use crate::fleet;
use crate::responder;
use crate::xmpp_server::ServerKind;

/// Compares live reads through the gateway with raw BOSH and raw TCP clients, in one run; and measures
/// polling, pushes, and what silent SmartServers cost the others.
///
/// A real XMPP server runs on one core, everything else on another. The contenders take turns;
/// figures are medians of all rounds with [min-max]. Every answer is checked: one that is lost or
/// wrong makes the benchmark fail.
#[derive(Debug, Parser)]
#[command(disable_version_flag = true)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_values_t = Suite::ALL)]
    pub(crate) suites: Vec<Suite>,
    /// XMPP servers; those of all but `reads` are ejabberd unless named here
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) server: Vec<ServerKind>,
    /// Rounds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Seconds that a contender is measured in a round
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Reads in flight, for `reads`
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 512])]
    pub(crate) in_flight: Vec<usize>,
    /// Bytes of an answer's envelope, for `reads`: 500, 2000 or 10000; all but 500 at 64 in flight
    #[arg(long, value_delimiter = ',', default_values_t = SIZES)]
    pub(crate) sizes: Vec<usize>,
    /// `reads`: every size at every number in flight. `polling`: 5,000 SmartServers too, each every 60 s
    #[arg(long)]
    pub(crate) full: bool,
    /// Reads in flight, for `pending`
    #[arg(long, default_value_t = 4000)]
    pub(crate) pending: usize,
    /// Identities, for `identities`
    #[arg(long, default_value_t = 1000)]
    pub(crate) identities: usize,
    /// Readings, for `history`
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) readings: u64,
    /// SmartServers that are polled, for `polling`; the last number also with a restart of the XMPP
    /// server; 100,1000 unless --full
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=20_000))]
    poll_sizes: Vec<u32>,
    /// Seconds between two polls of a SmartServer, for `polling`; 20 unless --full
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    poll_interval: Option<u64>,
    /// Intervals that polling is measured for
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) poll_intervals: u32,
    /// SmartServers do not let their presence be known, for `polling`
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Clients that read, for `silent`
    #[arg(long, default_value_t = 500)]
    pub(crate) clients: usize,
    /// Seconds that they read, with silent SmartServers and without, in all rounds together
    #[arg(long, default_value_t = 60.0)]
    pub(crate) silent_seconds: f64,
    /// Core of the XMPP server
    #[arg(long, default_value_t = 0)]
    pub(crate) server_core: usize,
    /// Core of everything else
    #[arg(long, default_value_t = 1)]
    pub(crate) other_core: usize,
    /// The gateway to measure
    #[arg(long, default_value = env!("CARGO_BIN_EXE_nocgate"), hide_default_value = true)]
    pub(crate) nocgate: PathBuf,
    /// Folder to keep for looking at: databases and logs
    #[arg(long)]
    pub(crate) keep: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
}

impl Args {
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    pub(crate) fn poll_sizes(&self) -> Vec<usize> {
        let usual: &[u32] = if self.full { &[100, 1_000, 5_000] } else { &[100, 1_000] };
        let sizes = if self.poll_sizes.is_empty() { usual } else { &self.poll_sizes };
        sizes.iter().map(|&size| size as usize).collect()
    }

    pub(crate) fn poll_interval(&self) -> Duration {
        Duration::from_secs(self.poll_interval.unwrap_or(if self.full { 60 } else { 20 }))
    }

    /// The servers asked for, or these.
    pub(crate) fn servers_or(&self, usual: &[ServerKind]) -> Vec<ServerKind> {
        if self.server.is_empty() { usual.to_vec() } else { self.server.clone() }
    }
}

/// What the benchmark starts itself as, in processes of their own.
#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    #[command(hide = true)]
    Responders(responder::Settings),
    #[command(hide = true)]
    Fleet(fleet::Settings),
    #[command(hide = true)]
    Bare(bare::Settings),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Live reads beside raw BOSH and raw TCP
    Reads,
    /// Stanzas in a body: 1, 4, 8, 16, 32
    Batch,
    /// Cached reads beside a bare axum handler
    Cached,
    /// Thousands of reads in flight to slow SmartServers
    Pending,
    /// Many identities in one process
    Identities,
    /// Remembered readings in SQLite, beside bare inserts and a plain count
    History,
    /// Reads while one SmartServer in ten is silent, beside the same without
    Silent,
    /// Pushes until they are told and until they are answered, beside bare iqs
    Push,
    /// Thousands of SmartServers polled by one process, and a restart of the XMPP server
    Polling,
}

impl Suite {
    const ALL: [Suite; 9] = [
        Suite::Reads,
        Suite::Batch,
        Suite::Cached,
        Suite::Pending,
        Suite::Identities,
        Suite::History,
        Suite::Silent,
        Suite::Push,
        Suite::Polling,
    ];
}
