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

/// What servers say of an addressee to whom nothing was handed over, if they say anything.
const NOT_THERE: [&str; 2] = ["User session not found", "No module is handling this query"];

/// Whether an error gives back what a client that left had not acknowledged (XEP-0198): it may have
/// been executed. Prosody says `recipient-unavailable`, and that only then. ejabberd says
/// `service-unavailable` as if there had been nobody, with the text "User session terminated", but in
/// the language of the client that left; what it says of one who is not there is in ours, English.
fn gives_back(error: &StanzaError) -> bool {
    match error.condition.0.as_str() {
        "recipient-unavailable" => true,
        "service-unavailable" => error.text.as_deref().is_some_and(|text| !NOT_THERE.contains(&text)),
        _ => false,
    }
}

impl From<StanzaError> for IqError {
    fn from(error: StanzaError) -> Self {
        match gives_back(&error) {
            true => IqError::PeerGone,
            false => IqError::Stanza(Box::new(error)),
        }
    }
}

impl From<NotSent> for IqError {
    fn from(reason: NotSent) -> Self {
        IqError::NotSent(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::ErrorType;
    use super::*;

    #[test]
    fn what_a_client_left_behind_may_have_been_executed() {
        for (condition, text, given_back) in [
            ("service-unavailable", None, false),
            ("service-unavailable", Some("User session not found"), false),
            ("service-unavailable", Some("User session terminated"), true),
            ("service-unavailable", Some("Benutzersitzung beendet"), true),
            ("recipient-unavailable", None, true),
            ("item-not-found", Some("User session terminated"), false),
        ] {
            let text = text.map(str::to_owned);
            let error = StanzaError { text, ..StanzaError::plain(ErrorType::Cancel, condition) };
            assert_eq!(IqError::from(error.clone()) == IqError::PeerGone, given_back, "{error:?}");
        }
    }
}
