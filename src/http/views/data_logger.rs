use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ValueSchema, time};
use crate::domain::{
    BlockConfig, BlockPoint, DataLoggerChange, DataLoggerConfig, DataPointName, FormatName, LogState,
    LoggedPoint, Value,
};
use crate::gateway::{Changed, DataLogger, LogCursor, LogEntries, LoggedReading, LoggedValue};
use crate::http::cursor;
use crate::http::problem::HttpError;

/// Longest text of a configuration, in characters.
const TEXT_MAX: usize = 1000;
/// Longest description (manual 4-7), in characters.
const DESCRIPTION_MAX: usize = 201;
/// Most items of a list in a configuration.
pub(super) const LIST_MAX: usize = 100;
/// Longest duration or size that is taken.
const NUMBER_MAX: f64 = 1e9;

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

/// A number, or text.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = Limit)]
#[expect(dead_code, reason = "describes what serde_json::Value holds here")]
pub(crate) enum LimitSchema {
    /// A number.
    Number(f64),
    /// Text of 1000 characters at most.
    Text(String),
}

/// A data point that a functional block refers to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockPoint)]
pub(crate) struct BlockPointView {
    /// What the block uses it for.
    #[schema(min_length = 1, max_length = 100, example = "Input")]
    role: String,
    /// Name of the data point.
    #[schema(max_length = 512, example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Format.
    #[schema(max_length = 512)]
    format: Option<String>,
}

