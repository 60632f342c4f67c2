//! SOAP envelopes and faults, version 1.1 and 1.2. Knows nothing of XMPP, nor of what is said in a
//! message.

mod envelope;
mod fault;

pub use envelope::{Envelope, EnvelopeError, Version, open, wrap};
pub use fault::{Fault, FaultKind};

/// Namespace of SOAP 1.1 envelopes, the version that the WSDL of a SmartServer binds.
pub const ENVELOPE_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of SOAP 1.2 envelopes, the version that XEP-0072 is written for.
pub const ENVELOPE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
