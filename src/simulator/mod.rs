//! A SmartServer that answers: the only simulated thing in the project.
//!
//! Built from the manufacturer's manual with its own reading of messages and its own formatting of
//! values, so that a wrong reading in the gateway meets one that differs. Of the crate it uses
//! [`xmpp`](crate::xmpp) and [`xml`](crate::xml) alone.
//!
//! A [`Fleet`] holds many SmartServers; a [`Handle`] shows and turns one. `engine` executes a
//! request on a `unit` without clock or network; `agent`, `serve` and `push` connect that to an
//! XMPP server.

mod agent;
mod answers;
mod applications;
mod args;
mod behaviour;
mod catalogue;
mod counts;
mod engine;
mod fleet;
mod format;
mod handle;
mod hours;
mod journal;
mod lon_format;
mod mac;
mod network;
mod plan;
mod point;
mod profile;
mod push;
mod quirks;
mod request;
mod serve;
mod settings;
mod shape;
mod shared;
mod signal;
mod tap;
mod unit;
mod value;
mod wire;
mod xselect;

pub use applications::{LogEntry, LoggedAlarm, Logging};
pub use args::{Args, run};
pub use behaviour::{
    Behaviour, Delay, Disco, EnvelopeVersion, FaultCarrier, Malformed, RefusedWrite, Silence,
};
pub use counts::Counts;
pub use fleet::{Fleet, RESOURCE, StartError};
pub use handle::{ChangeError, Handle};
pub use mac::{BadMac, Mac, macs};
pub use network::{CommandState, DeviceState};
pub use profile::{Profile, deterministic_value};
pub use push::{PushError, Pushed};
pub use quirks::Quirk;
pub use serve::CHAT_ANSWER;
pub use settings::Settings;
pub use tap::Tap;
