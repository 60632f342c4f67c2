use super::dates;
use super::item::{
    MessageError, NOT_IN_ANSWER, Parsed, Reply, fault_of, item, message, name_of, text_element,
};
use super::rpc::{Answer, CallError, SmartServerRpc, check_count};
use crate::domain::{AlarmVerdict, DataPointName, ItemFault};
use crate::xml::Element;
use crate::xmpp::Limits;

/// Key of an alarm of a notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmKey {
    /// Name of the data point.
    pub name: DataPointName,
    /// `UCPTalarmTime`, exactly as the SmartServer wrote it.
    pub alarm_time: String,
}

impl AlarmKey {
    /// Whether the alarm's time can be one, in any of the forms that SmartServers write.
    pub fn has_time(&self) -> bool {
        dates::parse(&self.alarm_time).is_some()
    }
}

/// What is done to alarms of a notifier (manual 7-22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmAcknowledgement {
    /// The notifier.
    pub notifier: DataPointName,
    /// The alarms.
    pub alarms: Vec<AlarmKey>,
    /// What is done.
    pub verdict: AlarmVerdict,
    /// Comment, of 80 characters at most.
    pub comment: Option<String>,
    /// Who does it, in 31 characters at most.
    pub user: Option<String>,
}

/// One outcome per alarm, in their order.
pub type AlarmOutcomes = Vec<Result<(), ItemFault>>;

impl SmartServerRpc {
    /// Acknowledges, clears or comments up to 100 alarms (`Write`). The fault with code
    /// [`NOT_IN_ANSWER`] stands where the answer leaves an alarm's fate open.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn acknowledge_alarms(
        &self,
        order: &AlarmAcknowledgement,
        limits: impl Into<Limits>,
    ) -> Result<Answer<AlarmOutcomes>, CallError> {
        check_count(&order.alarms)?;
        self.call(request(order), limits, |body| parse(body, &order.alarms)).await
    }
}

pub(super) fn request(order: &AlarmAcknowledgement) -> Element {
    message("Write", order.alarms.iter().map(|alarm| acknowledged(order, alarm)))
}

fn acknowledged(order: &AlarmAcknowledgement, alarm: &AlarmKey) -> Element {
    let optional = |name, text: &Option<String>| text.as_ref().map(|text| text_element(name, text));
    item(Some("UFPTalarmNotifier_Data"), alarm.name.as_str())
        .with_children(optional("UCPTdescription", &order.comment))
        .with_child(text_element("UCPTalarmNotifierName", order.notifier.as_str()))
        .with_child(text_element("UCPTalarmTime", &alarm.alarm_time))
        .with_children(optional("UCPTuserName", &order.user))
        .with_child(
            text_element("UCPTstatus", order.verdict.word()).with_attr("LonFormat", "UCPTalarmStatus"),
        )
}

/// An item of the answer names the notifier (manual 7-23), so that faults are told by their place, or by the
/// name of the data point; what neither tells stays open.
pub(super) fn parse(body: &Element, alarms: &[AlarmKey]) -> Result<Parsed<AlarmOutcomes>, MessageError> {
    let reply = Reply::open(body, "Write")?;
    let refusal = |item: &&Element| fault_of(item).and_then(Result::err);
    let faults: Vec<_> =
        reply.items.iter().filter_map(|item| Some((name_of(item), refusal(item)?))).collect();
    let is_short = reply.fault_count.is_none() && reply.items.len() < alarms.len();
    let value = if reply.hides_faults() || is_short {
        alarms.iter().map(|_| Err(open())).collect()
    } else if faults.is_empty() {
        alarms.iter().map(|_| Ok(())).collect()
    } else if reply.items.len() == alarms.len() && is_in_order(&reply.items, alarms) {
        reply.items.iter().map(|item| refusal(item).map_or(Ok(()), Err)).collect()
    } else {
        by_name(&faults, alarms)
    };
    Ok(reply.parsed(value))
}

/// Whether no item names the data point of an alarm in another place.
fn is_in_order(items: &[&Element], alarms: &[AlarmKey]) -> bool {
    items.iter().map(|item| name_of(item)).zip(alarms).all(|(name, here)| {
        name == here.name.as_str() || alarms.iter().all(|alarm| name != alarm.name.as_str())
    })
}

/// Faults that name a point which is there once; if one names another, nothing is known of those without.
fn by_name(faults: &[(String, ItemFault)], alarms: &[AlarmKey]) -> AlarmOutcomes {
    let once = |name: &str| alarms.iter().filter(|alarm| alarm.name.as_str() == name).count() == 1;
    let all_told = faults.iter().all(|(name, _)| once(name));
    let outcome = |alarm: &AlarmKey| match faults.iter().find(|(name, _)| alarm.name.as_str() == name) {
        Some((name, fault)) if once(name) => Err(fault.clone()),
        None if all_told => Ok(()),
        _ => Err(open()),
    };
    alarms.iter().map(outcome).collect()
}

fn open() -> ItemFault {
    ItemFault { code: NOT_IN_ANSWER, text: "the answer does not tell".to_owned() }
}

#[cfg(test)]
#[path = "alarm_acknowledge_tests.rs"]
mod tests;
