//! The field's words as values. No I/O, no async, no XML, no HTTP.

mod alarm;
mod command;
mod data_point;
mod device;
mod device_command;
mod event;
mod fleet_alarm;
mod format_name;
mod history;
mod identity;
mod ids;
mod log;
mod poll_group;
mod priority;
mod pubsub;
mod reading;
mod session;
mod smart_server;
pub mod types;
mod value;

pub use alarm::{
    AlarmAction, AlarmCondition, AlarmDestination, AlarmGeneratorChange, AlarmGeneratorConfig, AlarmInput,
    AlarmLog, AlarmMail, AlarmNotifierChange, AlarmNotifierConfig, AlarmVerdict, LIMITS,
};
pub use command::{Action, Command, CommandItem, ItemCount, ListedCommand, Outcome, Phase, WriteValue};
pub use data_point::{DataPoint, DataPointName, Direction, InvalidName, Preset};
pub use device::{
    Bus, BusItem, Channel, Device, DeviceAddress, Domain, FunctionalBlock, Network, ShownCommand,
};
pub use device_command::{
    DeviceCommand, DeviceCommandMode, DeviceCommandPhase, DeviceOrder, DeviceOutcome, DeviceProgress,
    DeviceReport, FrequencyInfo, ProxyAgent, RepeatHop, RepeatingData, StatusData,
};
pub use event::{Event, EventKind, Happening, Subject};
pub use fleet_alarm::{Alarm, AlarmChange, AlarmPrint, AlarmState};
pub use format_name::FormatName;
pub use history::{
    BucketNumbers, GapReason, GapState, HistoryBucket, HistoryGap, HistoryRow, HistorySource, Series,
    SeriesId,
};
pub use identity::Identity;
pub use ids::{
    AlarmId, ApiKeyId, CommandId, DataPointId, DeviceCommandId, HistoryGapId, IdentityId, InvalidId,
    PollGroupId, PubsubSubscriptionId, SmartServerId,
};
pub use log::{BlockConfig, BlockPoint, DataLoggerChange, DataLoggerConfig, LogState, LoggedPoint};
pub use poll_group::{GroupItem, GroupPoints, HistoryRecord, HistoryRule, PointSelection, PollGroup};
pub use priority::Priority;
pub use pubsub::PubsubSubscription;
pub use reading::{ItemFault, Quality, Reading, Source};
pub use session::{
    Percentiles, RoundTrip, SessionFigures, SessionState, SessionStatus, SessionTransition, SessionTrouble,
};
pub use smart_server::{Check, CheckResult, Health, HealthState, Restart, RestartSource, SmartServer};
pub use value::Value;
