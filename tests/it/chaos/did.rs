//! What the client did to get over faults, by its own counters.

use std::fmt;

use nocgate::xmpp::Status;

/// Counts, since the client was started or between two looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Did {
    /// Bodies sent again.
    pub(super) repeated: u64,
    /// Sessions begun.
    pub(super) logins: u64,
    /// Of these, sessions that went on with the stream of the one before.
    pub(super) resumed: u64,
    /// Requests that were taken for parked.
    pub(super) parked: u64,
}

impl Did {
    pub(super) fn of(status: &Status) -> Did {
        Did { repeated: status.resent, logins: status.logins, resumed: status.resumed, parked: status.parked }
    }

    pub(super) fn since(self, before: Did) -> Did {
        Did {
            repeated: self.repeated - before.repeated,
            logins: self.logins - before.logins,
            resumed: self.resumed - before.resumed,
            parked: self.parked - before.parked,
        }
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Did { repeated, logins, resumed, parked } = self;
        write!(f, "{repeated:>3} repeated, {logins:>2} log-ins, {resumed:>2} resumed, {parked:>2} parked")
    }
}
