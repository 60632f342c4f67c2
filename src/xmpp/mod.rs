//! XMPP over BOSH (XEP-0124, XEP-0206). Knows stanzas, knows nothing of SOAP.
//!
//! [`Client`] is the handle; behind it one task (`task`) drives one `bosh::Session` at a time, a
//! state machine without clock or socket, over a `bosh::Transport`.

mod account;
mod answers;
mod backoff;
mod bosh;
mod cause;
mod client;
mod common;
mod earlier;
mod error;
mod flow;
mod incoming;
mod ledger;
mod limits;
mod network;
mod outgoing;
mod pending;
mod places;
mod probes;
mod pubsub;
mod recent;
mod redirect;
mod repeats;
mod roster;
mod round;
mod running;
mod salted;
mod sasl;
mod stanza;
mod status;
mod stream;
mod task;
mod trial;

pub use account::{Account, Options};
pub use bosh::check_ca;
pub use cause::Cause;
pub use client::Client;
pub use common::Common;
pub use earlier::{Earlier, EarlierCall};
pub use error::{IqError, NotSent};
pub use flow::Rates;
pub use ledger::{Figures, RoundTrips, Transition};
pub use limits::Limits;
pub use pending::IqId;
pub use pubsub::{PublishedItem, PubsubEvent, PubsubNews, Subscription, SubscriptionState};
pub use recent::Percentiles;
pub use stanza::{Condition, ErrorType, Inbound, IqKind, IqRequest, Message, Presence, StanzaError};
pub use status::{OfflineReason, Server, State, Status};
pub use stream::Resumable;
pub use trial::{TestOutcome, TestStep, Tested, test_account};

/// Namespace of stanzas.
pub const CLIENT: &str = "jabber:client";
/// Namespace of rosters (RFC 6121, section 2).
const ROSTER: &str = "jabber:iq:roster";
/// Namespace of pings (XEP-0199).
const PING: &str = "urn:xmpp:ping";
/// Namespace of stanza error conditions (RFC 6120, section 8.3).
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
