use jiff::Timestamp;

use super::super::applications::{Alarm, AlarmLog, Kind, Log, State, Verdict};
use super::super::engine::{Context, Note};
use super::super::request::{AskedItem, ItemsCall};
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf, named as lon_named, typed_item};
use super::super::xselect::{Property, XSelect, time};
use super::applications::{named, note, one};
use super::data_log::{meta_path, without_unit};
use super::value::{Form, base, name_item, values};
use super::{Done, ItemFault, select};
use crate::xml::Element;

/// Most alarms that a Read should bring (manual 7-19): advice, not a limit.
const ADVISED: usize = 100;
/// Most characters of a comment and of a user's name (manual 7-22).
const COMMENT: usize = 80;
const USER: usize = 31;

/// Read of alarm logs (manual 7-19): what is known of each, then its alarms, oldest first. A log
/// that never had one shows nothing.
pub(in super::super) fn read(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let (select, log) = asked(call)?;
    unit.watch(context.now);
    let notifiers = begun(unit, call);
    let places = selected(unit, &notifiers, log, select.as_ref(), context);
    count(unit, places.len());
    let meta = |n| meta(unit, n, log, "UFPTalarmNotifier_Meta_Data", context);
    let mut done: Vec<Done> = notifiers.into_iter().map(|found| found.map(meta)).collect();
    note(&done, context);
    done.extend(places.into_iter().map(|place| Ok(data(unit, place, context))));
    Ok(done)
}

/// Clear of an alarm log, whole or what the `xSelect` takes. What is left is told.
pub(in super::super) fn clear(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let (select, log) = asked(call)?;
    unit.watch(context.now);
    let notifiers = named(unit, Kind::AlarmNotifier, call);
    let places = selected(unit, &notifiers, log, select.as_ref(), context);
    count(unit, places.len());
    for notifier in notifiers.iter().flatten() {
        let here: Vec<usize> = places.iter().filter(|p| p.notifier == *notifier).map(|p| p.alarm).collect();
        if let State::AlarmNotifier(alarms) = &mut unit.applications[*notifier].state {
            alarms.remove(&here, log);
        }
    }
    let meta = |n| meta(unit, n, log, "UFPTalarmNotifier_ClearResponse", context);
    let done: Vec<Done> = notifiers.into_iter().map(|found| found.map(meta)).collect();
    note(&done, context);
    Ok(done)
}

/// Write: somebody acknowledges, clears or comments on alarms (manual 7-22).
pub(in super::super) fn write(unit: &mut Unit, call: &ItemsCall, context: &mut Context<'_>) -> Vec<Done> {
    unit.watch(context.now);
    call.items.iter().map(|item| judged(unit, item, context)).collect()
}

fn judged(unit: &mut Unit, item: &AskedItem, context: &mut Context<'_>) -> Done {
    let done = judge(unit, item, context);
    let outcome = done.as_ref().map_or_else(|fault| format!("fault {}", fault.code), |_| "ok".to_owned());
    let values = item.member("UCPTstatus").into_iter().collect();
    context.notes.push(Note { name: item.name.clone(), values, priority: None, outcome });
    done.map_err(|fault| ItemFault::new(&item.name, fault))
}

