use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

use super::message::{
    Shown, TrafficDirection, TrafficKind, TrafficLane, TrafficMessage, TrafficOutcome, short,
};
use crate::gateway::Unit;
use crate::gateway::lane::Rank;
use crate::smartserver::{CallError, Seen, Sighting, Witness, operation};
use crate::xml::Element;
use crate::xmpp::IqError;

/// A message that was told, whose answer is to be told too; dropped without, that nobody waits for it any more.
#[derive(Debug)]
pub(in crate::gateway) struct Exchange {
    unit: Arc<Unit>,
    id: Uuid,
    kind: TrafficKind,
    lane: Option<TrafficLane>,
    /// Which way the answer goes.
    back: TrafficDirection,
    operation: Option<String>,
    begun: Instant,
    is_over: bool,
}

impl Exchange {
    /// Tells the message with which it begins.
    pub(in crate::gateway) fn begin(
        unit: &Arc<Unit>,
        kind: TrafficKind,
        direction: TrafficDirection,
        lane: Option<TrafficLane>,
        message: &Element,
    ) -> Self {
        let exchange = Exchange {
            unit: Arc::clone(unit),
            id: Uuid::now_v7(),
            kind,
            lane,
            back: match direction {
                TrafficDirection::Sent => TrafficDirection::Received,
                TrafficDirection::Received => TrafficDirection::Sent,
            },
            operation: operation(message).map(short),
            begun: Instant::now(),
            is_over: false,
        };
        unit.tap.tell(kind, direction, || TrafficMessage {
            id: exchange.id,
            direction,
            request_id: Some(exchange.id),
            ..exchange.message(Shown::of(message))
        });
        exchange
    }

    /// Tells what came of it: an answer, or why there is none to show.
    pub(in crate::gateway) fn end(
        mut self,
        outcome: TrafficOutcome,
        answer: Option<&Element>,
        detail: Option<&str>,
    ) {
        self.is_over = true;
        self.tell_end(outcome, answer, detail);
    }

    fn tell_end(&self, outcome: TrafficOutcome, answer: Option<&Element>, detail: Option<&str>) {
        self.unit.tap.tell(self.kind, self.back, || TrafficMessage {
            request_id: Some(self.id),
            took: Some(self.begun.elapsed()),
            outcome: Some(outcome),
            detail: detail.map(short),
            ..self.message(answer.map(Shown::of).unwrap_or_default())
        });
    }

    fn message(&self, shown: Shown) -> TrafficMessage {
        let message = super::plain(self.kind, self.back, shown);
        TrafficMessage { operation: self.operation.clone(), lane: self.lane, ..message }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.is_over {
            self.tell_end(TrafficOutcome::Lost, None, Some("whoever asked does not wait any more"));
        }
    }
}

/// Tells the calls of somebody who has a turn at a SmartServer.
#[derive(Debug)]
pub(in crate::gateway) struct CallWitness {
    pub(in crate::gateway) unit: Arc<Unit>,
    pub(in crate::gateway) rank: Rank,
}

impl Witness for CallWitness {
    fn sent(&self, envelope: &Element) -> Box<dyn Sighting> {
        let lane = Some(self.rank.into());
        Box::new(Exchange::begin(&self.unit, TrafficKind::Soap, TrafficDirection::Sent, lane, envelope))
    }
}

impl Sighting for Exchange {
    fn ended(self: Box<Self>, answer: Seen<'_>) {
        match answer {
            Seen::Answer(envelope) => self.end(TrafficOutcome::Ok, Some(envelope), None),
            Seen::Fault(envelope) => self.end(TrafficOutcome::Fault, Some(envelope), None),
            Seen::Nothing(error) => self.end(outcome(error), None, Some(&error.to_string())),
        }
    }
}

/// How a call without an answer ended.
fn outcome(error: &CallError) -> TrafficOutcome {
    match error {
        CallError::Fault(_) | CallError::GlobalFault(_) => TrafficOutcome::Fault,
        CallError::Request(_) | CallError::Selector(_) | CallError::Iq(IqError::NotSent(_)) => {
            TrafficOutcome::NotSent
        }
        CallError::Iq(IqError::Deadline) => TrafficOutcome::Timeout,
        CallError::Iq(IqError::SessionLost | IqError::PeerGone) => TrafficOutcome::Lost,
        CallError::Iq(IqError::Stanza(_)) | CallError::Malformed(_) => TrafficOutcome::Error,
    }
}
