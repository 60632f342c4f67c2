//! The store, on both engines: each test is written once, takes an empty database, and runs as
//! `…::sqlite::name` and as `…::postgres::name`.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod alarms;
mod api_keys;
mod command_list;
mod commands;
mod concurrency;
mod device_commands;
mod gaps;
mod history;
mod idempotency;
mod identities;
mod inventory;
mod journal;
mod journal_search;
mod nul;
mod opening;
mod poll_groups;
mod pubsub;
mod readings;
mod samples;
mod smartservers;
mod streams;
mod web_sessions;

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            use crate::harness::database::{Engine, TestDatabase};
            $(#[tokio::test] async fn $test() {
                super::$test(&TestDatabase::start(Engine::Sqlite).await).await;
            })+
        }

        mod postgres {
            use crate::harness::database::{Engine, TestDatabase};
            $(#[tokio::test] async fn $test() {
                super::$test(&TestDatabase::start(Engine::Postgres).await).await;
            })+
        }
    };
}

use on_both_engines;
