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

impl From<NotSent> for IqError {
    fn from(reason: NotSent) -> Self {
        IqError::NotSent(reason)
    }
}
