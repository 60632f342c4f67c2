use super::super::behaviour::RefusedWrite;
use super::super::engine::{Context, Note};
use super::super::format::parse;
use super::super::lon_format::{LonFormat, TypedFormat, read as read_format};
use super::super::plan::PointConfig;
use super::super::point::FREE;
use super::super::request::{AskedItem, ItemsCall};
use super::super::shape::Shape;
use super::super::unit::Unit;
use super::super::value::{Value, from_hex};
use super::super::wire::{Fault, element};
use super::value::{Form, base, field, values};
use super::{Done, ItemFault};
use crate::xml::Element;

/// Write (manual 4-15 to 4-17).
pub(in super::super) fn write(
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
    let priority = item.number::<u8>("UCPTpriority").ok().flatten();
    let values = item.element.children_named("UCPTvalue").map(Element::text).collect();
    let (outcome, done) = match taken(unit, item, context) {
        Ok((true, done)) => ("ok".to_owned(), Ok(done)),
        Ok((false, done)) => ("refused".to_owned(), Ok(done)),
        Err(fault) => (format!("fault {}", fault.code), Err(ItemFault::new(&item.name, fault))),
    };
    context.notes.push(Note { name: item.name.clone(), values, priority, outcome });
    done
}

/// Whether the point took the value, and the answer.
fn taken(unit: &mut Unit, item: &AskedItem, context: &Context<'_>) -> Result<(bool, Element), Fault> {
    if item.name.is_empty() {
        return Err(Fault::new(5, "UCPTname missing"));
    }
    let n = unit.find(&item.name).ok_or_else(|| ItemFault::not_found(&item.name).fault)?;
    let priority = item.number::<u8>("UCPTpriority")?.unwrap_or(FREE);
    let propagate = item.number::<u8>("UCPTpropagate")?.unwrap_or(1) != 0;
    unit.read(n, None, context.now);
    let value = value(unit.config(n), &unit.states[n].server, item)?;
    let taken = unit.write(n, value, priority, propagate, context.now).is_ok();
    if !taken && context.behaviour.refused_write == RefusedWrite::Fault {
        return Err(Fault::new(12, format!("priority {priority} is too low")));
    }
    Ok((taken, answer(unit, n, item)))
}

/// The value that an item's `UCPTvalue` elements make of the present one. A preset wins over the
/// others unless it is unknown (manual A-6).
fn value(config: &PointConfig, present: &Value, item: &AskedItem) -> Result<Value, Fault> {
    let given: Vec<(LonFormat<'_>, String)> = item
        .element
        .children_named("UCPTvalue")
        .map(|value| (read_format(value.attr("LonFormat")), value.text().trim().to_owned()))
        .collect();
    let presets = given.iter().filter(|(format, _)| matches!(format, LonFormat::Preset));
    if let Some(preset) = presets.filter_map(|(_, name)| config.preset(name)).next() {
        return Ok(preset.clone());
    }
    let mut plain = given.iter().filter(|(format, _)| !matches!(format, LonFormat::Preset)).peekable();
    match (plain.peek(), given.first()) {
        (None, None) => Err(Fault::new(4, "UCPTvalue missing")),
        (None, Some((_, name))) => Err(format_error(name)),
        _ => plain.try_fold(present.clone(), |value, (format, text)| apply(config, value, *format, text)),
    }
}

fn apply(config: &PointConfig, value: Value, format: LonFormat<'_>, text: &str) -> Result<Value, Fault> {
    let whole = match format {
        LonFormat::Own => parse(config.shape(), text, config.us),
        LonFormat::RawHex => from_hex(config.shape(), text),
        LonFormat::Typed(typed) => match typed.field {
            Some(name) => return with_field(config, value, name, typed, text),
            None => converted(config, typed, text),
        },
        LonFormat::Preset | LonFormat::Unknown => None,
    };
    whole.ok_or_else(|| format_error(text))
}

/// Reads a text in a format that may differ from the point's own (manual 4-15): another variant
/// of its type, or another type of numbers in the same unit.
fn converted(config: &PointConfig, typed: TypedFormat<'_>, text: &str) -> Option<Value> {
    let value = parse(&typed.kind.shape, text, typed.us)?;
    if typed.kind.name == config.kind.name {
        return Some(value);
    }
    let number = typed.kind.shape.number(&value).filter(|_| typed.kind.unit == config.kind.unit)?;
    match config.shape() {
        Shape::Scaled(scale) => Some(scale.raw(number)).filter(|raw| scale.fits(*raw)).map(Value::Raw),
        Shape::Float(_) => Some(Value::Float(number as f32)),
        _ => None,
    }
}

fn with_field(
    config: &PointConfig,
    value: Value,
    name: &str,
    typed: TypedFormat<'_>,
    text: &str,
) -> Result<Value, Fault> {
    let Value::Fields(mut values) = value else { return Err(format_error(text)) };
    if typed.kind.name != config.kind.name {
        return Err(format_error(text));
    }
    let n = config.kind.field(name).ok_or_else(|| Fault::new(16, format!("field name not found {name}")))?;
    values[n] = parse(&config.kind.fields()[n].shape, text, typed.us).ok_or_else(|| format_error(text))?;
    Ok(Value::Fields(values))
}

fn format_error(text: &str) -> Fault {
    Fault::new(11, format!("format error {text}"))
}

/// Name and new value; fields under the format names that the request used (manual 4-17).
fn answer(unit: &Unit, n: usize, item: &AskedItem) -> Element {
    let (config, value) = (unit.config(n), &unit.states[n].server);
    let fields = item.element.children_named("UCPTvalue").filter_map(|given| {
        let format = given.attr("LonFormat")?;
        let LonFormat::Typed(TypedFormat { field: Some(name), .. }) = read_format(Some(format)) else {
            return None;
        };
        field(config, value, config.kind.field(name)?, format)
    });
    element("Item")
        .with_children(base(config))
        .with_children(values(config, value, Form::Plain))
        .with_children(fields)
}