/// The answer is named after the notifier (manual 7-23).
fn judge(unit: &mut Unit, item: &AskedItem, context: &Context<'_>) -> Result<Element, Fault> {
    let member = |name: &str| item.member(name).ok_or_else(|| Fault::new(4, format!("tag missing {name}")));
    let (name, at, status) =
        (member("UCPTalarmNotifierName")?, member("UCPTalarmTime")?, member("UCPTstatus")?);
    let wrong = |name: &str| Fault::new(2, format!("parameter error {name}"));
    let verdict = Verdict::read(&status).ok_or_else(|| wrong("UCPTstatus"))?;
    let comment = at_most(COMMENT, item.member("UCPTdescription")).ok_or_else(|| wrong("UCPTdescription"))?;
    let user = at_most(USER, item.member("UCPTuserName")).ok_or_else(|| wrong("UCPTuserName"))?;
    let at = time(&at).ok_or_else(|| wrong("UCPTalarmTime"))?;
    let point = unit.find(&item.name).ok_or_else(|| ItemFault::not_found(&item.name).fault)?;
    let n = one(unit, Kind::AlarmNotifier, &name).map_err(|failed| failed.fault)?;
    let State::AlarmNotifier(log) = &mut unit.applications[n].state else { return Err(wrong("UCPTname")) };
    let alarm = log.alarms.iter_mut().find(|alarm| alarm.point == point && context.shown(alarm.at) == at);
    let alarm = alarm.ok_or_else(|| Fault::new(15, format!("no data {}", item.name)))?;
    alarm.judge(verdict, comment, user, context.now);
    log.edited();
    Ok(name_item(&name))
}

fn at_most(characters: usize, text: Option<String>) -> Option<String> {
    Some(text.unwrap_or_default()).filter(|text| text.chars().count() <= characters)
}

/// The filter, and the log that it names.
fn asked(call: &ItemsCall) -> Result<(Option<XSelect>, Log), Fault> {
    let select = select(call)?;
    let log = Log::named(select.as_ref().and_then(|select| select.wanted("UCPTalarmLog")));
    Ok((select, log.ok_or_else(|| Fault::new(2, "parameter error UCPTalarmLog"))?))
}

/// The notifiers asked for, without those that have no log yet.
fn begun(unit: &Unit, call: &ItemsCall) -> Vec<Result<usize, ItemFault>> {
    let began = |n: usize| alarms(unit, n).is_some_and(|log| log.began);
    let mut notifiers = named(unit, Kind::AlarmNotifier, call);
    notifiers.retain(|found| found.as_ref().map_or(true, |n| began(*n)));
    notifiers
}

fn count(unit: &mut Unit, alarms: usize) {
    if alarms > ADVISED {
        tracing::warn!(smartserver = %unit.mac, alarms, "more alarms at once than advised");
        unit.over_limit += 1;
    }
}

/// Where an alarm stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    notifier: usize,
    alarm: usize,
}

fn alarms(unit: &Unit, notifier: usize) -> Option<&AlarmLog> {
    match &unit.applications[notifier].state {
        State::AlarmNotifier(log) => Some(log),
        _ => None,
    }
}

fn alarm(unit: &Unit, place: Place) -> Option<&Alarm> {
    alarms(unit, place.notifier)?.alarms.get(place.alarm)
}

fn selected(
    unit: &Unit,
    notifiers: &[Result<usize, ItemFault>],
    log: Log,
    select: Option<&XSelect>,
    context: &Context<'_>,
) -> Vec<Place> {
    let size = |notifier| alarms(unit, notifier).map_or(0, |log| log.alarms.len());
    let places = notifiers.iter().flatten().copied();
    let places = places.flat_map(|notifier| (0..size(notifier)).map(move |alarm| Place { notifier, alarm }));
    let all = places.filter(|place| alarm(unit, *place).is_some_and(|alarm| alarm.is_in(log))).collect();
    match select {
        Some(select) => {
            select.matches(all, |place, name| property(unit, place, alarm(unit, place)?, log, name, context))
        }
        None => all,
    }
}

