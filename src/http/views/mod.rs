//! The API's JSON: what callers send and what they see.

mod command;
mod console;
mod data_point;
mod identity;
mod read;
mod reading;
mod session;
mod smartserver;
mod system;
mod units;

use jiff::Timestamp;

pub(super) use command::{CommandView, NewCommandView};
pub(super) use console::{ChatView, ConsoleView, NewMessageView, PingView};
pub(super) use data_point::{DataPointPage, DataPointView};
pub(super) use identity::{
    IdentityPage, IdentityView, NewIdentityView, SessionStateView, SessionView, session_view,
};
pub(super) use read::{ReadRequest, ReadResponse};
pub(super) use reading::{QualityView, ReadingView, ValueSchema};
pub(super) use session::SessionReportView;
pub(super) use smartserver::{
    HealthStateView, NewSmartServerView, RestartSourceView, SmartServerChangeView, SmartServerPage,
    SmartServerView, SyncView,
};
pub(super) use system::SystemView;
pub(super) use units::UnitSystemView;

/// RFC 3339, UTC, milliseconds.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}
