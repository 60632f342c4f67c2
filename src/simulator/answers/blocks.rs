use super::super::applications::{Block, Kind};
use super::super::engine::Context;
use super::super::request::{AskedItem, ItemsCall};
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf};
use super::applications::{named, note, one};
use super::value::name_item;
use super::{Done, ItemFault, select};
use crate::xml::Element;

/// List of the applications of a kind (manual 5-9).
pub(in super::super) fn list(
    unit: &Unit,
    kind: Kind,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?.ok_or_else(|| Fault::new(4, "xSelect missing"))?;
    let all: Vec<Element> = unit.applications_of(kind).into_iter().map(|n| listed(unit, n)).collect();
    let taken = select.matches(all.iter().collect(), |item, name| item.child_text(name));
    context.note("", format!("{} items", taken.len()));
    Ok(taken.into_iter().cloned().map(Ok).collect())
}

fn listed(unit: &Unit, n: usize) -> Element {
    let block = &unit.applications[n].block;
    element("Item").with_children([
        leaf("UCPTname", &block.name),
        leaf("UCPTannotation", block.kind.annotation()),
        leaf("UCPThidden", "0"),
    ])
}

/// Get of their configurations, which can be filtered on whatever they show.
pub(in super::super) fn get(
    unit: &Unit,
    kind: Kind,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?;
    let item = |n: usize| {
        let application = &unit.applications[n];
        application.block.item(context.stamp(unit, application.changed))
    };
    let mut done: Vec<Done> = named(unit, kind, call).into_iter().map(|found| found.map(item)).collect();
    if let Some(select) = select {
        let good: Vec<&Element> = done.iter().flatten().collect();
        let taken = select.matches(good, |item, name| item.child_text(name));
        let taken: Vec<String> = taken.into_iter().filter_map(|item| item.child_text("UCPTname")).collect();
        done.retain(|item| {
            item.as_ref().map_or(true, |item| item.child_text("UCPTname").is_some_and(|n| taken.contains(&n)))
        });
    }
    note(&done, context);
    Ok(done)
}

/// Set: makes a block or overwrites one; what is left out of it is erased (manual 14-26).
pub(in super::super) fn set(
    unit: &mut Unit,
    kind: Kind,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Vec<Done> {
    let mut done = Vec::new();
    for item in &call.items {
        let configured = configure(unit, kind, item, context);
        done.push(configured.map_err(|fault| ItemFault::new(&item.name, fault)));
    }
    note(&done, context);
    done
}

fn configure(unit: &mut Unit, kind: Kind, item: &AskedItem, context: &Context<'_>) -> Result<Element, Fault> {
    if item.name.is_empty() {
        return Err(Fault::new(5, "UCPTname missing"));
    }
    let parent = item.name.rsplit_once('/').map(|(device, _)| device);
    match unit.application(&item.name) {
        Some(n) if unit.applications[n].block.kind != kind => return Err(Fault::new(10, "cannot set")),
        None if !unit.plan.devices.iter().any(|device| Some(device.name.as_str()) == parent) => {
            return Err(Fault::new(8, "cannot create"));
        }
        _ => {}
    }
    unit.configure(Block::from_item(kind, item)?, context.now);
    Ok(name_item(&item.name))
}

/// Delete of a block, with what it has logged.
pub(in super::super) fn delete(
    unit: &mut Unit,
    kind: Kind,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Vec<Done> {
    let mut done = Vec::new();
    for item in &call.items {
        let found = one(unit, kind, &item.name);
        done.push(found.map(|n| {
            unit.remove_application(n, context.now);
            name_item(&item.name)
        }));
    }
    note(&done, context);
    done
}
