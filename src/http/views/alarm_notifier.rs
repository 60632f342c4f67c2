use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alarm_notification::{AlarmDestinationView, AlarmMailView, int, whole};
use super::block::{BlockPointView, description, list, name, size, text, text_within, word, wrong};
use super::time;
use crate::domain::{
    AlarmCondition, AlarmInput, AlarmNotifierChange, AlarmNotifierConfig, BlockConfig, DataPointName,
};
use crate::gateway::Changed;
use crate::http::problem::HttpError;

/// An alarm notifier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmNotifier)]
pub(crate) struct AlarmNotifierView {
    /// Name.
    #[schema(example = "Net/LON/iLON App/Alarm Notifier[0]")]
    name: String,
    /// Description.
    description: Option<String>,
    /// Whether the SmartServer's own pages hide it.
    hidden: bool,
    /// Last configuration change by the SmartServer's clock.
    configured_at: Option<String>,
    /// Time between an alarm and its notification, in seconds.
    delay_s: Option<f64>,
    /// Size of the log of active alarms in kB.
    summary_size_kb: Option<f64>,
    /// Size of the log of all alarms in kB.
    historical_size_kb: Option<f64>,
    /// Format of the logs' files.
    #[schema(example = "LF_TEXT")]
    log_format: Option<String>,
    /// Name of the file of active alarms.
    summary_file_name: Option<String>,
    /// Name of the file of all alarms.
    historical_file_name: Option<String>,
    /// Time for which notifications are gathered into one mail, in seconds.
    email_aggregation_s: Option<i64>,
    /// Mails.
    mails: Vec<AlarmMailView>,
    /// Data points whose alarms are notified.
    inputs: Vec<AlarmInputView>,
    /// What begins an alarm.
    active_alarms: Vec<AlarmConditionView>,
    /// What ends one.
    passive_alarms: Vec<AlarmConditionView>,
    /// Where notifications go.
    destinations: Vec<AlarmDestinationView>,
    /// Data points that are no inputs.
    points: Vec<BlockPointView>,
}

/// A data point whose alarms are notified.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmInput)]
pub(crate) struct AlarmInputView {
    /// Name of the data point.
    #[schema(max_length = 512)]
    name: String,
    /// Whether its alarms are logged.
    log: bool,
    /// Whether its alarms are hidden.
    invisible: bool,
    /// Whether an alarm stays until somebody clears it.
    clear_required: bool,
    /// Whether an alarm stays until somebody acknowledges it.
    ack_required: bool,
    /// Whether its alarms are ignored.
    disabled: bool,
    /// Whether each change of the value notifies again.
    on_change: bool,
    /// Group of its alarms.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    group: i64,
    /// Priority of its alarms: 0 strongest, 255 weakest.
    priority: u8,
    #[serde(default)]
    #[schema(max_length = 201)]
    description: String,
}

/// Point statuses that begin or end an alarm.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmCondition)]
pub(crate) struct AlarmConditionView {
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    index: Option<i64>,
    /// Level, by which destinations choose.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    level: Option<i64>,
    /// Text of the alarm.
    #[schema(max_length = 1000)]
    text: Option<String>,
    /// Statuses.
    #[schema(min_items = 1, max_items = 100, example = json!(["AL_ALM_CONDITION"]))]
    statuses: Vec<String>,
}

/// Alarm notifiers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmNotifierList)]
pub(crate) struct AlarmNotifierList {
    items: Vec<AlarmNotifierView>,
}

/// A change of an alarm notifier; what is absent or null stays as it is. A list takes the place of the whole
/// list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmNotifierChange)]
pub(crate) struct AlarmNotifierChangeView {
    /// Which alarm notifier.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Alarm Notifier[0]")]
    name: String,
    #[schema(max_length = 201)]
    description: Option<String>,
    #[schema(minimum = 0, maximum = 1000000000)]
    delay_s: Option<f64>,
    #[schema(minimum = 0, maximum = 1000000000)]
    summary_size_kb: Option<f64>,
    #[schema(minimum = 0, maximum = 1000000000)]
    historical_size_kb: Option<f64>,
    #[schema(pattern = "^LF_[A-Z0-9_]{1,60}$", example = "LF_TEXT")]
    log_format: Option<String>,
    #[schema(max_length = 1000)]
    summary_file_name: Option<String>,
    #[schema(max_length = 1000)]
    historical_file_name: Option<String>,
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    email_aggregation_s: Option<i64>,
    #[schema(max_items = 100)]
    mails: Option<Vec<AlarmMailView>>,
    #[schema(max_items = 100)]
    inputs: Option<Vec<AlarmInputView>>,
    #[schema(max_items = 100)]
    active_alarms: Option<Vec<AlarmConditionView>>,
    #[schema(max_items = 100)]
    passive_alarms: Option<Vec<AlarmConditionView>>,
    #[schema(max_items = 100)]
    destinations: Option<Vec<AlarmDestinationView>>,
}

