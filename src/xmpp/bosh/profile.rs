use std::time::Duration;

use crate::xmpp::status::Server;

/// What is peculiar to a server. All of it was seen on ejabberd 23.01 and Prosody 0.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) server: Server,
    /// Least time between a request and its successor while the former is unanswered. ejabberd
    /// hands each connection to a process of its own, so requests written in order may still
    /// arrive out of order when they are written at once.
    pub(crate) spacing: Duration,
    /// How long to wait for a stanza before an empty request is posted. Who gets an answer often
    /// asks the next question at once; it would have to wait for `spacing` behind an empty request.
    pub(crate) linger: Duration,
    /// A request that arrives before its predecessor is parked until that one is answered with
    /// data, and a second copy of it crashes the session (ejabberd issues 3068, 2277, 2658).
    pub(crate) parks: bool,
    /// HTTP 400 and 403 mean: nothing in the body was processed, its rid is still to be used.
    pub(crate) refusal_keeps_rid: bool,
    /// A held request whose connection breaks is forgotten: once its successor has been taken, its
    /// repetition is answered item-not-found, and the session lives on. Nothing is lost with it.
    pub(crate) forgets_broken: bool,
}

const EJABBERD: Profile = Profile {
    server: Server::Ejabberd,
    spacing: Duration::from_millis(4),
    linger: Duration::from_millis(1),
    parks: true,
    refusal_keeps_rid: true,
    forgets_broken: false,
};

const PROSODY: Profile = Profile {
    server: Server::Prosody,
    spacing: Duration::ZERO,
    linger: Duration::from_millis(1),
    parks: false,
    refusal_keeps_rid: false,
    forgets_broken: true,
};

const OTHER: Profile = Profile { server: Server::Other, forgets_broken: false, ..PROSODY };

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
