use super::{BlockConfig, BlockPoint, Value};

/// Configuration of an alarm generator (manual 6-3).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmGeneratorConfig {
    /// Name, description and all points, the input among them.
    pub block: BlockConfig,
    /// No alarm is raised for so long after the block was enabled, in seconds.
    pub inhibit_s: Option<f64>,
    /// Priority of its alarms, as `PR_LEVEL_1`.
    pub alarm_priority: Option<String>,
    /// Time between a reset and the first poll, in seconds.
    pub poll_on_reset_delay_s: Option<f64>,
    /// How often the input is polled, in seconds; 0 is never.
    pub poll_rate_s: Option<f64>,
    /// Text of its second alarm.
    pub alarm2_description: Option<String>,
    /// How input and compare value are compared, as `FN_GT`.
    pub comparison: Option<String>,
    /// The condition holds for so long before the alarm is raised, in seconds.
    pub set_time_s: Option<f64>,
    /// The condition is over for so long before the alarm is cleared, in seconds.
    pub clear_time_s: Option<f64>,
    /// Limits and hystereses, in the order of [`LIMITS`].
    pub limits: [Option<Value>; 8],
}

/// Names of an alarm generator's limits, in the order of the schema.
pub const LIMITS: [&str; 8] = [
    "low_limit_1_offset",
    "low_limit_2_offset",
    "high_limit_1_offset",
    "high_limit_2_offset",
    "hysteresis_high_1",
    "hysteresis_high_2",
    "hysteresis_low_1",
    "hysteresis_low_2",
];

/// A change of an alarm generator; what is absent stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmGeneratorChange {
    /// New description.
    pub description: Option<String>,
    /// See [`AlarmGeneratorConfig`].
    pub inhibit_s: Option<f64>,
    /// See [`AlarmGeneratorConfig`].
    pub alarm_priority: Option<String>,
    /// See [`AlarmGeneratorConfig`].
    pub poll_on_reset_delay_s: Option<f64>,
    /// See [`AlarmGeneratorConfig`].
    pub poll_rate_s: Option<f64>,
    /// See [`AlarmGeneratorConfig`].
    pub alarm2_description: Option<String>,
    /// See [`AlarmGeneratorConfig`].
    pub comparison: Option<String>,
    /// See [`AlarmGeneratorConfig`].
    pub set_time_s: Option<f64>,
    /// See [`AlarmGeneratorConfig`].
    pub clear_time_s: Option<f64>,
    /// New limits; `Null` empties one.
    pub limits: [Option<Value>; 8],
    /// Points for roles: each takes the place of the one that the role had.
    pub points: Vec<BlockPoint>,
}

/// Configuration of an alarm notifier (manual 7-3).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmNotifierConfig {
    /// Name, description and the points that are no inputs.
    pub block: BlockConfig,
    /// Time between an alarm and its notification, in seconds.
    pub delay_s: Option<f64>,
    /// Size of the log of active alarms in kB.
    pub summary_size_kb: Option<f64>,
    /// Size of the log of all alarms in kB.
    pub historical_size_kb: Option<f64>,
    /// Format of the logs' files, as `LF_TEXT`.
    pub format: Option<String>,
    /// Name of the file of active alarms.
    pub summary_file_name: Option<String>,
    /// Name of the file of all alarms.
    pub historical_file_name: Option<String>,
    /// Time for which notifications are gathered into one mail, in seconds.
    pub email_aggregation_s: Option<i64>,
    /// Mails.
    pub mails: Vec<AlarmMail>,
    /// Points whose alarms are notified.
    pub inputs: Vec<AlarmInput>,
    /// What begins an alarm.
    pub active_alarms: Vec<AlarmCondition>,
    /// What ends one.
    pub passive_alarms: Vec<AlarmCondition>,
    /// Where notifications go.
    pub destinations: Vec<AlarmDestination>,
}

