//! The integration tests: one binary, so that it is linked once.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic anywhere")]

mod harness;
mod xmpp;
