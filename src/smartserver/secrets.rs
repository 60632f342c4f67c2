//! Removes secrets from what people are shown of messages.

use super::secret_names::{is_secret, names_secret};
use crate::xml::{Element, Limits, Node, parse};

/// What stands in place of a secret.
pub const REMOVED: &str = "[removed]";

/// Markup within texts that is followed: more is removed as a whole.
const DEPTH: usize = 4;

/// Removes the secrets of an element and of all below it: texts and attributes whose names tell of a secret, what
/// stands beside a text that names one, and the same in markup that stands within texts. A text with markup that
/// cannot be read and that names a secret is removed. Of other texts, what [`without_secrets`] removes.
pub fn remove_secrets(element: &mut Element) {
    clean(element, DEPTH);
}

/// A text in words without its secrets: what follows a name such as `password=` or `password:` on its line, and
/// the user of an address (`ftp://user:password@host`). Markup in it is cleaned as that of an element.
pub fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    clean_text(&mut text, DEPTH);
    text
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
    const ENDS: [&str; 7] = ["name", "key", "type", "label", "title", "caption", "parameter"];
    let name = name.to_ascii_lowercase();
    ENDS.iter().any(|end| name.ends_with(end))
        || matches!(name.as_str(), "id" | "field" | "param" | "property")
}

/// Whether it tells which secret stands beside it. A key may hold the name of a secret and yet be one itself.
fn tells(name: &str, text: &str) -> bool {
    is_naming(name) && !is_secret(name) && names_secret(text)
}

/// Removes all texts and values; with `but_names` those stay that tell what was removed.
fn blank(element: &mut Element, but_names: bool) {
    for attribute in &mut element.attributes {
        if !(but_names && tells(&attribute.name, &attribute.value)) {
            attribute.value = REMOVED.to_owned();
        }
    }
    let had_text = !element.text().trim().is_empty();
    element.children.retain(|child| matches!(child, Node::Element(_)));
    for child in &mut element.children {
        match child {
            Node::Element(child) if but_names && tells(&child.name, &child.text()) => {
                blank_around_text(child)
            }
            Node::Element(child) => blank(child, false),
            Node::Text(_) => {}
        }
    }
    if had_text {
        element.children.insert(0, Node::Text(REMOVED.to_owned()));
    }
}

/// Leaves nothing but the text.
fn blank_around_text(element: &mut Element) {
    for attribute in &mut element.attributes {
        attribute.value = REMOVED.to_owned();
    }
    for child in &mut element.children {
        if let Node::Element(child) = child {
            blank(child, false);
        }
    }
}

/// Cleans markup that stands in a text, escaped or as CDATA, and words.
fn clean_text(text: &mut String, depth: usize) {
    if !text.contains(['<', '&']) {
        return clean_words(text);
    }
    match parse(&format!("<around>{text}</around>"), &Limits::REQUEST) {
        Ok(mut around) if depth > 0 => {
            let before = around.clone();
            clean(&mut around, depth - 1);
            if around != before {
                *text = around.children.iter().map(written).collect();
            } else if (text.contains("<!") || text.contains("<?")) && mentions_secret(text) {
                // Reading passes over comments.
                *text = REMOVED.to_owned();
            }
        }
        _ if mentions_secret(text) => *text = REMOVED.to_owned(),
        _ => clean_words(text),
    }
}

fn clean_words(text: &mut String) {
    if text.contains("://") {
        *text = without_users(text);
    }
    if text.contains(['=', ':']) {
        let lines: Vec<_> = text.split('\n').map(clean_line).collect();
        *text = lines.join("\n");
    }
}

/// Without the users of addresses that have a password.
fn without_users(text: &str) -> String {
    let mut parts = text.split("://");
    let mut cleaned = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(part.len());
        let user = part[..end].rfind('@').filter(|at| part[..*at].contains(':'));
        cleaned.push_str("://");
        cleaned.push_str(if user.is_some() { REMOVED } else { "" });
        cleaned.push_str(&part[user.unwrap_or(0)..]);
    }
    cleaned
}

/// Without what follows the name of a secret and a sign between them. Looks at each word once.
fn clean_line(line: &str) -> String {
    let (mut start, mut end) = (0, 0);
    for (at, c) in line.char_indices() {
        if c.is_alphanumeric() || matches!(c, '_' | '-') {
            if end < at {
                start = at;
            }
            end = at + c.len_utf8();
        } else if matches!(c, '=' | ':') {
            if names_secret(&line[start..end]) && !line[at + 1..].trim().is_empty() {
                return format!("{} {REMOVED}", &line[..=at]);
            }
            start = end;
        }
    }
    line.to_owned()
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
