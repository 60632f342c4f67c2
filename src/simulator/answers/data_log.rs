use jiff::Timestamp;

use super::super::applications::{DataLog, Entry, Kind, State};
use super::super::engine::Context;
use super::super::format::text;
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::{Fault, leaf, named as lon_named, typed_item};
use super::super::xselect::{Property, XSelect};
use super::applications::{named, note};
use super::value::{Form, values};
use super::{Done, select};
use crate::xml::Element;

/// Most entries that a Read should bring: advice, not a limit.
const ADVISED: usize = 150;

/// Read of data logs (manual 5-9): what is known of each log, then the entries that the `xSelect`
/// takes, oldest first, log after log.
pub(in super::super) fn read(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?;
    let form = Form::of(select.as_ref().and_then(|select| select.value_format.as_deref()));
    let loggers = up_to_date(unit, call, context);
    let places = selected(unit, loggers.iter().flatten().copied(), select.as_ref(), context);
    if places.len() > ADVISED {
        tracing::warn!(smartserver = %unit.mac, entries = places.len(), "a Read of more entries than advised");
        unit.over_limit += 1;
    }
    let metas =
        loggers.into_iter().map(|found| found.map(|n| meta(unit, n, "UFPTdataLogger_Meta_Data", context)));
    let mut done: Vec<Done> = metas.collect();
    note(&done, context);
    done.extend(places.into_iter().map(|place| Ok(data(unit, place, form, context))));
    Ok(done)
}

/// Clear of data logs, whole or what the `xSelect` takes (manual 5-9). What is left is told.
pub(in super::super) fn clear(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?;
    let loggers = up_to_date(unit, call, context);
    let places = selected(unit, loggers.iter().flatten().copied(), select.as_ref(), context);
    for logger in loggers.iter().flatten() {
        let here: Vec<usize> =
            places.iter().filter(|place| place.logger == *logger).map(|p| p.entry).collect();
        if let Some(log) = unit.log_mut(*logger) {
            log.remove(&here);
        }
    }
    let metas = loggers
        .into_iter()
        .map(|found| found.map(|n| meta(unit, n, "UFPTdataLogger_ClearResponse", context)));
    let done: Vec<Done> = metas.collect();
    note(&done, context);
    Ok(done)
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    logger: usize,
    entry: usize,
}

fn up_to_date(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &Context<'_>,
) -> Vec<Result<usize, super::ItemFault>> {
    let loggers = named(unit, Kind::DataLogger, call);
    for logger in loggers.iter().flatten() {
        unit.bring_log_up_to_date(*logger, context.now);
    }
    loggers
}

fn log(unit: &Unit, logger: usize) -> Option<&DataLog> {
    match &unit.applications[logger].state {
        State::DataLogger(log) => Some(log),
        _ => None,
    }
}

fn entry(unit: &Unit, place: Place) -> Option<&Entry> {
    log(unit, place.logger)?.entries().get(place.entry)
}

fn selected(
    unit: &Unit,
    loggers: impl Iterator<Item = usize>,
    select: Option<&XSelect>,
    context: &Context<'_>,
) -> Vec<Place> {
    let size = |logger| log(unit, logger).map_or(0, |log| log.entries().len());
    let all =
        loggers.flat_map(|logger| (0..size(logger)).map(move |entry| Place { logger, entry })).collect();
    match select {
        Some(select) => select.matches(all, |place, name| property(unit, entry(unit, place)?, name, context)),
        None => all,
    }
}

fn property(unit: &Unit, entry: &Entry, name: &str, context: &Context<'_>) -> Option<Property> {
    let config = unit.config(entry.point);
    Some(match name {
        "UCPTlastUpdate" => Property::Time(context.shown(entry.at)),
        "UCPTname" | "UCPTpointName" => Property::Text(config.name.clone()),
        "UCPTaliasName" => Property::Text(config.alias()?),
        "UCPTpointStatus" => Property::Text(entry.status.to_owned()),
        "UCPTpriority" => Property::Text(entry.priority.to_string()),
        "UCPTvalue" => Property::Text(text(config.shape(), &entry.value, config.us)),
        _ => return None,
    })
}

fn meta(unit: &Unit, logger: usize, kind: &str, context: &Context<'_>) -> Element {
    let stamp = |name: &str, at: Timestamp| leaf(name, context.stamp(unit, at));
    let name = &unit.applications[logger].block.name;
    let item = typed_item(kind).with_child(leaf("UCPTname", name));
    let Some(log) = log(unit, logger) else { return item };
    let (first, last) = (log.entries().front(), log.entries().back());
    let level = 100.0 * log.entries().len() as f64 / unit.capacity(logger).max(1) as f64;
    item.with_children(last.map(|entry| stamp("UCPTlastUpdate", entry.at)))
        .with_children(first.map(|entry| stamp("UCPTstart", entry.at)))
        .with_children(last.map(|entry| stamp("UCPTstop", entry.at)))
        .with_child(leaf("UCPTmodificationNumber", log.modifications.to_string()))
        .with_child(leaf("UCPTlogLevel", format!("{level:.3}")))
        .with_child(leaf("UCPTtotalCount", log.entries().len().to_string()))
}

fn data(unit: &Unit, place: Place, form: Form, context: &Context<'_>) -> Element {
    let logger = &unit.applications[place.logger].block.name;
    let item = typed_item("UFPTdataLogger_Data");
    let Some(entry) = entry(unit, place) else { return item };
    let config = unit.config(entry.point);
    item.with_child(leaf("UCPTname", &config.name))
        .with_children(config.alias().map(|alias| leaf("UCPTaliasName", alias)))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, entry.at)))
        .with_children(values(config, &entry.value, form).into_iter().map(without_unit))
        .with_child(lon_named("UCPTpointStatus", entry.status))
        .with_child(leaf("UCPTpriority", entry.priority.to_string()))
        .with_child(leaf("UCPTmetaDataPath", meta_path("UFPTdataLogger_Meta_Data", logger)))
}

/// Values in logs are printed without their unit (manual 5-10).
pub(super) fn without_unit(mut value: Element) -> Element {
    value.attributes.retain(|attribute| attribute.name != "Unit");
    value
}

/// The path to the item that tells of an entry's log.
pub(super) fn meta_path(kind: &str, name: &str) -> String {
    format!("//*[@xsi:type=\"{kind}\"][UCPTname=\"{name}\"]")
}
