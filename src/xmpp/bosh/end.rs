use std::fmt;
use std::time::Duration;

/// Condition of a `terminate` (XEP-0124, section 17.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terminate {
    BadRequest,
    HostGone,
    HostUnknown,
    ImproperAddressing,
    InternalServerError,
    ItemNotFound,
    OtherRequest,
    PolicyViolation,
    RemoteConnectionFailed,
    RemoteStreamError,
    /// Followed in answer to a creation only, see [`End::SeeOther`].
    SeeOtherUri,
    SystemShutdown,
    /// `undefined-condition`, and whatever the specification does not know.
    UndefinedCondition,
}

const NAMES: [(Terminate, &str); 13] = [
    (Terminate::BadRequest, "bad-request"),
    (Terminate::HostGone, "host-gone"),
    (Terminate::HostUnknown, "host-unknown"),
    (Terminate::ImproperAddressing, "improper-addressing"),
    (Terminate::InternalServerError, "internal-server-error"),
    (Terminate::ItemNotFound, "item-not-found"),
    (Terminate::OtherRequest, "other-request"),
    (Terminate::PolicyViolation, "policy-violation"),
    (Terminate::RemoteConnectionFailed, "remote-connection-failed"),
    (Terminate::RemoteStreamError, "remote-stream-error"),
    (Terminate::SeeOtherUri, "see-other-uri"),
    (Terminate::SystemShutdown, "system-shutdown"),
    (Terminate::UndefinedCondition, "undefined-condition"),
];

impl Terminate {
    pub(crate) fn read(name: &str) -> Self {
        NAMES.iter().find(|(_, known)| *known == name).map_or(Terminate::UndefinedCondition, |(c, _)| *c)
    }
}

impl fmt::Display for Terminate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(c, _)| c == self).map_or("undefined-condition", |(_, name)| name))
    }
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum End {
    /// Its owner ended it.
    #[error("stopped")]
    Closed,
    /// The credentials were refused.
    #[error("the server refused the credentials: {0}")]
    Refused(String),
    /// A BOSH server is there and does not serve the domain.
    #[error("the server does not serve the domain: {0}")]
    DomainUnknown(Terminate),
    /// Nothing that speaks BOSH answered.
    #[error("no BOSH server at the address: {0}")]
    Unreachable(String),
    /// Whoever answered sends us to this address, which nobody has checked yet.
    #[error("the server sends us elsewhere")]
    SeeOther(String),
    /// A step of the log-in was not answered for so long.
    #[error("no answer to a step of the log-in within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The resource was not bound, since another client holds it.
    #[error("another client holds the resource")]
    ResourceTaken,
    /// Logging in failed otherwise.
    #[error("login failed: {0}")]
    Login(String),
    /// The server ended the session.
    #[error("the server ended the session: {0}")]
    Terminated(Terminate),
    /// The server does not know the session any more, although it answered it a moment ago. Prosody tells
    /// the reason only to a request that it holds; a second client is the likeliest.
    #[error("the server has forgotten the session, as after a conflict over its resource")]
    Vanished,
    /// The stream ended with an error (RFC 6120, section 4.9).
    #[error("the server ended the stream: {}", describe(.condition, .text.as_deref()))]
    StreamError { condition: String, text: Option<String> },
    /// The server could not be reached for so long that it has forgotten the session, or will.
    #[error("the connection to the server was lost: {0}")]
    Lost(String),
    /// ejabberd has parked a request that overtook its predecessor, and will not take it up again.
    #[error("ejabberd has parked a request")]
    Parked,
    /// The server did what the protocol does not allow.
    #[error("protocol error: {0}")]
    Protocol(String),
}

fn describe(condition: &str, text: Option<&str>) -> String {
    match text {
        Some(text) if !text.is_empty() => format!("{condition} ({text})"),
        _ => condition.to_owned(),
    }
}

/// What a stream error `conflict` means: both servers use it for more than a second client
/// (checklist, 42). Only its text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Another client has bound the resource; taking it back would go on for ever.
    Replaced,
    /// The account is gone.
    Removed,
    /// An administrator ended the session.
    Kicked,
}

impl End {
    /// Whether the server may still hold the stream that the session carried (XEP-0198, section 5):
    /// not if it ended the stream itself, nor if we did.
    pub(crate) fn leaves_stream(&self) -> bool {
        match self {
            End::Closed
            | End::Refused(_)
            | End::DomainUnknown(_)
            | End::StreamError { .. }
            | End::Vanished => false,
            End::Terminated(condition) => {
                !matches!(condition, Terminate::RemoteStreamError | Terminate::SystemShutdown)
            }
            _ => true,
        }
    }

    /// Whether ejabberd ended the stream for what was not acknowledged (`max_ack_queue`).
    pub(crate) fn is_drowning(&self) -> bool {
        matches!(self, End::StreamError { condition, text: Some(text) }
            if condition == "policy-violation" && text == "Too many unacked stanzas")
    }

    /// Which conflict ended the session, if one did.
    pub(crate) fn conflict(&self) -> Option<Conflict> {
        let text = match self {
            End::ResourceTaken | End::Vanished => return Some(Conflict::Replaced),
            End::StreamError { condition, text } if condition == "conflict" => text.as_deref(),
            _ => return None,
        };
        Some(match text.unwrap_or_default() {
            // ejabberd and Prosody alike; RFC 6120 asks for no text.
            "" | "Replaced by new connection" => Conflict::Replaced,
            "User removed" => Conflict::Removed,
            _ => Conflict::Kicked,
        })
    }

    /// The network failed, or the server went away as for a restart: whoever waits is better woken by
    /// its return than by the end of a pause.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            End::Unreachable(_) | End::Silent(_) | End::Lost(_) | End::Parked => true,
            End::Terminated(condition) => matches!(
                condition,
                Terminate::ItemNotFound | Terminate::RemoteConnectionFailed | Terminate::SystemShutdown
            ),
            End::StreamError { condition, .. } => condition == "system-shutdown",
            _ => false,
        }
    }

    /// Nothing answered: another address may.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, End::Unreachable(_) | End::Silent(_))
    }
}
