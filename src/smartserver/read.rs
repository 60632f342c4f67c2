use std::time::Duration;

use jiff::Timestamp;

use super::dates;
use super::item::{MessageError, Outcomes, Parsed, Reply, filled, item, message, text_element};
use crate::domain::types;
use crate::domain::{DataPointName, FormatName, Priority, Value};
use crate::xml::Element;

/// Value of a data point (`Dp_Data`, manual 4-12), as it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PointData {
    /// Text of the whole value, unchanged; empty if the message has none.
    pub raw: String,
    /// Format that the text is written in.
    pub format: Option<FormatName>,
    /// Unit as the message has it; of a structure the names of its fields.
    pub unit: Option<String>,
    /// Name of the preset that equals the value.
    pub preset: Option<String>,
    /// Fields of a structure that the message tells one by one (`VF_FIELDS`, manual 4-13).
    pub fields: Vec<FieldText>,
    /// `UCPTpointStatus`, as `AL_NO_CONDITION`.
    pub status: Option<String>,
    /// Priority of the point's holder.
    pub priority: Option<Priority>,
    /// `UCPTlastUpdate`: time of the value by the SmartServer's clock.
    pub updated_at: Option<Timestamp>,
}

/// A field of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldText {
    /// Name of the field, as the format has it.
    pub name: String,
    /// Its text.
    pub raw: String,
    /// Its unit.
    pub unit: Option<String>,
}

impl PointData {
    /// The typed value: by the message's own format, else by the one the point is configured with.
    /// `Null` also when the point was never read, or the message has no value.
    pub fn value(&self, configured: Option<&FormatName>) -> Value {
        if self.never_read(configured) {
            return Value::Null;
        }
        match types::format_of_units(self.format.as_ref(), configured) {
            None if self.raw.is_empty() => Value::Null,
            format => types::decode(format, &self.raw),
        }
    }

    /// Whether status and value are those of a point that was never polled, see
    /// [`types::is_unread`].
    pub fn never_read(&self, configured: Option<&FormatName>) -> bool {
        let format = types::format_of_units(self.format.as_ref(), configured);
        types::is_unread(format, &self.raw, self.status.as_deref())
    }
}

/// `Read` of these points: a value no older than `max_age`, or with `None` whatever the SmartServer
/// has, however old (manual 4-14).
pub(super) fn request(names: &[DataPointName], max_age: Option<Duration>) -> Element {
    message("Read", names.iter().map(|name| asked(name, max_age)))
}

/// Only `Dp_Data` has a member for the age (WSDL), so that an item with one must be typed.
fn asked(name: &DataPointName, max_age: Option<Duration>) -> Element {
    match max_age {
        None => item(None, name.as_str()),
        Some(age) => {
            item(Some("Dp_Data"), name.as_str()).with_child(text_element("UCPTmaxAge", seconds(age)))
        }
    }
}

/// Seconds to the millisecond below: never older than asked for.
fn seconds(age: Duration) -> String {
    format!("{}.{:03}", age.as_secs(), age.subsec_millis())
}

pub(super) fn parse(
    body: &Element,
    names: &[DataPointName],
) -> Result<Parsed<Outcomes<PointData>>, MessageError> {
    Ok(Reply::open(body, "Read")?.outcomes(names.iter(), |_, item| point_data(item)))
}

/// Reads a `Dp_Data` item. Of its values the one of format `UCPTvalueDef` is the preset, those
/// whose format ends in a field's name are fields, and the first other one is the value.
pub(super) fn point_data(item: &Element) -> PointData {
    let mut data = PointData {
        status: filled(item, "UCPTpointStatus"),
        priority: filled(item, "UCPTpriority").and_then(|text| text.parse().ok()).map(Priority),
        updated_at: filled(item, "UCPTlastUpdate").and_then(|text| dates::parse(&text)),
        ..PointData::default()
    };
    let mut whole = false;
    for value in item.children_named("UCPTvalue") {
        let format = FormatName::from(value.attr("LonFormat").unwrap_or_default());
        let unit = value.attr("Unit").map(str::to_owned).filter(|unit| !unit.trim().is_empty());
        if format.type_name() == "UCPTvalueDef" {
            data.preset = data.preset.or_else(|| preset(value));
        } else if let Some(field) = format.field() {
            data.fields.push(FieldText { name: field.to_owned(), raw: value.text(), unit });
        } else if !whole {
            whole = true;
            data.raw = value.text();
            data.unit = unit;
            data.format = Some(format).filter(|format| !format.as_str().is_empty());
        }
    }
    data
}

/// Where a value has no preset, `AL_NUL` may stand in its place (manual 7-20).
fn preset(value: &Element) -> Option<String> {
    Some(value.text().trim().to_owned()).filter(|text| !text.is_empty() && text != "AL_NUL")
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
