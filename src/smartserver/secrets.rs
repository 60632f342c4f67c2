//! Removes secrets from what people are shown of messages.

use super::secret_names::{is_secret, names_secret};
use crate::xml::{Element, Limits, Node, parse};

/// What stands in place of a secret.
pub const REMOVED: &str = "[removed]";

/// Markup within texts that is followed: more is removed as a whole.
const DEPTH: usize = 4;

/// Removes the secrets of an element and of all below it: texts and attributes whose names tell of a secret, what
/// stands beside a text that names one, and the same in markup that stands within texts. A text with markup that
/// cannot be read and that names a secret is removed.
pub fn remove_secrets(element: &mut Element) {
    clean(element, DEPTH);
}

fn clean(element: &mut Element, depth: usize) {
    if is_secret(&element.name) {
        return blank(element, false);
    }
    if is_pair(element) {
        return blank(element, true);
    }
    for attribute in &mut element.attributes {
        match is_secret(&attribute.name) {
            true => attribute.value = REMOVED.to_owned(),
            false => clean_text(&mut attribute.value, depth),
        }
    }
    for child in &mut element.children {
        match child {
            Node::Element(child) => clean(child, depth),
            Node::Text(text) => clean_text(text, depth),
        }
    }
}

/// Whether it is a name with its value, and the name is that of a secret: `<Field><UCPTname>Password</UCPTname>
/// <UCPTvalue>…</UCPTvalue></Field>`, `<Field name="password" value="…"/>`, `<Field name="password">…</Field>`.
fn is_pair(element: &Element) -> bool {
    let by_attribute = element
        .attributes
        .iter()
        .any(|attribute| is_naming(&attribute.name) && names_secret(&attribute.value));
    by_attribute || element.elements().any(|child| is_naming(&child.name) && names_secret(&child.text()))
}

/// Whether what stands here is the name of what stands beside it.
fn is_naming(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("name") || name.ends_with("key") || name.ends_with("type")
}

/// Removes all texts and values; with `but_names` those stay that tell what was removed.
fn blank(element: &mut Element, but_names: bool) {
    for attribute in &mut element.attributes {
        if !(but_names && is_naming(&attribute.name)) {
            attribute.value = REMOVED.to_owned();
        }
    }
    let had_text = !element.text().trim().is_empty();
    element.children.retain(|child| matches!(child, Node::Element(_)));
    for child in &mut element.children {
        match child {
            Node::Element(child) if but_names && is_naming(&child.name) && names_secret(&child.text()) => {}
            Node::Element(child) => blank(child, false),
            Node::Text(_) => {}
        }
    }
    if had_text {
        element.children.insert(0, Node::Text(REMOVED.to_owned()));
    }
}

/// Cleans markup that stands in a text, escaped or as CDATA.
fn clean_text(text: &mut String, depth: usize) {
    if !text.contains(['<', '&']) {
        return;
    }
    match parse(&format!("<around>{text}</around>"), &Limits::REQUEST) {
        Ok(mut around) if depth > 0 => {
            let before = around.clone();
            clean(&mut around, depth - 1);
            if around != before {
                *text = around.children.iter().map(written).collect();
            }
        }
        _ if mentions_secret(text) => *text = REMOVED.to_owned(),
        _ => {}
    }
}

fn mentions_secret(text: &str) -> bool {
    names_secret(text) || text.split(|c: char| !c.is_alphanumeric()).any(is_secret)
}

fn written(node: &Node) -> String {
    match node {
        Node::Element(element) => element.to_xml(),
        Node::Text(text) => crate::xml::escape_text(text),
    }
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
