//! The gateway end to end: its HTTP API in front, a real XMPP server and simulated SmartServers behind.
//! Each test is written once, takes the kind of server, and runs as `…::ejabberd::name` and as
//! `…::prosody::name`.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod activity;
mod alarms;
mod auth;
mod breaker;
mod configuration;
mod console;
mod crash;
mod data_logs;
mod desk;
mod devices;
mod events;
mod fleet;
mod fleet_alarms;
mod forced_polls;
mod freshness;
mod hang_up;
mod health;
mod history;
mod identity_test;
mod messages;
mod outage;
mod ping;
mod polls;
mod presence;
mod problems;
mod pubsub;
mod push_storage;
mod pushes;
mod quirks;
mod readings_of;
mod reads;
mod restart;
mod restarts;
mod scale;
mod served;
mod session;
mod traffic;
mod units;
mod value_forms;
mod visibility;
mod writes;

macro_rules! on_both_servers {
    ($($test:ident),+ $(,)?) => {
        mod ejabberd {
            use crate::harness::xmpp_server::ServerKind;
            $(#[tokio::test] async fn $test() {
                super::$test(ServerKind::Ejabberd).await;
            })+
        }

        mod prosody {
            use crate::harness::xmpp_server::ServerKind;
            $(#[tokio::test] async fn $test() {
                super::$test(ServerKind::Prosody).await;
            })+
        }
    };
}

pub(crate) use on_both_servers;
