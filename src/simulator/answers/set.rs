use super::super::engine::Context;
use super::super::network::{Bus, Kind, Level, set_device, set_point};
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::value::name_item;
use super::{Done, each};

/// Set (manual 4-8): creates or overwrites. The type is needed; the answer shows names alone
/// (manual 5-9).
pub(in super::super) fn set(
    unit: &mut Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    each(call, context, |item, kind, context| {
        let kind = kind.ok_or_else(|| Fault::new(2, "xsi:type missing"))?;
        match Kind::of(kind) {
            Some(kind) if kind.level == Level::Point => set_point(unit, item, kind, context),
            Some(Kind { bus: Some(Bus::Lon), level: Level::Device }) => set_device(unit, item, context),
            _ => Err(Fault::new(10, format!("cannot set {} as {kind}", item.name))),
        }?;
        Ok(name_item(&item.name))
    })
}
