use std::sync::Arc;

use super::places::Places;
use super::probes::Probes;

/// What the clients of a process have in common, so that to a server they are one guest that knows
/// how to behave: a limit on log-ins at once, one probe for each address that is down, and the
/// hosts that a server may send them to.
#[derive(Debug)]
pub struct Common {
    pub(crate) places: Places,
    pub(crate) probes: Probes,
    /// Hosts that a server may send a session to.
    pub redirect_hosts: Vec<String>,
}

impl Common {
    /// At most `logins_at_once` log-ins are under way at each server. `redirect_hosts` are followed
    /// to by `see-other-uri`, beside the hosts of an account's own addresses.
    pub fn new(logins_at_once: usize, redirect_hosts: Vec<String>) -> Arc<Common> {
        let (places, probes) = (Places::new(logins_at_once), Probes::default());
        Arc::new(Common { places, probes, redirect_hosts })
    }
}
