use jid::{BareJid, Jid};

use super::account::Options;
use super::stanza::{ErrorType, IqKind, IqRequest, StanzaError};
use super::{PING, ROSTER};
use crate::xml::Element;

const DISCO: &str = "http://jabber.org/protocol/disco#info";

/// What an iq is answered with.
pub(crate) type Answer = Result<Option<Element>, StanzaError>;

/// The answer that a client gives by itself, or `None` for what its owner answers. Every get and
/// set is answered (RFC 6120, section 8.2.3): ping (XEP-0199), disco#info (XEP-0030), roster pushes
/// of the own server (RFC 6121, section 2.1.6), and anything unknown with `service-unavailable`.
pub(crate) fn own(request: &IqRequest, options: &Options, account: &BareJid) -> Option<Answer> {
    let namespace = request.payload.ns.as_str();
    if options.answered_namespaces.contains(&namespace) {
        return None;
    }
    Some(match (request.kind, namespace) {
        (IqKind::Get, PING) => Ok(None),
        (IqKind::Get, DISCO) if request.payload.attr("node").is_none() => Ok(Some(disco(options))),
        (IqKind::Get, DISCO) => Err(StanzaError::plain(ErrorType::Cancel, "item-not-found")),
        (IqKind::Set, ROSTER) if request.from == *account => Ok(None),
        _ => Err(StanzaError::plain(ErrorType::Cancel, "service-unavailable")),
    })
}

fn disco(options: &Options) -> Element {
    let (category, kind, name) = options.disco_identity;
    let identity = Element::new(DISCO, "identity")
        .with_attr("category", category)
        .with_attr("type", kind)
        .with_attr("name", name);
    let features = [DISCO, PING].into_iter().chain(options.disco_features.iter().copied());
    let features = features.map(|feature| Element::new(DISCO, "feature").with_attr("var", feature));
    Element::new(DISCO, "query").with_child(identity).with_children(features)
}

/// The stanza that answers the request `id` of `to`.
pub(crate) fn stanza(to: &Jid, id: &str, answer: &Answer) -> Element {
    let kind = if answer.is_ok() { "result" } else { "error" };
    let iq = Element::new(super::CLIENT, "iq")
        .with_attr("type", kind)
        .with_attr("to", to.as_str())
        .with_attr("id", id);
    match answer {
        Ok(payload) => iq.with_children(payload.clone()),
        Err(error) => iq.with_children(error.payload.clone()).with_child(error.to_element()),
    }
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
