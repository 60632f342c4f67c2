//! What a look at a notifier's logs means for the alarms that are known. No I/O.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::super::Inventory;
use super::super::clock::Clock;
use crate::domain::{Alarm, AlarmChange, AlarmId, AlarmPrint, AlarmState, DataPointName, SmartServerId};
use crate::smartserver::AlarmEntry;

/// What a notifier's logs held.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// What is new in the log of all alarms, and what it says of alarms that are not active any more.
    pub(super) history: Vec<AlarmEntry>,
    /// The log of active alarms, read after that.
    pub(super) summary: Vec<AlarmEntry>,
    /// Whether that is all of it: an alarm which is not in it is not active.
    pub(super) is_whole: bool,
}

/// Where and when it was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) smartserver_id: SmartServerId,
    pub(super) notifier: &'a DataPointName,
    pub(super) inventory: &'a Inventory,
    pub(super) clock: Clock,
    pub(super) now: Timestamp,
}

/// An alarm that is another one than before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moved {
    pub(super) alarm: Alarm,
    /// What happened to it, in this order.
    pub(super) changes: Vec<AlarmChange>,
}

/// When data points left their alarm conditions, by the SmartServer's clock.
type Ends = HashMap<DataPointName, Vec<Timestamp>>;

/// What tells the alarm of an entry from others; nothing if that cannot be known, or the entry is the end of
/// an alarm.
pub(super) fn print(notifier: &DataPointName, entry: &AlarmEntry) -> Option<AlarmPrint> {
    let point = entry.name.parse().ok()?;
    (!is_end(entry)).then(|| AlarmPrint::new(notifier, point, &entry.alarm_time, entry.alarm_at))
}

fn is_end(entry: &AlarmEntry) -> bool {
    entry.kind.as_deref() == Some("PASSIVE")
}

/// The known alarms that changed, and the new ones, in the order of their times. `known` holds all active
/// ones of the notifier, and those of the look that are known.
pub(super) fn merge(known: &HashMap<AlarmPrint, Alarm>, look: &Look, here: &Circumstances<'_>) -> Vec<Moved> {
    let ends = ends(&look.history);
    let mut seen: BTreeMap<AlarmPrint, (&AlarmEntry, bool)> = BTreeMap::new();
    for (entries, is_active) in [(&look.history, false), (&look.summary, true)] {
        let all = entries.iter().filter_map(|entry| Some((print(here.notifier, entry)?, (entry, is_active))));
        seen.extend(all);
    }
    let observed = seen.iter().filter_map(|(print, (entry, is_active))| {
        let old = known.get(print);
        let state = state(old, entry, *is_active, look.is_whole);
        step(old, observed(old, print, entry, state, here), &ends, here)
    });
    let gone = known.iter().filter(|(print, old)| {
        look.is_whole && old.state == AlarmState::Active && !seen.contains_key(*print)
    });
    let gone = gone.filter_map(|(_, old)| step(Some(old), cleared(old), &ends, here));
    let mut moved: Vec<_> = observed.chain(gone).collect();
    moved.sort_by_key(|moved| (moved.alarm.raised_at, moved.alarm.id));
    moved
}

fn ends(history: &[AlarmEntry]) -> Ends {
    let mut ends = Ends::new();
    for entry in history.iter().filter(|entry| is_end(entry)) {
        if let (Ok(point), Some(at)) = (entry.name.parse(), entry.alarm_at) {
            ends.entry(point).or_default().push(at);
        }
    }
    ends
}

/// Without the whole of the active ones, what stands in the log of all alarms only may be either.
fn state(old: Option<&Alarm>, entry: &AlarmEntry, is_active: bool, is_whole: bool) -> AlarmState {
    let is_over = entry.acknowledgement.as_deref().is_some_and(|status| status.ends_with("_CLEAR"));
    match old {
        _ if is_active => AlarmState::Active,
        _ if is_whole => AlarmState::Cleared,
        Some(old) => old.state,
        None if is_over => AlarmState::Cleared,
        None => AlarmState::Active,
    }
}

