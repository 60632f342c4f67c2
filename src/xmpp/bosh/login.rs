use std::sync::Arc;

use jid::{BareJid, FullJid};

use super::body::{Answer, Kind};
use super::end::{End, Terminate};
use super::{BIND, SASL, SESSION, STREAM};
use crate::xml::Element;
use crate::xmpp::CLIENT;
use crate::xmpp::sasl::{Credentials, Exchange, Plain, SaslError};
use crate::xmpp::stream::SM;

/// Who logs in, and how.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) jid: BareJid,
    pub(crate) resource: String,
    pub(crate) credentials: Arc<Credentials>,
    /// When PLAIN is used at this address.
    pub(crate) plain: Plain,
}

/// From an open session to a bound resource (XEP-0206, section 5; RFC 6120, sections 6 and 7), or to
/// a resumed stream in place of it (XEP-0198, section 5).
#[derive(Debug)]
pub(crate) struct Login {
    identity: Identity,
    phase: Phase,
    mechanism: Option<&'static str>,
    /// `<resume/>` of the stream to go on with.
    resume: Option<String>,
    /// Whether the server offers stream management.
    manages_streams: bool,
}

#[derive(Debug)]
enum Phase {
    /// Waiting for the features of the first stream.
    Mechanisms,
    Authenticating(Exchange),
    /// Waiting for the features of the restarted stream.
    Features,
    /// Waiting for the answer to `<resume/>`; these features are needed if it fails.
    Resuming(Element),
    Binding {
        legacy_session: bool,
    },
    LegacySession(FullJid),
}

/// What a step of the login leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Send this and wait for the answer.
    Send(String),
    /// Restart the stream.
    Restart,
    /// A stanza that is not the login's.
    Deliver(Element),
    /// Logged in.
    Bound(FullJid),
    /// Logged in by resuming a stream. `taken`: stanzas that the server counts as received on it.
    Resumed { taken: u32, id: Option<String> },
    /// The stream cannot be resumed; the server may still know what it had received on it.
    Lost { taken: Option<u32>, then: Box<Step> },
    /// Over; the session is to be terminated if it is open.
    End(End),
}

const BIND_ID: &str = "bind";
const SESSION_ID: &str = "session";

impl Login {
    pub(crate) fn new(identity: Identity) -> Self {
        Login { identity, phase: Phase::Mechanisms, mechanism: None, resume: None, manages_streams: false }
    }

    /// Goes on with a stream, if the server lets us: its `<resume/>`.
    pub(crate) fn resume(&mut self, resume: String) {
        self.resume = Some(resume);
    }

    /// Whether the server offers stream management.
    pub(crate) fn manages_streams(&self) -> bool {
        self.manages_streams
    }

    /// Whether server and account have proven themselves, and the stream is being entered.
    pub(crate) fn is_authenticated(&self) -> bool {
        matches!(self.phase, Phase::Features | Phase::Resuming(_))
    }

    /// Whether the server has been asked to resume a stream and has not answered.
    pub(crate) fn is_resuming(&self) -> bool {
        matches!(self.phase, Phase::Resuming(_))
    }

