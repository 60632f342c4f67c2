use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::block::{name, text_within, wrong};
use super::log::{LogPageView, LoggedValueView};
use super::time;
use crate::domain::{AlarmLog, AlarmVerdict};
use crate::gateway::{AlarmAcknowledgement, AlarmKey, AlarmOutcome, Caller, LogEntries, LoggedAlarm};
use crate::http::problem::HttpError;

/// Most alarms of one request: those of one message.
const ALARMS_MAX: usize = 50;
/// Longest comment (manual 7-22), in characters.
const COMMENT_MAX: usize = 80;
/// Longest user name (manual 7-22), in characters.
const USER_MAX: usize = 31;
/// Longest time as SmartServers write it, in characters.
const TIME_MAX: usize = 40;

/// One of an alarm notifier's logs.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlarmLog)]
pub(crate) enum AlarmLogView {
    /// Active alarms.
    #[default]
    Summary,
    /// All alarms.
    Historical,
}

/// Part of an alarm notifier's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmLogPage)]
pub(crate) struct AlarmLogPage {
    /// Alarms in the order of the log, oldest first.
    items: Vec<LoggedAlarmView>,
    #[serde(flatten)]
    log: LogPageView,
}

/// An alarm in a notifier's log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedAlarm)]
pub(crate) struct LoggedAlarmView {
    /// The notifier.
    #[schema(example = "Net/LON/iLON App/Alarm Notifier[0]")]
    notifier: Option<String>,
    /// Time of the alarm exactly as the SmartServer wrote it: with `name` and `notifier` it is the key by
    /// which the alarm is acknowledged.
    #[schema(example = "2026-05-02T11:13:44.560+02:00")]
    alarm_time: String,
    /// The same in UTC, by the SmartServer's clock.
    alarm_at: Option<String>,
    /// Time of the value by the SmartServer's clock.
    value_at: Option<String>,
    /// `ACTIVE` or `PASSIVE`.
    alarm_type: Option<String>,
    /// Text of the alarm.
    text: Option<String>,
    /// Priority of the alarm: 0 strongest, 255 weakest.
    alarm_priority: Option<u8>,
    /// Group of the alarm.
    group: Option<i64>,
    /// What was done to it, as `MANUAL_ACK`.
    #[schema(example = "MANUAL_ACK")]
    acknowledgement: Option<String>,
    /// Who did it.
    user: Option<String>,
    /// Comment.
    comment: Option<String>,
    #[serde(flatten)]
    value: LoggedValueView,
}

/// What is done to alarms of a notifier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmAcknowledgement)]
pub(crate) struct AlarmAcknowledgementView {
    /// The notifier.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Alarm Notifier[0]")]
    notifier: String,
    /// The alarms.
    #[schema(min_items = 1, max_items = 50)]
    alarms: Vec<AlarmKeyView>,
    #[schema(inline)]
    action: AlarmActionView,
    /// Comment; `comment` needs one. Without one an earlier comment may be lost: SmartServers may keep only
    /// what the last message said.
    #[schema(max_length = 80, example = "valve exchanged")]
    comment: Option<String>,
    /// Who does it; the caller's API key by its name if absent.
    #[schema(max_length = 31, example = "noc")]
    user: Option<String>,
}

/// What is done to an alarm.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlarmAction)]
pub(crate) enum AlarmActionView {
    /// Acknowledged; it stays active.
    Acknowledge,
    /// Acknowledged and taken from the active ones.
    Clear,
    /// Commented upon.
    Comment,
}

/// Key of an alarm of a notifier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmKey)]
pub(crate) struct AlarmKeyView {
    /// Name of the data point.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Digital Input 1/nvoClsValue_1")]
    name: String,
    /// `alarm_time` exactly as the log gave it.
    #[schema(max_length = 40, example = "2026-05-02T11:13:44.560+02:00")]
    alarm_time: String,
}

/// What became of the alarms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmOutcomes)]
pub(crate) struct AlarmOutcomesView {
    /// Alarms in the order of the request.
    alarms: Vec<AlarmOutcomeView>,
    counts: AlarmCounts,
}

