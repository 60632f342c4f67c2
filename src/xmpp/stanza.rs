use jid::Jid;

use crate::xml::Element;

/// Whether an iq asks or orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IqKind {
    /// `type='get'`
    Get,
    /// `type='set'`
    Set,
}

/// What reaches the owner of a [`Client`](super::Client) unasked.
#[derive(Debug, Clone)]
pub enum Inbound {
    /// A get or set that the client does not answer by itself; answer it with
    /// [`Client::reply`](super::Client::reply).
    Iq(IqRequest),
    /// A message.
    Message(Message),
    /// Presence of somebody else.
    Presence(Presence),
}

/// An iq get or set from somebody else.
#[derive(Debug, Clone)]
pub struct IqRequest {
    /// Full or bare JID of the sender, as the server stamped it.
    pub from: Jid,
    /// Id to answer with.
    pub id: String,
    /// Get or set.
    pub kind: IqKind,
    /// The only child.
    pub payload: Element,
}

/// A message stanza.
#[derive(Debug, Clone)]
pub struct Message {
    /// Sender.
    pub from: Jid,
    /// `id`, if there is one.
    pub id: Option<String>,
    /// `type`, `normal` if absent.
    pub kind: String,
    /// Text of `<body/>`.
    pub body: Option<String>,
    /// Children other than `<body/>`.
    pub payloads: Vec<Element>,
}

/// A presence stanza.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Sender.
    pub from: Jid,
    /// `type`; `None` means available.
    pub kind: Option<String>,
}

/// `type` of a stanza error (RFC 6120, section 8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorType {
    /// Retry after providing credentials.
    Auth,
    /// Do not retry.
    Cancel,
    /// Proceed; only a warning.
    Continue,
    /// Retry after changing the data sent.
    Modify,
    /// Retry after waiting.
    Wait,
}

/// Defined condition of a stanza error, as its element's local name, `undefined-condition` if the
/// error has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition(pub String);

/// A stanza error as received or to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct StanzaError {
    /// Error type.
    pub kind: ErrorType,
    /// Defined condition.
    pub condition: Condition,
    /// Text for people.
    pub text: Option<String>,
    /// Application-specific element beside the condition.
    pub application: Option<Element>,
    /// Child of the iq beside `<error/>`: an envelope with a fault, or an echo of the request.
    pub payload: Option<Element>,
}
