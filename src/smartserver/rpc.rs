//! SOAP over XMPP (XEP-0072): the one place that knows both.

use std::sync::Arc;
use std::time::Duration;

use jid::{FullJid, Jid};
use tokio::time::Instant;

use super::batches::{BatchItem, MOST_ITEMS};
use super::item::{MessageError, Outcomes, Parsed, Warning};
use super::push::{self, PushError};
use super::system_info::{SystemInfo, SystemSection};
use super::witness::{Seen, Witness};
use super::{
    ListedPoint, MessageProperties, PointConfig, PointData, Selector, SelectorError, WriteItem, get, list,
    lon_device, read, reset_priority, system_info, write,
};
use crate::domain::{DataPointName, ItemFault, Priority};
use crate::soap::{self, Envelope, EnvelopeError, Fault, FaultKind, Version};
use crate::xml::{Element, Node};
use crate::xmpp::{Client, Condition, ErrorType, IqError, IqId, IqKind, Limits, StanzaError};

/// Feature that tells support of SOAP, for disco#info (XEP-0072 section 3.1).
pub const DISCO_FEATURES: &[&str] = &["http://jabber.org/protocol/soap"];
/// Identity for disco#info (XEP-0072 section 3.1).
pub const DISCO_IDENTITY: (&str, &str, &str) = ("automation", "soap", "nocgate");
/// Namespace of the conditions that mark a stanza error as a SOAP fault (XEP-0072 section 6).
pub const SOAP_FAULT: &str = "http://jabber.org/protocol/soap#fault";

/// Namespaces of iq payloads that are messages for us.
pub fn soap_namespaces() -> Vec<&'static str> {
    vec![soap::ENVELOPE_11, soap::ENVELOPE_12]
}

/// Calls to one SmartServer over one session; cheap to clone.
#[derive(Debug, Clone)]
pub struct SmartServerRpc {
    client: Client,
    to: Jid,
    version: Version,
    /// Id for the call, if it was given beforehand.
    id: Option<IqId>,
    witness: Option<Arc<dyn Witness>>,
}

/// What a SmartServer answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// What was done in spite of a `_warning` (manual 2-7).
    pub warnings: Vec<Warning>,
    /// Header of the answer, if it has one.
    pub properties: Option<MessageProperties>,
    /// Time from handing the request over until the answer came.
    pub round_trip: Duration,
}

/// What came back of a message that the gateway does not look into.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAnswer {
    /// The envelope as it came.
    pub envelope: Element,
    /// Whether its body is a SOAP fault.
    pub is_fault: bool,
    /// Its header, if it has one.
    pub properties: Option<MessageProperties>,
    /// Time from handing the request over until the answer came.
    pub round_trip: Duration,
}

impl<T> From<(RawAnswer, T)> for Answer<(RawAnswer, T)> {
    /// The same with something beside it.
    fn from((raw, beside): (RawAnswer, T)) -> Self {
        let (round_trip, properties) = (raw.round_trip, raw.properties.clone());
        Answer { round_trip, warnings: Vec::new(), properties, value: (raw, beside) }
    }
}

/// Why a call has no answer to give.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Nothing was sent: the request itself is at fault.
    #[error("{0}")]
    Request(RequestError),
    /// Nothing was sent: the selector cannot be written.
    #[error("{0}")]
    Selector(#[from] SelectorError),
    /// The XMPP session or server; tells whether the SmartServer may have got the request.
    #[error("{0}")]
    Iq(IqError),
    /// Answered with a SOAP fault, in an iq of type error or result.
    #[error("{0}")]
    Fault(Fault),
    /// Answered with a fault of the message as a whole: nothing was processed (manual 2-7).
    #[error("fault {}: {}", .0.code, .0.text)]
    GlobalFault(ItemFault),
    /// Answered with something that cannot be understood: whether the request was processed is
    /// not known.
    #[error("the answer cannot be understood: {0}")]
    Malformed(String),
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// An element without namespace, which ejabberd would move into another one.
    #[error("element {0} is in no namespace, which XMPP cannot carry")]
    Unqualified(String),
    /// A character that XML 1.0 does not have.
    #[error("element {0} holds a character that XML does not allow")]
    Character(String),
    /// An envelope without exactly one message.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// No item, or more than the manual allows.
    #[error("a message holds 1 to {MOST_ITEMS} items, not {0}")]
    ItemCount(usize),
    /// A Set that would harm a device.
    #[error("{0}")]
    Harmful(String),
}

