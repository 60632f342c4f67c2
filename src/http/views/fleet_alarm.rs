use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::block::{text_within, wrong};
use super::time;
use crate::domain::{Alarm, AlarmChange, AlarmId, AlarmState, AlarmVerdict};
use crate::gateway::{AlarmOrder, AlarmOutcome, Caller, Gateway, GatewayError, JudgedAlarm};
use crate::http::problem::HttpError;

/// Most alarms of one request.
const ALARMS_MAX: usize = 100;
/// Longest comment (manual 7-22), in characters.
const COMMENT_MAX: usize = 80;
/// Longest user name (manual 7-22), in characters.
const USER_MAX: usize = 31;

/// An alarm of the fleet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alarm)]
pub(crate) struct AlarmView {
    id: Uuid,
    /// Key of the SmartServer.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    smartserver_id: Uuid,
    /// What people call it.
    smartserver_name: String,
    /// The alarm notifier.
    #[schema(example = "Net/LON/iLON App/Alarm Notifier[0]")]
    notifier: String,
    /// Name of the data point in alarm.
    name: String,
    /// Id of the data point, if it is in the inventory.
    data_point_id: Option<Uuid>,
    state: AlarmStateView,
    /// Whether nobody needs to acknowledge it any more; the notifier itself acknowledges alarms that need none.
    acknowledged: bool,
    /// Whether its condition is over or somebody cleared it. Such an alarm stays active until it is
    /// acknowledged.
    over: bool,
    /// When it was raised, by our clock.
    raised_at: String,
    /// Time of the alarm exactly as the SmartServer wrote it.
    #[schema(example = "2026-05-02T11:13:44.560+02:00")]
    alarm_time: String,
    /// Text of the alarm.
    text: Option<String>,
    /// Priority of the alarm: 0 strongest, 255 weakest.
    priority: Option<u8>,
    /// Group of the alarm.
    group: Option<i64>,
    /// Status of the data point.
    #[schema(example = "AL_HIGH_LMT_ALM_1")]
    status: Option<String>,
    /// The value that raised it, as the SmartServer wrote it.
    value: String,
    unit: Option<String>,
    /// What was done to it in the SmartServer's word.
    #[schema(example = "MANUAL_ACK")]
    acknowledgement: Option<String>,
    /// Who acknowledged, cleared or commented on it last.
    user: Option<String>,
    comment: Option<String>,
    /// When it was acknowledged, or first seen to be.
    acknowledged_at: Option<String>,
    /// When it was cleared: by the SmartServer's log where that tells, else when it was seen to have been.
    cleared_at: Option<String>,
    /// When it was first seen here.
    first_seen_at: String,
    /// When it last changed here.
    updated_at: String,
}

/// Whether an alarm is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlarmState)]
pub(crate) enum AlarmStateView {
    /// It stands among the SmartServer's active alarms.
    Active,
    /// It does not any more.
    Cleared,
}

super::reading::same_words!(AlarmState, AlarmStateView: Active, Cleared);
super::reading::same_words!(AlarmStateView, AlarmState: Active, Cleared);

/// What happened to an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlarmChange)]
pub(crate) enum AlarmChangeView {
    Raised,
    Acknowledged,
    Changed,
    Cleared,
}

super::reading::same_words!(AlarmChange, AlarmChangeView: Raised, Acknowledged, Changed, Cleared);

/// An alarm was raised, acknowledged, changed or cleared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmEvent)]
pub(crate) struct AlarmEventView {
    /// When it happened.
    at: String,
    change: AlarmChangeView,
    #[serde(flatten)]
    alarm: AlarmView,
}

/// A page of alarms, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlarmPage)]
pub(crate) struct AlarmPage {
    pub(crate) items: Vec<AlarmView>,
    pub(crate) next_cursor: Option<String>,
}

/// A comment on what is done to an alarm.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmComment)]
pub(crate) struct AlarmCommentView {
    /// The comment that there is stays if absent.
    #[schema(max_length = 80, example = "valve exchanged")]
    comment: Option<String>,
}

/// Alarms to be acknowledged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlarmsToAcknowledge)]
pub(crate) struct AlarmIdsView {
    #[schema(min_items = 1, max_items = 100)]
    ids: Vec<Uuid>,
    /// The comments that there are stay if absent.
    #[schema(max_length = 80, example = "seen")]
    comment: Option<String>,
}

/// What became of an alarm.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgedAlarm)]
pub(crate) struct JudgedAlarmView {
    id: Uuid,
    outcome: JudgedWord,
    /// The SmartServer's fault code.
    fault_code: Option<i32>,
    /// Why, in words.
    reason: Option<String>,
    /// The alarm after that, read back where that was possible.
    alarm: Option<AlarmView>,
}

/// What became of what was to be done to an alarm, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JudgedAlarmOutcome)]
pub(crate) enum JudgedWord {
    /// The SmartServer answered without fault, or shows it.
    Done,
    /// Neither the gateway nor the SmartServer knows such an alarm.
    NotFound,
    /// The SmartServer refused it.
    Refused,
    /// It may have been done; it is not sent again.
    Unknown,
    /// It was certainly not done.
    NotSent,
}

/// What became of many alarms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgedAlarms)]
pub(crate) struct JudgedAlarmsView {
    /// In the order of the request.
    alarms: Vec<JudgedAlarmView>,
    counts: JudgedCounts,
}

/// How many had which outcome.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgedAlarmCounts)]
pub(crate) struct JudgedCounts {
    total: usize,
    done: usize,
    not_found: usize,
    refused: usize,
    unknown: usize,
    not_sent: usize,
}

