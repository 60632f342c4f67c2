//! nocgate: the gateway between a network operations centre and SmartServers, over XMPP.
//!
//! Imports go one way: `http -> gateway -> {smartserver, store} -> domain`, and
//! `smartserver -> {soap, xmpp, xml, domain}`. `tests/it/architecture.rs` holds it.

pub mod app;
pub mod config;
pub mod domain;
pub mod gateway;
pub mod http;
pub mod shutdown;
pub mod simulator;
pub mod smartserver;
pub mod soap;
pub mod store;
pub mod xml;
pub mod xmpp;

pub use app::serve;
