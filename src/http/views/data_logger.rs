use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::block::{
    BlockPointView, LimitSchema, description, format, json, limit, limit_value, list, name, size, text,
    within, word,
};
use super::log::{LogPageView, LogStateView, LoggedValueView};
use super::time;
use crate::domain::{BlockConfig, DataLoggerChange, DataLoggerConfig, DataPointName, LoggedPoint};
use crate::gateway::{Changed, DataLogger, LogEntries, LoggedReading};
use crate::http::problem::HttpError;

/// A data logger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataLogger)]
pub(crate) struct DataLoggerView {
    /// Name.
    #[schema(example = "Net/LON/iLON App/Data Logger[0]")]
    name: String,
    /// Description.
    description: Option<String>,
    /// Whether the SmartServer's own pages hide it.
    hidden: bool,
    /// Last configuration change by the SmartServer's clock.
    configured_at: Option<String>,
    /// `LT_HISTORICAL` stops when it is full, `LT_CIRCULAR` drops its oldest entries then.
    #[schema(example = "LT_CIRCULAR")]
    log_type: Option<String>,
    /// Size in kB.
    #[schema(example = 200.0)]
    size_kb: Option<f64>,
    /// Format of the file.
    #[schema(example = "LF_TEXT")]
    log_format: Option<String>,
    /// Level in percent at which the logger raises an alarm.
    level_alarm_percent: Option<f64>,
    /// Name of the file.
    file_name: Option<String>,
    /// What is logged.
    logged: Vec<LoggedPointView>,
    /// The logger's own data points.
    points: Vec<BlockPointView>,
    /// State of the log; only if `levels` was asked for.
    log: Option<LogStateView>,
}

/// A data point that a data logger logs.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LoggedPoint)]
pub(crate) struct LoggedPointView {
    /// Name.
    #[schema(max_length = 512, example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Format.
    #[schema(max_length = 512, example = "#0000000000000000[0].SNVT_temp_p")]
    format: Option<String>,
    /// Least time between two entries, in seconds.
    #[schema(minimum = 0, maximum = 1000000000)]
    min_delta_time_s: Option<f64>,
    /// Least change of the value that is logged: a number, a text where the type wants one, or empty.
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    min_delta_value: Option<serde_json::Value>,
    /// How often the point is polled, in seconds; 0 is never.
    #[schema(minimum = 0, maximum = 1000000000)]
    poll_rate_s: Option<f64>,
}

/// Data loggers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataLoggerList)]
pub(crate) struct DataLoggerList {
    items: Vec<DataLoggerView>,
}

/// A change of a data logger; what is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DataLoggerChange)]
pub(crate) struct DataLoggerChangeView {
    /// Which data logger.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Data Logger[0]")]
    name: String,
    #[schema(max_length = 201)]
    description: Option<String>,
    #[schema(pattern = "^LT_[A-Z0-9_]{1,60}$", example = "LT_CIRCULAR")]
    log_type: Option<String>,
    /// Size in kB.
    #[schema(minimum = 0, maximum = 1000000000, example = 200.0)]
    size_kb: Option<f64>,
    #[schema(pattern = "^LF_[A-Z0-9_]{1,60}$", example = "LF_TEXT")]
    log_format: Option<String>,
    #[schema(minimum = 0, maximum = 100)]
    level_alarm_percent: Option<f64>,
    #[schema(max_length = 1000)]
    file_name: Option<String>,
    /// What is logged from now on, in the place of what was.
    #[schema(max_items = 100)]
    logged: Option<Vec<LoggedPointView>>,
}

/// A data logger after a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedDataLogger)]
pub(crate) struct ChangedDataLogger {
    /// The configuration as it was read back, or as it was sent where that failed.
    configuration: DataLoggerView,
    /// Whether it was read back.
    read_back: bool,
}

/// Part of a data log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DataLogPage)]
pub(crate) struct DataLogPage {
    /// Entries in the order of the log, oldest first.
    items: Vec<LoggedReadingView>,
    #[serde(flatten)]
    log: LogPageView,
}

