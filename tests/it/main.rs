//! The integration tests: one binary, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod architecture;
mod chaos;
mod checklist;
mod codec_on_simulator;
mod gateway;
mod harness;
mod schema;
mod simulator;
mod store;
mod types_on_simulator;
mod vectors;
mod xmpp;
