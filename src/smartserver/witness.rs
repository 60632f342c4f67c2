//! Who may look on while messages go to a SmartServer and answers come back.

use std::fmt;

use super::CallError;
use super::item::fault_of;
use super::rpc::is_fault;
use crate::xml::Element;

/// Looks on at the calls of a [`SmartServerRpc`](super::SmartServerRpc).
pub trait Witness: fmt::Debug + Send + Sync {
    /// An envelope is handed over for sending.
    fn sent(&self, envelope: &Element) -> Box<dyn Sighting>;
}

/// A message that was seen, whose answer is still to come.
pub trait Sighting: Send {
    /// What came of it.
    fn ended(self: Box<Self>, answer: Seen<'_>);
}

/// What comes of a message.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// An envelope.
    Answer(&'a Element),
    /// An envelope with a fault.
    Fault(&'a Element),
    /// No answer that could be shown.
    Nothing(&'a CallError),
}

impl<'a> Seen<'a> {
    pub(super) fn of(answer: Result<&'a Element, &'a CallError>) -> Self {
        match answer {
            Ok(envelope) if is_fault(envelope) || has_fault(envelope) => Seen::Fault(envelope),
            Ok(envelope) => Seen::Answer(envelope),
            Err(error) => Seen::Nothing(error),
        }
    }
}

/// Whether a message as a whole failed (manual 2-7).
fn has_fault(envelope: &Element) -> bool {
    let message = envelope.child("Body").and_then(|body| body.elements().next());
    let items = message.and_then(|message| message.child("iLonItem"));
    matches!(items.and_then(fault_of), Some(Err(_)))
}

/// What an envelope asks for or answers: `Read` of a `Read` and of its `ReadResponse`. `None` for a SOAP fault.
pub fn operation(envelope: &Element) -> Option<&str> {
    let name = envelope.child("Body")?.elements().next()?.name.as_str();
    (name != "Fault").then(|| name.strip_suffix("Response").unwrap_or(name))
}
