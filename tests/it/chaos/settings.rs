//! How hard the suite tries: a short run with all tests, a long one by `make chaos`.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use crate::harness::xmpp_server::ServerKind;

/// A call may end so long after its deadline.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// A session is back so long after its server is able to have it.
pub(super) const BACK_WITHIN: Duration = Duration::from_secs(2);
/// Seconds that a BOSH session lives without a request.
pub(super) const INACTIVITY: u64 = 4;

/// What the two runs do not have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Calls of the client that are in flight at SmartServers which answer late.
    pub(super) in_flight: usize,
    /// What is added to [`BACK_WITHIN`], since the machine may have other things to do.
    pub(super) margin: Duration,
    /// How many cuts make a round.
    pub(super) cuts: usize,
    /// Where the random numbers begin.
    pub(super) seed: u64,
}

impl Settings {
    /// Beside all other tests.
    pub(super) fn short() -> Settings {
        Settings { in_flight: 64, margin: Duration::from_secs(3), cuts: 12, seed: 1 }
    }

    /// Alone on the machine. `NOCGATE_CHAOS_SEED` repeats a run as far as chance allows.
    pub(super) fn long() -> Settings {
        let seed = variable("NOCGATE_CHAOS_SEED").unwrap_or_else(rand::random);
        Settings { in_flight: 192, margin: Duration::from_millis(500), cuts: 40, seed }
    }
}

/// How long random faults go on: `NOCGATE_CHAOS_MINUTES`.
pub(super) fn soak() -> Duration {
    Duration::from_secs(60 * variable("NOCGATE_CHAOS_MINUTES").unwrap_or(10))
}

/// Servers to try: both, or the one that `NOCGATE_CHAOS_SERVER` names.
pub(super) fn servers() -> Vec<ServerKind> {
    let all = [ServerKind::Ejabberd, ServerKind::Prosody];
    let only = env::var("NOCGATE_CHAOS_SERVER").unwrap_or_default();
    let wanted = |kind: &ServerKind| only.is_empty() || format!("{kind:?}").eq_ignore_ascii_case(&only);
    let servers: Vec<ServerKind> = all.into_iter().filter(wanted).collect();
    assert!(!servers.is_empty(), "NOCGATE_CHAOS_SERVER is ejabberd or prosody, not {only:?}");
    servers
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}
