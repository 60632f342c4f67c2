use super::bosh::{Conflict, End, Terminate};

/// Why a session or an attempt to log in was over, in a word: what is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Its owner ended it, to begin another.
    Requested,
    /// Nothing that speaks BOSH answered.
    ServerUnreachable,
    /// The server does not serve the domain.
    DomainUnknown,
    /// A step of the log-in was not answered.
    Silent,
    /// The server refused the credentials.
    Refused,
    /// The log-in failed otherwise.
    Login,
    /// Another client holds the resource.
    Conflict,
    /// An administrator ended the session.
    Kicked,
    /// The account was removed.
    Removed,
    /// The server was shut down.
    Shutdown,
    /// The server has forgotten the session.
    Expired,
    /// The server ended the session otherwise.
    Terminated,
    /// The server ended the stream with another error.
    StreamError,
    /// The connection was lost.
    Lost,
    /// ejabberd had parked a request.
    Parked,
    /// The server did what the protocol does not allow.
    Protocol,
}

impl Cause {
    /// `None` for what leads on to another address.
    pub(crate) fn of(end: &End) -> Option<Cause> {
        Some(match end {
            End::SeeOther(_) => return None,
            End::Closed => Cause::Requested,
            End::Refused(_) => Cause::Refused,
            End::DomainUnknown(_) => Cause::DomainUnknown,
            End::Unreachable(_) => Cause::ServerUnreachable,
            End::Silent(_) => Cause::Silent,
            End::Login(_) => Cause::Login,
            End::Lost(_) => Cause::Lost,
            End::Parked => Cause::Parked,
            End::Protocol(_) => Cause::Protocol,
            End::Terminated(Terminate::ItemNotFound) => Cause::Expired,
            End::Terminated(Terminate::SystemShutdown) => Cause::Shutdown,
            End::Terminated(_) => Cause::Terminated,
            End::ResourceTaken | End::Vanished | End::StreamError { .. } => match end.conflict() {
                Some(Conflict::Replaced) => Cause::Conflict,
                Some(Conflict::Kicked) => Cause::Kicked,
                Some(Conflict::Removed) => Cause::Removed,
                None if is_shutdown(end) => Cause::Shutdown,
                None => Cause::StreamError,
            },
        })
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Requested => "requested",
            Cause::ServerUnreachable => "server_unreachable",
            Cause::DomainUnknown => "domain_unknown",
            Cause::Silent => "silent",
            Cause::Refused => "refused",
            Cause::Login => "login",
            Cause::Conflict => "conflict",
            Cause::Kicked => "kicked",
            Cause::Removed => "removed",
            Cause::Shutdown => "shutdown",
            Cause::Expired => "expired",
            Cause::Terminated => "terminated",
            Cause::StreamError => "stream_error",
            Cause::Lost => "lost",
            Cause::Parked => "parked",
            Cause::Protocol => "protocol",
        }
    }
}

fn is_shutdown(end: &End) -> bool {
    matches!(end, End::StreamError { condition, .. } if condition == "system-shutdown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_errors_are_told_apart() {
        for (condition, text, word) in [
            ("conflict", "Replaced by new connection", "conflict"),
            ("conflict", "User removed", "removed"),
            ("conflict", "Kicked by admin", "kicked"),
            ("system-shutdown", "", "shutdown"),
            ("policy-violation", "", "stream_error"),
        ] {
            let end = End::StreamError { condition: condition.into(), text: Some(text.into()) };
            assert_eq!(Cause::of(&end).map(Cause::word), Some(word));
        }
        assert_eq!(Cause::of(&End::ResourceTaken), Some(Cause::Conflict));
        assert_eq!(Cause::of(&End::Vanished), Some(Cause::Conflict));
        assert_eq!(Cause::of(&End::SeeOther(String::new())), None);
    }

    #[test]
    fn a_forgotten_session_has_expired() {
        for (condition, cause) in [
            (Terminate::ItemNotFound, Cause::Expired),
            (Terminate::SystemShutdown, Cause::Shutdown),
            (Terminate::RemoteStreamError, Cause::Terminated),
        ] {
            assert_eq!(Cause::of(&End::Terminated(condition)), Some(cause));
        }
    }
}
