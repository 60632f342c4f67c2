use super::super::engine::Context;
use super::super::request::ItemsCall;
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf};
use super::value::annotation;
use super::{Done, device, is_point_type, select};

/// What a List shows of one thing.
struct Listed {
    name: String,
    annotation: String,
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
        "UCPThidden" => Some("0".to_owned()),
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
        leaf("UCPThidden", "0"),
    ])
}

fn everything(unit: &Unit, kind: Option<&str>) -> Vec<Listed> {
    if is_point_type(kind) {
        return unit.all().into_iter().map(|n| point(unit, n)).collect();
    }
    let plain = |(name, annotation): (String, String)| Listed { name, annotation, alias: None };
    match kind {
        Some("LON_Device_Cfg" | "Device_Cfg") => device::devices(unit).into_iter().map(plain).collect(),
        Some("LON_Fb_Cfg" | "Fb_Cfg") => device::blocks(unit).into_iter().map(plain).collect(),
        Some("LON_Channel_Cfg" | "Channel_Cfg") => {
            vec![plain(("Net/LON".into(), "Channel;xsi:type=\"LON_Channel_Cfg\"".into()))]
        }
        Some("LON_Network_Cfg" | "Network_Cfg") => {
            vec![plain(("Net".into(), "Network;xsi:type=\"LON_Network_Cfg\"".into()))]
        }
        _ => Vec::new(),
    }
}

fn point(unit: &Unit, n: usize) -> Listed {
    let config = unit.config(n);
    Listed {
        name: config.name.clone(),
        annotation: annotation(config),
        alias: Some(config.alias().to_owned()),
    }
}
