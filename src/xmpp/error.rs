use super::stanza::StanzaError;

/// Why a call did not leave the gateway: it is safe to repeat it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The session is not online.
    #[error("the session is not online")]
    Offline,
    /// The outgoing queue is full.
    #[error("too many stanzas are waiting to be sent")]
    QueueFull,
    /// The stanza is larger than a body may be.
    #[error("the stanza has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Size of the stanza.
        size: usize,
        /// Largest body.
        limit: usize,
    },
    /// The session ended before the stanza was posted.
    #[error("the session ended before the stanza was sent")]
    SessionLost,
    /// The deadline passed before the stanza was posted.
    #[error("the deadline passed before the stanza was sent")]
    Deadline,
    /// The addressee left the server before the stanza was posted.
    #[error("the addressee left before the stanza was sent")]
    PeerGone,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IqError {
    /// It never left the gateway.
    #[error("{0}")]
    NotSent(NotSent),
    /// It was posted and no answer came within the deadline.
    #[error("no answer within the deadline")]
    Deadline,
    /// It was posted and the session ended before the answer.
    #[error("the session ended before the answer came")]
    SessionLost,
    /// It was posted and its addressee left the server before the answer.
    #[error("the addressee left before the answer came")]
    PeerGone,
    /// It was answered with an error.
    #[error("answered with {}", .0.condition.0)]
    Stanza(Box<StanzaError>),
}

/// What ejabberd says as it gives back what a client that left had not acknowledged (XEP-0198): unlike
/// any other `service-unavailable`, it does not mean that the stanza did not arrive.
const GIVEN_BACK: &str = "User session terminated";

impl From<StanzaError> for IqError {
    fn from(error: StanzaError) -> Self {
        let given_back = error.text.as_deref() == Some(GIVEN_BACK);
        match error.condition.0.as_str() {
            "service-unavailable" if given_back => IqError::PeerGone,
            _ => IqError::Stanza(Box::new(error)),
        }
    }
}

impl From<NotSent> for IqError {
    fn from(reason: NotSent) -> Self {
        IqError::NotSent(reason)
    }
}