    /// The SASL mechanism chosen.
    pub(crate) fn mechanism(&self) -> Option<&'static str> {
        self.mechanism
    }

    /// Takes an element out of an answer. `None`: it leads to nothing, poll on.
    pub(crate) fn take(&mut self, element: Element) -> Option<Step> {
        match (element.ns.as_str(), element.name.as_str()) {
            (STREAM, "features") => self.features(&element),
            (SASL, "challenge") => Some(self.challenge(&element.text())),
            (SASL, "success") => Some(self.success(&element.text())),
            (SASL, "failure") => Some(Step::End(failure(&element))),
            (SM, "resumed" | "failed") => self.resumption(&element),
            (_, "iq") => self.iq(element),
            (_, "message" | "presence") => Some(Step::Deliver(element)),
            _ => None,
        }
    }

    fn features(&mut self, features: &Element) -> Option<Step> {
        match self.phase {
            Phase::Mechanisms => Some(self.authenticate(features)),
            Phase::Features => Some(self.enter(features)),
            _ => None,
        }
    }

    /// Resuming takes the place of binding, which would throw the stream away.
    fn enter(&mut self, features: &Element) -> Step {
        self.manages_streams = features.child_ns(SM, "sm").is_some();
        match self.resume.take() {
            None => self.bind(features),
            Some(resume) if self.manages_streams => {
                self.phase = Phase::Resuming(features.clone());
                Step::Send(resume)
            }
            Some(_) => Step::Lost { taken: None, then: Box::new(self.bind(features)) },
        }
    }

    fn resumption(&mut self, answer: &Element) -> Option<Step> {
        let Phase::Resuming(features) = std::mem::replace(&mut self.phase, Phase::Features) else {
            return Some(unexpected("an answer to <resume/>"));
        };
        let taken = answer.attr("h").and_then(|h| h.parse().ok());
        Some(match (answer.name.as_str(), taken) {
            ("resumed", Some(taken)) => Step::Resumed { taken, id: answer.attr("previd").map(str::to_owned) },
            ("resumed", None) => {
                let end = Step::End(End::Protocol("a resumed stream without a count".into()));
                Step::Lost { taken, then: Box::new(end) }
            }
            _ => Step::Lost { taken, then: Box::new(self.bind(&features)) },
        })
    }

    fn authenticate(&mut self, features: &Element) -> Step {
        let offered = mechanisms(features);
        let started = self.identity.credentials.start(&offered, self.identity.plain);
        let (exchange, initial) = match started.and_then(|mut e| e.initial().map(|initial| (e, initial))) {
            Ok(started) => started,
            Err(error) => return sasl_failed(error),
        };
        let mechanism = exchange.mechanism();
        self.mechanism = Some(mechanism);
        self.phase = Phase::Authenticating(exchange);
        let auth = Element::new(SASL, "auth").with_attr("mechanism", mechanism).with_text(initial);
        Step::Send(auth.to_xml())
    }

    fn challenge(&mut self, text: &str) -> Step {
        let Phase::Authenticating(exchange) = &mut self.phase else { return unexpected("a challenge") };
        match exchange.response(text) {
            Ok(response) => Step::Send(Element::new(SASL, "response").with_text(response).to_xml()),
            Err(error) => sasl_failed(error),
        }
    }

    fn success(&mut self, text: &str) -> Step {
        let Phase::Authenticating(exchange) = &mut self.phase else { return unexpected("a success") };
        match exchange.success(text) {
            Ok(()) => {
                self.phase = Phase::Features;
                Step::Restart
            }
            Err(error) => sasl_failed(error),
        }
    }

    fn bind(&mut self, features: &Element) -> Step {
        if features.child_ns(BIND, "bind").is_none() {
            return Step::End(End::Login("the server offers no resource binding".into()));
        }
        let session = features.child_ns(SESSION, "session");
        let legacy_session = session.is_some_and(|session| session.child("optional").is_none());
        self.phase = Phase::Binding { legacy_session };
        let resource = Element::new(BIND, "resource").with_text(self.identity.resource.clone());
        Step::Send(set(BIND_ID, Element::new(BIND, "bind").with_child(resource)))
    }

    fn iq(&mut self, iq: Element) -> Option<Step> {
        let answers = |id| iq.attr("id") == Some(id) && matches!(iq.attr("type"), Some("result" | "error"));
        match &self.phase {
            Phase::Binding { legacy_session } if answers(BIND_ID) => Some(self.bound(&iq, *legacy_session)),
            Phase::LegacySession(jid) if answers(SESSION_ID) => Some(match iq.attr("type") {
                Some("result") => Step::Bound(jid.clone()),
                _ => Step::End(End::Login("the server refused to establish a session".into())),
            }),
            _ => Some(Step::Deliver(iq)),
        }
    }

    fn bound(&mut self, iq: &Element, legacy_session: bool) -> Step {
        let text = iq.child_ns(BIND, "bind").and_then(|bind| bind.child_text("jid"));
        let jid = match text.as_deref().map(FullJid::new) {
            Some(Ok(jid)) if iq.attr("type") == Some("result") => jid,
            _ if condition(iq) == "conflict" => return Step::End(End::ResourceTaken),
            _ => return Step::End(End::Login(format!("the resource was not bound: {}", condition(iq)))),
        };
        if !legacy_session {
            return Step::Bound(jid);
        }
        self.phase = Phase::LegacySession(jid);
        Step::Send(set(SESSION_ID, Element::new(SESSION, "session")))
    }
}

/// SASL mechanisms that a server offers.
pub(crate) fn mechanisms(features: &Element) -> Vec<String> {
    features
        .child_ns(SASL, "mechanisms")
        .map(|list| list.children_named("mechanism").map(Element::text).collect())
        .unwrap_or_default()
}

fn set(id: &str, payload: Element) -> String {
    Element::new(CLIENT, "iq").with_attr("type", "set").with_attr("id", id).with_child(payload).to_xml()
}

/// First condition below `<error/>`.
fn condition(iq: &Element) -> String {
    let condition = iq.child("error").and_then(|error| error.elements().next());
    condition.map_or_else(|| "no JID in the answer".to_owned(), |c| c.name.clone())
}

/// `<failure/>` (RFC 6120, section 6.5): only a temporary one is worth another attempt.
fn failure(failure: &Element) -> End {
    let condition = failure.elements().find(|e| e.name != "text").map_or("not-authorized", |e| &e.name);
    let text = match failure.child_text("text") {
        Some(text) if !text.is_empty() => format!("{condition} ({text})"),
        _ => condition.to_owned(),
    };
    match condition {
        "not-authorized" | "account-disabled" | "credentials-expired" | "invalid-authzid" => {
            End::Refused(text)
        }
        _ => End::Login(text),
    }
}

fn sasl_failed(error: SaslError) -> Step {
    Step::End(End::Login(error.to_string()))
}

fn unexpected(what: &str) -> Step {
    Step::End(End::Protocol(format!("{what} in the wrong place")))
}

/// What a `terminate` in answer to the creation says: the server is there, so an error at this
/// point is about the domain. ejabberd says internal-server-error, Prosody improper-addressing.
pub(crate) fn creation_refused(answer: &Answer) -> Option<End> {
    let Kind::Terminate(condition) = &answer.kind else { return None };
    let condition = condition.unwrap_or(Terminate::UndefinedCondition);
    Some(match condition {
        Terminate::InternalServerError
        | Terminate::ImproperAddressing
        | Terminate::HostUnknown
        | Terminate::HostGone => End::DomainUnknown(condition),
        Terminate::SeeOtherUri => End::SeeOther(answer.uri.clone().unwrap_or_default()),
        other => End::Terminated(other),
    })
}
