use super::super::answers::value::{annotation, whole};
use super::super::engine::Context;
use super::super::format::text;
use super::super::plan::PointConfig;
use super::super::shape::{Scale, Shape};
use super::super::unit::Unit;
use super::super::value::Value;
use super::super::wire::{element, leaf, named};
use super::bus::{Bus, Kind, Level};
use super::record::Record;
use crate::xml::Element;

/// All that the configuration of a point shows under any of its types.
pub(in super::super) fn point_record(unit: &Unit, n: usize, context: &Context<'_>) -> Record {
    let config = unit.config(n);
    let mut record = kept_or_default(unit, n);
    let changed = config.kept.as_ref().map_or(unit.network.since, |kept| kept.changed);
    record.put(leaf("UCPTname", &config.name));
    record.put(leaf("UCPTannotation", annotation(config)));
    record.put(leaf("UCPTlastUpdate", context.stamp(unit, changed)));
    match config.shape().bits() {
        Some(bits) => record.put(leaf("UCPTlength", bits.div_ceil(8).to_string())),
        None => record.remove("UCPTlength"),
    }
    if record.text("UCPThidden").is_none() {
        record.put(leaf("UCPThidden", "0"));
    }
    record
}

/// What was set, else what the profile says.
pub(super) fn kept_or_default(unit: &Unit, n: usize) -> Record {
    let config = unit.config(n);
    match &config.kept {
        Some(kept) => kept.record.clone(),
        None => default_record(config, n),
    }
}

/// What the profile says of a point; `n` is its key.
pub(super) fn default_record(config: &PointConfig, n: usize) -> Record {
    let mut all = vec![leaf("UCPTaliasName", config.last_part())];
    all.extend((!config.description.is_empty()).then(|| leaf("UCPTdescription", &config.description)));
    let page = Kind { bus: Some(config.bus), level: Level::Point }.name();
    all.push(leaf("UCPTuri", format!("{page}.htm")));
    all.push(leaf("UCPTformatDescription", &config.format));
    all.push(named("UCPTdirection", if config.input { "DIR_IN" } else { "DIR_OUT" }));
    all.push(lon_string("UCPTdefOutput", config, &config.default));
    all.extend(units(config));
    all.extend(data_server(config));
    all.extend(driver(config, n));
    Record::new(all)
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

fn data_server(config: &PointConfig) -> Vec<Element> {
    let (base_type, fields) = base_type(config);
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

fn base_type(config: &PointConfig) -> (&'static str, usize) {
    match config.shape() {
        Shape::Structure(fields) => ("BT_STRUCT", fields.len()),
        Shape::Enumeration(_) => ("BT_ENUM", 1),
        Shape::Float(_) => ("BT_FLOAT", 1),
        Shape::Scaled(scale) => (integer_type(scale), 1),
        Shape::Text { .. } | Shape::Bit | Shape::Opaque => ("BT_NUL", 1),
    }
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

/// What the driver knows. The names of Modbus's and M-Bus's enumerations are guesses: no message
/// with them was to be had.
fn driver(config: &PointConfig, n: usize) -> Vec<Element> {
    let key = n.to_string();
    match config.bus {
        Bus::Lon => vec![
            leaf("UCPTnvIndex", key),
            leaf("UCPTnvSelector", format!("{:04x}", n & 0x3fff)),
            named("UCPTdynamic", "DDT_STATIC"),
            leaf("UCPTpollRate", "10.0"),
        ],
        Bus::Modbus => vec![
            leaf("UCPThandle", key),
            named("UCPTmodbusTable", if config.input { "MT_HOLDING_REGISTER" } else { "MT_INPUT_REGISTER" }),
            leaf("UCPTstartAddress", (3000 + 2 * n).to_string()),
            leaf("UCPTstartBit", "0"),
            leaf("UCPTbitLength", config.shape().bits().unwrap_or(16).to_string()),
            named("UCPTdataOrdering", "DO_BIG_ENDIAN"),
            leaf("UCPTpollRate", "5.0"),
        ],
        Bus::Mbus => vec![
            leaf("UCPThandle", key),
            leaf("UCPTpollRate", "900.0"),
            named("UCPTmbusType", "MBT_INSTANTANEOUS"),
            leaf("UCPTmbusProtocol", "EN 1434"),
        ],
        Bus::Virtual => vec![
            leaf("UCPThandle", key),
            leaf("UCPTpollRate", "0.0"),
            leaf("UCPTprogrammaticName", config.last_part()),
        ],
    }
}
