use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use jiff::Timestamp;

use super::behaviour::{Behaviour, Delay, Disco, FaultCarrier, Malformed, Silence};
use super::counts::InFlight;
use super::engine::{Context, Note, Reply, envelope, execute};
use super::journal::Entry;
use super::request::Request;
use super::shared::{Shared, lock};
use crate::xml::Element;
use crate::xmpp::{Client, Condition, ErrorType, Inbound, IqKind, IqRequest, Message, Presence, StanzaError};

/// What a SmartServer answers to any instant message.
pub const CHAT_ANSWER: &str = "I like that statement.";

/// Namespace of questions for what somebody is and knows (XEP-0030).
pub(super) const DISCO: &str = "http://jabber.org/protocol/disco#info";
const SOAP_FEATURE: &str = "http://jabber.org/protocol/soap";
const SOAP_FAULT: &str = "http://jabber.org/protocol/soap#fault";

/// Deals with one stanza.
pub(super) async fn stanza(shared: Arc<Shared>, client: Client, stanza: Inbound) {
    match stanza {
        Inbound::Iq(request) => {
            shared.met(&request.from);
            iq(&shared, &client, &request).await;
        }
        Inbound::Message(message) => {
            shared.met(&message.from);
            chat(&shared, &client, &message).await;
        }
        Inbound::Presence(presence) => {
            shared.met(&presence.from);
            presence_of(&shared, &client, &presence).await;
        }
    }
}

async fn chat(shared: &Shared, client: &Client, message: &Message) {
    let Some(body) = message.body.as_ref().filter(|_| message.kind != "error") else { return };
    tracing::info!(smartserver = %shared.jid, from = %message.from, body, "instant message");
    let behaviour = lock(&shared.behaviour).clone();
    if behaviour.silence == Silence::Always || !behaviour.answers_chat {
        return;
    }
    tokio::time::sleep(pause(behaviour.delay)).await;
    let thread = message.payloads.iter().find(|e| e.name == "thread").map(Element::text);
    let thread = thread.filter(|_| behaviour.echoes_thread);
    match client.chat(&message.from, CHAT_ANSWER, None, thread.as_deref()).await {
        Ok(()) => lock(&shared.counts).chats += 1,
        Err(error) => tracing::warn!(smartserver = %shared.jid, %error, "chat answer not sent"),
    }
}

async fn presence_of(shared: &Shared, client: &Client, presence: &Presence) {
    let accepts = lock(&shared.behaviour).accepts_subscriptions;
    if presence.kind.as_deref() != Some("subscribe") || !accepts {
        return;
    }
    if let Err(error) = client.allow_subscription(&presence.from.to_bare()).await {
        tracing::warn!(smartserver = %shared.jid, %error, "subscription not answered");
    }
}

async fn iq(shared: &Shared, client: &Client, iq: &IqRequest) {
    if let Some(tap) = &shared.tap {
        tap.see(&iq.payload);
    }
    let answer = match Request::read(&iq.payload) {
        _ if iq.payload.is(DISCO, "query") => disco(shared, iq),
        Some(request) => soap(shared, iq, &request).await,
        None => Some(Err(error(ErrorType::Modify, "bad-request"))),
    };
    let Some(answer) = answer else { return };
    if let Err(error) = client.reply(iq, answer.map_err(|error| *error)).await {
        tracing::warn!(smartserver = %shared.jid, %error, "answer not sent");
    }
}

/// What it says of itself; `None` is silence.
fn disco(shared: &Shared, iq: &IqRequest) -> Option<Answer> {
    let Behaviour { disco, silence, .. } = lock(&shared.behaviour).clone();
    if silence == Silence::Always || disco == Disco::Silent {
        return None;
    }
    if disco == Disco::Unavailable || iq.kind != IqKind::Get {
        return Some(Err(error(ErrorType::Cancel, "service-unavailable")));
    }
    let identity = Element::new(DISCO, "identity")
        .with_attr("category", "automation")
        .with_attr("type", "soap")
        .with_attr("name", "SmartServer (simulated)");
    let features = [DISCO, SOAP_FEATURE].map(|name| Element::new(DISCO, "feature").with_attr("var", name));
    Some(Ok(Some(Element::new(DISCO, "query").with_child(identity).with_children(features))))
}