/// What became of an alarm.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmOutcome)]
pub(crate) struct AlarmOutcomeView {
    /// Name of the data point.
    name: String,
    alarm_time: String,
    outcome: AlarmOutcomeWord,
    /// The SmartServer's fault code.
    fault_code: Option<i32>,
    /// Why, in words.
    reason: Option<String>,
}

/// What became of an alarm, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlarmOutcomeWord {
    /// Answered without fault.
    Done,
    /// The SmartServer knows no such alarm.
    NotFound,
    /// The SmartServer refused it.
    Refused,
    /// It may have been done; it is not sent again.
    Unknown,
}

/// How many had which outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmCounts {
    total: usize,
    done: usize,
    not_found: usize,
    refused: usize,
    unknown: usize,
}

/// What is cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmLogClearing)]
pub(crate) struct AlarmLogClearing {
    /// Which alarm notifier.
    #[schema(max_length = 512, example = "Net/LON/iLON App/Alarm Notifier[0]")]
    pub(crate) name: String,
    /// Which of its logs.
    pub(crate) log: AlarmLogView,
    /// Only alarms up to this time, which is included; all if absent.
    #[schema(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub(crate) until: Option<String>,
}

impl From<AlarmLogView> for AlarmLog {
    fn from(log: AlarmLogView) -> Self {
        match log {
            AlarmLogView::Summary => AlarmLog::Summary,
            AlarmLogView::Historical => AlarmLog::Historical,
        }
    }
}

impl From<AlarmActionView> for AlarmVerdict {
    fn from(action: AlarmActionView) -> Self {
        match action {
            AlarmActionView::Acknowledge => AlarmVerdict::Acknowledge,
            AlarmActionView::Clear => AlarmVerdict::Clear,
            AlarmActionView::Comment => AlarmVerdict::Comment,
        }
    }
}

impl From<LogEntries<LoggedAlarm>> for AlarmLogPage {
    fn from(read: LogEntries<LoggedAlarm>) -> Self {
        let log = LogPageView::new(&read);
        AlarmLogPage { items: read.entries.into_iter().map(Into::into).collect(), log }
    }
}

impl From<LoggedAlarm> for LoggedAlarmView {
    fn from(alarm: LoggedAlarm) -> Self {
        let LoggedAlarm { entry, value } = alarm;
        LoggedAlarmView {
            notifier: entry.notifier,
            alarm_time: entry.alarm_time,
            alarm_at: entry.alarm_at.map(time),
            value_at: entry.data.updated_at.map(time),
            alarm_type: entry.kind,
            text: entry.text,
            alarm_priority: entry.alarm_priority,
            group: entry.group,
            acknowledgement: entry.acknowledgement,
            user: entry.user,
            comment: entry.comment,
            value: value.into(),
        }
    }
}

impl AlarmAcknowledgementView {
    /// The order of a caller.
    pub(crate) fn order(self, caller: &Caller) -> Result<AlarmAcknowledgement, HttpError> {
        if !(1..=ALARMS_MAX).contains(&self.alarms.len()) {
            return Err(wrong("alarms", &format!("1 to {ALARMS_MAX}")));
        }
        let comment = text_within("comment", self.comment, COMMENT_MAX)?;
        if matches!(self.action, AlarmActionView::Comment)
            && comment.as_deref().is_none_or(|comment| comment.trim().is_empty())
        {
            return Err(wrong("comment", "what to say of the alarms"));
        }
        let caller = caller.name.chars().take(USER_MAX).collect();
        let alarms: Result<Vec<_>, HttpError> = self.alarms.into_iter().map(AlarmKey::try_from).collect();
        Ok(AlarmAcknowledgement {
            notifier: name("notifier", &self.notifier)?,
            alarms: alarms?,
            verdict: self.action.into(),
            comment,
            user: text_within("user", self.user, USER_MAX)?.or(Some(caller)),
        })
    }
}

impl TryFrom<AlarmKeyView> for AlarmKey {
    type Error = HttpError;

