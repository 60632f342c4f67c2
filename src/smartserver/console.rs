//! What the console needs: any message from text, any answer as JSON.

use serde_json::{Map, Value};

use crate::xml::{Element, Limits, Node, XmlError, parse};

/// Reads a message that a person or program wrote.
///
/// # Errors
/// [`XmlError`] when it is no XML that XMPP could carry.
pub fn read(document: &str) -> Result<Element, XmlError> {
    parse(document, &Limits::REQUEST)
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
    fn an_envelope_without_body_is_null() {
        assert_eq!(body_as_json(&Element::new("", "x")), Value::Null);
    }
}
