//! One file per resource.

pub(super) mod activity;
pub(super) mod alarms;
pub(super) mod api_keys;
pub(super) mod auth;
pub(super) mod commands;
pub(super) mod configuration;
pub(super) mod console;
pub(super) mod data_loggers;
pub(super) mod data_points;
pub(super) mod devices;
pub(super) mod events;
pub(super) mod fleet;
pub(super) mod fleet_alarms;
pub(super) mod health;
pub(super) mod history;
pub(super) mod history_gaps;
pub(super) mod identities;
mod logs;
pub(super) mod poll_groups;
pub(super) mod pubsub;
pub(super) mod reads;
pub(super) mod smartservers;
pub(super) mod traffic;
pub(super) mod unknown_senders;
