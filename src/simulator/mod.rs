//! A SmartServer that answers: the only simulated thing in the project.
//!
//! Built from the manufacturer's manual with its own reading of messages and its own formatting of
//! values, so that a wrong reading in the gateway meets one that differs. Of the crate it uses
//! [`xmpp`](crate::xmpp) and [`xml`](crate::xml) alone.

mod answers;
mod behaviour;
mod catalogue;
mod engine;
mod format;
mod lon_format;
mod mac;
mod plan;
mod point;
mod profile;
mod request;
mod shape;
mod signal;
mod unit;
mod value;
mod wire;
mod xselect;

pub use behaviour::{Behaviour, Delay, EnvelopeVersion, FaultCarrier, Malformed, RefusedWrite, Silence};
pub use mac::{BadMac, Mac, macs};
pub use profile::Profile;