/// A change of an alarm notifier; what is absent stays. A list takes the place of the whole list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmNotifierChange {
    /// New description.
    pub description: Option<String>,
    /// See [`AlarmNotifierConfig`].
    pub delay_s: Option<f64>,
    /// See [`AlarmNotifierConfig`].
    pub summary_size_kb: Option<f64>,
    /// See [`AlarmNotifierConfig`].
    pub historical_size_kb: Option<f64>,
    /// See [`AlarmNotifierConfig`].
    pub format: Option<String>,
    /// See [`AlarmNotifierConfig`].
    pub summary_file_name: Option<String>,
    /// See [`AlarmNotifierConfig`].
    pub historical_file_name: Option<String>,
    /// See [`AlarmNotifierConfig`].
    pub email_aggregation_s: Option<i64>,
    /// See [`AlarmNotifierConfig`].
    pub mails: Option<Vec<AlarmMail>>,
    /// See [`AlarmNotifierConfig`].
    pub inputs: Option<Vec<AlarmInput>>,
    /// See [`AlarmNotifierConfig`].
    pub active_alarms: Option<Vec<AlarmCondition>>,
    /// See [`AlarmNotifierConfig`].
    pub passive_alarms: Option<Vec<AlarmCondition>>,
    /// See [`AlarmNotifierConfig`].
    pub destinations: Option<Vec<AlarmDestination>>,
}

/// A mail that an alarm notifier sends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmMail {
    /// Index.
    pub index: Option<i64>,
    /// Name by which destinations refer to it.
    pub nick_name: Option<String>,
    /// Address.
    pub address: String,
    /// Text, with the SmartServer's place holders.
    pub format: String,
    /// Subject.
    pub subject: Option<String>,
    /// File that is sent along.
    pub attachment: Option<String>,
}

/// A data point whose alarms are notified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmInput {
    /// Name of the data point.
    pub name: String,
    /// Whether its alarms are logged.
    pub is_logged: bool,
    /// Whether its alarms are hidden.
    pub is_invisible: bool,
    /// Whether an alarm stays until somebody clears it.
    pub clear_required: bool,
    /// Whether an alarm stays until somebody acknowledges it.
    pub ack_required: bool,
    /// Whether its alarms are ignored.
    pub is_disabled: bool,
    /// Whether each change of the value notifies again.
    pub on_change: bool,
    /// Group of its alarms.
    pub group: i64,
    /// Priority of its alarms: 0 strongest, 255 weakest.
    pub priority: u8,
    /// Description.
    pub description: String,
}

/// Point statuses that begin or end an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmCondition {
    /// Index.
    pub index: Option<i64>,
    /// Level, by which destinations choose.
    pub level: Option<i64>,
    /// Text of the alarm.
    pub text: Option<String>,
    /// Statuses, as `AL_ALM_CONDITION`.
    pub statuses: Vec<String>,
}

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmDestination {
    /// Index.
    pub index: Option<i64>,
    /// Path to the data point that enables it, as `DataPoint[@dpType="Output"]`.
    pub enable_path: Option<String>,
    /// What is done when an alarm begins.
    pub active: Option<AlarmAction>,
    /// What is done when an alarm ends.
    pub passive: Option<AlarmAction>,
}

/// What is done at a destination.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmAction {
    /// Path to the mail that is sent, as `Mail[UCPTnickName="on call"]`.
    pub mail_path: Option<String>,
    /// Path to the data point that is written.
    pub point_path: Option<String>,
    /// What is written to it.
    pub point_value: Option<String>,
    /// Lowest level of alarms that go there.
    pub min_level: i64,
    /// Highest level of alarms that go there.
    pub max_level: i64,
    /// Time after which it is repeated unless somebody acknowledges, in seconds.
    pub nack_delay: Option<i64>,
}

/// One of an alarm notifier's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmLog {
    /// Active alarms.
    Summary,
    /// All alarms.
    Historical,
}

impl AlarmLog {
    /// `UCPTalarmLog` (manual 7-19).
    pub fn word(self) -> &'static str {
        match self {
            AlarmLog::Summary => "SUMMARY",
            AlarmLog::Historical => "HISTORICAL",
        }
    }
}

/// What is done to an alarm (manual 7-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmVerdict {
    /// Acknowledged; it stays active.
    Acknowledge,
    /// Acknowledged and taken from the active ones.
    Clear,
    /// Commented upon.
    Comment,
}

impl AlarmVerdict {
    /// `UCPTalarmStatus` (manual 7-22).
    pub fn word(self) -> &'static str {
        match self {
            AlarmVerdict::Acknowledge => "MANUAL_ACK",
            AlarmVerdict::Clear => "MANUAL_CLEAR",
            AlarmVerdict::Comment => "NACK",
        }
    }
}
