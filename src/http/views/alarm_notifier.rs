use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::data_logger::{BlockPointView, description, list, name, size, text, text_within, word, wrong};
use super::time;
use crate::domain::{
    AlarmAction, AlarmCondition, AlarmDestination, AlarmInput, AlarmMail, AlarmNotifierChange,
    AlarmNotifierConfig, BlockConfig, DataPointName,
};
use crate::gateway::Changed;
use crate::http::problem::HttpError;

/// Largest index, level, group or duration: those of `xsd:int`.
const INT: std::ops::RangeInclusive<i64> = -2_147_483_648..=2_147_483_647;

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

/// A mail that an alarm notifier sends.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmMail)]
pub(crate) struct AlarmMailView {
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    index: Option<i64>,
    /// Name by which destinations refer to it.
    #[schema(max_length = 1000)]
    nick_name: Option<String>,
    #[schema(max_length = 1000, example = "oncall@example.org")]
    address: String,
    /// Text, with the SmartServer's place holders.
    #[schema(max_length = 1000)]
    format: String,
    #[schema(max_length = 1000)]
    subject: Option<String>,
    /// File that is sent along.
    #[schema(max_length = 1000)]
    attachment: Option<String>,
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

/// Where notifications go.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmDestination)]
pub(crate) struct AlarmDestinationView {
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    index: Option<i64>,
    /// Path to the data point that enables it.
    #[schema(max_length = 1000, example = "DataPoint[@dpType=\"Output\" and UCPTnickName=\"lamp\"]")]
    enable_path: Option<String>,
    /// What is done when an alarm begins.
    active: Option<AlarmNotificationView>,
    /// What is done when an alarm ends.
    passive: Option<AlarmNotificationView>,
}

/// What is done at a destination.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmNotification)]
pub(crate) struct AlarmNotificationView {
    /// Path to the mail that is sent.
    #[schema(max_length = 1000, example = "Mail[UCPTnickName=\"on call\"]")]
    mail_path: Option<String>,
    /// Path to the data point that is written.
    #[schema(max_length = 1000)]
    point_path: Option<String>,
    /// What is written to it.
    #[schema(max_length = 1000)]
    point_value: Option<String>,
    /// Lowest level of alarms that go there.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    min_level: i64,
    /// Highest level of alarms that go there.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    max_level: i64,
    /// Time after which it is repeated unless somebody acknowledges, in seconds.
    #[schema(minimum = -2147483648, maximum = 2147483647)]
    nack_delay: Option<i64>,
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

fn int(field: &str, number: Option<i64>) -> Result<Option<i64>, HttpError> {
    match number {
        Some(number) if !INT.contains(&number) => Err(wrong(field, "a number of 32 bits")),
        number => Ok(number),
    }
}

fn whole(field: &str, number: i64) -> Result<i64, HttpError> {
    int(field, Some(number)).map(|_| number)
}

fn line(field: &str, given: String) -> Result<String, HttpError> {
    Ok(text(field, Some(given))?.unwrap_or_default())
}

impl From<AlarmMail> for AlarmMailView {
    fn from(mail: AlarmMail) -> Self {
        let AlarmMail { index, nick_name, address, format, subject, attachment } = mail;
        AlarmMailView { index, nick_name, address, format, subject, attachment }
    }
}

impl TryFrom<AlarmMailView> for AlarmMail {
    type Error = HttpError;

    fn try_from(view: AlarmMailView) -> Result<Self, HttpError> {
        Ok(AlarmMail {
            index: int("mails.index", view.index)?,
            nick_name: text("mails.nick_name", view.nick_name)?,
            address: line("mails.address", view.address)?,
            format: line("mails.format", view.format)?,
            subject: text("mails.subject", view.subject)?,
            attachment: text("mails.attachment", view.attachment)?,
        })
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

impl From<AlarmDestination> for AlarmDestinationView {
    fn from(destination: AlarmDestination) -> Self {
        let AlarmDestination { index, enable_path, active, passive } = destination;
        AlarmDestinationView {
            index,
            enable_path,
            active: active.map(Into::into),
            passive: passive.map(Into::into),
        }
    }
}

impl TryFrom<AlarmDestinationView> for AlarmDestination {
    type Error = HttpError;

    fn try_from(view: AlarmDestinationView) -> Result<Self, HttpError> {
        Ok(AlarmDestination {
            index: int("destinations.index", view.index)?,
            enable_path: text("destinations.enable_path", view.enable_path)?,
            active: view.active.map(AlarmAction::try_from).transpose()?,
            passive: view.passive.map(AlarmAction::try_from).transpose()?,
        })
    }
}

impl From<AlarmAction> for AlarmNotificationView {
    fn from(action: AlarmAction) -> Self {
        let AlarmAction { mail_path, point_path, point_value, min_level, max_level, nack_delay } = action;
        AlarmNotificationView { mail_path, point_path, point_value, min_level, max_level, nack_delay }
    }
}

impl TryFrom<AlarmNotificationView> for AlarmAction {
    type Error = HttpError;

    fn try_from(view: AlarmNotificationView) -> Result<Self, HttpError> {
        Ok(AlarmAction {
            mail_path: text("mail_path", view.mail_path)?,
            point_path: text("point_path", view.point_path)?,
            point_value: text("point_value", view.point_value)?,
            min_level: whole("min_level", view.min_level)?,
            max_level: whole("max_level", view.max_level)?,
            nack_delay: int("nack_delay", view.nack_delay)?,
        })
    }
}
