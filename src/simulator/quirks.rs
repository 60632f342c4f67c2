//! Oddities of units in use, put into a message when everything else about it is done: so each of them
//! reaches every operation.

use super::behaviour::Behaviour;
use crate::xml::{Element, Node};

/// Kinds of [`Behaviour`] by which units differ from the manual, for the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Quirk {
    /// Everything that `Behaviour::quirky` has
    All,
    /// Children of operations in no namespace
    UnqualifiedChildren,
    /// Offsets from UTC with one digit, as `-8:00`
    ShortOffsets,
    /// Text of fault 14 cut after the functional block
    CutFaults,
    /// Roots of answers without `Response`
    BareRoots,
    /// The first Read shows what stood there before the first poll
    LateFirstPoll,
    /// Unique ids in upper case
    UpperCaseIds,
    /// `UCPTlastUpdate` of headers in local time
    LocalLastUpdate,
    /// An item without a name at the end of answers
    BlankItems,
    /// Items in reverse order
    ReversedItems,
    /// SOAP faults in an iq of type result
    FaultInResult,
    /// A write that is too weak gets no fault
    SilentRefusal,
    /// Every section of the system information is unknown
    NoSystemInfo,
    /// No `messageProperties`
    NoHeader,
    /// disco#info is answered `service-unavailable`
    NoDisco,
    /// disco#info is never answered
    SilentDisco,
    /// Chat is never answered
    SilentChat,
}

/// Puts the quirks of a behaviour into an envelope.
pub(super) fn apply(mut envelope: Element, behaviour: &Behaviour) -> Element {
    if behaviour.short_offsets {
        map_texts(&mut envelope, &|_, text| without_leading_zero(text));
    }
    if behaviour.upper_case_ids {
        let upper = |name: &str, text: &str| (name == "UCPTuniqueId").then(|| text.to_uppercase());
        map_texts(&mut envelope, &upper);
    }
    for operation in children(&mut envelope).filter(|e| e.name == "Body").flat_map(children) {
        in_operation(operation, behaviour);
    }
    envelope
}

fn in_operation(operation: &mut Element, behaviour: &Behaviour) {
    let lists = ["ListResponse", "GetResponse", "ReadResponse"].contains(&operation.name.as_str());
    if behaviour.bare_roots
        && let Some(bare) = operation.name.strip_suffix("Response")
    {
        operation.name = bare.to_owned();
    }
    for collection in children(operation).filter(|e| e.name == "iLonItem") {
        if behaviour.blank_items && lists && collection.child("Item").is_some() {
            let item = Element::new(&collection.ns, "Item");
            let name = Element::new(&collection.ns, "UCPTname");
            collection.children.push(Node::Element(item.with_child(name)));
        }
        if behaviour.cut_faults {
            children(collection).flat_map(children).filter(|e| e.name == "fault").for_each(cut);
        }
    }
}

/// Seen once on a unit in use: the last part of the name is missing.
fn cut(fault: &mut Element) {
    if fault.child_text("faultcode").as_deref() != Some("14") {
        return;
    }
    let after_block = |_: &str, text: &str| text.rfind('/').map(|at| text[..=at].to_owned());
    children(fault).filter(|e| e.name == "faultstring").for_each(|text| map_texts(text, &after_block));
}

/// `10:38:30.000-08:00` becomes `10:38:30.000-8:00` (manual 7-23).
fn without_leading_zero(text: &str) -> Option<String> {
    let is_time = text.is_ascii() && text.len() > 20 && text.as_bytes()[10] == b'T';
    let offset = is_time.then(|| text.len() - 6)?;
    let zero = text[offset..].strip_prefix(['+', '-'])?.starts_with('0');
    zero.then(|| format!("{}{}", &text[..=offset], &text[offset + 2..]))
}

fn children(element: &mut Element) -> impl Iterator<Item = &mut Element> {
    element.children.iter_mut().filter_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    })
}

/// Replaces the texts for which `map` (of the element's name and the text) gives another.
fn map_texts(element: &mut Element, map: &dyn Fn(&str, &str) -> Option<String>) {
    let Element { name, children, .. } = element;
    for node in children {
        match node {
            Node::Element(child) => map_texts(child, map),
            Node::Text(text) => {
                if let Some(other) = map(name, text) {
                    *text = other;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lose_their_zero_and_other_texts_stay() {
        for (text, short) in [
            ("2008-02-01T10:38:30.000-08:00", Some("2008-02-01T10:38:30.000-8:00")),
            ("2008-02-01T10:38:30.000+00:00", Some("2008-02-01T10:38:30.000+0:00")),
            ("2008-02-01T10:38:30.000+10:00", None),
            ("2008-02-01T10:38:30.000Z", None),
            ("Net/LON/AHU 1/Lamp[0]/nviLamp", None),
            ("100.0 1", None),
        ] {
            assert_eq!(without_leading_zero(text).as_deref(), short, "{text}");
        }
    }
}
