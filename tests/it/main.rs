//! The integration tests: one binary, so that it is linked once.

mod harness;
mod simulator;
mod store;
mod xmpp;
