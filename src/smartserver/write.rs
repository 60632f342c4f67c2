use super::item::{MessageError, Outcomes, Parsed, Reply, item, message, text_element};
use crate::domain::{DataPointName, FormatName, Priority};
use crate::xml::Element;

/// One data point of a `Write`.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteItem {
    /// The point.
    pub name: DataPointName,
    /// What to write.
    pub payload: WritePayload,
    /// At which priority: the write is taken if no stronger one holds the point (manual 4-16).
    pub priority: Priority,
    /// Whether the value goes on to the network; else only the data server has it (manual 4-16).
    pub propagate: bool,
}

/// What a `Write` puts into a data point (manual 4-15, 4-16).
#[derive(Debug, Clone, PartialEq)]
pub enum WritePayload {
    /// Text in a format, which may be another than the point's own: the SmartServer converts.
    Formatted {
        /// The format.
        format: FormatName,
        /// The text.
        text: String,
    },
    /// A preset's name.
    Preset(String),
    /// Text from the caller, not checked.
    Raw {
        /// The point's format; without one the text is bytes in hexadecimal.
        format: Option<FormatName>,
        /// The text.
        text: String,
    },
    /// Some fields of a structure.
    Fields(Vec<FieldWrite>),
    /// The value's bytes as hexadecimal digits.
    RawHex(String),
}

/// One field of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldWrite {
    /// The field, as `SNVT_switch.value`.
    pub format: FormatName,
    /// Its text.
    pub text: String,
}

impl WritePayload {
    /// `LonFormat` and text of each value.
    pub(super) fn parts(&self) -> Vec<(&str, &str)> {
        match self {
            WritePayload::Formatted { format, text } => vec![(format.as_str(), text)],
            WritePayload::Preset(name) => vec![("UCPTvalueDef", name)],
            WritePayload::Raw { format, text } => {
                vec![(format.as_ref().map_or(FormatName::RAW_HEX, FormatName::as_str), text)]
            }
            WritePayload::Fields(fields) => {
                fields.iter().map(|field| (field.format.as_str(), field.text.as_str())).collect()
            }
            WritePayload::RawHex(digits) => vec![(FormatName::RAW_HEX, digits)],
        }
    }
}

pub(super) fn request(items: &[WriteItem]) -> Element {
    message("Write", items.iter().map(written))
}

fn written(write: &WriteItem) -> Element {
    let value = |(format, text)| text_element("UCPTvalue", text).with_attr("LonFormat", format);
    item(Some("Dp_Data"), write.name.as_str())
        .with_children(write.payload.parts().into_iter().map(value))
        .with_child(text_element("UCPTpriority", write.priority.0.to_string()))
        .with_children((!write.propagate).then(|| text_element("UCPTpropagate", "0")))
}

pub(super) fn parse<'n>(
    body: &Element,
    names: impl Iterator<Item = &'n DataPointName>,
) -> Result<Parsed<Outcomes<()>>, MessageError> {
    acknowledged(Reply::open(body, "Write")?, names)
}

/// Outcomes of a message that changes something: an item without error was processed (manual 2-7).
/// An answer that counts no faults and lists no items acknowledges all of them. One that counts
/// more faults than it names leaves open what was processed, so that it is no answer.
pub(super) fn acknowledged<'n>(
    reply: Reply<'_>,
    names: impl Iterator<Item = &'n DataPointName>,
) -> Result<Parsed<Outcomes<()>>, MessageError> {
    if reply.hides_faults() {
        return Err(MessageError::Malformed("the answer counts more faults than it names".to_owned()));
    }
    if reply.fault_count == Some(0) && reply.items.is_empty() {
        let value = names.map(|name| (name.clone(), Ok(()))).collect();
        return Ok(reply.parsed(value));
    }
    Ok(reply.outcomes(names, |_, _| ()))
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
