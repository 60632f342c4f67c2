//! What simulated SmartServers are configured with.

mod demo;
mod deterministic;

use std::sync::Arc;

use super::format::text;
use super::lon_format::{TypedFormat, typed};
use super::mac::Mac;
use super::plan::Plan;
use super::signal::sequence_value;
use super::unit::{point_seed, unit_seed};

/// Entries of each data log of the demo.
const DEMO_ENTRIES: usize = 2_000;

/// Kind of values that a simulated SmartServer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// Buildings with sensible names, whose values move with the time of day.
    #[default]
    Demo,
    /// Values are a function of SmartServer, point and a sequence number that grows with each poll
    /// of the device: a wrong or a repeated answer shows.
    Deterministic,
}

/// Configurations for a fleet: SmartServer `n` takes number `n` modulo their count.
pub(super) fn plans(profile: Profile, points: usize, log_entries: Option<usize>) -> Vec<Arc<Plan>> {
    let mut plans = match profile {
        Profile::Demo => demo::plans(points),
        Profile::Deterministic => vec![deterministic::plan(points)],
    };
    match (profile, log_entries) {
        (Profile::Demo, count) => {
            plans.iter_mut().for_each(|p| demo::applications(p, count.unwrap_or(DEMO_ENTRIES)))
        }
        (Profile::Deterministic, Some(count)) => {
            plans.iter_mut().for_each(|p| deterministic::applications(p, count))
        }
        (Profile::Deterministic, None) => {}
    }
    plans.into_iter().map(Arc::new).collect()
}

/// The value that an output of the deterministic profile has after so many changes; a fresh one
/// has had none, and each poll of its device is one. For tests that see the gateway only.
pub fn deterministic_value(seed: u64, mac: Mac, name: &str, format: &str, sequence: u64) -> Option<String> {
    let TypedFormat { kind, us, .. } = typed(format)?;
    let seed = point_seed(unit_seed(seed, mac), name);
    Some(text(&kind.shape, &sequence_value(&kind.shape, seed, sequence), us))
}
