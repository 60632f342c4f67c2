use super::super::applications::Kind;
use super::super::engine::Context;
use super::super::request::{ItemsCall, Operation};
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::{Done, ItemFault, alarm_log, blocks, data_log, refuse, select};
use crate::xml::Element;

/// The answer to a request about data loggers, alarm generators or alarm notifiers; `None` if it
/// is about something else.
pub(in super::super) fn answer(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Option<Result<Vec<Done>, Fault>> {
    let kind = kind(unit, call)?;
    Some(match (call.operation, kind) {
        (Operation::List, _) => blocks::list(unit, kind, call, context),
        (Operation::Get, _) => blocks::get(unit, kind, call, context),
        (Operation::Set, _) => Ok(blocks::set(unit, kind, call, context)),
        (Operation::Delete, _) => Ok(blocks::delete(unit, kind, call, context)),
        (Operation::Read, Kind::DataLogger) => data_log::read(unit, call, context),
        (Operation::Clear, Kind::DataLogger) => data_log::clear(unit, call, context),
        (Operation::Read, Kind::AlarmNotifier) => alarm_log::read(unit, call, context),
        (Operation::Clear, Kind::AlarmNotifier) => alarm_log::clear(unit, call, context),
        (Operation::Write, Kind::AlarmNotifier) => Ok(alarm_log::write(unit, call, context)),
        _ => refuse(call, context, 12, "command failed"),
    })
}

/// The kind that a request is about: by the first type that it names or, since the items of a List
/// can be asked with as they are, by the first name.
fn kind(unit: &Unit, call: &ItemsCall) -> Option<Kind> {
    let select = select(call).ok().flatten();
    let selected = select.as_ref().and_then(|select| select.kind.as_deref());
    if let Some(kind) = selected.or_else(|| call.items.iter().find_map(|item| item.kind.as_deref())) {
        return Kind::of_type(kind);
    }
    let by_name = matches!(call.operation, Operation::Get | Operation::Read | Operation::Clear);
    let first = call.items.first().filter(|_| by_name)?;
    unit.application(&first.name).map(|n| unit.applications[n].block.kind)
}

/// The applications of a kind that a request names; all of them if it names none.
pub(super) fn named(unit: &Unit, kind: Kind, call: &ItemsCall) -> Vec<Result<usize, ItemFault>> {
    if call.items.is_empty() {
        return unit.applications_of(kind).into_iter().map(Ok).collect();
    }
    call.items.iter().map(|item| one(unit, kind, &item.name)).collect()
}

/// The application of this name and kind.
pub(super) fn one(unit: &Unit, kind: Kind, name: &str) -> Result<usize, ItemFault> {
    if name.is_empty() {
        return Err(ItemFault::new(name, Fault::new(5, "UCPTname missing")));
    }
    let found = unit.application(name).filter(|n| unit.applications[*n].block.kind == kind);
    found.ok_or_else(|| ItemFault::new(name, Fault::new(6, format!("Instance doesn't exist {name}"))))
}

/// Notes what became of each item for the journal.
pub(super) fn note(done: &[Done], context: &mut Context<'_>) {
    for item in done {
        match item {
            Ok(item) => context.note(&name_of(item), "ok"),
            Err(failed) => context.note(&failed.name, format!("fault {}", failed.fault.code)),
        }
    }
}

fn name_of(item: &Element) -> String {
    item.child_text("UCPTname").unwrap_or_default()
}
