use super::super::engine::{Context, Note};
use super::super::network::{device_command, network_command, scan};
use super::super::point::FREE;
use super::super::request::{AskedItem, ItemsCall};
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::value::name_item;
use super::{Done, ItemFault};
use crate::xml::Element;

/// InvokeCmd: the reset of a priority (manual 4-17), commands of devices (manual 14-30) and of
/// networks.
pub(in super::super) fn invoke(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    if call.items.is_empty() {
        return Err(Fault::new(4, "Item missing"));
    }
    Ok(call.items.iter().map(|item| one(unit, item, context)).collect())
}

fn one(unit: &mut Unit, item: &AskedItem, context: &mut Context<'_>) -> Done {
    let done = match item.kind.as_deref() {
        Some("Dp_ResetPrio_Invoke") => reset(unit, item),
        Some("LON_Device_Command_Invoke") => device_command(unit, item, context),
        Some("LON_Network_Command_Invoke") => network_command(unit, item),
        Some("LON_Network_ScanCommand_Invoke") => scan(unit, item, context),
        _ => Err(Fault::new(2, "unknown command")),
    };
    let outcome = done.as_ref().map_or_else(|fault| format!("fault {}", fault.code), |_| "ok".to_owned());
    let priority = item.number("UCPTpriority").ok().flatten();
    context.notes.push(Note { name: item.name.clone(), values: Vec::new(), priority, outcome });
    done.map_err(|fault| ItemFault::new(&item.name, fault))
}

fn reset(unit: &mut Unit, item: &AskedItem) -> Result<Element, Fault> {
    let n = unit.find(&item.name).ok_or_else(|| ItemFault::not_found(&item.name).fault)?;
    let priority = item.number::<u8>("UCPTpriority")?.unwrap_or(FREE);
    unit.reset(n, priority)
        .map_err(|_| Fault::new(12, format!("command failed: priority {priority} is too low")))?;
    Ok(name_item(&item.name))
}
