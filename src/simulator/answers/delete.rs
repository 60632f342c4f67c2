use super::super::engine::Context;
use super::super::network;
use super::super::request::{AskedItem, ItemsCall};
use super::super::unit::Unit;
use super::super::wire::{Fault, element};
use super::value::{name_item, property};
use super::{Done, each, select, targets};

/// Delete (manual 4-19): points, by the type of their driver.
pub(in super::super) fn delete(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let found = selected(unit, call, context)?;
    each(found.as_ref().unwrap_or(call), context, |item, kind, context| {
        network::delete(unit, item, kind, context)?;
        Ok(name_item(&item.name))
    })
}

/// The points that an `xSelect` without items names.
fn selected(unit: &Unit, call: &ItemsCall, context: &Context<'_>) -> Result<Option<ItemsCall>, Fault> {
    let Some(select) = select(call)?.filter(|_| call.items.is_empty()) else { return Ok(None) };
    let found = targets(unit, call, Some(&select), |n, name| property(unit, n, name, context))?;
    let item = |n: usize| AskedItem {
        kind: select.kind.clone(),
        name: unit.config(n).name.clone(),
        element: element("Item"),
    };
    let items = found.into_iter().flatten().map(|target| item(target.point)).collect();
    let (operation, first_position) = (call.operation, call.first_position);
    Ok(Some(ItemsCall { operation, select: None, items, first_position }))
}