fn observed(
    old: Option<&Alarm>,
    print: &AlarmPrint,
    entry: &AlarmEntry,
    state: AlarmState,
    here: &Circumstances<'_>,
) -> Alarm {
    let raised_at = entry.alarm_at.map_or(here.now, |at| here.clock.corrected(at));
    let unit = || here.inventory.get(&print.point).and_then(|point| point.unit.clone());
    Alarm {
        id: old.map_or_else(AlarmId::new, |old| old.id),
        smartserver_id: here.smartserver_id,
        notifier: print.notifier.clone(),
        point: print.point.clone(),
        alarm_time: entry.alarm_time.clone(),
        alarm_at: old.map_or(entry.alarm_at, |old| old.alarm_at),
        raised_at: old.map_or(raised_at, |old| old.raised_at),
        text: entry.text.clone(),
        priority: entry.alarm_priority,
        group: entry.group,
        condition: entry.data.status.clone(),
        value: entry.data.raw.clone(),
        unit: entry.data.unit.clone().or_else(unit),
        state,
        notifier_status: entry.acknowledgement.clone(),
        comment: entry.comment.clone(),
        user: entry.user.clone(),
        acknowledged_at: old.and_then(|old| old.acknowledged_at),
        first_seen_at: old.map_or(here.now, |old| old.first_seen_at),
        updated_at: old.map_or(here.now, |old| old.updated_at),
        cleared_at: old.and_then(|old| old.cleared_at),
    }
}

fn cleared(old: &Alarm) -> Alarm {
    Alarm { state: AlarmState::Cleared, ..old.clone() }
}

/// The alarm with the times of what happened to it; nothing if nothing did.
fn step(old: Option<&Alarm>, new: Alarm, ends: &Ends, here: &Circumstances<'_>) -> Option<Moved> {
    let mut alarm = new;
    alarm.acknowledged_at = match alarm.notifier_status.as_deref() {
        _ if !alarm.is_acknowledged() => None,
        Some(status) if status.starts_with("AUTO_ACK") => alarm.acknowledged_at.or(Some(alarm.raised_at)),
        _ => alarm.acknowledged_at.or(Some(here.now)),
    };
    alarm.cleared_at = match alarm.state {
        AlarmState::Active => None,
        AlarmState::Cleared => alarm.cleared_at.or_else(|| Some(ended(&alarm, ends, here))),
    };
    if old == Some(&alarm) {
        return None;
    }
    alarm.updated_at = here.now;
    Some(Moved { changes: changes(old, &alarm), alarm })
}

/// When an alarm was cleared: when its point next left the condition, if the log tells; else now.
fn ended(alarm: &Alarm, ends: &Ends, here: &Circumstances<'_>) -> Timestamp {
    let after = |at: &&Timestamp| alarm.alarm_at.is_none_or(|raised| **at >= raised);
    let end = ends.get(&alarm.point).and_then(|ends| ends.iter().filter(after).min());
    let end = end.map_or(here.now, |at| here.clock.corrected(*at));
    end.min(here.now).max(alarm.raised_at)
}

fn changes(old: Option<&Alarm>, new: &Alarm) -> Vec<AlarmChange> {
    let was_active = old.is_some_and(|old| old.state == AlarmState::Active);
    let is_active = new.state == AlarmState::Active;
    let is_raised = old.is_none() || (is_active && !was_active);
    let was_acknowledged = old.is_none_or(Alarm::is_acknowledged);
    let is_cleared = !is_active && (was_active || old.is_none());
    let told = [
        (is_raised, AlarmChange::Raised),
        (!was_acknowledged && new.is_acknowledged(), AlarmChange::Acknowledged),
        (is_cleared, AlarmChange::Cleared),
    ];
    let told: Vec<_> = told.into_iter().filter_map(|(is_so, change)| is_so.then_some(change)).collect();
    if told.is_empty() { vec![AlarmChange::Changed] } else { told }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
