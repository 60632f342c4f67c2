use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::smartserver::milliseconds;
use super::system::SystemTimeView;
use crate::gateway::{ChatAnswer, Clocked, ConsoleAnswer, Disco, DiscoIdentity, Ping, Pinged, Timing};
use crate::http::problem::HttpError;

/// What a SmartServer answered to a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsoleAnswer)]
pub(crate) struct ConsoleView {
    /// Whether the answer is a SOAP fault.
    is_fault: bool,
    /// The envelope as XML; its prefixes may be others than the SmartServer's.
    envelope: String,
    /// Its body as JSON: attributes as `@name`, text beside them as `#text`.
    #[schema(value_type = Object)]
    body: serde_json::Value,
    timing: TimingView,
}

/// Where the time of a call went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Timing)]
pub(crate) struct TimingView {
    /// Milliseconds until it was the call's turn at the SmartServer.
    queued_ms: f64,
    /// Milliseconds from sending to the answer.
    round_trip_ms: f64,
    /// The SmartServer's own part of that, if its header tells.
    processing_ms: Option<f64>,
}

/// Something to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct NewMessageView {
    /// Without control characters.
    #[schema(min_length = 1, max_length = 4000, example = "Are you there?")]
    pub(crate) text: String,
    /// Milliseconds to wait for the answer.
    #[schema(minimum = 1, maximum = 600000, example = 30000)]
    pub(crate) timeout_ms: Option<u64>,
}

/// What a SmartServer said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChatAnswer)]
pub(crate) struct ChatView {
    #[schema(example = "I like that statement.")]
    text: String,
    /// Its full JID.
    #[schema(example = "00-d0-71-00-00-01@xmpp.example/ilon")]
    from: String,
    round_trip_ms: f64,
}

/// Which ways to a SmartServer work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ping)]
pub(crate) struct PingView {
    chat: ChatPingView,
    disco: DiscoPingView,
    soap: SoapPingView,
}

/// An instant message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChatPing)]
pub(crate) struct ChatPingView {
    #[serde(flatten)]
    outcome: OutcomeView,
    /// Its words.
    #[schema(example = "I like that statement.")]
    text: Option<String>,
}

/// The question for what it is and knows (XEP-0030). A unit that does not answer it may answer SOAP.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DiscoPing)]
pub(crate) struct DiscoPingView {
    #[serde(flatten)]
    outcome: OutcomeView,
    /// What it says it is.
    identities: Vec<DiscoIdentityView>,
    /// Namespaces of what it says it knows.
    #[schema(example = json!(["http://jabber.org/protocol/soap"]))]
    features: Vec<String>,
}

/// What a SmartServer says it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DiscoIdentity)]
pub(crate) struct DiscoIdentityView {
    #[schema(example = "automation")]
    category: String,
    #[serde(rename = "type")]
    #[schema(example = "soap")]
    kind: String,
    name: Option<String>,
}

/// A SOAP call for the system's time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SoapPing)]
pub(crate) struct SoapPingView {
    #[serde(flatten)]
    outcome: OutcomeView,
    /// Its clock.
    time: Option<SystemTimeView>,
}

/// How it went on one way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingOutcome)]
pub(crate) struct OutcomeView {
    /// Whether the SmartServer answered; a fault is an answer.
    answered: bool,
    round_trip_ms: Option<f64>,
    /// What is wrong, if anything is.
    error: Option<PingErrorView>,
}

/// A problem's code and words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingError)]
pub(crate) struct PingErrorView {
    #[schema(example = "deadline_exceeded")]
    code: &'static str,
    #[schema(example = "no answer within the deadline")]
    message: String,
}

impl From<ConsoleAnswer> for ConsoleView {
    fn from(answer: ConsoleAnswer) -> Self {
        ConsoleView {
            is_fault: answer.is_fault,
            envelope: answer.envelope,
            body: answer.body,
            timing: answer.timing.into(),
        }
    }
}

impl From<Timing> for TimingView {
    fn from(timing: Timing) -> Self {
        TimingView {
            queued_ms: milliseconds(timing.queued),
            round_trip_ms: milliseconds(timing.round_trip),
            processing_ms: timing.processing.map(milliseconds),
        }
    }
}

impl From<ChatAnswer> for ChatView {
    fn from(answer: ChatAnswer) -> Self {
        let round_trip_ms = milliseconds(answer.round_trip);
        ChatView { text: answer.text, from: answer.from.to_string(), round_trip_ms }
    }
}

impl From<Ping> for PingView {
    fn from(ping: Ping) -> Self {
        PingView { chat: ping.chat.into(), disco: ping.disco.into(), soap: ping.soap.into() }
    }
}

impl From<Pinged<ChatAnswer>> for ChatPingView {
    fn from(pinged: Pinged<ChatAnswer>) -> Self {
        let (outcome, answer) = split(pinged);
        ChatPingView { outcome, text: answer.map(|answer| answer.text) }
    }
}

impl From<Pinged<Disco>> for DiscoPingView {
    fn from(pinged: Pinged<Disco>) -> Self {
        let (outcome, answer) = split(pinged);
        let (identities, features) =
            answer.map(|disco| (disco.identities, disco.features)).unwrap_or_default();
        DiscoPingView { outcome, identities: identities.into_iter().map(Into::into).collect(), features }
    }
}

impl From<Pinged<Clocked>> for SoapPingView {
    fn from(pinged: Pinged<Clocked>) -> Self {
        let (outcome, answer) = split(pinged);
        SoapPingView { outcome, time: answer.and_then(|clocked| clocked.time).map(Into::into) }
    }
}

impl From<DiscoIdentity> for DiscoIdentityView {
    fn from(identity: DiscoIdentity) -> Self {
        DiscoIdentityView { category: identity.category, kind: identity.kind, name: identity.name }
    }
}

fn split<T>(pinged: Pinged<T>) -> (OutcomeView, Option<T>) {
    let answered = pinged.answered();
    let round_trip_ms = pinged.round_trip.map(|round_trip: Duration| milliseconds(round_trip));
    let (answer, error) = match pinged.outcome {
        Ok(answer) => (Some(answer), None),
        Err(error) => (None, Some(HttpError::from(error).problem())),
    };
    let error = error.map(|problem| PingErrorView { code: problem.code, message: problem.detail });
    (OutcomeView { answered, round_trip_ms, error }, answer)
}