/// What a SmartServer tells of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogState)]
pub(crate) struct LogStateView {
    /// Entries in the whole log.
    total: Option<u64>,
    /// How full it is, in percent.
    level_percent: Option<f64>,
    /// Time of the oldest entry.
    first_at: Option<String>,
    /// Time of the newest entry.
    last_at: Option<String>,
    /// How often entries were changed after they had been logged.
    modifications: Option<u64>,
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

/// What a page of a log tells beside its entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogPage)]
pub(crate) struct LogPageView {
    /// Entries in the whole log.
    total: Option<u64>,
    /// How full the log is, in percent.
    level_percent: Option<f64>,
    /// Where the next page begins; null at the end. A page may hold less than asked for before that.
    next_cursor: Option<String>,
    /// Whether entries may have been dropped by the SmartServer, or logged with its clock set back, before
    /// they could be read.
    gap: bool,
    /// How far the SmartServer's clock, by which the times are, is ahead of the gateway's, in milliseconds.
    clock_offset_ms: Option<i64>,
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

/// A value in a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedValue)]
pub(crate) struct LoggedValueView {
    /// The data point, if it is in the inventory.
    data_point_id: Option<Uuid>,
    /// Name of the data point.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Number, text (enumerations by name), object of fields, or null when the type says invalid.
    #[schema(value_type = Option<ValueSchema>, example = json!(21.5))]
    value: serde_json::Value,
    /// Preset that equals the value.
    preset: Option<String>,
    /// The text as the SmartServer gave it.
    #[schema(example = "21.50")]
    raw: String,
    /// Unit.
    unit: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[schema(example = "SNVT_temp_p")]
    type_name: Option<String>,
    /// `UCPTpointStatus` as it came.
    #[schema(example = "AL_NO_CONDITION")]
    status: Option<String>,
    /// Priority of the point's holder: 0 strongest, 255 weakest.
    priority: Option<u8>,
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

/// What remains of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogRemains)]
pub(crate) struct LogRemains {
    /// State of the log after that, if the SmartServer told it.
    log: Option<LogStateView>,
}

impl From<Option<LogState>> for LogRemains {
    fn from(state: Option<LogState>) -> Self {
        LogRemains { log: state.map(Into::into) }
    }
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

impl From<BlockPoint> for BlockPointView {
    fn from(point: BlockPoint) -> Self {
        let format = point.format.map(|format| format.to_string());
        BlockPointView { role: point.role, name: point.name, format }
    }
}

impl From<LogState> for LogStateView {
    fn from(state: LogState) -> Self {
        LogStateView {
            total: state.total,
            level_percent: state.level_percent,
            first_at: state.first_at.map(time),
            last_at: state.last_at.map(time),
            modifications: state.modifications,
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

impl LogPageView {
    pub(super) fn new<T>(read: &LogEntries<T>) -> Self {
        let offset = |offset: jiff::SignedDuration| i64::try_from(offset.as_millis()).unwrap_or_default();
        LogPageView {
            total: read.state.as_ref().and_then(|state| state.total),
            level_percent: read.state.as_ref().and_then(|state| state.level_percent),
            next_cursor: read.next.as_ref().map(cursor::encode::<LogCursor>),
            gap: read.gap,
            clock_offset_ms: read.clock_offset.map(offset),
        }
    }
}

impl From<LoggedValue> for LoggedValueView {
    fn from(logged: LoggedValue) -> Self {
        LoggedValueView {
            data_point_id: logged.data_point.map(|point| point.id.0),
            name: logged.name,
            value: json(&logged.value),
            preset: logged.preset,
            raw: logged.raw,
            unit: logged.unit,
            type_name: logged.format.as_ref().map(|format| format.type_name().to_owned()),
            status: logged.status,
            priority: logged.priority.map(|priority| priority.0),
        }
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

impl TryFrom<BlockPointView> for BlockPoint {
    type Error = HttpError;

    fn try_from(view: BlockPointView) -> Result<Self, HttpError> {
        if !(1..=100).contains(&view.role.chars().count()) || view.role.chars().any(char::is_control) {
            return Err(wrong("points.role", "1 to 100 characters, no control characters"));
        }
        let name = name("points.name", &view.name)?.to_string();
        Ok(BlockPoint { role: view.role, name, format: format("points.format", view.format)? })
    }
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

pub(super) fn limit_json(value: Option<&Value>) -> Option<serde_json::Value> {
    value.map(json)
}

/// Tells `null`, which empties a limit, from absent.
pub(super) fn limit<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// A limit: a number, text, or null, which empties it.
pub(super) fn limit_value(field: &str, value: Option<serde_json::Value>) -> Result<Option<Value>, HttpError> {
    match value {
        None => Ok(None),
        Some(serde_json::Value::Null) => Ok(Some(Value::Null)),
        Some(serde_json::Value::Number(number)) => Ok(number.as_f64().map(Value::Number)),
        Some(serde_json::Value::String(given)) => Ok(text(field, Some(given))?.map(Value::Text)),
        Some(_) => Err(wrong(field, "a number, text or null")),
    }
}

/// A problem with a field.
pub(super) fn wrong(field: &str, message: &str) -> HttpError {
    HttpError::Shape(format!("{field}: {message}"))
}

/// The name of something on a SmartServer.
pub(crate) fn name(field: &str, text: &str) -> Result<DataPointName, HttpError> {
    text.parse().map_err(|_| wrong(field, "1 to 512 characters, no control characters"))
}

fn format(field: &str, given: Option<String>) -> Result<Option<FormatName>, HttpError> {
    Ok(text_within(field, given, DataPointName::MAX)?.map(|text| FormatName::from(text.as_str())))
}

pub(super) fn description(given: Option<String>) -> Result<Option<String>, HttpError> {
    text_within("description", given, DESCRIPTION_MAX)
}

pub(super) fn text(field: &str, given: Option<String>) -> Result<Option<String>, HttpError> {
    text_within(field, given, TEXT_MAX)
}

/// A text of one line, within its length.
pub(super) fn text_within(
    field: &str,
    given: Option<String>,
    most: usize,
) -> Result<Option<String>, HttpError> {
    match given {
        Some(text) if text.chars().count() > most || text.chars().any(|c| c.is_control()) => {
            Err(wrong(field, &format!("at most {most} characters, no control characters")))
        }
        text => Ok(text),
    }
}

/// A word of an enumeration as the SmartServer has it, as `LT_CIRCULAR`.
pub(super) fn word(field: &str, prefix: &str, given: Option<String>) -> Result<Option<String>, HttpError> {
    let Some(word) = given else { return Ok(None) };
    let rest = word.strip_prefix(prefix).unwrap_or_default();
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !(1..=60).contains(&rest.len()) || !rest.chars().all(fits) {
        return Err(wrong(field, &format!("a word as {prefix}…, of capitals, digits and _")));
    }
    Ok(Some(word))
}

/// A duration or size.
pub(super) fn size(field: &str, given: Option<f64>) -> Result<Option<f64>, HttpError> {
    within(field, given, NUMBER_MAX)
}

fn within(field: &str, given: Option<f64>, most: f64) -> Result<Option<f64>, HttpError> {
    match given {
        Some(number) if !(0.0..=most).contains(&number) => Err(wrong(field, &format!("0 to {most}"))),
        number => Ok(number),
    }
}

/// A list of at most 100 items.
pub(super) fn list<V, T: TryFrom<V, Error = HttpError>>(
    field: &str,
    views: Vec<V>,
) -> Result<Vec<T>, HttpError> {
    if views.len() > LIST_MAX {
        return Err(wrong(field, &format!("at most {LIST_MAX} items")));
    }
    views.into_iter().map(T::try_from).collect()
}
