use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::data_logger::{
    BlockPointView, LimitSchema, description, limit, limit_json, limit_value, list, name, size, text, word,
};
use super::time;
use crate::domain::{AlarmGeneratorChange, AlarmGeneratorConfig, BlockConfig, DataPointName};
use crate::gateway::Changed;
use crate::http::extract;
use crate::http::problem::HttpError;

/// An alarm generator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmGenerator)]
pub(crate) struct AlarmGeneratorView {
    /// Name.
    #[schema(example = "Net/LON/iLON App/Alarm Generator[0]")]
    name: String,
    /// Description.
    description: Option<String>,
    /// Whether the SmartServer's own pages hide it.
    hidden: bool,
    /// Last configuration change by the SmartServer's clock.
    configured_at: Option<String>,
    /// Priority of its alarms.
    #[schema(example = "PR_LEVEL_1")]
    alarm_priority: Option<String>,
    /// How input and compare value are compared.
    #[schema(example = "FN_GT")]
    comparison: Option<String>,
    /// Text of its second alarm.
    alarm2_description: Option<String>,
    /// No alarm is raised for so long after the block was enabled, in seconds.
    inhibit_s: Option<f64>,
    /// Time between a reset and the first poll, in seconds.
    poll_on_reset_delay_s: Option<f64>,
    /// How often the input is polled, in seconds; 0 is never.
    poll_rate_s: Option<f64>,
    /// The condition holds for so long before the alarm is raised, in seconds.
    set_time_s: Option<f64>,
    /// The condition is over for so long before the alarm is cleared, in seconds.
    clear_time_s: Option<f64>,
    /// Limits and hystereses: numbers, text where the type wants one, or null where there is none.
    limits: AlarmLimitsView,
    /// Data points, the input among them.
    points: Vec<BlockPointView>,
}

/// Limits and hystereses of an alarm generator. In a change, what is absent stays and null empties.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmLimits)]
pub(crate) struct AlarmLimitsView {
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    low_limit_1_offset: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    low_limit_2_offset: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    high_limit_1_offset: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    high_limit_2_offset: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    hysteresis_high_1: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    hysteresis_high_2: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    hysteresis_low_1: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "limit")]
    #[schema(value_type = Option<LimitSchema>)]
    hysteresis_low_2: Option<serde_json::Value>,
}

/// Alarm generators.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmGeneratorList)]
pub(crate) struct AlarmGeneratorList {
    items: Vec<AlarmGeneratorView>,
}

/// A change of an alarm generator; what is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmGeneratorChange)]
pub(crate) struct AlarmGeneratorChangeView {
    /// Which alarm generator.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Alarm Generator[0]")]
    name: String,
    #[schema(max_length = 201)]
    description: Option<String>,
    #[schema(pattern = "^PR_[A-Z0-9_]{1,60}$", example = "PR_LEVEL_1")]
    alarm_priority: Option<String>,
    #[schema(pattern = "^FN_[A-Z0-9_]{1,60}$", example = "FN_GT")]
    comparison: Option<String>,
    #[schema(max_length = 1000)]
    alarm2_description: Option<String>,
    /// No alarm is raised for so long after the block was enabled, in seconds.
    #[schema(minimum = 0, maximum = 1000000000)]
    inhibit_s: Option<f64>,
    /// Time between a reset and the first poll, in seconds.
    #[schema(minimum = 0, maximum = 1000000000)]
    poll_on_reset_delay_s: Option<f64>,
    /// How often the input is polled, in seconds; 0 is never.
    #[schema(minimum = 0, maximum = 1000000000)]
    poll_rate_s: Option<f64>,
    /// The condition holds for so long before the alarm is raised, in seconds.
    #[schema(minimum = 0, maximum = 1000000000)]
    set_time_s: Option<f64>,
    /// The condition is over for so long before the alarm is cleared, in seconds.
    #[schema(minimum = 0, maximum = 1000000000)]
    clear_time_s: Option<f64>,
    #[serde(default, deserialize_with = "extract::object")]
    limits: AlarmLimitsView,
    /// Data points for roles: each takes the place of the one that the role had.
    #[serde(default)]
    #[schema(max_items = 100)]
    points: Vec<BlockPointView>,
}