    fn try_from(view: AlarmKeyView) -> Result<Self, HttpError> {
        let key = AlarmKey { name: name("alarms.name", &view.name)?, alarm_time: view.alarm_time };
        let is_text = text_within("alarms.alarm_time", Some(key.alarm_time.clone()), TIME_MAX).is_ok();
        if !is_text || !key.has_time() {
            return Err(wrong("alarms.alarm_time", "the alarm's time as the log gave it"));
        }
        Ok(key)
    }
}

impl From<Vec<(AlarmKey, AlarmOutcome)>> for AlarmOutcomesView {
    fn from(outcomes: Vec<(AlarmKey, AlarmOutcome)>) -> Self {
        let alarms: Vec<_> = outcomes.into_iter().map(AlarmOutcomeView::from).collect();
        let count = |word| alarms.iter().filter(|alarm| alarm.outcome == word).count();
        let counts = AlarmCounts {
            total: alarms.len(),
            done: count(AlarmOutcomeWord::Done),
            not_found: count(AlarmOutcomeWord::NotFound),
            refused: count(AlarmOutcomeWord::Refused),
            unknown: count(AlarmOutcomeWord::Unknown),
        };
        AlarmOutcomesView { alarms, counts }
    }
}

impl From<(AlarmKey, AlarmOutcome)> for AlarmOutcomeView {
    fn from((key, outcome): (AlarmKey, AlarmOutcome)) -> Self {
        let (name, alarm_time) = (key.name.to_string(), key.alarm_time);
        let (outcome, fault_code, reason) = match outcome {
            AlarmOutcome::Done => (AlarmOutcomeWord::Done, None, None),
            AlarmOutcome::NotFound(fault) => (AlarmOutcomeWord::NotFound, Some(fault.code), Some(fault.text)),
            AlarmOutcome::Refused(fault) => (AlarmOutcomeWord::Refused, Some(fault.code), Some(fault.text)),
            AlarmOutcome::Unknown(why) => (AlarmOutcomeWord::Unknown, None, Some(why)),
        };
        AlarmOutcomeView { name, alarm_time, outcome, fault_code, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::{AlarmAcknowledgement, AlarmAcknowledgementView, Caller, HttpError};
    use crate::domain::ApiKeyId;

    fn order(comment: &str, user: Option<&str>, key_name: &str) -> Result<AlarmAcknowledgement, HttpError> {
        order_to("acknowledge", comment, user, key_name)
    }

    fn order_to(
        action: &str,
        comment: &str,
        user: Option<&str>,
        key_name: &str,
    ) -> Result<AlarmAcknowledgement, HttpError> {
        let time = "2012-05-02T10:38:30.000-8:00";
        let view: AlarmAcknowledgementView = serde_json::from_value(serde_json::json!({
            "notifier": "Net/n[0]", "alarms": [{"name": "Net/x", "alarm_time": time}],
            "action": action, "comment": comment, "user": user,
        }))
        .unwrap();
        let order = view.order(&Caller { key_id: ApiKeyId(uuid::Uuid::nil()), name: key_name.to_owned() });
        order.inspect(|order| assert_eq!(order.alarms[0].alarm_time, time, "as the SmartServer wrote it"))
    }

    #[test]
    fn a_comment_says_something() {
        assert!(order_to("comment", "", None, "key").is_err());
        assert!(order_to("comment", "seen", None, "key").is_ok());
        assert!(order_to("clear", "", None, "key").is_ok());
    }

    #[test]
    fn limits_count_characters_and_the_name_of_a_key_is_cut() {
        let (comment, user) = ("ü".repeat(80), "ü".repeat(31));
        let taken = order(&comment, Some(&user), "key").unwrap();
        assert_eq!((taken.comment, taken.user), (Some(comment.clone()), Some(user.clone())));
        assert_eq!(order("", None, &"ü".repeat(100)).unwrap().user, Some(user.clone()));
        assert!(order(&format!("{comment}ü"), None, "key").is_err());
        assert!(order("", Some(&format!("{user}ü")), "key").is_err());
    }
}
