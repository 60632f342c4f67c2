//! What the console needs: any message from text, any answer as JSON.

use serde_json::{Map, Value};

use super::MESSAGE;
use crate::xml::{Element, Limits, Node, XSI, XmlError, parse};

/// Namespaces whose usual prefix need not be declared around a bare operation: printed samples declare
/// them at the envelope.
const KNOWN: [(&str, &str); 2] = [("xsi", XSI), ("xsd", "http://www.w3.org/2001/XMLSchema")];

/// Reads a message that a person or program wrote: a bare operation or an envelope. Elements of the
/// operation that are in no namespace are put into that of messages, as printed samples mean them.
///
/// # Errors
/// [`XmlError`] when it is no XML that XMPP could carry.
pub fn read(document: &str) -> Result<Element, XmlError> {
    let mut message = match parse(document, &Limits::REQUEST) {
        // Nothing but a prefix may be missing; any other fault is told as it is.
        Err(error) => read_with_prefixes(document).ok_or(error)?,
        Ok(message) => message,
    };
    if message.name == "Envelope" {
        let parts = message.children.iter_mut().filter_map(as_element);
        parts.filter(|part| part.name == "Body").for_each(qualify_children);
    } else {
        qualify(&mut message);
    }
    Ok(message)
}

/// A bare operation in an element that declares the prefixes.
fn read_with_prefixes(document: &str) -> Option<Element> {
    let document = document.trim_start();
    let bare = match document.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>")?.1,
        None => document,
    };
    let declared: String = KNOWN.iter().map(|(prefix, ns)| format!(" xmlns:{prefix}='{ns}'")).collect();
    let around = parse(&format!("<around{declared}>{bare}</around>"), &Limits::REQUEST).ok()?;
    let is_alone = around.text().trim().is_empty();
    let mut elements = around.into_elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) if is_alone => Some(only),
        _ => None,
    }
}

fn qualify(element: &mut Element) {
    if element.ns.is_empty() {
        element.ns = MESSAGE.to_owned();
    }
    qualify_children(element);
}

fn qualify_children(element: &mut Element) {
    element.children.iter_mut().filter_map(as_element).for_each(qualify);
}

fn as_element(node: &mut Node) -> Option<&mut Element> {
    match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    }
}

/// What stands in an envelope's body, as JSON: an element is an object of its attributes (`@name`),
/// its text (`#text`) and its children (an array where a name occurs more than once); one with
/// nothing but text is that text.
pub fn body_as_json(envelope: &Element) -> Value {
    envelope.child("Body").map_or(Value::Null, |body| Value::Object(children(body)))
}

fn json(element: &Element) -> Value {
    let mut object = children(element);
    let text = element.text();
    let text = text.trim();
    if object.is_empty() && element.attributes.is_empty() {
        return Value::String(text.to_owned());
    }
    for attribute in &element.attributes {
        object.insert(format!("@{}", attribute.name), Value::String(attribute.value.clone()));
    }
    if !text.is_empty() {
        object.insert("#text".into(), Value::String(text.to_owned()));
    }
    Value::Object(object)
}

fn children(element: &Element) -> Map<String, Value> {
    let mut object = Map::new();
    for node in &element.children {
        let Node::Element(child) = node else { continue };
        let value = json(child);
        match object.get_mut(&child.name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                object.insert(child.name.clone(), value);
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_an_answer_as_json() {
        let answer = read(
            "<s:Envelope xmlns:s='urn:s'><s:Body><R xmlns='urn:r'><Item t='a'><N>x</N></Item>\
             <Item> y </Item><V f='q'>1</V></R></s:Body></s:Envelope>",
        )
        .unwrap();
        assert_eq!(
            body_as_json(&answer),
            json!({"R": {"Item": [{"N": "x", "@t": "a"}, "y"], "V": {"@f": "q", "#text": "1"}}})
        );
    }

    #[test]
    fn printed_samples_are_qualified() {
        let expected = read(&format!(
            "<Read xmlns='{MESSAGE}' xmlns:xsi='{XSI}'><iLonItem><Item xsi:type='Dp_Data'>\
             <UCPTname>Net/a b</UCPTname></Item></iLonItem></Read>"
        ))
        .unwrap();
        let bare = "<iLonItem ><Item xsi:type=\"Dp_Data\" ><UCPTname >Net/a b</UCPTname ></Item></iLonItem >";
        for document in [
            format!("<Read>{bare}</Read>"),
            format!("\n<?xml version='1.0' encoding='utf-8' ?>\n<!-- 4-12 -->\n<Read >{bare}</Read >\n"),
            format!("<i:Read xmlns:i='{MESSAGE}' xmlns:xsi='{XSI}'>{bare}</i:Read>"),
        ] {
            assert_eq!(read(&document).unwrap(), expected, "{document}");
        }
        let envelope = read(&format!(
            "<?xml version='1.0'?><s:Envelope xmlns:s='urn:s' xmlns:xsi='{XSI}'><s:Header><h/></s:Header>\
             <s:Body><Read>{bare}</Read></s:Body></s:Envelope>"
        ))
        .unwrap();
        assert_eq!(envelope.child("Body").unwrap().child("Read"), Some(&expected));
        assert_eq!(envelope.child("Header").unwrap().child("h").unwrap().ns, "", "only the body is ours");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (document, named) in [
            ("<p:Read/>", "prefix \"p\""),
            ("<Read><ilon:Item/></Read>", "prefix \"ilon\""),
            ("</around><around>", ""),
            ("<Read/><Read/>", ""),
            ("Read, please", ""),
            ("<?xml", ""),
        ] {
            let error = read(document).unwrap_err().to_string();
            assert!(error.contains(named), "{document}: {error}");
        }
    }

    #[test]
    fn an_envelope_without_body_is_null() {
        assert_eq!(body_as_json(&Element::new("", "x")), Value::Null);
    }
}