/// An alarm generator after a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedAlarmGenerator)]
pub(crate) struct ChangedAlarmGenerator {
    /// The configuration as it was read back, or as it was sent where that failed.
    configuration: AlarmGeneratorView,
    /// Whether it was read back.
    read_back: bool,
}

impl From<Vec<AlarmGeneratorConfig>> for AlarmGeneratorList {
    fn from(configs: Vec<AlarmGeneratorConfig>) -> Self {
        AlarmGeneratorList { items: configs.into_iter().map(Into::into).collect() }
    }
}

impl From<Changed<AlarmGeneratorConfig>> for ChangedAlarmGenerator {
    fn from(changed: Changed<AlarmGeneratorConfig>) -> Self {
        ChangedAlarmGenerator { configuration: changed.config.into(), read_back: changed.is_read_back }
    }
}

impl From<AlarmGeneratorConfig> for AlarmGeneratorView {
    fn from(config: AlarmGeneratorConfig) -> Self {
        let BlockConfig { name, description, hidden, configured_at, points } = config.block;
        let [
            low_limit_1_offset,
            low_limit_2_offset,
            high_limit_1_offset,
            high_limit_2_offset,
            hysteresis_high_1,
            hysteresis_high_2,
            hysteresis_low_1,
            hysteresis_low_2,
        ] = config.limits.each_ref().map(|value| limit_json(value.as_ref()));
        AlarmGeneratorView {
            name,
            description,
            hidden,
            configured_at: configured_at.map(time),
            alarm_priority: config.alarm_priority,
            comparison: config.comparison,
            alarm2_description: config.alarm2_description,
            inhibit_s: config.inhibit_s,
            poll_on_reset_delay_s: config.poll_on_reset_delay_s,
            poll_rate_s: config.poll_rate_s,
            set_time_s: config.set_time_s,
            clear_time_s: config.clear_time_s,
            limits: AlarmLimitsView {
                low_limit_1_offset,
                low_limit_2_offset,
                high_limit_1_offset,
                high_limit_2_offset,
                hysteresis_high_1,
                hysteresis_high_2,
                hysteresis_low_1,
                hysteresis_low_2,
            },
            points: points.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<AlarmGeneratorChangeView> for (DataPointName, AlarmGeneratorChange) {
    type Error = HttpError;

    fn try_from(view: AlarmGeneratorChangeView) -> Result<Self, HttpError> {
        let change = AlarmGeneratorChange {
            description: description(view.description)?,
            alarm_priority: word("alarm_priority", "PR_", view.alarm_priority)?,
            comparison: word("comparison", "FN_", view.comparison)?,
            alarm2_description: text("alarm2_description", view.alarm2_description)?,
            inhibit_s: size("inhibit_s", view.inhibit_s)?,
            poll_on_reset_delay_s: size("poll_on_reset_delay_s", view.poll_on_reset_delay_s)?,
            poll_rate_s: size("poll_rate_s", view.poll_rate_s)?,
            set_time_s: size("set_time_s", view.set_time_s)?,
            clear_time_s: size("clear_time_s", view.clear_time_s)?,
            limits: [
                limit_value("limits.low_limit_1_offset", view.limits.low_limit_1_offset)?,
                limit_value("limits.low_limit_2_offset", view.limits.low_limit_2_offset)?,
                limit_value("limits.high_limit_1_offset", view.limits.high_limit_1_offset)?,
                limit_value("limits.high_limit_2_offset", view.limits.high_limit_2_offset)?,
                limit_value("limits.hysteresis_high_1", view.limits.hysteresis_high_1)?,
                limit_value("limits.hysteresis_high_2", view.limits.hysteresis_high_2)?,
                limit_value("limits.hysteresis_low_1", view.limits.hysteresis_low_1)?,
                limit_value("limits.hysteresis_low_2", view.limits.hysteresis_low_2)?,
            ],
            points: list("points", view.points)?,
        };
        Ok((name("name", &view.name)?, change))
    }
}
