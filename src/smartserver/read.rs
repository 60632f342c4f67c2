use std::time::Duration;

use jiff::Timestamp;

use super::dates;
use super::item::{MessageError, Outcomes, Parsed, Reply, filled, item, message, text_element};
use super::rpc::check_count;
use super::{Answer, CallError, Selector, SmartServerRpc};
use crate::domain::types;
use crate::domain::{DataPointName, FormatName, Priority, Value};
use crate::xml::Element;
use crate::xmpp::Limits;

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
    /// Bytes of the value in hexadecimal, if they were asked for (`VF_RAW_HEX`).
    pub raw_hex: Option<String>,
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

/// `Read` of these points, each no older than its own age: `UCPTmaxAge` is a member of the item (manual
/// 4-14).
pub(super) fn request_aged(points: &[(DataPointName, Duration)]) -> Element {
    message("Read", points.iter().map(|(name, age)| asked(name, Some(*age))))
}

/// `Read` of these points with their values in another form (manual 4-12).
fn request_in(form: &'static str, names: &[DataPointName]) -> Element {
    let select = Selector::of("Dp_Cfg").value_format(form).to_string();
    let items = names.iter().map(|name| item(None, name.as_str()));
    message("Read", std::iter::once(text_element("xSelect", select)).chain(items))
}

impl SmartServerRpc {
    /// Values of up to 100 data points as the SmartServer has them, with every field of a structure
    /// by itself (`VF_FIELDS`, manual 4-13).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_fields(
        &self,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<PointData>>, CallError> {
        check_count(names)?;
        self.call(request_in("VF_FIELDS", names), limits, |body| parse(body, names)).await
    }

    /// The same as bytes (`VF_RAW_HEX`, manual 4-12): only `raw_hex`, status, priority and time are
    /// set. `raw_hex` is absent where the answer tells no bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_raw_hex(
        &self,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<PointData>>, CallError> {
        check_count(names)?;
        let parse =
            |body: &Element| Ok(Reply::open(body, "Read")?.outcomes(names.iter(), |_, item| bytes(item)));
        self.call(request_in("VF_RAW_HEX", names), limits, parse).await
    }
}

/// A text counts as bytes only if nothing says that it is in another format: `12` is a number too.
fn bytes(item: &Element) -> PointData {
    let PointData { status, priority, updated_at, .. } = point_data(item);
    let is_bytes = |value: &&Element| {
        matches!(value.attr("LonFormat").map(str::trim), None | Some("" | FormatName::RAW_HEX))
    };
    let text = item.children_named("UCPTvalue").find(is_bytes).map(|value| value.text().trim().to_owned());
    let raw_hex = text.filter(|text| {
        !text.is_empty() && text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit())
    });
    PointData { status, priority, updated_at, raw_hex, ..PointData::default() }
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
