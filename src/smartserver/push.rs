//! Values that a SmartServer sends unasked: a web connection calls `Write` on its target (manual
//! 2-17, 4-20), here over XMPP.

use super::MessageProperties;
use super::item::{element, filled, message, name_of, text_element};
use super::read::{PointData, point_data};
use crate::domain::{DataPointName, ItemFault};
use crate::soap::{self, EnvelopeError, FaultKind, Version};
use crate::xml::{Element, XSI};

/// Most items of a push. A SmartServer puts at most 100 into a message (manual 2-4).
pub const ITEMS_MAX: usize = 1_000;
/// Text of a pushed value is shorter, in bytes: no type comes near it.
const VALUE_MAX: usize = 65_536;

/// A push taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// Version of its envelope; the answer repeats it.
    pub version: Version,
    /// Its header.
    pub properties: Option<MessageProperties>,
    /// Values in document order.
    pub items: Vec<PushedItem>,
    /// Items that are no value of a data point, with the name they came with and what they are
    /// answered.
    pub refused: Vec<(String, ItemFault)>,
}

/// A pushed value.
#[derive(Debug, Clone, PartialEq)]
pub struct PushedItem {
    /// Name as it came. Whether it is the source's or the target's is not known (manual 4-21).
    pub name: DataPointName,
    /// The value.
    pub data: PointData,
}

/// Why a message is no push.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No envelope with one message.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// Another operation.
    #[error("{0} is not offered here, only Write is")]
    Operation(String),
    /// A `Write` without `iLonItem`.
    #[error("Write has no iLonItem")]
    NoItems,
    /// A `Write` with more than [`ITEMS_MAX`] items.
    #[error("Write has {0} items; at most {ITEMS_MAX} are taken")]
    TooMany(usize),
}

/// Reads the payload of an iq as a push. A `UCPTfaultCount` in it is ignored; of several items of one name
/// all are given.
///
/// # Errors
/// [`PushError`] when it is no `Write` in an envelope; answer it with [`refusal`].
pub fn parse(payload: &Element) -> Result<Push, PushError> {
    let envelope = soap::open(payload)?;
    values(&envelope.body, envelope.version, MessageProperties::find(&envelope.header))
}

/// Reads what an item of a pubsub node carries: a push as [`parse`] takes it, or its `Write` alone.
///
/// # Errors
/// [`PushError`]
pub fn parse_published(payload: &Element) -> Result<Push, PushError> {
    match payload.name.as_str() {
        "Write" => values(payload, Version::default(), None),
        _ => parse(payload),
    }
}

fn values(
    write: &Element,
    version: Version,
    properties: Option<MessageProperties>,
) -> Result<Push, PushError> {
    if write.name != "Write" {
        return Err(PushError::Operation(write.name.clone()));
    }
    let collection = write.child("iLonItem").ok_or(PushError::NoItems)?;
    let count = collection.children_named("Item").count();
    if count > ITEMS_MAX {
        return Err(PushError::TooMany(count));
    }
    let mut push = Push { version, properties, items: Vec::new(), refused: Vec::new() };
    for item in collection.children_named("Item") {
        match pushed(item) {
            Ok(item) => push.items.push(item),
            Err(fault) => push.refused.push((shown_name(item), fault)),
        }
    }
    Ok(push)
}

/// What is repeated of a name that may be none.
fn shown_name(item: &Element) -> String {
    name_of(item).chars().take(DataPointName::MAX).collect()
}

/// A value, or the fault that the item is answered with (codes: manual 2-8).
fn pushed(item: &Element) -> Result<PushedItem, ItemFault> {
    let fault = |code, text: &str| ItemFault { code, text: text.to_owned() };
    let xsi_type = item.attr_ns(XSI, "type").map(|name| name.rsplit(':').next().unwrap_or(name).trim());
    if !matches!(xsi_type, None | Some("" | "Dp_Data")) {
        return Err(fault(2, "only items of type Dp_Data are taken"));
    }
    let name = filled(item, "UCPTname").ok_or_else(|| fault(5, "UCPTname missing"))?;
    let name = name.parse().map_err(|_| fault(7, "UCPTname invalid"))?;
    let lengths = item.children_named("UCPTvalue").map(|value| value.text().len());
    match lengths.max() {
        None => return Err(fault(4, "UCPTvalue missing")),
        Some(VALUE_MAX..) => return Err(fault(11, "UCPTvalue too long")),
        Some(_) => {}
    }
    Ok(PushedItem { name, data: point_data(item) })
}

/// The answer to a push: every name received, those refused with their fault.
pub fn answer(push: &Push) -> Element {
    let taken = push.items.iter().map(|item| named(item.name.as_str()));
    let refused = push.refused.iter().map(|(name, fault)| refused(name, fault));
    answer_with(push, taken.chain(refused))
}

/// The same with the number of those refused only, for where the names would not fit into a stanza.
pub fn brief_answer(push: &Push) -> Element {
    answer_with(push, [])
}

fn answer_with(push: &Push, items: impl IntoIterator<Item = Element>) -> Element {
    let count = text_element("UCPTfaultCount", push.refused.len().to_string());
    soap::wrap(message("WriteResponse", std::iter::once(count).chain(items)), push.version)
}

fn named(name: &str) -> Element {
    element("Item").with_child(text_element("UCPTname", name))
}

fn refused(name: &str, fault: &ItemFault) -> Element {
    let code = text_element("faultcode", fault.code.to_string()).with_attr("faultType", "_error");
    let fault =
        element("fault").with_child(code).with_child(text_element("faultstring", fault.text.as_str()));
    element("Item").with_child(fault).with_child(text_element("UCPTname", name))
}

impl PushError {
    /// Who is to blame.
    pub fn kind(&self) -> FaultKind {
        match self {
            PushError::Envelope(EnvelopeError::Version(_)) => FaultKind::VersionMismatch,
            _ => FaultKind::Sender,
        }
    }
}

/// Version of SOAP to answer a payload in: its own if it has one that is known, else 1.1.
pub fn version_of(payload: &Element) -> Version {
    if payload.ns == Version::V12.namespace() { Version::V12 } else { Version::V11 }
}

/// The envelope with the SOAP fault that refuses a push.
pub fn refusal(version: Version, error: &PushError) -> Element {
    error.kind().envelope(&error.to_string(), version)
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
