//! XMPP over BOSH (XEP-0124, XEP-0206). Knows stanzas, knows nothing of SOAP.

mod client;
mod stanza;

pub use client::{Account, Client, IqError, NotSent, Options, Server, State, Status};
pub use stanza::{Condition, ErrorType, Inbound, IqKind, IqRequest, Message, Presence, StanzaError};

/// Namespace of stanzas.
pub const CLIENT: &str = "jabber:client";
/// Namespace of stanza error conditions (RFC 6120, section 8.3).
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
