use super::super::engine::Context;
use super::super::network::{Kind, Level, device_item, place_item, places, point_record};
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::{Fault, typed_item};
use super::super::xselect::XSelect;
use super::{Done, ItemFault, is_point_type, select, targets};
use crate::xml::Element;

/// Get (manual 4-6): the configuration of points, or of what else the type asks for.
pub(in super::super) fn get(
    unit: &Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?;
    let kind = select.as_ref().and_then(|s| s.kind.as_deref());
    let kind = kind.or_else(|| call.items.iter().find_map(|item| item.kind.as_deref()));
    let done = match kind.and_then(Kind::of) {
        _ if is_point_type(kind) => points(unit, call, select.as_ref(), kind, context)?,
        Some(kind) => others(unit, call, select.as_ref(), kind, context)?,
        None => call.items.iter().map(|item| Err(missing(&item.name))).collect(),
    };
    note(&done, context);
    Ok(done)
}

fn note(done: &[Done], context: &mut Context<'_>) {
    for item in done {
        match item {
            Ok(item) => context.note(&item.child_text("UCPTname").unwrap_or_default(), "ok"),
            Err(failed) => context.note(&failed.name, format!("fault {}", failed.fault.code)),
        }
    }
}

fn points(
    unit: &Unit,
    call: &ItemsCall,
    select: Option<&XSelect>,
    kind: Option<&str>,
    context: &Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let kind = kind.and_then(Kind::of).unwrap_or(Kind { bus: None, level: Level::Point });
    let property = |n: usize, name: &str| match name {
        "UCPTname" => Some(unit.config(n).name.clone()),
        _ => point_record(unit, n, context).text(name),
    };
    let found = targets(unit, call, select, property)?;
    let shown = |n: usize| match kind.shows(unit.config(n).bus) {
        true => Ok(point(unit, n, kind, context)),
        false => Err(ItemFault::not_found(&unit.config(n).name)),
    };
    Ok(found.into_iter().map(|target| target.and_then(|t| shown(t.point))).collect())
}

fn point(unit: &Unit, n: usize, kind: Kind, context: &Context<'_>) -> Element {
    typed_item(&kind.name()).with_children(point_record(unit, n, context).in_order(kind))
}

/// Code 6 of devices and functional blocks (manual 2-8).
fn missing(name: &str) -> ItemFault {
    ItemFault::new(name, Fault::new(6, format!("Instance doesn't exist {name}")))
}

/// Networks, channels, devices, blocks.
fn others(
    unit: &Unit,
    call: &ItemsCall,
    select: Option<&XSelect>,
    kind: Kind,
    context: &Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let all = everything(unit, kind, context);
    let property = |item: &Element, name: &str| item.child_text(name);
    let taken = match select {
        Some(select) => select.matches(all.iter().collect(), property),
        None if call.items.is_empty() => return Err(Fault::new(4, "xSelect or Item missing")),
        None => all.iter().collect(),
    };
    if call.items.is_empty() {
        return Ok(taken.into_iter().cloned().map(Ok).collect());
    }
    let named = |item: &&Element, name: &str| item.child_text("UCPTname").as_deref() == Some(name);
    let exists = |name: &str| all.iter().any(|item| named(&item, name));
    let one = |name: &str| match taken.iter().find(|item| named(item, name)) {
        Some(item) => Some(Ok((*item).clone())),
        None => (!exists(name)).then(|| Err(missing(name))),
    };
    Ok(call.items.iter().filter_map(|item| one(&item.name)).collect())
}

fn everything(unit: &Unit, kind: Kind, context: &Context<'_>) -> Vec<Element> {
    if kind.level == Level::Device {
        let devices = 0..unit.plan.devices.len();
        let shown = devices.filter(|n| kind.shows(unit.plan.devices[*n].bus));
        return shown.map(|n| device_item(unit, n, kind, context)).collect();
    }
    places(unit, kind).iter().map(|place| place_item(unit, place, kind, context)).collect()
}