/// An alarm notifier after a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedAlarmNotifier)]
pub(crate) struct ChangedAlarmNotifier {
    /// The configuration as it was read back, or as it was sent where that failed.
    configuration: AlarmNotifierView,
    /// Whether it was read back.
    read_back: bool,
}

impl From<Vec<AlarmNotifierConfig>> for AlarmNotifierList {
    fn from(configs: Vec<AlarmNotifierConfig>) -> Self {
        AlarmNotifierList { items: configs.into_iter().map(Into::into).collect() }
    }
}

impl From<Changed<AlarmNotifierConfig>> for ChangedAlarmNotifier {
    fn from(changed: Changed<AlarmNotifierConfig>) -> Self {
        ChangedAlarmNotifier { configuration: changed.config.into(), read_back: changed.is_read_back }
    }
}

impl From<AlarmNotifierConfig> for AlarmNotifierView {
    fn from(config: AlarmNotifierConfig) -> Self {
        let BlockConfig { name, description, hidden, configured_at, points } = config.block;
        AlarmNotifierView {
            name,
            description,
            hidden,
            configured_at: configured_at.map(time),
            delay_s: config.delay_s,
            summary_size_kb: config.summary_size_kb,
            historical_size_kb: config.historical_size_kb,
            log_format: config.format,
            summary_file_name: config.summary_file_name,
            historical_file_name: config.historical_file_name,
            email_aggregation_s: config.email_aggregation_s,
            mails: views(config.mails),
            inputs: views(config.inputs),
            active_alarms: views(config.active_alarms),
            passive_alarms: views(config.passive_alarms),
            destinations: views(config.destinations),
            points: views(points),
        }
    }
}

fn views<T, V: From<T>>(items: Vec<T>) -> Vec<V> {
    items.into_iter().map(V::from).collect()
}

impl TryFrom<AlarmNotifierChangeView> for (DataPointName, AlarmNotifierChange) {
    type Error = HttpError;

    fn try_from(view: AlarmNotifierChangeView) -> Result<Self, HttpError> {
        let change = AlarmNotifierChange {
            description: description(view.description)?,
            delay_s: size("delay_s", view.delay_s)?,
            summary_size_kb: size("summary_size_kb", view.summary_size_kb)?,
            historical_size_kb: size("historical_size_kb", view.historical_size_kb)?,
            format: word("log_format", "LF_", view.log_format)?,
            summary_file_name: text("summary_file_name", view.summary_file_name)?,
            historical_file_name: text("historical_file_name", view.historical_file_name)?,
            email_aggregation_s: int("email_aggregation_s", view.email_aggregation_s)?,
            mails: view.mails.map(|mails| list("mails", mails)).transpose()?,
            inputs: view.inputs.map(|inputs| list("inputs", inputs)).transpose()?,
            active_alarms: view.active_alarms.map(|alarms| list("active_alarms", alarms)).transpose()?,
            passive_alarms: view.passive_alarms.map(|alarms| list("passive_alarms", alarms)).transpose()?,
            destinations: view.destinations.map(|some| list("destinations", some)).transpose()?,
        };
        Ok((name("name", &view.name)?, change))
    }
}

impl From<AlarmInput> for AlarmInputView {
    fn from(input: AlarmInput) -> Self {
        AlarmInputView {
            name: input.name,
            log: input.is_logged,
            invisible: input.is_invisible,
            clear_required: input.clear_required,
            ack_required: input.ack_required,
            disabled: input.is_disabled,
            on_change: input.on_change,
            group: input.group,
            priority: input.priority,
            description: input.description,
        }
    }
}

impl TryFrom<AlarmInputView> for AlarmInput {
    type Error = HttpError;

    fn try_from(view: AlarmInputView) -> Result<Self, HttpError> {
        let description = text_within("inputs.description", Some(view.description), 201)?;
        Ok(AlarmInput {
            name: name("inputs.name", &view.name)?.to_string(),
            is_logged: view.log,
            is_invisible: view.invisible,
            clear_required: view.clear_required,
            ack_required: view.ack_required,
            is_disabled: view.disabled,
            on_change: view.on_change,
            group: whole("inputs.group", view.group)?,
            priority: view.priority,
            description: description.unwrap_or_default(),
        })
    }
}

impl From<AlarmCondition> for AlarmConditionView {
    fn from(condition: AlarmCondition) -> Self {
        let AlarmCondition { index, level, text, statuses } = condition;
        AlarmConditionView { index, level, text, statuses }
    }
}

impl TryFrom<AlarmConditionView> for AlarmCondition {
    type Error = HttpError;

    fn try_from(view: AlarmConditionView) -> Result<Self, HttpError> {
        if !(1..=100).contains(&view.statuses.len()) {
            return Err(wrong("statuses", "1 to 100"));
        }
        let status = |status| Ok(word("statuses", "AL_", Some(status))?.unwrap_or_default());
        let statuses: Result<Vec<_>, HttpError> = view.statuses.into_iter().map(status).collect();
        Ok(AlarmCondition {
            index: int("index", view.index)?,
            level: int("level", view.level)?,
            text: text("text", view.text)?,
            statuses: statuses?,
        })
    }
}