fn property(
    unit: &Unit,
    place: Place,
    alarm: &Alarm,
    log: Log,
    name: &str,
    context: &Context<'_>,
) -> Option<Property> {
    Some(match name {
        "UCPTalarmTime" => Property::Time(context.shown(alarm.at)),
        "UCPTlastUpdate" => Property::Time(context.shown(alarm.changed)),
        "UCPTname" | "UCPTpointName" => Property::Text(unit.config(alarm.point).name.clone()),
        "UCPTalarmNotifierName" => Property::Text(unit.applications[place.notifier].block.name.clone()),
        "UCPTalarmLog" => Property::Text(log.name().to_owned()),
        "UCPTdescription" => Property::Text(alarm.comment.clone()),
        "UCPTuserName" => Property::Text(alarm.user.clone()),
        "UCPTstatus" => Property::Text(alarm.status().to_owned()),
        "UCPTpointStatus" => Property::Text(alarm.condition.clone()),
        "UCPTpriority" => Property::Text(alarm.point_priority.to_string()),
        _ => return None,
    })
}

fn meta(unit: &Unit, notifier: usize, log: Log, kind: &str, context: &Context<'_>) -> Element {
    let stamp = |name: &str, at: Timestamp| leaf(name, context.stamp(unit, at));
    let item = typed_item(kind).with_child(leaf("UCPTname", &unit.applications[notifier].block.name));
    let Some(all) = alarms(unit, notifier) else { return item };
    let here: Vec<&Alarm> = all.alarms.iter().filter(|alarm| alarm.is_in(log)).collect();
    let level = 100.0 * here.len() as f64 / unit.alarm_capacity(notifier, log).max(1) as f64;
    item.with_children(here.iter().map(|alarm| alarm.changed).max().map(|at| stamp("UCPTlastUpdate", at)))
        .with_child(lon_named("UCPTalarmLog", log.name()))
        .with_children(here.first().map(|alarm| stamp("UCPTstart", alarm.at)))
        .with_children(here.last().map(|alarm| stamp("UCPTstop", alarm.at)))
        .with_child(leaf("UCPTmodificationNumber", all.modifications.to_string()))
        .with_child(leaf("UCPTlogLevel", format!("{level:.3}")))
        .with_child(leaf("UCPTtotalCount", here.len().to_string()))
}

fn data(unit: &Unit, place: Place, context: &Context<'_>) -> Element {
    let notifier = &unit.applications[place.notifier].block.name;
    let item = typed_item("UFPTalarmNotifier_Data");
    let Some(alarm) = alarm(unit, place) else { return item };
    let config = unit.config(alarm.point);
    let optional = |name: &str, text: &str| (!text.is_empty()).then(|| leaf(name, text));
    let mut shown: Vec<Element> =
        values(config, &alarm.value, Form::Plain).into_iter().map(without_unit).collect();
    if shown.len() == 1 {
        // Without a preset there is one all the same (manual 7-20).
        shown.push(leaf("UCPTvalue", "AL_NUL").with_attr("LonFormat", "UCPTvalueDef"));
    }
    item.with_children(base(config))
        .with_children(config.alias().map(|alias| leaf("UCPTaliasName", alias)))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, alarm.changed)))
        .with_children(optional("UCPTdescription", &alarm.comment))
        .with_children(shown)
        .with_child(lon_named("UCPTpointStatus", &alarm.condition))
        .with_child(leaf("UCPTpriority", alarm.point_priority.to_string()))
        .with_child(leaf("UCPTmetaDataPath", meta_path("UFPTalarmNotifier_Meta_Data", notifier)))
        .with_child(leaf("UCPTalarmNotifierName", notifier))
        .with_child(leaf("UCPTalarmTime", context.stamp(unit, alarm.at)))
        .with_children(optional("UCPTuserName", &alarm.user))
        .with_child(leaf("UCPTstatus", alarm.status()).with_attr("LonFormat", "UCPTalarmStatus"))
        .with_child(read_data(alarm))
}

fn read_data(alarm: &Alarm) -> Element {
    element("ReadData").with_children([
        leaf("UCPTalarmText", &alarm.text),
        leaf("UCPTalarmPriority2", alarm.priority.to_string()),
        leaf("UCPTalarmGroup", alarm.group.to_string()),
        lon_named("UCPTalarmType", if alarm.active { "ACTIVE" } else { "PASSIVE" }),
    ])
}
