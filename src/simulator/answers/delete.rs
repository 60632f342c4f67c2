use super::super::engine::Context;
use super::super::network;
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::value::name_item;
use super::{Done, each};

/// Delete (manual 4-19): points, by the type of their driver.
pub(in super::super) fn delete(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    each(call, context, |item, kind, context| {
        network::delete(unit, item, kind, context)?;
        Ok(name_item(&item.name))
    })
}
