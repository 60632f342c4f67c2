use super::super::engine::Context;
use super::super::format::text;
use super::super::plan::PointConfig;
use super::super::request::{AskedItem, ItemsCall};
use super::super::shape::{Scale, Shape};
use super::super::unit::Unit;
use super::super::value::Value;
use super::super::wire::{Fault, element, leaf, named, typed_item};
use super::value::{base, whole};
use super::{Done, ItemFault, device, is_point_type, select, targets};
use crate::xml::Element;

/// Get (manual 4-6): the configuration of points, or of devices when their type is asked for.
pub(in super::super) fn get(
    unit: &Unit,
    call: &ItemsCall,
    context: &mut Context<'_>,
) -> Result<Vec<Done>, Fault> {
    let select = select(call)?;
    let kind = select.as_ref().and_then(|s| s.kind.as_deref());
    let kind = kind.or_else(|| call.items.iter().find_map(|item| item.kind.as_deref()));
    let done = if is_point_type(kind) {
        let lon = kind == Some("LON_Dp_Cfg");
        let found = targets(unit, call, select.as_ref(), context)?;
        found.into_iter().map(|target| target.map(|t| point(unit, t.point, lon, context))).collect()
    } else if matches!(kind, Some("LON_Device_Cfg" | "Device_Cfg")) {
        devices(unit, &call.items, context)
    } else {
        call.items.iter().map(|item| Err(missing(&item.name))).collect()
    };
    note(&done, context);
    Ok(done)
}

fn note(done: &[Done], context: &mut Context<'_>) {
    for item in done {
        match item {
            Ok(item) => context.note(&item.child_text("UCPTname").unwrap_or_default(), "ok"),
            Err(failed) => context.note(&failed.name, format!("fault {}", failed.fault.code)),
        }
    }
}

fn devices(unit: &Unit, asked: &[AskedItem], context: &Context<'_>) -> Vec<Done> {
    if asked.is_empty() {
        return (0..unit.plan.devices.len()).map(|n| Ok(device::item(unit, n, context))).collect();
    }
    let find = |name: &str| unit.plan.devices.iter().position(|device| device.name == name);
    asked
        .iter()
        .map(|item| {
            find(&item.name).map(|n| device::item(unit, n, context)).ok_or_else(|| missing(&item.name))
        })
        .collect()
}

/// Code 6 of devices and functional blocks (manual 2-8).
fn missing(name: &str) -> ItemFault {
    ItemFault::new(name, Fault::new(6, format!("Instance doesn't exist {name}")))
}

fn point(unit: &Unit, n: usize, lon: bool, context: &Context<'_>) -> Element {
    let config = unit.config(n);
    let item = typed_item(if lon { "LON_Dp_Cfg" } else { "Dp_Cfg" })
        .with_children(base(config))
        .with_child(leaf("UCPTaliasName", config.alias()))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, unit.configured)))
        .with_children((!config.description.is_empty()).then(|| leaf("UCPTdescription", &config.description)))
        .with_child(leaf("UCPTuri", "LON_Dp_Cfg.htm"))
        .with_child(leaf("UCPTformatDescription", &config.format))
        .with_children(config.shape().bits().map(|bits| leaf("UCPTlength", bits.div_ceil(8).to_string())))
        .with_child(named("UCPTdirection", if config.input { "DIR_IN" } else { "DIR_OUT" }))
        .with_child(lon_string("UCPTdefOutput", config, &config.default))
        .with_children(units(config));
    if lon { item.with_children(network_variable(n)) } else { item.with_children(details(config)) }
}

fn units(config: &PointConfig) -> Vec<Element> {
    let unit =
        |field: Option<usize>| config.kind.unit_of(field, config.us).map(|unit| leaf("UCPTunit", unit));
    if config.kind.fields().is_empty() {
        return unit(None).into_iter().collect();
    }
    let fields = config.kind.fields().iter().enumerate();
    fields.filter_map(|(n, field)| Some(unit(Some(n))?.with_attr("field", &field.name))).collect()
}

fn network_variable(n: usize) -> [Element; 4] {
    [
        leaf("UCPTnvIndex", n.to_string()),
        leaf("UCPTnvSelector", format!("{n:04x}")),
        named("UCPTdynamic", "DDT_STATIC"),
        leaf("UCPTpollRate", "10.0"),
    ]
}

fn details(config: &PointConfig) -> Vec<Element> {
    let (base_type, fields) = match config.shape() {
        Shape::Structure(fields) => ("BT_STRUCT", fields.len()),
        Shape::Enumeration(_) => ("BT_ENUM", 1),
        Shape::Float(_) => ("BT_FLOAT", 1),
        Shape::Scaled(scale) => (integer_type(scale), 1),
        Shape::Text { .. } | Shape::Bit | Shape::Opaque => ("BT_NUL", 1),
    };
    let mut all = vec![named("UCPTbaseType", base_type)];
    if let Shape::Scaled(scale) = config.shape() {
        all.push(leaf("UCPTprecision", scale.decimals.to_string()));
    }
    all.push(leaf("UCPTmaxFields", fields.to_string()));
    all.extend(["SCPTmaxSendTime", "SCPTminSendTime", "SCPTmaxRcvTime"].map(|name| leaf(name, "0.0")));
    all.extend(limits(config));
    all.extend(config.presets.iter().enumerate().map(|(n, (name, value))| value_def(n, name, config, value)));
    all
}

fn integer_type(scale: &Scale) -> &'static str {
    match (scale.size, scale.signed) {
        (1, true) => "BT_SIGNED_CHAR",
        (1, false) => "BT_UNSIGNED_CHAR",
        (2, true) => "BT_SIGNED_SHORT",
        (2, false) => "BT_UNSIGNED_SHORT",
        (_, true) => "BT_SIGNED_QUAD",
        (_, false) => "BT_UNSIGNED_QUAD",
    }
}

fn limits(config: &PointConfig) -> Vec<Element> {
    let Shape::Scaled(scale) = config.shape() else { return Vec::new() };
    let limit = |name: &str, raw: i64| lon_string(name, config, &Value::Raw(raw));
    let mut all = vec![limit("UCPTminValue", scale.minimum), limit("UCPTmaxValue", scale.maximum)];
    all.extend(scale.invalid.map(|raw| limit("UCPTinvalidValue", raw)));
    all
}

fn lon_string(name: &str, config: &PointConfig, value: &Value) -> Element {
    leaf(name, text(config.shape(), value, config.us)).with_attr("LonFormat", &config.format)
}

fn value_def(index: usize, name: &str, config: &PointConfig, value: &Value) -> Element {
    element("ValueDef").with_children([
        leaf("UCPTindex", index.to_string()),
        leaf("UCPTname", name),
        whole(config, value),
    ])
}
