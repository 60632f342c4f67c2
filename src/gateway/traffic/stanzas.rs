//! What is no SOAP call: pushes, chat and presence.

use std::sync::Arc;

use jid::BareJid;

use super::message::{Shown, TrafficDirection, TrafficKind, TrafficOutcome};
use super::{Exchange, plain};
use crate::domain::IdentityId;
use crate::gateway::{Gateway, GatewayError, Unit};
use crate::xml::Element;
use crate::xmpp::{CLIENT, IqRequest, Message, NotSent, StanzaError};

impl Gateway {
    /// Tells a push, if anybody listens to who sends it.
    pub(in crate::gateway) fn overhear_push(
        &self,
        identity: IdentityId,
        request: &IqRequest,
    ) -> Option<Exchange> {
        if !self.0.traffic.is_any_taken() {
            return None;
        }
        let unit = self.sender(identity, &request.from).filter(|unit| unit.tap.is_watched())?;
        let (kind, direction) = (TrafficKind::Push, TrafficDirection::Received);
        Some(Exchange::begin(&unit, kind, direction, None, &request.payload))
    }

    /// Tells what is said to a SmartServer, if anybody listens.
    pub(in crate::gateway) fn overhear_said(&self, unit: &Arc<Unit>, text: &str) -> Option<Exchange> {
        let (kind, direction) = (TrafficKind::Chat, TrafficDirection::Sent);
        unit.tap.is_watched().then(|| Exchange::begin(unit, kind, direction, None, &chat("chat", Some(text))))
    }

    /// Tells a message that answers nothing.
    pub(in crate::gateway) fn overhear_message(&self, unit: &Unit, message: &Message) {
        let (kind, direction) = (TrafficKind::Chat, TrafficDirection::Received);
        unit.tap.tell(kind, direction, || plain(kind, direction, Shown::of(&as_element(message))));
    }

    /// Tells presence of a SmartServer, or ours to it; `None` means available.
    pub(in crate::gateway) fn overhear_presence(
        &self,
        unit: &Unit,
        direction: TrafficDirection,
        what: Option<&str>,
    ) {
        let kind = TrafficKind::Presence;
        unit.tap.tell(kind, direction, || plain(kind, direction, Shown::of(&presence(what))));
    }

    /// The same for all SmartServers of an identity at this account.
    pub(in crate::gateway) fn overhear_presence_of_account(
        &self,
        identity: IdentityId,
        account: &BareJid,
        direction: TrafficDirection,
        what: &str,
    ) {
        if self.0.traffic.is_any_taken() {
            let units = self.0.fleet.units_of(identity);
            for unit in units.iter().filter(|unit| unit.info().jid.to_bare() == *account) {
                self.overhear_presence(unit, direction, Some(what));
            }
        }
    }
}

impl Exchange {
    /// Tells what a push is answered.
    pub(in crate::gateway) fn answered(
        self,
        answer: Result<Option<&Element>, &StanzaError>,
        sent: &Result<(), NotSent>,
    ) {
        match (sent, answer) {
            (Err(error), _) => self.end(TrafficOutcome::NotSent, None, Some(&error.to_string())),
            (Ok(()), Ok(envelope)) => self.end(TrafficOutcome::Ok, envelope, None),
            (Ok(()), Err(error)) => {
                let outcome = match error.payload {
                    Some(_) => TrafficOutcome::Fault,
                    None => TrafficOutcome::Error,
                };
                let detail = error.text.as_deref().unwrap_or(&error.condition.0);
                self.end(outcome, error.payload.as_ref(), Some(detail));
            }
        }
    }

    /// Tells what a SmartServer said, or why nothing came.
    pub(in crate::gateway) fn said(self, answer: Result<&Message, &GatewayError>) {
        match answer {
            Ok(message) if message.kind == "error" => {
                self.end(TrafficOutcome::Error, Some(&as_element(message)), None);
            }
            Ok(message) => self.end(TrafficOutcome::Ok, Some(&as_element(message)), None),
            Err(error) => self.end(outcome(error), None, Some(&error.to_string())),
        }
    }
}

fn outcome(error: &GatewayError) -> TrafficOutcome {
    match error {
        GatewayError::Deadline { sent: true } => TrafficOutcome::Timeout,
        GatewayError::Stopping | GatewayError::SessionLost { sent: true } => TrafficOutcome::Lost,
        _ => TrafficOutcome::NotSent,
    }
}

fn chat(kind: &str, body: Option<&str>) -> Element {
    let body = body.map(|text| Element::new(CLIENT, "body").with_text(text));
    Element::new(CLIENT, "message").with_attr("type", kind).with_children(body)
}

fn as_element(message: &Message) -> Element {
    chat(&message.kind, message.body.as_deref()).with_children(message.payloads.iter().cloned())
}

fn presence(what: Option<&str>) -> Element {
    let presence = Element::new(CLIENT, "presence");
    match what {
        Some(what) => presence.with_attr("type", what),
        None => presence,
    }
}
