use jiff::Timestamp;

use super::super::wire::{Fault, MESSAGE};
use super::bus::Kind;
use super::members::{Form, members};
use crate::xml::{Element, Node, XSI};

/// Members of an item as they are configured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Record(Vec<Element>);

/// A configuration that differs from the profile's.
#[derive(Debug, Clone)]
pub(in super::super) struct Kept {
    pub record: Record,
    pub changed: Timestamp,
}

impl Record {
    pub(in super::super) fn new(members: Vec<Element>) -> Self {
        Record(members)
    }

    /// What a request says of an item of a type: members that the type does not have are passed
    /// over, and so are the `xsi:type`s that the SmartServer's own pages write (manual 5-9).
    pub(in super::super) fn asked(item: &Element, kind: Kind) -> Result<Record, Fault> {
        let known = members(kind);
        let mut taken = Vec::new();
        for element in item.elements() {
            let Some((_, form)) = known.iter().find(|(name, _)| *name == element.name) else { continue };
            if !fits(*form, element) {
                return Err(Fault::new(2, format!("{} is not valid: {}", element.name, element.text())));
            }
            taken.push(cleaned(element.clone()));
        }
        Ok(Record(taken))
    }

    /// All members that the type has, in its order.
    pub(in super::super) fn in_order(&self, kind: Kind) -> Vec<Element> {
        members(kind).iter().flat_map(|(name, _)| self.all(name).cloned()).collect()
    }

    /// Erases the members that a type has and takes these instead.
    pub(in super::super) fn overwrite(&mut self, kind: Kind, with: Record) {
        let known = members(kind);
        self.0.retain(|element| !known.iter().any(|(name, _)| *name == element.name));
        self.0.extend(with.0);
    }

    /// Takes one member in place of all of its name.
    pub(in super::super) fn put(&mut self, member: Element) {
        self.remove(&member.name);
        self.0.push(member);
    }

    pub(in super::super) fn extend(&mut self, members: impl IntoIterator<Item = Element>) {
        self.0.extend(members);
    }

    pub(in super::super) fn remove(&mut self, name: &str) {
        self.0.retain(|element| element.name != name);
    }

    pub(in super::super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.0.iter().filter(move |element| element.name == name)
    }

    pub(in super::super) fn text(&self, name: &str) -> Option<String> {
        self.all(name).next().map(|element| element.text().trim().to_owned())
    }
}

fn fits(form: Form, element: &Element) -> bool {
    let text = element.text();
    let text = text.trim();
    match form {
        Form::Text | Form::Lon => element.elements().next().is_none(),
        Form::Int => text.parse::<i64>().is_ok(),
        Form::Number => text.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0),
        Form::Flag => matches!(text, "0" | "1"),
        Form::Hex => text.len().is_multiple_of(2) && text.chars().all(|c| c.is_ascii_hexdigit()),
        Form::Nested => element.elements().next().is_some(),
    }
}

/// The same tree in the namespace of messages, without stray types.
fn cleaned(mut element: Element) -> Element {
    MESSAGE.clone_into(&mut element.ns);
    element.attributes.retain(|attribute| attribute.ns != XSI);
    for child in &mut element.children {
        if let Node::Element(child) = child {
            *child = cleaned(std::mem::take(child));
        }
    }
    element
}
