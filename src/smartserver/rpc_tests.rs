use std::time::Duration;

use super::super::item::tests::{NS, body, name};
use super::super::{push, read};
use super::{
    CallError, RequestError, SOAP_FAULT, answering_envelope, check_carriable, check_count, in_envelope,
    push_refusal, soap_namespaces, understand,
};
use crate::domain::ItemFault;
use crate::soap::{ENVELOPE_11, ENVELOPE_12, EnvelopeError, Fault, Version, open};
use crate::xml::Element;
use crate::xmpp::{Condition, ErrorType, IqError, NotSent, StanzaError};

fn envelope(content: &str) -> Element {
    body(&format!("<e:Envelope xmlns:e='{ENVELOPE_11}'><e:Body>{content}</e:Body></e:Envelope>"))
}

fn fault() -> Element {
    envelope("<e:Fault><e:faultcode>1</e:faultcode><e:faultstring>soap fault</e:faultstring></e:Fault>")
}

fn stanza(condition: &str, application: Option<Element>, payload: Option<Element>) -> IqError {
    let condition = Condition(condition.to_owned());
    let text = Some("told".to_owned());
    IqError::Stanza(Box::new(StanzaError { kind: ErrorType::Cancel, condition, text, application, payload }))
}

/// What a Read of the point `a` makes of an iq's answer.
fn answered(answer: Result<Option<Element>, IqError>) -> Result<String, CallError> {
    let envelope = answering_envelope(answer)?;
    let names = [name("a")];
    let answer = understand(&envelope, Duration::from_millis(7), |body| read::parse(body, &names))?;
    assert_eq!(answer.round_trip, Duration::from_millis(7));
    let (_, outcome) = answer.value.into_iter().next().unwrap();
    Ok(outcome.map(|data| data.raw).unwrap_or_else(|fault| fault.text))
}

fn read_answer(content: &str) -> Element {
    envelope(&format!("<ReadResponse xmlns='{NS}'><iLonItem>{content}</iLonItem></ReadResponse>"))
}

#[test]
fn a_result_is_an_answer() {
    let payload = read_answer("<Item><UCPTname>a</UCPTname><UCPTvalue>1</UCPTvalue></Item>");
    assert_eq!(answered(Ok(Some(payload))), Ok("1".to_owned()));
}

#[test]
fn a_fault_is_a_fault_in_result_and_error_alike() {
    let expected = Fault { code: "1".into(), text: "soap fault".into(), detail: None };
    assert_eq!(answered(Ok(Some(fault()))), Err(CallError::Fault(expected.clone())));
    let condition = Some(Element::new(SOAP_FAULT, "Receiver"));
    let error = stanza("undefined-condition", condition, Some(fault()));
    assert_eq!(answered(Err(error)), Err(CallError::Fault(expected.clone())));
    let error = stanza("undefined-condition", None, Some(fault()));
    assert_eq!(answered(Err(error)), Err(CallError::Fault(expected)));
}

#[test]
fn the_condition_of_a_fault_is_one_without_its_envelope() {
    let error = stanza("undefined-condition", Some(Element::new(SOAP_FAULT, "Sender")), None);
    let expected = Fault { code: "Sender".into(), text: "told".into(), detail: None };
    assert_eq!(answered(Err(error)), Err(CallError::Fault(expected)));
}

#[test]
fn an_echoed_request_is_neither_answer_nor_fault() {
    let request = envelope(&read::request(&[name("a")], None).to_xml());
    let error = stanza("service-unavailable", None, Some(request));
    assert_eq!(answered(Err(error.clone())), Err(CallError::Iq(error)));
}

#[test]
fn what_the_session_says_is_passed_on() {
    for error in [
        stanza("service-unavailable", None, None),
        stanza("undefined-condition", Some(Element::new("urn:x", "Sender")), None),
        IqError::NotSent(NotSent::Offline),
        IqError::Deadline,
        IqError::SessionLost,
    ] {
        assert_eq!(answered(Err(error.clone())), Err(CallError::Iq(error)));
    }
}

#[test]
fn a_global_fault_is_told_apart_from_nonsense() {
    let payload = read_answer("<fault><faultcode faultType='_error'>3</faultcode></fault>");
    let fault = ItemFault { code: 3, text: String::new() };
    assert_eq!(answered(Ok(Some(payload))), Err(CallError::GlobalFault(fault)));
    for payload in [
        None,
        Some(body("<x xmlns='urn:x'/>")),
        Some(envelope("")),
        Some(envelope("<x/>")),
        Some(body("<Envelope/>")),
    ] {
        assert!(matches!(answered(Ok(payload.clone())), Err(CallError::Malformed(_))), "{payload:?}");
    }
}

#[test]
fn the_console_takes_a_body_or_an_envelope() {
    let message = Element::new("urn:m", "Foo");
    let wrapped = in_envelope(message.clone(), Version::V11).unwrap();
    assert_eq!(open(&wrapped).unwrap().body, message);
    assert_eq!(in_envelope(wrapped.clone(), Version::V12), Ok(wrapped));
    assert_eq!(
        in_envelope(Element::new("urn:m", "Envelope"), Version::V11),
        Err(RequestError::Envelope(EnvelopeError::Version("urn:m".into())))
    );
}

#[test]
fn what_cannot_be_carried_is_not_sent() {
    let capture = envelope(&format!("<ilon:Read xmlns:ilon='{NS}'><iLonItem/></ilon:Read>"));
    let error = check_carriable(&capture).unwrap_err();
    assert_eq!(error, RequestError::Unqualified("iLonItem".into()));
    assert_eq!(error.to_string(), "element iLonItem is in no namespace, which XMPP cannot carry");
    let text = Element::new("urn:m", "a").with_child(Element::new("urn:m", "b").with_text("x\u{0}"));
    assert_eq!(check_carriable(&text), Err(RequestError::Character("b".into())));
    let attribute = Element::new("urn:m", "a").with_attr("c", "\u{FFFE}");
    assert_eq!(check_carriable(&attribute), Err(RequestError::Character("a".into())));
    assert_eq!(check_carriable(&fault()), Ok(()));
}

#[test]
fn a_message_holds_one_to_a_hundred_items() {
    let items = |count| vec![name("a"); count];
    assert!(check_count(&items(1)).is_ok() && check_count(&items(100)).is_ok());
    for count in [0, 101] {
        assert_eq!(check_count(&items(count)), Err(CallError::Request(RequestError::ItemCount(count))));
    }
}

#[test]
fn a_refused_push_travels_as_a_soap_fault() {
    let payload = body(&format!(
        "<e:Envelope xmlns:e='{ENVELOPE_12}'><e:Body><Foo xmlns='{NS}'/></e:Body></e:Envelope>"
    ));
    let refusal = push_refusal(&payload, &push::parse(&payload).unwrap_err());
    assert_eq!(refusal.condition, Condition("undefined-condition".into()));
    assert_eq!(refusal.application, Some(Element::new(SOAP_FAULT, "Sender")));
    let envelope = refusal.payload.unwrap();
    assert!(soap_namespaces().contains(&envelope.ns.as_str()));
    let fault = Fault::find(&open(&envelope).unwrap()).unwrap();
    assert_eq!(
        (fault.code.as_str(), fault.text.as_str()),
        ("Sender", "Foo is not offered here, only Write is")
    );
    assert_eq!(check_carriable(&envelope), Ok(()));
}
