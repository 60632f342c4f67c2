//! The integration tests: one binary, so that it is linked once.

mod architecture;
mod harness;
mod simulator;
mod store;
mod xmpp;
