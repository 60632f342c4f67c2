//! A bounded, namespace-aware element tree over `quick-xml`.
//!
//! Everything that reaches the gateway as XML passes through [`parse`], which refuses what XMPP
//! forbids (document types, processing instructions, unknown entities; RFC 6120, section 11) and
//! what would cost unbounded memory. Everything that leaves it as XML is written by
//! [`Element::to_xml`], which always qualifies elements, since `xmlns=""` does not survive
//! ejabberd's BOSH.

mod element;
mod error;
mod limits;
mod parse;
mod write;

pub use element::{Attribute, Element, Node};
pub use error::XmlError;
pub use limits::Limits;
pub use parse::parse;
pub use write::escape_text;

/// Namespace of `xsi:type` and its siblings.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespace bound to the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
