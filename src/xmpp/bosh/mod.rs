//! One BOSH session (XEP-0124, XEP-0206): [`Session`] decides, [`Transport`] carries.
//!
//! The session has neither clock nor socket: whoever drives it tells it the time and what happened,
//! and does what it answers. `login` knows the phases up to a bound resource, `window` the requests
//! on their way, `profile` what is peculiar to a server.

mod ask;
mod body;
mod certificate;
mod end;
mod flood;
mod greeting;
mod http;
mod line;
mod login;
mod outbox;
mod profile;
mod prompt;
mod reply;
mod seal;
mod session;
mod timing;
mod tls;
mod transport;
mod window;

pub(crate) use ask::ask;
pub(crate) use body::WRAPPER_BYTES;
pub(crate) use certificate::Certificate;
pub(crate) use end::{Conflict, End, Terminate};
pub(crate) use greeting::{Greeting, NoGreeting, greet};
pub(crate) use http::{HttpTransport, Target};
pub(crate) use line::{DialError, Dialer, Reached};
pub(crate) use login::Identity;
pub(crate) use outbox::Outbox;
pub(crate) use session::{Action, Carried, Counters, Input, Session, Settings};
pub use tls::check_ca;
#[cfg(test)]
pub(crate) use transport::Post;
pub(crate) use transport::{Event, Transport};

/// Namespace of `<body/>`.
const HTTPBIND: &str = "http://jabber.org/protocol/httpbind";
/// Namespace of XMPP's own attributes of `<body/>`.
const XBOSH: &str = "urn:xmpp:xbosh";
/// Namespace of stream features and stream errors.
const STREAM: &str = "http://etherx.jabber.org/streams";
/// Namespace of stream error conditions.
const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// Namespace of SASL.
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// Namespace of resource binding.
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
/// Namespace of the session establishment of RFC 3921.
const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
