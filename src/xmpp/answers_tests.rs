use std::time::Duration;

use jid::{BareJid, Jid};

use super::super::account::Options;
use super::super::common::Common;
use super::super::stanza::{IqKind, IqRequest};
use super::{own, stanza};
use crate::xml::Element;

fn options() -> Options {
    Options {
        wait: Duration::from_secs(60),
        max_stanzas: 32,
        max_body_bytes: 65_536,
        answered_namespaces: vec!["urn:soap"],
        disco_identity: ("automation", "soap", "nocgate"),
        disco_features: vec!["urn:soap"],
        resumes_streams: true,
        records_streams: false,
        plain_first: false,
        common: Common::new(16, Vec::new()),
        follows: None,
    }
}

fn answer(from: &str, kind: IqKind, payload: Element) -> String {
    let request = IqRequest { from: Jid::new(from).unwrap(), id: "7".into(), kind, payload };
    match own(&request, &options(), &BareJid::new("noc@nocgate.test").unwrap()) {
        None => "owner".into(),
        Some(answer) => stanza(&request.from, &request.id, &answer).to_xml(),
    }
}

#[test]
fn requests_are_answered_by_their_namespace() {
    let peer = "device@nocgate.test/soap";
    let result = format!("<iq xmlns=\"jabber:client\" type=\"result\" to=\"{peer}\" id=\"7\"/>");
    let refused = format!(
        "<iq xmlns=\"jabber:client\" type=\"error\" to=\"{peer}\" id=\"7\"><error type=\"cancel\">\
         <service-unavailable xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></error></iq>"
    );
    let own_result =
        "<iq xmlns=\"jabber:client\" type=\"result\" to=\"noc@nocgate.test\" id=\"7\"/>".to_owned();
    for (from, kind, ns, expected) in [
        (peer, IqKind::Get, "urn:xmpp:ping", &result),
        (peer, IqKind::Set, "urn:xmpp:ping", &refused),
        (peer, IqKind::Set, "urn:soap", &"owner".to_owned()),
        (peer, IqKind::Set, "urn:unknown", &refused),
        (peer, IqKind::Set, "jabber:iq:roster", &refused),
        ("noc@nocgate.test", IqKind::Set, "jabber:iq:roster", &own_result),
    ] {
        assert_eq!(&answer(from, kind, Element::new(ns, "x")), expected, "{from} {ns}");
    }
}

#[test]
fn disco_tells_identity_and_features() {
    let disco = "http://jabber.org/protocol/disco#info";
    let told = answer("a@b/c", IqKind::Get, Element::new(disco, "query"));
    for part in ["category=\"automation\"", "type=\"soap\"", "var=\"urn:soap\"", "var=\"urn:xmpp:ping\""] {
        assert!(told.contains(part), "{told}");
    }
    let node = answer("a@b/c", IqKind::Get, Element::new(disco, "query").with_attr("node", "x"));
    assert!(node.contains("item-not-found"), "{node}");
}
