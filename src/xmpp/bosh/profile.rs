//! What is peculiar to a server, told by its answer to the creation. All of it was seen on ejabberd
//! 23.01 and Prosody 0.12.
//!
//! What holds for both, or costs the other nothing, needs no profile: one request at a time on its
//! way to the network (`window`), prompt acknowledgement of what arrives, since Prosody stalls in
//! steps of 8 KiB (`prompt`), local names and unbound prefixes in what SmartServers say, since
//! ejabberd drops `xmlns=""` and Prosody unused declarations (`soap::fault`, `smartserver`), and a
//! `terminate` is taken as the end although Prosody's session may live on: binding the same
//! resource again replaces it.

use std::time::Duration;

use crate::xmpp::status::Server;

/// The peculiarities of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) server: Server,
    /// Least time between a request and its successor while the former is unanswered. ejabberd
    /// hands each connection to a process of its own, so requests written in order may still be
    /// taken out of order, the more so the busier the machine is.
    pub(crate) spacing: Spacing,
    /// A request that arrives before its predecessor is parked until that one is answered with
    /// data, and a second copy of it crashes the session (ejabberd issues 3068, 2277, 2658).
    pub(crate) parks: bool,
    /// HTTP 400 and 403 mean: nothing in the body was processed, its rid is still to be used.
    pub(crate) refusal_keeps_rid: bool,
    /// A held request whose connection breaks is forgotten: once its successor has been taken, its
    /// repetition is answered item-not-found, and the session lives on. Nothing is lost with it.
    pub(crate) forgets_broken: bool,
    /// Stream management works over BOSH: a stream can be resumed on a new session. Prosody offers
    /// it too, but its resumption fails with a traceback.
    pub(crate) resumes: bool,
    /// Why a session ends is told to a request that is held, and to no later one: that is answered
    /// item-not-found.
    pub(crate) tells_ends_to_held: bool,
}

/// See [`Profile::spacing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spacing {
    /// After a request with stanzas: it is answered sooner or later, which frees its successor.
    pub(crate) after_stanzas: Duration,
    /// After an empty request, which is not: at least this, and a round trip even if a slow one...
    pub(crate) after_poll: Duration,
    /// ...but at most this.
    pub(crate) at_most: Duration,
}

const NO_SPACING: Spacing =
    Spacing { after_stanzas: Duration::ZERO, after_poll: Duration::ZERO, at_most: Duration::ZERO };

const EJABBERD: Profile = Profile {
    server: Server::Ejabberd,
    spacing: Spacing {
        after_stanzas: Duration::from_millis(10),
        after_poll: Duration::from_millis(20),
        at_most: Duration::from_millis(50),
    },
    parks: true,
    refusal_keeps_rid: true,
    forgets_broken: false,
    resumes: true,
    tells_ends_to_held: false,
};

const PROSODY: Profile = Profile {
    server: Server::Prosody,
    spacing: NO_SPACING,
    parks: false,
    refusal_keeps_rid: false,
    forgets_broken: true,
    resumes: false,
    tells_ends_to_held: true,
};

const OTHER: Profile =
    Profile { server: Server::Other, forgets_broken: false, tells_ends_to_held: false, ..PROSODY };

impl Profile {
    /// The profile of the server that answers a creation with this `ver`, two integers
    /// (XEP-0124, section 7.1): ejabberd always says 1.11, Prosody always 1.6.
    pub(crate) fn of(ver: Option<&str>) -> Profile {
        match ver {
            Some("1.11") => EJABBERD,
            Some("1.6") => PROSODY,
            _ => OTHER,
        }
    }
}
