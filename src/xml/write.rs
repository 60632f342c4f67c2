use std::fmt::Write as _;

use super::{Attribute, Element, Node, XML, XSI};

impl Element {
    /// Writes the element as a document of its own: every namespace it needs is declared in it.
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        write_element(&mut out, self, "");
        out
    }

    /// Writes the element as a child of an element whose default namespace is `parent_ns`.
    pub fn write_into(&self, out: &mut String, parent_ns: &str) {
        write_element(out, self, parent_ns);
    }
}

fn write_element(out: &mut String, element: &Element, parent_ns: &str) {
    out.push('<');
    out.push_str(&element.name);
    if element.ns != parent_ns {
        let _ = write!(out, " xmlns=\"{}\"", escape_attribute(&element.ns));
    }
    if element.attributes.iter().any(|a| a.ns == XSI) {
        let _ = write!(out, " xmlns:xsi=\"{XSI}\"");
    }
    for (index, attribute) in element.attributes.iter().enumerate() {
        write_attribute(out, attribute, index);
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Element(child) => write_element(out, child, &element.ns),
            Node::Text(text) => out.push_str(&escape_text(text)),
        }
    }
    let _ = write!(out, "</{}>", element.name);
}

fn write_attribute(out: &mut String, attribute: &Attribute, index: usize) {
    let Attribute { ns, name, value } = attribute;
    let value = escape_attribute(value);
    let _ = match ns.as_str() {
        "" => write!(out, " {name}=\"{value}\""),
        XML => write!(out, " xml:{name}=\"{value}\""),
        XSI => write!(out, " xsi:{name}=\"{value}\""),
        other => write!(out, " xmlns:a{index}=\"{}\" a{index}:{name}=\"{value}\"", escape_attribute(other)),
    };
}

/// Escapes character data. `\r` is written as a reference, else the next parser turns it into `\n`.
pub fn escape_text(text: &str) -> String {
    quick_xml::escape::partial_escape(text).replace('\r', "&#13;")
}

/// Escapes an attribute value. Line breaks and tabs are written as references, else the next
/// parser turns them into blanks.
fn escape_attribute(value: &str) -> String {
    quick_xml::escape::escape(value).replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Attribute, Element, Limits, Node, XSI, parse};

    #[test]
    fn declares_only_what_changes() {
        let e = Element::new("urn:a", "a")
            .with_child(Element::new("urn:a", "b").with_text("x & y"))
            .with_child(Element::new("urn:c", "c").with_attr_ns(XSI, "type", "T"));
        assert_eq!(
            e.to_xml(),
            "<a xmlns=\"urn:a\"><b>x &amp; y</b><c xmlns=\"urn:c\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"T\"/></a>"
        );
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-zA-Z_][a-zA-Z0-9_.-]{0,8}"
    }

    fn text() -> impl Strategy<Value = String> {
        "[ -~\\n\\r\\t\u{A0}-\u{D7FF}\u{10000}-\u{10FFF}]{1,20}"
    }

    fn ns() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), Just(XSI.to_owned()), "urn:[a-z&<]{1,5}"]
    }

    fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
        proptest::collection::btree_map((ns(), name()), text(), 0..4).prop_map(|map| {
            map.into_iter().map(|((ns, name), value)| Attribute { ns, name, value }).collect()
        })
    }

    fn element() -> impl Strategy<Value = Element> {
        let leaf = (ns(), name(), attributes()).prop_map(|(ns, name, attributes)| Element {
            ns,
            name,
            attributes,
            children: Vec::new(),
        });
        leaf.prop_recursive(4, 30, 5, |inner| {
            (ns(), name(), attributes(), text(), proptest::collection::vec(inner, 0..5)).prop_map(
                |(ns, name, attributes, text, children)| {
                    let mut all = vec![Node::Text(text)];
                    all.extend(children.into_iter().map(Node::Element));
                    Element { ns, name, attributes, children: all }
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_read_back(e in element()) {
            let read = parse(&e.to_xml(), &Limits::REQUEST).unwrap();
            prop_assert_eq!(read, e);
        }
    }
}
