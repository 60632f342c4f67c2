use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{Element, Limits, Node, XmlError};

/// Parses one document into a tree.
///
/// # Errors
/// [`XmlError`] when the text is not namespace-well-formed XML with one root, holds a document
/// type, a processing instruction, an entity other than the five of XML, or exceeds `limits`.
/// An XML declaration and comments are tolerated and dropped.
pub fn parse(text: &str, limits: &Limits) -> Result<Element, XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge { what: "bytes", limit: limits.bytes });
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut builder = Builder { open: Vec::new(), root: None, nodes: 0, limits };
    loop {
        let event = reader.read_event().map_err(malformed)?;
        match event {
            Event::Start(start) => builder.open(element(&reader, &start)?)?,
            Event::Empty(start) => {
                builder.open(element(&reader, &start)?)?;
                builder.close()?;
            }
            Event::End(_) => builder.close()?,
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(data) => builder.text(&data.xml10_content())?,
            Event::GeneralRef(reference) => builder.text(&character(&reference)?)?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::DocType(_) => return Err(XmlError::Forbidden("a document type is")),
            Event::PI(_) => return Err(XmlError::Forbidden("a processing instruction is")),
            Event::Eof => return builder.finish(),
        }
    }
}

struct Builder<'l> {
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    limits: &'l Limits,
}

impl Builder<'_> {
    fn open(&mut self, element: Element) -> Result<(), XmlError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlError::Root);
        }
        self.nodes += 1 + element.attributes.len();
        if self.nodes > self.limits.nodes {
            return Err(XmlError::TooLarge { what: "nodes", limit: self.limits.nodes });
        }
        self.open.push(element);
        if self.open.len() > self.limits.depth {
            return Err(XmlError::TooLarge { what: "levels", limit: self.limits.depth });
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let element = self.open.pop().ok_or(XmlError::Root)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        check_characters(text)?;
        let Some(parent) = self.open.last_mut() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(XmlError::Root) };
        };
        match parent.children.last_mut() {
            Some(Node::Text(previous)) => previous.push_str(text),
            _ => parent.children.push(Node::Text(text.to_owned())),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        if self.open.is_empty() { self.root.ok_or(XmlError::Root) } else { Err(XmlError::Root) }
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let resolver = reader.resolver();
    let (ns, name) = resolver.resolve_element(start.name());
    let mut element = Element::new(namespace(ns)?, name.as_ref());
    check_name(&element.name)?;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (ns, name) = resolver.resolve_attribute(attribute.key);
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
        check_characters(&value)?;
        check_name(name.as_ref())?;
        let ns = namespace(ns)?;
        if element.attr_ns(&ns, name.as_ref()).is_some() {
            return Err(XmlError::Malformed(format!("attribute {} twice", name.as_ref())));
        }
        element = element.with_attr_ns(&ns, name.as_ref(), value);
    }
    Ok(element)
}

fn namespace(resolved: ResolveResult<'_>) -> Result<String, XmlError> {
    match resolved {
        // The resolver keeps the declaration as written, escapes and all.
        ResolveResult::Bound(ns) => Ok(quick_xml::escape::unescape(ns.0).map_err(malformed)?.into_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => {
            Err(XmlError::Malformed(format!("prefix {prefix:?} is not declared")))
        }
    }
}

fn character(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(c) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(c.to_string());
    }
    match &**reference {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        _ => Err(XmlError::Forbidden("an entity other than the five of XML is")),
    }
}

/// XML 1.0, production 2: what a character may be, escaped or not.
fn check_characters(text: &str) -> Result<(), XmlError> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(allowed) { Ok(()) } else { Err(XmlError::Forbidden("a control character is")) }
}

/// A name as the writer may repeat it: quick-xml takes almost anything between `<` and a blank.
fn check_name(name: &str) -> Result<(), XmlError> {
    let start = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\u{B7}') || !c.is_ascii();
    let mut chars = name.chars();
    if chars.next().is_some_and(start) && chars.all(rest) {
        Ok(())
    } else {
        Err(XmlError::Malformed(format!("{name:?} is not a name")))
    }
}

fn malformed(error: impl std::fmt::Display) -> XmlError {
    XmlError::Malformed(error.to_string())
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
