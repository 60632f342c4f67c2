use jiff::Timestamp;

use super::{FormatName, Value};

/// What a SmartServer tells of a log beside its entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogState {
    /// Name of the functional block that keeps the log.
    pub name: String,
    /// Time of the oldest entry.
    pub first_at: Option<Timestamp>,
    /// Time of the newest entry.
    pub last_at: Option<Timestamp>,
    /// How often entries were changed after they had been logged.
    pub modifications: Option<u64>,
    /// How full the log is, in percent.
    pub level_percent: Option<f64>,
    /// Entries in the whole log.
    pub total: Option<u64>,
}

/// A data point that a functional block refers to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockPoint {
    /// What the block uses it for (`dpType`), as `Input` or `nviEnable`.
    pub role: String,
    /// Name of the data point.
    pub name: String,
    /// Its format, if told.
    pub format: Option<FormatName>,
}

/// What the configurations of functional blocks have in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockConfig {
    /// Name.
    pub name: String,
    /// `UCPTdescription`.
    pub description: Option<String>,
    /// Whether the SmartServer's own pages hide it.
    pub hidden: bool,
    /// Time of the last configuration change by the SmartServer's clock.
    pub configured_at: Option<Timestamp>,
    /// The data points that it refers to, but for those that it logs or watches.
    pub points: Vec<BlockPoint>,
}

/// Configuration of a data logger (manual 5-2).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataLoggerConfig {
    /// Name, description and the block's own points.
    pub block: BlockConfig,
    /// `LT_HISTORICAL` stops when it is full, `LT_CIRCULAR` drops its oldest entries then.
    pub log_type: Option<String>,
    /// Size in kB.
    pub size_kb: Option<f64>,
    /// Format of the log's file, as `LF_TEXT`.
    pub format: Option<String>,
    /// Level in percent at which the logger raises an alarm.
    pub level_alarm_percent: Option<f64>,
    /// Name of the log's file.
    pub file_name: Option<String>,
    /// What is logged.
    pub logged: Vec<LoggedPoint>,
}

/// A data point that a data logger logs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoggedPoint {
    /// Name.
    pub name: String,
    /// Format, if told.
    pub format: Option<FormatName>,
    /// Least time between two entries, in seconds.
    pub min_delta_time_s: Option<f64>,
    /// Least change of the value that is logged.
    pub min_delta_value: Option<Value>,
    /// How often the point is polled, in seconds; 0 is never.
    pub poll_rate_s: Option<f64>,
}

/// A change of a data logger; what is absent stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataLoggerChange {
    /// New description.
    pub description: Option<String>,
    /// New log type.
    pub log_type: Option<String>,
    /// New size in kB.
    pub size_kb: Option<f64>,
    /// New format.
    pub format: Option<String>,
    /// New alarm level in percent.
    pub level_alarm_percent: Option<f64>,
    /// New file name.
    pub file_name: Option<String>,
    /// What is logged from now on, in the place of what was.
    pub logged: Option<Vec<LoggedPoint>>,
}
