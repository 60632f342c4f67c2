use super::super::engine::Context;
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::value::{Form, data_item, property};
use super::{Done, ItemFault, Target, select, targets};

/// Read (manual 4-12).
pub(in super::super) fn read(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?.map(|select| select.without_position_beside("UCPTlastUpdate"));
    let form = Form::of(select.as_ref().and_then(|s| s.value_format.as_deref()));
    let found = targets(unit, call, select.as_ref(), |n, name| property(unit, n, name, context))?;
    Ok(found.into_iter().map(|target| one(unit, call, target, form, context)).collect())
}

fn one(
    unit: &mut Unit,
    call: &ItemsCall,
    target: Result<Target, ItemFault>,
    form: Form,
    context: &mut Context<'_>,
) -> Done {
    let read = target.and_then(|target| {
        let max_age = target.item.map_or(Ok(None), |n| call.items[n].number::<f64>("UCPTmaxAge"));
        let name = || unit.config(target.point).name.clone();
        Ok((target.point, max_age.map_err(|fault| ItemFault::new(&name(), fault))?))
    });
    match read {
        Ok((point, max_age)) => {
            let late = context.behaviour.late_first_poll && !unit.states[point].polled;
            if !late {
                unit.read(point, max_age, context.now);
            }
            context.note(&unit.config(point).name, "ok");
            let item = data_item(unit, point, form, false, context);
            if late {
                unit.read(point, Some(0.0), context.now);
            }
            Ok(item)
        }
        Err(failed) => {
            context.note(&failed.name, format!("fault {}", failed.fault.code));
            Err(failed)
        }
    }
}
