use std::collections::{HashMap, VecDeque};

use super::MESSAGE;
use crate::domain::{DataPointName, ItemFault};
use crate::xml::{Element, XSI};

/// Code of the [`ItemFault`] given to a data point that was asked for and is not in the answer:
/// nothing is known of its fate. SmartServers use codes from 0 up (manual 2-8).
pub const NOT_IN_ANSWER: i32 = -1;
/// Code of an [`ItemFault`] whose own code is missing or no number; its text tells it.
pub const NO_CODE: i32 = -2;

/// Why a message has no answer, though its envelope had no SOAP fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MessageError {
    /// A fault of the message as a whole: nothing was processed (manual 2-7).
    #[error("fault {}: {}", .0.code, .0.text)]
    GlobalFault(ItemFault),
    /// Not the answer to this message, or not to be understood.
    #[error("{0}")]
    Malformed(String),
}

/// A fault of type `_warning`: the item was processed, but something is off (manual 2-7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Name of the item; empty when the warning concerns the message as a whole.
    pub name: String,
    /// What is off.
    pub fault: ItemFault,
}

/// What an answer says, and what it warns of.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T> {
    /// What it says.
    pub value: T,
    /// Warnings in document order.
    pub warnings: Vec<Warning>,
}

/// One outcome per data point asked for, in the order of the request.
pub type Outcomes<T> = Vec<(DataPointName, Result<T, ItemFault>)>;

/// An element of a message.
pub(super) fn element(name: &str) -> Element {
    Element::new(MESSAGE, name)
}

/// An element of a message with text in it.
pub(super) fn text_element(name: &str, text: impl Into<String>) -> Element {
    element(name).with_text(text)
}

/// The message `operation` with these children of `iLonItem`.
pub(super) fn message(operation: &str, children: impl IntoIterator<Item = Element>) -> Element {
    element(operation).with_child(element("iLonItem").with_children(children))
}

/// An `Item` with its name, of an xsi type if one is given.
pub(super) fn item(xsi_type: Option<&str>, name: &str) -> Element {
    let item = match xsi_type {
        Some(xsi_type) => element("Item").with_attr_ns(XSI, "type", xsi_type),
        None => element("Item"),
    };
    item.with_child(text_element("UCPTname", name))
}

/// Name of an item, without the blanks at its ends; those inside belong to it.
pub(super) fn name_of(item: &Element) -> String {
    item.child_text("UCPTname").unwrap_or_default().trim().to_owned()
}

/// Text of a child, unless it is blank.
pub(super) fn filled(item: &Element, name: &str) -> Option<String> {
    item.child_text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The `fault` in an element: `Err` of an error, `Ok` of a warning.
pub(super) fn fault_of(element: &Element) -> Option<Result<ItemFault, ItemFault>> {
    let fault = element.child("fault")?;
    let code = fault.child("faultcode");
    let code_text = code.map(Element::text).unwrap_or_default();
    let text = fault.child_text("faultstring").unwrap_or_default().trim().to_owned();
    let kind = code.and_then(|code| code.attr("faultType")).map(str::trim);
    let fault = match code_text.trim().parse() {
        Ok(code) => ItemFault { code, text },
        Err(_) => ItemFault { code: NO_CODE, text: format!("{} {text}", code_text.trim()).trim().to_owned() },
    };
    match kind {
        Some("_warning") => Some(Ok(fault)),
        // Code 0 is "no error" (manual 2-8).
        None if fault.code == 0 => None,
        _ => Some(Err(fault)),
    }
}

/// An answer's items, once the answer as a whole is known to be no fault.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    /// Number of warnings and errors, if told.
    pub(super) fault_count: Option<u64>,
    /// Items in document order.
    pub(super) items: Vec<&'a Element>,
    warnings: Vec<Warning>,
}

impl<'a> Reply<'a> {
    /// Opens the answer to `operation`. Its root may lack the `Response` in its name, as in some
    /// samples of the manual (14-18).
    pub(super) fn open(body: &'a Element, operation: &str) -> Result<Reply<'a>, MessageError> {
        if body.name.strip_suffix("Response").unwrap_or(&body.name) != operation {
            return Err(MessageError::Malformed(format!("{} is no answer to {operation}", body.name)));
        }
        let collection = body
            .child("iLonItem")
            .ok_or_else(|| MessageError::Malformed(format!("{} has no iLonItem", body.name)))?;
        let mut warnings = Vec::new();
        match fault_of(collection) {
            Some(Err(fault)) => return Err(MessageError::GlobalFault(fault)),
            Some(Ok(fault)) => warnings.push(Warning { name: String::new(), fault }),
            None => {}
        }
        let fault_count = collection.child_text("UCPTfaultCount").and_then(|text| text.trim().parse().ok());
        let items: Vec<_> = collection.children_named("Item").collect();
        warnings.extend(items.iter().filter_map(|item| match fault_of(item) {
            Some(Ok(fault)) => Some(Warning { name: name_of(item), fault }),
            _ => None,
        }));
        Ok(Reply { fault_count, items, warnings })
    }

    /// Whether the answer counts more faults than it names.
    pub(super) fn hides_faults(&self) -> bool {
        let named =
            self.warnings.len() + self.items.iter().filter(|i| matches!(fault_of(i), Some(Err(_)))).count();
        self.fault_count.is_some_and(|count| count > named as u64)
    }

    /// The outcome of each name, found by name whatever the order. A name asked for twice takes
    /// its answers in order; one that is not in the answer gets [`NOT_IN_ANSWER`].
    pub(super) fn outcomes<'n, T>(
        self,
        names: impl Iterator<Item = &'n DataPointName>,
        read: impl Fn(&DataPointName, &Element) -> T,
    ) -> Parsed<Outcomes<T>> {
        let mut by_name: HashMap<String, VecDeque<&Element>> = HashMap::new();
        for item in &self.items {
            by_name.entry(name_of(item)).or_default().push_back(item);
        }
        let mut value = Vec::new();
        for name in names {
            let item = outcome(by_name.get_mut(name.as_str()));
            value.push((name.clone(), item.map(|item| read(name, item))));
        }
        self.parsed(value)
    }

    /// The answer's value with its warnings.
    pub(super) fn parsed<T>(self, value: T) -> Parsed<T> {
        Parsed { value, warnings: self.warnings }
    }
}

fn outcome<'a>(answers: Option<&mut VecDeque<&'a Element>>) -> Result<&'a Element, ItemFault> {
    let item = answers
        .and_then(|answers| if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() });
    let item = item.ok_or_else(|| ItemFault { code: NOT_IN_ANSWER, text: "not in the answer".to_owned() })?;
    match fault_of(item) {
        Some(Err(fault)) => Err(fault),
        _ => Ok(item),
    }
}

#[cfg(test)]
#[path = "item_tests.rs"]
pub(super) mod tests;