impl AlarmView {
    pub(crate) fn new(gateway: &Gateway, alarm: &Alarm) -> Self {
        let unit = gateway.unit(&alarm.smartserver_id.to_string()).ok();
        let info = unit.as_ref().map(|unit| unit.info());
        let point = unit.and_then(|unit| unit.points().get(&alarm.point).map(|point| point.id.0));
        AlarmView {
            id: alarm.id.0,
            smartserver: info.as_ref().map(|info| info.key.clone()).unwrap_or_default(),
            smartserver_id: alarm.smartserver_id.0,
            smartserver_name: info.map(|info| info.name.clone()).unwrap_or_default(),
            notifier: alarm.notifier.to_string(),
            name: alarm.point.to_string(),
            data_point_id: point,
            state: alarm.state.into(),
            acknowledged: alarm.is_acknowledged(),
            over: alarm.is_over(),
            raised_at: time(alarm.raised_at),
            alarm_time: alarm.alarm_time.clone(),
            text: alarm.text.clone(),
            priority: alarm.priority,
            group: alarm.group,
            status: alarm.condition.clone(),
            value: alarm.value.clone(),
            unit: alarm.unit.clone(),
            acknowledgement: alarm.notifier_status.clone(),
            user: alarm.user.clone(),
            comment: alarm.comment.clone(),
            acknowledged_at: alarm.acknowledged_at.map(time),
            cleared_at: alarm.cleared_at.map(time),
            first_seen_at: time(alarm.first_seen_at),
            updated_at: time(alarm.updated_at),
        }
    }
}

impl AlarmEventView {
    /// What happened to an alarm of the SmartServer that had this key then.
    pub(crate) fn new(gateway: &Gateway, key: &str, at: String, change: AlarmChange, alarm: &Alarm) -> Self {
        let alarm = AlarmView { smartserver: key.to_owned(), ..AlarmView::new(gateway, alarm) };
        AlarmEventView { at, change: change.into(), alarm }
    }
}

impl AlarmCommentView {
    pub(crate) fn order(self, verdict: AlarmVerdict, caller: &Caller) -> Result<AlarmOrder, HttpError> {
        order(verdict, self.comment, caller)
    }
}

impl AlarmIdsView {
    /// The alarms, each once, and what is done to them.
    pub(crate) fn order(
        self,
        verdict: AlarmVerdict,
        caller: &Caller,
    ) -> Result<(Vec<AlarmId>, AlarmOrder), HttpError> {
        if !(1..=ALARMS_MAX).contains(&self.ids.len()) {
            return Err(wrong("ids", &format!("1 to {ALARMS_MAX}")));
        }
        let mut seen = std::collections::HashSet::new();
        let ids = self.ids.into_iter().filter(|id| seen.insert(*id)).map(AlarmId).collect();
        Ok((ids, order(verdict, self.comment, caller)?))
    }
}

fn order(verdict: AlarmVerdict, comment: Option<String>, caller: &Caller) -> Result<AlarmOrder, HttpError> {
    let comment = text_within("comment", comment, COMMENT_MAX)?;
    let user = caller.name.chars().take(USER_MAX).collect();
    Ok(AlarmOrder { verdict, comment: comment.filter(|comment| !comment.trim().is_empty()), user })
}

impl JudgedAlarmView {
    pub(crate) fn new(gateway: &Gateway, judged: &JudgedAlarm) -> Self {
        let (outcome, fault_code, reason) = match &judged.outcome {
            AlarmOutcome::Done => (JudgedWord::Done, None, None),
            AlarmOutcome::NotFound(fault) => {
                (JudgedWord::NotFound, Some(fault.code), Some(fault.text.clone()))
            }
            AlarmOutcome::Refused(fault) => (JudgedWord::Refused, Some(fault.code), Some(fault.text.clone())),
            AlarmOutcome::Unknown(why) => (JudgedWord::Unknown, None, Some(why.clone())),
        };
        let alarm = Some(AlarmView::new(gateway, &judged.alarm));
        JudgedAlarmView { id: judged.alarm.id.0, outcome, fault_code, reason, alarm }
    }

    fn failed(id: AlarmId, error: &GatewayError) -> Self {
        let outcome = match error {
            GatewayError::Unknown { .. } => JudgedWord::NotFound,
            GatewayError::OutcomeUnknown(_) => JudgedWord::Unknown,
            _ => JudgedWord::NotSent,
        };
        JudgedAlarmView { id: id.0, outcome, fault_code: None, reason: Some(error.to_string()), alarm: None }
    }
}

impl JudgedAlarmsView {
    pub(crate) fn new(
        gateway: &Gateway,
        judged: impl Iterator<Item = (AlarmId, Result<JudgedAlarm, GatewayError>)>,
    ) -> Self {
        let view = |(id, judged): (AlarmId, Result<JudgedAlarm, GatewayError>)| match judged {
            Ok(judged) => JudgedAlarmView::new(gateway, &judged),
            Err(error) => JudgedAlarmView::failed(id, &error),
        };
        let alarms: Vec<_> = judged.map(view).collect();
        let count = |word| alarms.iter().filter(|alarm| alarm.outcome == word).count();
        let counts = JudgedCounts {
            total: alarms.len(),
            done: count(JudgedWord::Done),
            not_found: count(JudgedWord::NotFound),
            refused: count(JudgedWord::Refused),
            unknown: count(JudgedWord::Unknown),
            not_sent: count(JudgedWord::NotSent),
        };
        JudgedAlarmsView { alarms, counts }
    }
}