/// An entry of a data log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedReading)]
pub(crate) struct LoggedReadingView {
    /// Time of the entry by the SmartServer's clock.
    logged_at: Option<String>,
    #[serde(flatten)]
    value: LoggedValueView,
}

/// What is cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DataLogClearing)]
pub(crate) struct DataLogClearing {
    /// Which data logger.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Data Logger[0]")]
    pub(crate) name: String,
    /// Only entries up to this time, which is included; all if absent.
    #[schema(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub(crate) until: Option<String>,
}

impl From<Vec<DataLogger>> for DataLoggerList {
    fn from(loggers: Vec<DataLogger>) -> Self {
        let view = |logger: DataLogger| DataLoggerView {
            log: logger.state.map(Into::into),
            ..DataLoggerView::from(logger.config)
        };
        DataLoggerList { items: loggers.into_iter().map(view).collect() }
    }
}

impl From<Changed<DataLoggerConfig>> for ChangedDataLogger {
    fn from(changed: Changed<DataLoggerConfig>) -> Self {
        ChangedDataLogger { configuration: changed.config.into(), read_back: changed.is_read_back }
    }
}

impl From<DataLoggerConfig> for DataLoggerView {
    fn from(config: DataLoggerConfig) -> Self {
        let BlockConfig { name, description, hidden, configured_at, points } = config.block;
        DataLoggerView {
            name,
            description,
            hidden,
            configured_at: configured_at.map(time),
            log_type: config.log_type,
            size_kb: config.size_kb,
            log_format: config.format,
            level_alarm_percent: config.level_alarm_percent,
            file_name: config.file_name,
            logged: config.logged.into_iter().map(Into::into).collect(),
            points: points.into_iter().map(Into::into).collect(),
            log: None,
        }
    }
}

impl From<LoggedPoint> for LoggedPointView {
    fn from(point: LoggedPoint) -> Self {
        LoggedPointView {
            name: point.name,
            format: point.format.map(|format| format.to_string()),
            min_delta_time_s: point.min_delta_time_s,
            min_delta_value: point.min_delta_value.map(|value| json(&value)),
            poll_rate_s: point.poll_rate_s,
        }
    }
}

impl From<LogEntries<LoggedReading>> for DataLogPage {
    fn from(read: LogEntries<LoggedReading>) -> Self {
        let log = LogPageView::new(&read);
        let view = |entry: LoggedReading| LoggedReadingView {
            logged_at: entry.logged_at.map(time),
            value: entry.value.into(),
        };
        DataLogPage { items: read.entries.into_iter().map(view).collect(), log }
    }
}

impl TryFrom<DataLoggerChangeView> for (DataPointName, DataLoggerChange) {
    type Error = HttpError;

    fn try_from(view: DataLoggerChangeView) -> Result<Self, HttpError> {
        let logged = view.logged.map(|logged| list("logged", logged)).transpose()?;
        let change = DataLoggerChange {
            description: description(view.description)?,
            log_type: word("log_type", "LT_", view.log_type)?,
            size_kb: size("size_kb", view.size_kb)?,
            format: word("log_format", "LF_", view.log_format)?,
            level_alarm_percent: within("level_alarm_percent", view.level_alarm_percent, 100.0)?,
            file_name: text("file_name", view.file_name)?,
            logged,
        };
        Ok((name("name", &view.name)?, change))
    }
}

impl TryFrom<LoggedPointView> for LoggedPoint {
    type Error = HttpError;

    fn try_from(view: LoggedPointView) -> Result<Self, HttpError> {
        Ok(LoggedPoint {
            name: name("logged.name", &view.name)?.to_string(),
            format: format("logged.format", view.format)?,
            min_delta_time_s: size("logged.min_delta_time_s", view.min_delta_time_s)?,
            min_delta_value: limit_value("logged.min_delta_value", view.min_delta_value)?,
            poll_rate_s: size("logged.poll_rate_s", view.poll_rate_s)?,
        })
    }
}
