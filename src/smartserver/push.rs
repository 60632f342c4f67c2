//! Values that a SmartServer sends unasked: a web connection calls `Write` on its target (manual
//! 2-17, 4-20), here over XMPP.

use super::MessageProperties;
use super::item::{element, filled, message, name_of, text_element};
use super::read::{PointData, point_data};
use crate::domain::{DataPointName, ItemFault};
use crate::soap::{self, EnvelopeError, FaultKind, Version};
use crate::xml::{Element, XSI};

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
}

/// Reads the payload of an iq as a push. A `UCPTfaultCount` in it is ignored.
///
/// # Errors
/// [`PushError`] when it is no `Write` in an envelope; answer it with [`refusal`].
pub fn parse(payload: &Element) -> Result<Push, PushError> {
    let envelope = soap::open(payload)?;
    if envelope.body.name != "Write" {
        return Err(PushError::Operation(envelope.body.name));
    }
    let collection = envelope.body.child("iLonItem").ok_or(PushError::NoItems)?;
    let mut push = Push {
        version: envelope.version,
        properties: MessageProperties::find(&envelope.header),
        items: Vec::new(),
        refused: Vec::new(),
    };
    for item in collection.children_named("Item") {
        match pushed(item) {
            Ok(item) => push.items.push(item),
            Err(fault) => push.refused.push((name_of(item), fault)),
        }
    }
    Ok(push)
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
    if item.child("UCPTvalue").is_none() {
        return Err(fault(4, "UCPTvalue missing"));
    }
    Ok(PushedItem { name, data: point_data(item) })
}

/// The answer to a push: every name received, those refused with their fault.
pub fn answer(push: &Push) -> Element {
    let count = text_element("UCPTfaultCount", push.refused.len().to_string());
    let taken = push.items.iter().map(|item| named(item.name.as_str()));
    let refused = push.refused.iter().map(|(name, fault)| refused(name, fault));
    let body = message("WriteResponse", std::iter::once(count).chain(taken).chain(refused));
    soap::wrap(body, push.version)
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
