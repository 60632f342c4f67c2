//! The schema of the SmartServers' messages (interface version 4.0): what the gateway sends is held
//! against its types. `fixtures/smartserver-schema.json` has them as they were recovered.

mod check;
mod types;
mod watch;

pub(crate) use check::answer;
pub(crate) use watch::Watch;