impl From<MessageError> for CallError {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::GlobalFault(fault) => CallError::GlobalFault(fault),
            MessageError::Malformed(text) => CallError::Malformed(text),
        }
    }
}

impl SmartServerRpc {
    /// Calls to the SmartServer at a JID, in SOAP 1.1, which its WSDL binds.
    pub fn new(client: Client, to: FullJid) -> Self {
        SmartServerRpc { client, to: Jid::from(to), version: Version::V11, id: None, witness: None }
    }

    /// The same for one call, whose iq bears this id: of the same client, and of no other call.
    #[must_use]
    pub fn with_id(self, id: IqId) -> Self {
        SmartServerRpc { id: Some(id), ..self }
    }

    /// The same calls, looked on at by somebody.
    #[must_use]
    pub fn seen_by(self, witness: Arc<dyn Witness>) -> Self {
        SmartServerRpc { witness: Some(witness), ..self }
    }

    /// The same calls in another version of SOAP. Answers are understood in either.
    #[must_use]
    pub fn in_version(self, version: Version) -> Self {
        SmartServerRpc { version, ..self }
    }

    /// All data points (`List` of `Dp_Cfg`).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list_data_points(
        &self,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Vec<ListedPoint>>, CallError> {
        self.call(list::request(&Selector::of("Dp_Cfg")), limits, list::parse).await
    }

    /// The data points whose name starts with a text.
    ///
    /// # Errors
    /// [`CallError`]; `Selector` when the text cannot stand in a selector.
    pub async fn list_data_points_under(
        &self,
        prefix: &str,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Vec<ListedPoint>>, CallError> {
        let selector = Selector::of("Dp_Cfg").name_starts_with(prefix)?;
        self.call(list::request(&selector), limits, list::parse).await
    }

    /// Configuration of up to 100 data points (`Get`); [`super::batches`] makes lists that fit.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_data_points(
        &self,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<PointConfig>>, CallError> {
        check_count(names)?;
        self.call(get::request(names), limits, |body| get::parse(body, names)).await
    }

    /// Values of up to 100 data points (`Read`), no older than `max_age`: 0 makes the SmartServer
    /// poll its devices, `None` takes what it has (manual 4-14).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read(
        &self,
        names: &[DataPointName],
        max_age: Option<Duration>,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<PointData>>, CallError> {
        check_count(names)?;
        self.call(read::request(names, max_age), limits, |body| read::parse(body, names)).await
    }

    /// The same with an age of its own for each data point.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_aged(
        &self,
        points: &[(DataPointName, Duration)],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<PointData>>, CallError> {
        check_count(points)?;
        let names: Vec<_> = points.iter().map(|(name, _)| name.clone()).collect();
        self.call(read::request_aged(points), limits, |body| read::parse(body, &names)).await
    }

    /// Writes up to 100 data points (`Write`). `Ok` of a point: answered without error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn write(
        &self,
        items: &[WriteItem],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<()>>, CallError> {
        check_count(items)?;
        let names = || items.iter().map(BatchItem::name);
        self.call(write::request(items), limits, |body| write::parse(body, names())).await
    }

    /// Frees the priority of up to 100 data points (`InvokeCmd`, manual 4-17); values stay.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn reset_priority(
        &self,
        items: &[(DataPointName, Priority)],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<()>>, CallError> {
        check_count(items)?;
        let names = || items.iter().map(BatchItem::name);
        self.call(reset_priority::request(items), limits, |body| reset_priority::parse(body, names())).await
    }

    /// The answer to a [`write`](Self::write) that an earlier run of the process had sent in the iq with
    /// this id.
    ///
    /// # Errors
    /// [`CallError`]; those of [`Client::earlier`] when no answer comes.
    pub async fn earlier_write(
        &self,
        id: &str,
        items: &[WriteItem],
        deadline: Instant,
    ) -> Result<Outcomes<()>, CallError> {
        let names = || items.iter().map(BatchItem::name);
        self.earlier(id, deadline, |body| write::parse(body, names())).await
    }

    /// The same of a [`reset_priority`](Self::reset_priority).
    ///
    /// # Errors
    /// As of [`earlier_write`](Self::earlier_write).
    pub async fn earlier_reset_priority(
        &self,
        id: &str,
        items: &[(DataPointName, Priority)],
        deadline: Instant,
    ) -> Result<Outcomes<()>, CallError> {
        let names = || items.iter().map(BatchItem::name);
        self.earlier(id, deadline, |body| reset_priority::parse(body, names())).await
    }

    /// A section of the system information (`SystemService_Read_Info`, manual 19-1).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn system_info(
        &self,
        section: SystemSection,
        limits: impl Into<Limits>,
    ) -> Result<Answer<SystemInfo>, CallError> {
        let request = system_info::request(section);
        let mut answer = self.call(request, limits, |body| system_info::parse(body, section)).await?;
        if let Some(time) = &mut answer.value.time {
            time.place(answer.properties.as_ref().and_then(|properties| properties.sent_at));
        }
        Ok(answer)
    }

