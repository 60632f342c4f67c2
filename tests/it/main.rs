//! The integration tests: one binary, so that it is linked once.

mod harness;
mod store;
mod xmpp;
