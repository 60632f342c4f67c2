use crate::xml::{Element, Node, XML, XSI};

use super::behaviour::Version;

/// Namespace of the messages of interface v4.0.
pub(super) const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
pub(super) const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
const ENCODING: &str = "http://schemas.xmlsoap.org/soap/encoding/";

/// An element of a message.
pub(super) fn element(name: &str) -> Element {
    Element::new(MESSAGE, name)
}

/// An element of a message with a text.
pub(super) fn leaf(name: &str, text: impl Into<String>) -> Element {
    element(name).with_text(text)
}

/// An element whose `LonFormat` is its own name, as `UCPTpointStatus` has it.
pub(super) fn named(name: &str, text: impl Into<String>) -> Element {
    leaf(name, text).with_attr("LonFormat", name)
}

/// An `Item` of a type.
pub(super) fn typed_item(kind: &str) -> Element {
    element("Item").with_attr_ns(XSI, "type", kind)
}

/// Why one item, a whole request, or a message failed (manual 2-8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: u8,
    pub text: String,
}

impl Fault {
    pub(super) fn new(code: u8, text: impl Into<String>) -> Self {
        Fault { code, text: text.into() }
    }

    /// The `fault` of an item or of an `iLonItem` (manual 2-7).
    pub(super) fn element(&self) -> Element {
        element("fault")
            .with_child(leaf("faultcode", self.code.to_string()).with_attr("faultType", "_error"))
            .with_child(leaf("faultstring", &self.text).with_attr_ns(XML, "lang", "en-US"))
    }
}

/// Wraps a body child into an envelope (manual 2-4).
pub(super) fn envelope(version: Version, header: Option<Element>, body: Option<Element>) -> Element {
    let ns = namespace(version);
    let mut envelope = Element::new(ns, "Envelope");
    if version == Version::V11 {
        envelope = envelope.with_attr_ns(ns, "encodingStyle", ENCODING);
    }
    let header = header.map(|header| Element::new(ns, "Header").with_child(header));
    envelope.with_children(header).with_child(Element::new(ns, "Body").with_children(body))
}

/// A SOAP fault: in 1.1 with qualified children and a bare number as code (manual 2-8), in 1.2 as
/// that version wants it.
pub(super) fn soap_fault(version: Version, fault: &Fault) -> Element {
    let ns = namespace(version);
    let leaf = |name: &str, text: &str| Element::new(ns, name).with_text(text);
    let code = fault.code.to_string();
    if version == Version::V11 {
        return Element::new(ns, "Fault").with_children([
            leaf("faultcode", &code),
            leaf("faultstring", "soap fault"),
            leaf("detail", &fault.text),
        ]);
    }
    let subcode = Element::new(ns, "Subcode").with_child(leaf("Value", &code));
    let reason =
        Element::new(ns, "Reason").with_child(leaf("Text", "soap fault").with_attr_ns(XML, "lang", "en-US"));
    Element::new(ns, "Fault").with_children([
        Element::new(ns, "Code").with_child(leaf("Value", "Sender")).with_child(subcode),
        reason,
        leaf("Detail", &fault.text),
    ])
}

fn namespace(version: Version) -> &'static str {
    match version {
        Version::V11 => SOAP_1_1,
        Version::V12 => SOAP_1_2,
    }
}

/// The same tree in no namespace.
pub(super) fn unqualified(mut element: Element) -> Element {
    element.ns.clear();
    for child in &mut element.children {
        if let Node::Element(child) = child {
            *child = unqualified(std::mem::take(child));
        }
    }
    element
}