    /// Sends any message, with or without its envelope, and gives back the envelope of the answer,
    /// a SOAP fault included.
    ///
    /// # Errors
    /// [`CallError`]; `Request` when the message is no envelope with one message, or cannot be
    /// carried.
    pub async fn raw(
        &self,
        body_or_envelope: Element,
        limits: impl Into<Limits>,
    ) -> Result<RawAnswer, CallError> {
        let request = in_envelope(body_or_envelope, self.version).map_err(CallError::Request)?;
        let (envelope, round_trip) = self.exchange(request, limits).await?;
        let opened = soap::open(&envelope).map_err(|error| CallError::Malformed(error.to_string()))?;
        let properties = MessageProperties::find(&opened.header);
        Ok(RawAnswer { is_fault: Fault::find(&opened).is_some(), properties, envelope, round_trip })
    }

    /// Sends a message and reads its answer. Each message's file adds the call that its type makes.
    pub(super) async fn call<T>(
        &self,
        message: Element,
        limits: impl Into<Limits>,
        parse: impl FnOnce(&Element) -> Result<Parsed<T>, MessageError>,
    ) -> Result<Answer<T>, CallError> {
        let (envelope, round_trip) = self.exchange(soap::wrap(message, self.version), limits).await?;
        understand(&envelope, round_trip, parse)
    }

    /// How long it took, and when the answer was made, is not known: it may have waited at the server.
    async fn earlier<T>(
        &self,
        id: &str,
        deadline: Instant,
        parse: impl FnOnce(&Element) -> Result<Parsed<T>, MessageError>,
    ) -> Result<T, CallError> {
        let envelope = answering_envelope(self.client.earlier(id, deadline).await)?;
        Ok(understand(&envelope, Duration::ZERO, parse)?.value)
    }

    /// Sends an envelope and gives back the one that answers it, whatever it says.
    async fn exchange(
        &self,
        request: Element,
        limits: impl Into<Limits>,
    ) -> Result<(Element, Duration), CallError> {
        check_carriable(&request).and_then(|()| check_harmless(&request)).map_err(CallError::Request)?;
        let sent = Instant::now();
        let id = self.id.clone().unwrap_or_else(|| self.client.iq_id());
        let sighting = self.witness.as_ref().map(|witness| witness.sent(&request));
        let answer = self.client.iq_as(id, &self.to, IqKind::Set, request, limits).await;
        let answer = answering_envelope(answer);
        if let Some(sighting) = sighting {
            sighting.ended(Seen::of(answer.as_ref()));
        }
        Ok((answer?, sent.elapsed()))
    }
}

/// A message in its envelope, which it may have brought along.
fn in_envelope(body_or_envelope: Element, version: Version) -> Result<Element, RequestError> {
    let request = match body_or_envelope.name.as_str() {
        "Envelope" => body_or_envelope,
        _ => soap::wrap(body_or_envelope, version),
    };
    soap::open(&request)?;
    Ok(request)
}

