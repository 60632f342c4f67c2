use super::super::engine::Context;
use super::super::network::{Kind, Level, device_annotation, places};
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf};
use super::value::annotation;
use super::{Done, is_point_type, points_of, select};

/// What a List shows of one thing.
struct Listed {
    name: String,
    annotation: String,
    hidden: String,
    alias: Option<String>,
}

/// List (manual 4-5): the `xSelect` is required; only what the answer shows can be filtered on.
pub(in super::super) fn list(
    unit: &Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?.ok_or_else(|| Fault::new(4, "xSelect missing"))?;
    let all = everything(unit, select.kind.as_deref());
    let property = |entry: &Listed, name: &str| match name {
        "UCPTname" => Some(entry.name.clone()),
        "UCPTannotation" => Some(entry.annotation.clone()),
        "UCPThidden" => Some(entry.hidden.clone()),
        "UCPTaliasName" => entry.alias.clone(),
        _ => None,
    };
    let taken = select.matches(all.iter().collect(), property);
    context.note("", format!("{} items", taken.len()));
    Ok(taken.into_iter().map(|entry| Ok(item(entry))).collect())
}

fn item(entry: &Listed) -> crate::xml::Element {
    element("Item").with_children([
        leaf("UCPTname", &entry.name),
        leaf("UCPTannotation", &entry.annotation),
        leaf("UCPThidden", &entry.hidden),
    ])
}

fn everything(unit: &Unit, kind: Option<&str>) -> Vec<Listed> {
    let plain =
        |name: String, annotation: String| Listed { name, annotation, hidden: "0".to_owned(), alias: None };
    match kind.and_then(Kind::of) {
        _ if is_point_type(kind) => points_of(unit, kind).into_iter().map(|n| point(unit, n)).collect(),
        None => Vec::new(),
        Some(kind) if kind.level == Level::Device => {
            let shown = (0..unit.plan.devices.len()).filter(|n| kind.shows(unit.plan.devices[*n].bus));
            shown.map(|n| plain(unit.plan.devices[n].name.clone(), device_annotation(unit, n))).collect()
        }
        Some(kind) => places(unit, kind).into_iter().map(|p| plain(p.name.clone(), p.annotation())).collect(),
    }
}

fn point(unit: &Unit, n: usize) -> Listed {
    let config = unit.config(n);
    Listed {
        name: config.name.clone(),
        annotation: annotation(config),
        hidden: config.hidden(),
        alias: config.alias(),
    }
}
