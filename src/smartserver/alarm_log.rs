use jiff::Timestamp;

use super::item::{filled, name_of};
use super::log_message::{LogFilter, LogPage, cleared, parse, request};
use super::read::{PointData, point_data};
use super::rpc::{Answer, CallError, SmartServerRpc};
use super::{Selector, SelectorError, dates};
use crate::domain::{AlarmLog, DataPointName, ItemFault, LogState};
use crate::xml::Element;
use crate::xmpp::Limits;

/// Property that holds the time of an alarm (WSDL).
const TIME: &str = "UCPTalarmTime";

/// An alarm as a notifier logs it (`UFPTalarmNotifier_Data`, manual 7-20).
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmEntry {
    /// Name of the data point.
    pub name: String,
    /// Name of the alarm notifier.
    pub notifier: Option<String>,
    /// `UCPTalarmTime` as it came: with name and notifier it is the alarm's key.
    pub alarm_time: String,
    /// The same, understood.
    pub alarm_at: Option<Timestamp>,
    /// Value, status, priority, and time of the value.
    pub data: PointData,
    /// Comment (`UCPTdescription`).
    pub comment: Option<String>,
    /// Who acknowledged or commented.
    pub user: Option<String>,
    /// `UCPTstatus`, as `MANUAL_ACK`.
    pub acknowledgement: Option<String>,
    /// Text of the alarm.
    pub text: Option<String>,
    /// Priority of the alarm.
    pub alarm_priority: Option<u8>,
    /// Group of the alarm.
    pub group: Option<i64>,
    /// `ACTIVE` or `PASSIVE`.
    pub kind: Option<String>,
}

impl SmartServerRpc {
    /// Alarms of a notifier's log (`Read`); up to [`super::MOST_ENTRIES`] should be asked for.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_alarm_log(
        &self,
        notifier: &DataPointName,
        log: AlarmLog,
        filter: &LogFilter,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<LogPage<AlarmEntry>, ItemFault>>, CallError> {
        self.call(log_request("Read", notifier, log, filter)?, limits, |body| parse(body, "Read", entry))
            .await
    }

    /// Removes the alarms of a notifier's log, those up to a time only if one is given (`Clear`); gives
    /// the log's state after that, if it is told.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn clear_alarm_log(
        &self,
        notifier: &DataPointName,
        log: AlarmLog,
        until: Option<Timestamp>,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<Option<LogState>, ItemFault>>, CallError> {
        let filter = LogFilter { until, ..LogFilter::default() };
        self.call(log_request("Clear", notifier, log, &filter)?, limits, cleared).await
    }
}

pub(super) fn log_request(
    operation: &str,
    notifier: &DataPointName,
    log: AlarmLog,
    filter: &LogFilter,
) -> Result<Element, SelectorError> {
    let alarms = Selector::of("UFPTalarmNotifier_Data").property_is("UCPTalarmLog", log.word())?;
    Ok(request(operation, &filter.narrow(alarms, TIME)?, std::slice::from_ref(notifier)))
}

pub(super) fn entry(item: &Element) -> AlarmEntry {
    let alarm_time = filled(item, TIME).unwrap_or_default();
    let more = item.child("ReadData").unwrap_or(item);
    AlarmEntry {
        name: name_of(item),
        notifier: filled(item, "UCPTalarmNotifierName"),
        alarm_at: dates::parse(&alarm_time),
        alarm_time,
        data: point_data(item),
        comment: filled(item, "UCPTdescription"),
        user: filled(item, "UCPTuserName"),
        acknowledgement: filled(item, "UCPTstatus"),
        text: filled(more, "UCPTalarmText"),
        alarm_priority: filled(more, "UCPTalarmPriority2").and_then(|text| text.parse().ok()),
        group: filled(more, "UCPTalarmGroup").and_then(|text| text.parse().ok()),
        kind: filled(more, "UCPTalarmType"),
    }
}

#[cfg(test)]
#[path = "alarm_log_tests.rs"]
mod tests;
