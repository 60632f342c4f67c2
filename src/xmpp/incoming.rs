use jid::{BareJid, Jid};

use super::STANZAS;
use super::stanza::{Condition, ErrorType, IqKind, IqRequest, Message, Presence, StanzaError};
use crate::xml::Element;

/// A stanza as it came.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// An iq result or error.
    Answer {
        from: Option<Jid>,
        id: String,
        result: Result<Option<Element>, StanzaError>,
    },
    /// An iq get or set; `from` is the own account if it named nobody (RFC 6120, section 8.1.2.1).
    Request(IqRequest),
    /// An iq get or set without exactly one child, or of an unknown type.
    BadRequest {
        from: Jid,
        id: String,
    },
    Message(Message),
    Presence(Presence),
}

impl Incoming {
    /// Reads a stanza; `None` when nothing can be done with it. Stanzas that inherited the
    /// namespace of BOSH by mistake are taken (XEP-0206, section 2), so local names decide.
    pub(crate) fn read(stanza: Element, account: &BareJid) -> Option<Incoming> {
        let from = match stanza.attr_ns("", "from") {
            Some(text) => Some(Jid::new(text).ok()?),
            None => None,
        };
        match stanza.name.as_str() {
            "iq" => iq(stanza, from, account),
            "message" => Some(Incoming::Message(message(stanza, from, account))),
            "presence" => Some(Incoming::Presence(Presence {
                kind: stanza.attr_ns("", "type").map(str::to_owned),
                from: from.unwrap_or_else(|| account.clone().into()),
            })),
            _ => None,
        }
    }
}

fn iq(iq: Element, from: Option<Jid>, account: &BareJid) -> Option<Incoming> {
    let id = iq.attr_ns("", "id")?.to_owned();
    let kind = match iq.attr_ns("", "type") {
        Some("result") => return Some(Incoming::Answer { from, id, result: Ok(iq.into_elements().next()) }),
        Some("error") => return Some(Incoming::Answer { from, id, result: Err(StanzaError::read(iq)) }),
        Some("get") => Some(IqKind::Get),
        Some("set") => Some(IqKind::Set),
        _ => None,
    };
    let from = from.unwrap_or_else(|| account.clone().into());
    let mut children = iq.into_elements();
    match (kind, children.next(), children.next()) {
        (Some(kind), Some(payload), None) => Some(Incoming::Request(IqRequest { from, id, kind, payload })),
        _ => Some(Incoming::BadRequest { from, id }),
    }
}

fn message(message: Element, from: Option<Jid>, account: &BareJid) -> Message {
    let attribute = |name| message.attr_ns("", name).map(str::to_owned);
    Message {
        from: from.unwrap_or_else(|| account.clone().into()),
        id: attribute("id"),
        kind: attribute("type").unwrap_or_else(|| "normal".to_owned()),
        body: message.child_text("body"),
        payloads: message.into_elements().filter(|e| e.name != "body").collect(),
    }
}

impl StanzaError {
    /// Reads an iq or message of type `error`. A child beside `<error/>` may be an envelope with a
    /// fault or the request again: ejabberd echoes it, Prosody does not.
    fn read(stanza: Element) -> StanzaError {
        let mut children: Vec<Element> = stanza.into_elements().collect();
        let error = children.iter().position(|e| e.name == "error").map(|at| children.remove(at));
        let payload = children.into_iter().next();
        let error = error.unwrap_or_default();
        let kind = error.attr_ns("", "type").and_then(ErrorType::read);
        let (defined, other): (Vec<_>, Vec<_>) = error.into_elements().partition(|e| e.ns == STANZAS);
        let text = defined.iter().find(|e| e.name == "text").map(Element::text);
        let condition = defined.into_iter().find(|e| e.name != "text").map(|e| e.name);
        StanzaError {
            kind: kind.unwrap_or(ErrorType::Cancel),
            condition: Condition(condition.unwrap_or_else(|| "undefined-condition".to_owned())),
            text,
            application: other.into_iter().next(),
            payload,
        }
    }

    /// The `<error/>` of a stanza.
    pub(crate) fn to_element(&self) -> Element {
        let text = self.text.iter().map(|text| Element::new(STANZAS, "text").with_text(text.clone()));
        Element::new(super::CLIENT, "error")
            .with_attr("type", self.kind.name())
            .with_child(Element::new(STANZAS, self.condition.0.clone()))
            .with_children(text)
            .with_children(self.application.clone())
    }

    /// An error without anything but its condition.
    pub(crate) fn plain(kind: ErrorType, condition: &str) -> StanzaError {
        StanzaError {
            kind,
            condition: Condition(condition.to_owned()),
            text: None,
            application: None,
            payload: None,
        }
    }
}

const ERROR_TYPES: [(ErrorType, &str); 5] = [
    (ErrorType::Auth, "auth"),
    (ErrorType::Cancel, "cancel"),
    (ErrorType::Continue, "continue"),
    (ErrorType::Modify, "modify"),
    (ErrorType::Wait, "wait"),
];

impl ErrorType {
    fn read(name: &str) -> Option<ErrorType> {
        ERROR_TYPES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    fn name(self) -> &'static str {
        ERROR_TYPES.iter().find(|(kind, _)| *kind == self).map_or("cancel", |(_, name)| name)
    }
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
