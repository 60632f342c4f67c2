//! One file an operation: what the SmartServer says to it.

pub(super) mod alarm_log;
pub(super) mod applications;
pub(super) mod blocks;
pub(super) mod data_log;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod header;
pub(super) mod invoke;
pub(super) mod list;
pub(super) mod read;
pub(super) mod set;
pub(super) mod system;
pub(super) mod value;
pub(super) mod write;

use super::behaviour::Behaviour;
use super::engine::Context;
use super::network::{Kind, Level};
use super::request::{AskedItem, ItemsCall, Operation};
use super::unit::Unit;
use super::wire::{Fault, element, leaf, unqualified};
use super::xselect::XSelect;
use crate::xml::Element;

/// What became of an item: its `Item`, or why it failed.
pub(super) type Done = Result<Element, ItemFault>;

#[derive(Debug)]
pub(super) struct ItemFault {
    pub name: String,
    pub fault: Fault,
}

impl ItemFault {
    pub(super) fn new(name: &str, fault: Fault) -> Self {
        ItemFault { name: name.to_owned(), fault }
    }

    /// Code 14 of the data server (manual 2-8).
    pub(super) fn not_found(name: &str) -> Self {
        ItemFault::new(name, Fault::new(14, format!("Name not found {name}")))
    }

    /// A failed item shows its fault and its name and nothing else.
    fn element(&self) -> Element {
        element("Item").with_child(self.fault.element()).with_child(leaf("UCPTname", &self.name))
    }
}

/// The `…Response` (manual 2-7): a fault of the whole request leaves no items.
pub(super) fn response(
    operation: Operation,
    done: Result<Vec<Done>, Fault>,
    behaviour: &Behaviour,
) -> Element {
    let (global, items) = match done {
        Ok(items) => (None, items),
        Err(fault) => (Some(fault.element()), Vec::new()),
    };
    let faults = items.iter().filter(|item| item.is_err()).count() + usize::from(global.is_some());
    let current =
        (operation == Operation::List && global.is_none()).then(|| leaf("UCPTcurrentConfig", "4.0"));
    let mut items: Vec<Element> = items.into_iter().map(|i| i.unwrap_or_else(|f| f.element())).collect();
    if behaviour.reversed_items {
        items.reverse();
    }
    let collection = element("iLonItem")
        .with_child(leaf("UCPTfaultCount", faults.to_string()))
        .with_children(global)
        .with_children(current)
        .with_children(items);
    let collection = if behaviour.unqualified_children { unqualified(collection) } else { collection };
    element(&format!("{}Response", operation.name())).with_child(collection)
}

/// Fails every item: the data is not meant to be changed so here.
pub(super) fn refuse(
    call: &ItemsCall,
    context: &mut Context<'_>,
    code: u8,
    text: &str,
) -> Result<Vec<Done>, Fault> {
    let refused = |item: &AskedItem| {
        context.note(&item.name, format!("fault {code}"));
        Err(ItemFault::new(&item.name, Fault::new(code, text)))
    };
    Ok(call.items.iter().map(refused).collect())
}

/// The request's `xSelect`, if it has one; a broken one fails the whole request (manual 2-8).
pub(super) fn select(call: &ItemsCall) -> Result<Option<XSelect>, Fault> {
    let Some(text) = &call.select else { return Ok(None) };
    let broken = || Fault::new(3, format!("invalid xSelect expression {text}"));
    XSelect::parse(text).map(|select| Some(select.counting_from(call.first_position))).ok_or_else(broken)
}

/// The points that a request is about: its items that exist and that the `xSelect` takes, else
/// all that the `xSelect` takes (manual 2-13: both together are an AND).
pub(super) fn targets(
    unit: &Unit,
    call: &ItemsCall,
    select: Option<&XSelect>,
    property: impl Fn(usize, &str) -> Option<String>,
) -> Result<Vec<Result<Target, ItemFault>>, Fault> {
    if call.items.is_empty() {
        let select = select.ok_or_else(|| Fault::new(4, "xSelect or Item missing"))?;
        let taken = select.matches(points_of(unit, select.kind.as_deref()), property);
        return Ok(taken.into_iter().map(|point| Ok(Target { point, item: None })).collect());
    }
    let asked: Vec<Result<Target, ItemFault>> =
        call.items.iter().enumerate().map(|(n, item)| target(unit, n, &item.name)).collect();
    let Some(select) = select else { return Ok(asked) };
    let known: Vec<usize> = asked.iter().flatten().map(|target| target.point).collect();
    let taken = select.matches(known, property);
    Ok(asked.into_iter().filter(|t| t.as_ref().map_or(true, |t| taken.contains(&t.point))).collect())
}

/// A point, and the item of the request that names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub point: usize,
    pub item: Option<usize>,
}

fn target(unit: &Unit, item: usize, name: &str) -> Result<Target, ItemFault> {
    if name.is_empty() {
        return Err(ItemFault::new(name, Fault::new(5, "UCPTname missing")));
    }
    let point = unit.find(name).ok_or_else(|| ItemFault::not_found(name))?;
    Ok(Target { point, item: Some(item) })
}

/// Whether items of this type are data points; without a type they are.
pub(super) fn is_point_type(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind == "Dp_Data" || Kind::of(kind).is_some_and(|kind| kind.level == Level::Point))
}

/// The points that a type shows.
pub(super) fn points_of(unit: &Unit, kind: Option<&str>) -> Vec<usize> {
    if !is_point_type(kind) {
        return Vec::new();
    }
    let kind = kind.and_then(Kind::of);
    let shown = |n: &usize| kind.is_none_or(|kind| kind.shows(unit.config(*n).bus));
    unit.all().into_iter().filter(shown).collect()
}

/// Runs each item of a request that changes something. An item without a type has that of the
/// `xSelect` or of the first item that names one (manual 2-13).
pub(super) fn each(
    call: &ItemsCall,
    context: &mut Context<'_>,
    mut act: impl FnMut(&AskedItem, Option<&str>, &Context<'_>) -> Result<Element, Fault>,
) -> Result<Vec<Done>, Fault> {
    if call.items.is_empty() {
        return Err(Fault::new(4, "Item missing"));
    }
    let select = select(call)?.and_then(|select| select.kind);
    let first = select.as_deref().or_else(|| call.items.iter().find_map(|item| item.kind.as_deref()));
    let mut all = Vec::new();
    for item in &call.items {
        let done = act(item, item.kind.as_deref().or(first), context);
        let outcome = done.as_ref().map_or_else(|fault| format!("fault {}", fault.code), |_| "ok".to_owned());
        context.note(&item.name, outcome);
        all.push(done.map_err(|fault| ItemFault::new(&item.name, fault)));
    }
    Ok(all)
}
