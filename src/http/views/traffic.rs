use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::smartserver::milliseconds;
use super::time;
use crate::gateway::{TrafficDirection, TrafficKind, TrafficLane, TrafficMessage, TrafficOutcome};

/// A message to or from a SmartServer: data of the event `message` of its traffic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrafficMessage)]
pub(crate) struct TrafficMessageView {
    id: Uuid,
    /// When it was handed over for sending, or arrived.
    #[schema(example = "2026-11-22T08:30:00.125Z")]
    at: String,
    direction: TrafficDirectionView,
    kind: TrafficKindView,
    /// What a SOAP message asks for or answers.
    #[schema(example = "Read")]
    operation: Option<String>,
    /// In which lane of the queue the call stood; null for what stands in none.
    lane: Option<TrafficLaneView>,
    /// `id` of the message with which the exchange began: the same in a request and in its answer. Null for what
    /// is part of no exchange.
    request_id: Option<Uuid>,
    /// Size in bytes, before `text` was cut.
    bytes: usize,
    /// Of answers: milliseconds since the request.
    #[schema(example = 41.2)]
    took_ms: Option<f64>,
    /// Of answers: how it went.
    outcome: Option<TrafficOutcomeView>,
    /// Of answers that are none: what is known, in words.
    #[schema(example = "no answer within the deadline")]
    detail: Option<String>,
    /// The message as XML, secrets replaced by `[removed]`; its prefixes may be others than on the wire. Null where
    /// nothing came.
    text: Option<String>,
    /// Whether `text` was cut after 64 KiB.
    truncated: bool,
}

/// Messages that a listener was too slow for: data of the event `gap` of a SmartServer's traffic.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrafficGap)]
pub(crate) struct MissedView {
    /// Messages that are missing at this place.
    pub(crate) missed: u64,
}

/// Which way it went, seen from the gateway.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrafficDirection)]
pub(crate) enum TrafficDirectionView {
    Sent,
    Received,
}

/// What it is. `push`: values sent unasked, and the gateway's answer to them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrafficKind)]
pub(crate) enum TrafficKindView {
    Soap,
    Chat,
    Presence,
    Push,
}

/// A lane of the queue in front of a SmartServer: what changes something goes before what somebody waits for,
/// and that before the gateway's own polls.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrafficLane)]
pub(crate) enum TrafficLaneView {
    Write,
    Read,
    Poll,
}

/// How an exchange ended. `ok`: answered. `fault`: answered with a SOAP fault, or refused so. `error`: the XMPP
/// server or the SmartServer gave it back. `timeout`: not answered in time. `lost`: the session or the SmartServer
/// went away before the answer. `not_sent`: it never left.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrafficOutcome)]
pub(crate) enum TrafficOutcomeView {
    Ok,
    Fault,
    Error,
    Timeout,
    Lost,
    NotSent,
}

super::reading::same_words!(TrafficDirection, TrafficDirectionView: Sent, Received);
super::reading::same_words!(TrafficKind, TrafficKindView: Soap, Chat, Presence, Push);
super::reading::same_words!(TrafficLane, TrafficLaneView: Write, Read, Poll);
super::reading::same_words!(TrafficOutcome, TrafficOutcomeView: Ok, Fault, Error, Timeout, Lost, NotSent);

impl From<&TrafficMessage> for TrafficMessageView {
    fn from(message: &TrafficMessage) -> Self {
        TrafficMessageView {
            id: message.id,
            at: time(message.at),
            direction: message.direction.into(),
            kind: message.kind.into(),
            operation: message.operation.clone(),
            lane: message.lane.map(Into::into),
            request_id: message.request_id,
            bytes: message.bytes,
            took_ms: message.took.map(milliseconds),
            outcome: message.outcome.map(Into::into),
            detail: message.detail.clone(),
            text: message.text.clone(),
            truncated: message.truncated,
        }
    }
}
