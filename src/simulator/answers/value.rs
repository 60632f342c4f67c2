use super::super::engine::Context;
use super::super::format::text;
use super::super::network::{Kind, Level};
use super::super::plan::PointConfig;
use super::super::unit::Unit;
use super::super::value::{Value, to_hex};
use super::super::wire::{element, leaf, named, typed_item};
use crate::xml::Element;

/// How a Read shows values (manual 4-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// The whole value and the preset that equals it.
    Plain,
    /// With one more value per field.
    Fields,
    /// Bytes.
    RawHex,
}

impl Form {
    pub(in super::super) fn of(value_format: Option<&str>) -> Form {
        match value_format {
            Some("VF_FIELDS") => Form::Fields,
            Some("VF_RAW_HEX") => Form::RawHex,
            _ => Form::Plain,
        }
    }
}

/// `UCPTname`, `UCPTannotation`, `UCPThidden`: what each item of a point begins with.
pub(in super::super) fn base(config: &PointConfig) -> [Element; 3] {
    [
        leaf("UCPTname", &config.name),
        leaf("UCPTannotation", annotation(config)),
        leaf("UCPThidden", config.hidden()),
    ]
}

pub(in super::super) fn annotation(config: &PointConfig) -> String {
    let kind = Kind { bus: Some(config.bus), level: Level::Point };
    format!("{};xsi:type=\"{}\"", if config.input { "Dp_In" } else { "Dp_Out" }, kind.name())
}

/// The `Dp_Data` of a point as the data server holds it now (manual 4-13).
pub(in super::super) fn data_item(
    unit: &Unit,
    n: usize,
    form: Form,
    with_alias: bool,
    context: &Context<'_>,
) -> Element {
    let (config, state) = (unit.config(n), &unit.states[n]);
    typed_item("Dp_Data")
        .with_children(base(config))
        .with_children(config.alias().filter(|_| with_alias).map(|alias| leaf("UCPTaliasName", alias)))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, state.updated)))
        .with_children(values(config, &state.server, form))
        .with_child(named("UCPTpointStatus", unit.status(n)))
        .with_child(leaf("UCPTpriority", state.priority.to_string()))
}

/// The `UCPTvalue` elements that show a value: whole, fields, preset.
pub(in super::super) fn values(config: &PointConfig, value: &Value, form: Form) -> Vec<Element> {
    if form == Form::RawHex {
        let hex = to_hex(config.shape(), value).unwrap_or_default();
        return vec![leaf("UCPTvalue", hex).with_attr("LonFormat", "RAW_HEX")];
    }
    let mut values = vec![whole(config, value)];
    if form == Form::Fields {
        let fields = 0..config.kind.fields().len();
        let suffix = |n: usize| format!("{}.{}", config.format, config.kind.fields()[n].name);
        values.extend(fields.filter_map(|n| field(config, value, n, &suffix(n))));
    }
    let preset =
        config.preset_of(value).map(|name| leaf("UCPTvalue", name).with_attr("LonFormat", "UCPTvalueDef"));
    values.extend(preset);
    values
}

/// A value in the point's own format.
pub(in super::super) fn whole(config: &PointConfig, value: &Value) -> Element {
    let shown = text(config.shape(), value, config.us);
    with_unit(leaf("UCPTvalue", shown).with_attr("LonFormat", &config.format), config, None)
}

/// One field of a value under the format name given.
pub(in super::super) fn field(
    config: &PointConfig,
    value: &Value,
    n: usize,
    format: &str,
) -> Option<Element> {
    let Value::Fields(values) = value else { return None };
    let shown = text(&config.kind.fields().get(n)?.shape, values.get(n)?, config.us);
    Some(with_unit(leaf("UCPTvalue", shown).with_attr("LonFormat", format), config, Some(n)))
}

fn with_unit(value: Element, config: &PointConfig, field: Option<usize>) -> Element {
    match config.kind.unit_of(field, config.us) {
        Some(unit) => value.with_attr("Unit", unit),
        None => value,
    }
}

/// A property of a point that an `xSelect` may compare.
pub(in super::super) fn property(unit: &Unit, n: usize, name: &str, context: &Context<'_>) -> Option<String> {
    let config = unit.config(n);
    Some(match name {
        "UCPTname" => config.name.clone(),
        "UCPTannotation" => annotation(config),
        "UCPThidden" => config.hidden(),
        "UCPTaliasName" => return config.alias(),
        "UCPTformatDescription" => config.format.clone(),
        "UCPTdescription" => config.description.clone(),
        "UCPTlastUpdate" => context.stamp(unit, unit.states[n].updated),
        "UCPTpointStatus" => unit.status(n).to_owned(),
        "UCPTpriority" => unit.states[n].priority.to_string(),
        _ => return None,
    })
}

/// An `Item` that shows a name and nothing else.
pub(in super::super) fn name_item(name: &str) -> Element {
    element("Item").with_child(leaf("UCPTname", name))
}
