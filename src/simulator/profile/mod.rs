//! What simulated SmartServers are configured with.

mod demo;
mod deterministic;

use std::sync::Arc;

use super::plan::Plan;

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
pub(super) fn plans(profile: Profile, points: usize) -> Vec<Arc<Plan>> {
    let plans = match profile {
        Profile::Demo => demo::plans(points),
        Profile::Deterministic => vec![deterministic::plan(points)],
    };
    plans.into_iter().map(Arc::new).collect()
}
