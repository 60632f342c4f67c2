//! Whatever is cut, killed, delayed or reordered: every caller learns the truth in time, nothing is
//! executed twice, the session is back as soon as its server is, and nothing is left behind.
//!
//! SmartServers run in a process of their own, connected past the faults, and write down what they
//! execute. Writes carry a text that no other write has, values that are read are a function of point
//! and sequence: so each outcome that a caller was told is held against what really happened. Calls go
//! out without a pause through each fault, by a client in this process and by a gateway in another.
//!
//! A short run is part of all tests; `make chaos` is the long one.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod did;
mod faults;
mod gateway_load;
mod journal;
mod ledger;
mod load;
mod round;
mod settings;
mod soak;
mod subject;
mod values;
mod world;

use faults::{ACCOUNT, Fault, NETWORK, SERVER};
use settings::Settings;
use world::World;

use crate::harness::xmpp_server::ServerKind;

macro_rules! on_both_servers {
    ($($name:ident: $faults:expr),* $(,)?) => {
        mod ejabberd {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                survives(ServerKind::Ejabberd, &$faults).await;
            })*
        }
        mod prosody {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                survives(ServerKind::Prosody, &$faults).await;
            })*
        }
    };
}

on_both_servers![
    a_bad_network: NETWORK,
    a_bad_server: SERVER,
    a_lost_account: ACCOUNT,
];

/// Each fault once, one after the other.
async fn survives(kind: ServerKind, faults: &[Fault]) {
    let mut world = World::start(kind, Settings::short()).await;
    for fault in faults.iter().filter(|fault| fault.applies(kind)) {
        let report = round::play(&mut world, *fault).await;
        println!("{kind:?} {report}");
        assert!(report.wrong.is_empty(), "see above");
    }
}
