use std::time::Duration;

use super::super::end::Terminate;
use super::{Answer, Kind, Purpose, creation, request};

#[test]
fn requests_are_written_as_the_servers_want_them() {
    assert_eq!(
        creation(7, "a&b", Duration::from_secs(60)),
        "<body xmlns=\"http://jabber.org/protocol/httpbind\" xmlns:xmpp=\"urn:xmpp:xbosh\" rid=\"7\" \
         to=\"a&amp;b\" xml:lang=\"en\" ver=\"1.11\" wait=\"60\" hold=\"1\" xmpp:version=\"1.0\"/>"
    );
    let start = "<body xmlns=\"http://jabber.org/protocol/httpbind\" rid=\"8\" sid=\"s\"";
    assert_eq!(request(8, "s", Purpose::Carry, []), format!("{start}/>"));
    assert_eq!(request(8, "s", Purpose::Carry, ["<a/>", "<b/>"]), format!("{start}><a/><b/></body>"));
    assert_eq!(request(8, "s", Purpose::Terminate, []), format!("{start} type=\"terminate\"/>"));
    assert_eq!(
        request(8, "s", Purpose::Restart("d"), []),
        format!("{start} to=\"d\" xml:lang=\"en\" xmlns:xmpp=\"urn:xmpp:xbosh\" xmpp:restart=\"true\"/>")
    );
}

#[test]
fn answers_are_read() {
    let text = "<body xmlns='http://jabber.org/protocol/httpbind' sid='x' wait='60' requests='2' hold='1' \
                inactivity='30' ver='1.11'><iq xmlns='jabber:client'/></body>";
    let answer = Answer::read(text).unwrap();
    assert_eq!(answer.sid.as_deref(), Some("x"));
    assert_eq!((answer.wait, answer.requests, answer.inactivity), (Some(60), Some(2), Some(30)));
    assert_eq!(answer.payload.len(), 1);
    assert_eq!(answer.kind, Kind::Normal);
}

#[test]
fn kinds_of_answers_are_told_apart() {
    for (attributes, kind) in [
        ("", Kind::Normal),
        ("type='error'", Kind::Error),
        ("type='terminate'", Kind::Terminate(None)),
        ("type='terminate' condition='item-not-found'", Kind::Terminate(Some(Terminate::ItemNotFound))),
        ("type='terminate' condition='new-one'", Kind::Terminate(Some(Terminate::UndefinedCondition))),
    ] {
        let text = format!("<body xmlns='http://jabber.org/protocol/httpbind' {attributes}/>");
        assert_eq!(Answer::read(&text).unwrap().kind, kind, "{attributes}");
    }
}

#[test]
fn what_a_proxy_says_is_no_answer() {
    for text in ["", "<html/>", "<body/>", "<html><br></html>", "Bad gateway"] {
        assert!(Answer::read(text).is_err(), "{text}");
    }
}

#[test]
fn one_stanza_beyond_the_limits_does_not_spoil_the_others() {
    let deep = format!("{}{}", "<x>".repeat(100), "</x>".repeat(100));
    let text = format!(
        "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns='jabber:client' xmlns:p='urn:p' sid='x'>\
         <message id='1'/> <message id='2'>{deep}</message><p:message id='3'>&amp;<y/></p:message></b:body>"
    );
    let answer = Answer::read(&text).unwrap();
    assert_eq!((answer.sid.as_deref(), answer.unreadable), (Some("x"), 1));
    let ids: Vec<_> = answer.payload.iter().map(|e| (e.ns.as_str(), e.attr("id").unwrap())).collect();
    assert_eq!(ids, [("jabber:client", "1"), ("urn:p", "3")]);
}

#[test]
fn a_body_of_many_stanzas_may_be_large() {
    let stanza = format!("<message xmlns='jabber:client'><body>{}</body></message>", "x".repeat(1 << 20));
    let text = format!("<body xmlns='http://jabber.org/protocol/httpbind'>{}</body>", stanza.repeat(10));
    assert_eq!(Answer::read(&text).unwrap().payload.len(), 10);
}

#[test]
fn no_limit_is_lifted_for_what_is_not_well_formed() {
    let deep = "<x>".repeat(100);
    for text in [
        format!("<body xmlns='http://jabber.org/protocol/httpbind'>{deep}</body>"),
        format!("<!DOCTYPE x><body xmlns='http://jabber.org/protocol/httpbind'>{deep}{deep}</body>"),
        format!("<html>{deep}{}</html>", "</x>".repeat(100)),
        deep,
    ] {
        assert!(Answer::read(&text).is_err(), "{text}");
    }
}
