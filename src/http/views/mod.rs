//! The API's JSON: what callers send and what they see.

mod activity;
pub(super) mod alarm;
pub(super) mod alarm_generator;
mod alarm_notification;
pub(super) mod alarm_notifier;
pub(super) mod block;
mod command;
mod configuration;
mod configuration_change;
mod console;
pub(super) mod data_logger;
mod data_point;
mod device;
mod device_command;
mod event;
mod fleet;
pub(super) mod fleet_alarm;
pub(super) mod history;
pub(super) mod history_gap;
mod identity;
mod identity_test;
pub(super) mod log;
mod poll_group;
mod pubsub;
mod read;
mod reading;
mod session;
mod smartserver;
mod smartserver_order;
mod system;
mod traffic;
mod units;
mod unknown_sender;
mod value_forms;

use jiff::Timestamp;

pub(super) use activity::{ActivityItemView, ActivityPage};
pub(super) use command::{CommandPage, CommandView, NewCommandView};
pub(super) use configuration::{ConfigurationView, ConfiguredView};
pub(super) use configuration_change::{ConfigurationChangeView, NewDataPointView};
pub(super) use console::{ChatView, ConsoleView, NewMessageView, PingView};
pub(super) use data_point::{DataPointPage, DataPointView};
pub(super) use device::{
    BusView, ChannelPage, ChannelView, DevicePage, DeviceView, FunctionalBlockPage, FunctionalBlockView,
    NetworkPage, NetworkView,
};
pub(super) use device_command::{DeviceCommandPage, DeviceCommandView, NAME_RULE, NewDeviceCommandView};
pub(super) use event::EventView;
pub(super) use fleet::FleetView;
pub(super) use identity::{
    IdentityPage, IdentityView, NewIdentityView, SessionStateView, SessionView, session_view,
};
pub(super) use identity_test::{IdentityReportView, IdentityTestView};
pub(super) use poll_group::{NewPollGroupView, PollGroupPage, PollGroupView};
pub(super) use pubsub::{NewPubsubSubscriptionView, PubsubSubscriptionPage, PubsubSubscriptionView};
pub(super) use read::{ReadRequest, ReadResponse};
pub(super) use reading::{QualityView, ReadingView, ValueSchema};
pub(super) use session::SessionReportView;
pub(super) use smartserver::{
    HealthStateView, NewSmartServerView, RestartSourceView, SmartServerChangeView, SmartServerPage,
    SmartServerView, SyncView,
};
pub(super) use smartserver_order::{DirectionView, OrderView, SortView};
pub(super) use system::SystemView;
pub(super) use traffic::{MissedView, TrafficMessageView};
pub(super) use units::UnitSystemView;
pub(super) use unknown_sender::UnknownSenderPage;
pub(super) use value_forms::ValueFormsView;

/// RFC 3339, UTC, milliseconds.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}
