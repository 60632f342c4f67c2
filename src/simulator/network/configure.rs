use super::super::answers::ItemFault;
use super::super::engine::Context;
use super::super::request::AskedItem;
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::bus::{Kind, Level};

/// A name of so many parts, none of them empty (manual 4-7).
pub(super) fn check_name(name: &str, level: Level) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(Fault::new(5, "UCPTname missing"));
    }
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() == level.depth() && parts.iter().all(|part| !part.trim().is_empty()) {
        return Ok(());
    }
    Err(Fault::new(7, format!("UCPTname invalid {name}")))
}

/// Delete of a point by its driver's type (manual 4-19); a name without a type is good enough.
pub(in super::super) fn delete(
    unit: &mut Unit,
    item: &AskedItem,
    kind: Option<&str>,
    context: &Context<'_>,
) -> Result<(), Fault> {
    if item.name.is_empty() {
        return Err(Fault::new(5, "UCPTname missing"));
    }
    let cannot = || Fault::new(9, format!("cannot delete {} as {}", item.name, kind.unwrap_or_default()));
    if kind.is_some_and(|kind| Kind::of(kind).is_none_or(|k| k.level != Level::Point)) {
        return Err(cannot());
    }
    let n = unit.find(&item.name).ok_or_else(|| ItemFault::not_found(&item.name).fault)?;
    let of_driver = |kind: &str| Kind::of(kind).is_some_and(|k| k.bus == Some(unit.config(n).bus));
    if !kind.is_none_or(of_driver) {
        return Err(cannot());
    }
    unit.states[n].removed = true;
    unit.configured = context.now;
    Ok(())
}
