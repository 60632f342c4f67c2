//! The integration tests: one binary, so that it is linked once.

mod architecture;
mod codec_on_simulator;
mod gateway;
mod harness;
mod simulator;
mod store;
mod xmpp;
