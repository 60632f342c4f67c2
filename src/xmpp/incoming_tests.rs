use jid::BareJid;

use super::super::stanza::{ErrorType, IqKind, StanzaError};
use super::Incoming;
use crate::xml::{Limits, parse};

fn read(xml: &str) -> Option<Incoming> {
    Incoming::read(parse(xml, &Limits::REQUEST).unwrap(), &BareJid::new("noc@nocgate.test").unwrap())
}

fn error(xml: &str) -> StanzaError {
    match read(xml) {
        Some(Incoming::Answer { result: Err(error), .. }) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_result_may_be_empty() {
    for (xml, child) in [
        ("<iq xmlns='jabber:client' type='result' id='1' from='a@b/c'/>", None),
        ("<iq xmlns='jabber:client' type='result' id='1' from='a@b/c'><x xmlns='u'/></iq>", Some("x")),
        ("<iq xmlns='http://jabber.org/protocol/httpbind' type='result' id='1'><x/></iq>", Some("x")),
    ] {
        match read(xml) {
            Some(Incoming::Answer { result: Ok(payload), .. }) => {
                assert_eq!(payload.map(|e| e.name).as_deref(), child);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_error_keeps_condition_text_application_and_payload() {
    let error = error(
        "<iq xmlns='jabber:client' type='error' id='1' from='a@b/c'><Envelope xmlns='urn:e'/>\
         <error code='500' type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>busy</text><Receiver xmlns='urn:f'/></error></iq>",
    );
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Wait, "internal-server-error"));
    assert_eq!(error.text.as_deref(), Some("busy"));
    assert_eq!(error.application.map(|e| e.name).as_deref(), Some("Receiver"));
    assert_eq!(error.payload.map(|e| e.name).as_deref(), Some("Envelope"));
}

#[test]
fn an_error_without_error_is_one_all_the_same() {
    let error = error("<iq xmlns='jabber:client' type='error' id='1' from='a@b/c'/>");
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Cancel, "undefined-condition"));
}

#[test]
fn what_is_written_as_an_error_is_read_as_the_same() {
    let mut error = StanzaError::plain(ErrorType::Modify, "bad-request");
    error.text = Some("no".into());
    let iq = crate::xml::Element::new("jabber:client", "iq").with_child(error.to_element());
    assert_eq!(StanzaError::read(iq), error);
}

#[test]
fn a_request_has_one_child_and_a_sender() {
    match read("<iq xmlns='jabber:client' type='set' id='1'><x xmlns='u'/></iq>") {
        Some(Incoming::Request(request)) => {
            assert_eq!(request.from.as_str(), "noc@nocgate.test");
            assert_eq!(request.kind, IqKind::Set);
        }
        other => panic!("{other:?}"),
    }
    for xml in [
        "<iq xmlns='jabber:client' type='set' id='1' from='a@b/c'/>",
        "<iq xmlns='jabber:client' type='get' id='1' from='a@b/c'><x/><y/></iq>",
        "<iq xmlns='jabber:client' type='ask' id='1' from='a@b/c'><x/></iq>",
        "<iq xmlns='jabber:client' id='1' from='a@b/c'><x/></iq>",
    ] {
        assert!(matches!(read(xml), Some(Incoming::BadRequest { .. })), "{xml}");
    }
}

#[test]
fn what_cannot_be_answered_is_ignored() {
    for xml in [
        "<iq xmlns='jabber:client' type='set' from='a@b/c'><x/></iq>",
        "<iq xmlns='jabber:client' type='set' id='1' from='@@'><x/></iq>",
        "<stranger xmlns='jabber:client'/>",
    ] {
        assert!(read(xml).is_none(), "{xml}");
    }
}

#[test]
fn messages_and_presence_are_read() {
    let xml = "<message xmlns='jabber:client' from='a@b/c' type='chat'><body>hi &amp; ho</body><x xmlns='u'/>\
               </message>";
    match read(xml) {
        Some(Incoming::Message(m)) => {
            assert_eq!((m.body.as_deref(), m.kind.as_str()), (Some("hi & ho"), "chat"));
            assert_eq!(m.payloads.len(), 1);
        }
        other => panic!("{other:?}"),
    }
    match read("<presence xmlns='jabber:client' from='a@b/c' type='unavailable'/>") {
        Some(Incoming::Presence(p)) => assert_eq!(p.kind.as_deref(), Some("unavailable")),
        other => panic!("{other:?}"),
    }
}