type Answer = Result<Option<Element>, Box<StanzaError>>;

/// Executes a request at once and answers it when the time has come; `None` is silence.
async fn soap(shared: &Shared, iq: &IqRequest, request: &Request) -> Option<Answer> {
    let received = Timestamp::now();
    let behaviour = lock(&shared.behaviour).clone();
    let Some(_in_flight) = InFlight::enter(&shared.counts, request.operation(), behaviour.at_most_at_once)
    else {
        log(shared, iq, request, "turned away", &[]);
        return Some(Err(error(ErrorType::Wait, "resource-constraint")));
    };
    let silent = behaviour.is_silent_for(request.operation());
    if silent && !behaviour.executes_in_silence {
        log(shared, iq, request, "ignored", &[]);
        return None;
    }
    let reply = execute_now(shared, iq, request, &behaviour, received);
    if silent {
        return None;
    }
    tokio::time::sleep(pause(behaviour.delay)).await;
    let times = (received, Timestamp::now());
    let envelope = envelope(&shared.unit(), &reply, &behaviour, request.version, times);
    Some(carry(&reply, envelope, &behaviour))
}

fn execute_now(
    shared: &Shared,
    iq: &IqRequest,
    request: &Request,
    behaviour: &Behaviour,
    now: Timestamp,
) -> Reply {
    let mut context = Context::new(now, behaviour);
    let reply = execute(&mut shared.unit(), request, &mut context);
    let outcome = match &reply {
        Reply::SoapFault(fault) => format!("soap fault {}", fault.code),
        Reply::Body(_) if behaviour.is_silent_for(request.operation()) => "silent".to_owned(),
        Reply::Body(_) => "answered".to_owned(),
    };
    log(shared, iq, request, &outcome, &context.notes);
    reply
}

fn carry(reply: &Reply, envelope: Element, behaviour: &Behaviour) -> Answer {
    let as_error = matches!(reply, Reply::SoapFault(_)) && behaviour.fault_carrier == FaultCarrier::IqError;
    if behaviour.malformed == Some(Malformed::NoEnvelope) {
        return Ok(None);
    }
    if !as_error {
        return Ok(Some(envelope));
    }
    let sender = Element::new(SOAP_FAULT, "Sender");
    let fault = error(ErrorType::Modify, "undefined-condition");
    Err(Box::new(StanzaError { application: Some(sender), payload: Some(envelope), ..*fault }))
}

fn error(kind: ErrorType, condition: &str) -> Box<StanzaError> {
    let condition = Condition(condition.to_owned());
    Box::new(StanzaError { kind, condition, text: None, application: None, payload: None })
}

fn pause(delay: Delay) -> Duration {
    match delay {
        Delay::None => Duration::ZERO,
        Delay::Fixed(pause) => pause,
        Delay::Range(least, most) => rand::random_range(least..=most.max(least)),
    }
}

fn log(shared: &Shared, iq: &IqRequest, request: &Request, outcome: &str, items: &[Note]) {
    write(shared, &iq.from, &iq.id, request.operation(), outcome, items);
}

/// Writes a line into the journal, if there is one.
pub(super) fn write(shared: &Shared, peer: &Jid, id: &str, operation: &str, outcome: &str, items: &[Note]) {
    if let Some(journal) = &shared.journal {
        let (time, smartserver) = (Timestamp::now(), shared.unit().mac.to_string());
        journal.write(&Entry { time, smartserver, peer: peer.as_str(), id, operation, outcome, items });
    }
}
