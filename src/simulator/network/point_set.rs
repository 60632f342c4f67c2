use std::sync::Arc;

use super::super::engine::Context;
use super::super::format::parse;
use super::super::lon_format::{LonFormat, TypedFormat, read as read_format, typed};
use super::super::plan::{PointConfig, PointDraft};
use super::super::point::PointState;
use super::super::request::AskedItem;
use super::super::unit::Unit;
use super::super::value::Value;
use super::super::wire::{Fault, leaf};
use super::bus::{Bus, Kind, Level};
use super::configure::check_name;
use super::defaults::{default_record, kept_or_default};
use super::record::{Kept, Record};
use crate::xml::Element;

/// Set of a data point (manual 4-8 to 4-11): creates it if the name is new, renames it if the key of
/// another point of the device comes with a new name, else overwrites it.
pub(in super::super) fn set_point(
    unit: &mut Unit,
    item: &AskedItem,
    kind: Kind,
    context: &Context<'_>,
) -> Result<(), Fault> {
    check_name(&item.name, Level::Point)?;
    let given = Record::asked(&item.element, kind)?;
    let format = given.text("UCPTformatDescription").ok_or_else(|| missing("UCPTformatDescription"))?;
    let typed = typed(&format).filter(|t| t.field.is_none()).ok_or_else(|| bad_format(&format))?;
    let (index, mut config) = subject(unit, item, kind, &given, typed)?;
    config.name.clone_from(&item.name);
    (config.kind, config.us, config.format) = (typed.kind, typed.us, format);
    overwrite(&mut config, index, kind, given, context)?;
    take(unit, index, config, context);
    Ok(())
}

fn missing(member: &str) -> Fault {
    Fault::new(4, format!("{member} missing"))
}

fn bad_format(text: &str) -> Fault {
    Fault::new(11, format!("format error {text}"))
}

/// The point that is meant, with its present configuration: one of the name, else one of the key,
/// else a new one.
fn subject(
    unit: &Unit,
    item: &AskedItem,
    kind: Kind,
    given: &Record,
    typed: TypedFormat<'_>,
) -> Result<(usize, PointConfig), Fault> {
    let device = device_of(unit, &item.name);
    let known = unit.find(&item.name).or_else(|| by_key(unit, kind, given, device));
    if let Some(n) = known {
        let mut config = unit.config(n).clone();
        if !kind.shows(config.bus) {
            return Err(Fault::new(10, format!("cannot set {} as {}", item.name, kind.name())));
        }
        let record = kept_or_default(unit, n);
        config.kept = Some(Kept { record, changed: unit.network.since });
        return Ok((n, config));
    }
    let cannot = || Fault::new(8, format!("cannot create {} as {}", item.name, kind.name()));
    let device = device.filter(|d| kind.shows(unit.plan.devices[*d].bus)).ok_or_else(cannot)?;
    let path = item.name.splitn(Level::Device.depth() + 1, '/').last().unwrap_or_default();
    let mut config = PointDraft::new(path, &typed.kind.name).build(&unit.plan, device).ok_or_else(cannot)?;
    let n = unit.plan.points.len();
    config.us = typed.us;
    config.kept = Some(Kept { record: default_record(&config, n), changed: unit.network.since });
    Ok((n, config))
}

/// The device that the name is below.
fn device_of(unit: &Unit, name: &str) -> Option<usize> {
    let is_above = |device: &str| name.strip_prefix(device).is_some_and(|rest| rest.starts_with('/'));
    unit.plan.devices.iter().position(|device| is_above(&device.name))
}

fn by_key(unit: &Unit, kind: Kind, given: &Record, device: Option<usize>) -> Option<usize> {
    let key = given.text(key_name(kind.bus?))?.parse::<usize>().ok()?;
    let is_meant = key < unit.states.len() && !unit.states[key].removed;
    Some(key).filter(|n| is_meant && Some(unit.config(*n).device) == device)
}

fn key_name(bus: Bus) -> &'static str {
    if bus == Bus::Lon { "UCPTnvIndex" } else { "UCPThandle" }
}

/// What the type does not have stays; what the request leaves out of the type is erased.
fn overwrite(
    config: &mut PointConfig,
    index: usize,
    kind: Kind,
    given: Record,
    context: &Context<'_>,
) -> Result<(), Fault> {
    let mut record = config.kept.take().map(|kept| kept.record).unwrap_or_default();
    record.overwrite(kind, given);
    record.put(leaf(key_name(config.bus), index.to_string()));
    config.description = record.text("UCPTdescription").unwrap_or_default();
    config.default = match record.all("UCPTdefOutput").next() {
        Some(text) => value(config, text)?,
        None => config.shape().zero(),
    };
    for limit in ["UCPTminValue", "UCPTmaxValue", "UCPTinvalidValue"] {
        fit(config, &mut record, limit, kind)?;
    }
    config.input = input(config, &record)?;
    config.presets = presets(config, &mut record, kind)?;
    config.kept = Some(Kept { record, changed: context.now });
    Ok(())
}

/// A limit must fit the format; one that stands from before a change of the format goes.
fn fit(config: &PointConfig, record: &mut Record, limit: &str, kind: Kind) -> Result<(), Fault> {
    let bad = record.all(limit).find_map(|text| value(config, text).err());
    match bad {
        Some(fault) if kind.bus.is_none() => Err(fault),
        Some(_) => {
            record.remove(limit);
            Ok(())
        }
        None => Ok(()),
    }
}

fn input(config: &PointConfig, record: &Record) -> Result<bool, Fault> {
    match record.text("UCPTdirection").as_deref() {
        Some("DIR_IN") => Ok(true),
        Some("DIR_OUT") => Ok(false),
        None | Some("DIR_NUL") => Ok(config.input),
        Some(other) => Err(Fault::new(2, format!("UCPTdirection is not valid: {other}"))),
    }
}

fn presets(config: &PointConfig, record: &mut Record, kind: Kind) -> Result<Vec<(String, Value)>, Fault> {
    let read: Result<Vec<_>, Fault> = record.all("ValueDef").map(|def| preset(config, def)).collect();
    if read.is_err() && kind.bus.is_some() {
        record.remove("ValueDef");
        return Ok(Vec::new());
    }
    read
}

fn preset(config: &PointConfig, def: &Element) -> Result<(String, Value), Fault> {
    let name = def.child_text("UCPTname").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| missing("UCPTname of ValueDef"))?;
    Ok((name, value(config, def.child("UCPTvalue").ok_or_else(|| missing("UCPTvalue of ValueDef"))?)?))
}

/// A text in the point's type, in the variant that its `LonFormat` says.
fn value(config: &PointConfig, text: &Element) -> Result<Value, Fault> {
    let us = match read_format(text.attr("LonFormat")) {
        LonFormat::Own => config.us,
        LonFormat::Typed(typed) if typed.kind.name == config.kind.name && typed.field.is_none() => typed.us,
        _ => return Err(bad_format(text.attr("LonFormat").unwrap_or_default())),
    };
    let text = text.text();
    parse(config.shape(), text.trim(), us).ok_or_else(|| bad_format(&text))
}

/// Takes the configuration. A point whose type changed begins anew.
fn take(unit: &mut Unit, n: usize, config: PointConfig, context: &Context<'_>) {
    let fresh = PointState::new(&config, context.now);
    match unit.states.get_mut(n) {
        Some(state) if unit.plan.points[n].kind.name != config.kind.name => *state = fresh,
        Some(_) => {}
        None => unit.states.push(fresh),
    }
    Arc::make_mut(&mut unit.plan).put_point(n, config);
    unit.configured = context.now;
}