/// The envelope that answers a call. One in an iq of type error counts only if it holds a fault:
/// otherwise it is the request, which servers echo. The condition of a SOAP fault without its
/// envelope is a fault too.
fn answering_envelope(answer: Result<Option<Element>, IqError>) -> Result<Element, CallError> {
    match answer {
        Ok(Some(payload)) => Ok(payload),
        Ok(None) => Err(CallError::Malformed("an empty result".to_owned())),
        Err(IqError::Stanza(mut error)) => match error.payload.take_if(|payload| is_fault(payload)) {
            Some(envelope) => Ok(envelope),
            None => Err(fault_without_envelope(&error).unwrap_or(CallError::Iq(IqError::Stanza(error)))),
        },
        Err(error) => Err(CallError::Iq(error)),
    }
}

fn fault_without_envelope(error: &StanzaError) -> Option<CallError> {
    let condition = error.application.as_ref().filter(|element| element.ns == SOAP_FAULT)?;
    let text = error.text.clone().unwrap_or_default();
    Some(CallError::Fault(Fault { code: condition.name.clone(), text, detail: None }))
}

pub(super) fn is_fault(payload: &Element) -> bool {
    soap::open(payload).is_ok_and(|envelope| Fault::find(&envelope).is_some())
}

fn understand<T>(
    payload: &Element,
    round_trip: Duration,
    parse: impl FnOnce(&Element) -> Result<Parsed<T>, MessageError>,
) -> Result<Answer<T>, CallError> {
    let envelope: Envelope = soap::open(payload).map_err(|error| CallError::Malformed(error.to_string()))?;
    if let Some(fault) = Fault::find(&envelope) {
        return Err(CallError::Fault(fault));
    }
    let Parsed { value, warnings } = parse(&envelope.body)?;
    Ok(Answer { value, warnings, properties: MessageProperties::find(&envelope.header), round_trip })
}

pub(super) fn check_count<T>(items: &[T]) -> Result<(), CallError> {
    match items.len() {
        1..=MOST_ITEMS => Ok(()),
        count => Err(CallError::Request(RequestError::ItemCount(count))),
    }
}

/// Refuses what would be changed or refused on the way, since one bad stanza spoils all that share
/// its body.
fn check_carriable(element: &Element) -> Result<(), RequestError> {
    if element.ns.is_empty() {
        return Err(RequestError::Unqualified(element.name.clone()));
    }
    let bad = |text: &str| text.chars().any(|c| !is_xml(c));
    if element.attributes.iter().any(|attribute| bad(&attribute.value)) {
        return Err(RequestError::Character(element.name.clone()));
    }
    for child in &element.children {
        match child {
            Node::Element(child) => check_carriable(child)?,
            Node::Text(text) if bad(text) => return Err(RequestError::Character(element.name.clone())),
            Node::Text(_) => {}
        }
    }
    Ok(())
}

/// Refuses a Set that could decommission a device, whoever wrote it.
fn check_harmless(envelope: &Element) -> Result<(), RequestError> {
    lon_device::refusal_of(envelope).map_or(Ok(()), |why| Err(RequestError::Harmful(why)))
}

/// XML 1.0, production 2.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The stanza error that refuses a push: the envelope with the fault, and the condition that says so
/// beside `undefined-condition` (XEP-0072 section 6).
pub fn push_refusal(payload: &Element, error: &PushError) -> StanzaError {
    let (kind, condition) = match error.kind() {
        FaultKind::VersionMismatch => (ErrorType::Cancel, "VersionMismatch"),
        FaultKind::Sender => (ErrorType::Modify, "Sender"),
        FaultKind::Receiver => (ErrorType::Wait, "Receiver"),
    };
    StanzaError {
        kind,
        condition: Condition("undefined-condition".to_owned()),
        text: Some(error.to_string()),
        application: Some(Element::new(SOAP_FAULT, condition)),
        payload: Some(push::refusal(push::version_of(payload), error)),
    }
}

#[cfg(test)]
#[path = "rpc_tests.rs"]
mod tests;
