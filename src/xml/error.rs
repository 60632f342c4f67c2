/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed, or not namespace-well-formed.
    #[error("not well-formed: {0}")]
    Malformed(String),
    /// Well-formed XML that XMPP does not allow.
    #[error("{0} not allowed")]
    Forbidden(&'static str),
    /// One of [`Limits`](super::Limits) was exceeded.
    #[error("document exceeds the limit of {limit} {what}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// No element at all, or text or a second element beside the root.
    #[error("expected exactly one root element")]
    Root,
}
