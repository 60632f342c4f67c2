use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::gateway::lane::Rank;
use crate::smartserver::{remove_secrets, without_secrets};
use crate::xml::Element;

/// Longest text that is told, in bytes.
const TEXT_MAX: usize = 64 << 10;
/// Longest explanation, in characters.
const DETAIL_MAX: usize = 500;

/// A message to or from a SmartServer, as people are shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficMessage {
    /// Its id.
    pub id: Uuid,
    /// When it was handed over for sending, or arrived.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: TrafficDirection,
    /// What it is.
    pub kind: TrafficKind,
    /// What a SOAP message asks for or answers.
    pub operation: Option<String>,
    /// In which lane the call stood.
    pub lane: Option<TrafficLane>,
    /// Id of the message with which the exchange began.
    pub request_id: Option<Uuid>,
    /// Size of its text in bytes, before that was cut.
    pub bytes: usize,
    /// Of answers: time since the request.
    pub took: Option<Duration>,
    /// Of answers: how it went.
    pub outcome: Option<TrafficOutcome>,
    /// Of answers that are none: what is known, in words.
    pub detail: Option<String>,
    /// XML without secrets; `None` where nothing came.
    pub text: Option<String>,
    /// Whether the text was cut.
    pub truncated: bool,
}

/// Which way a message went, seen from the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficDirection {
    /// To the SmartServer.
    Sent,
    /// From the SmartServer.
    Received,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficKind {
    /// A SOAP call or its answer.
    Soap,
    /// An instant message.
    Chat,
    /// Presence.
    Presence,
    /// Values sent unasked, or our answer to them.
    Push,
}

/// In which lane a call stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficLane {
    /// It belongs to a change.
    Write,
    /// Somebody waited for the answer.
    Read,
    /// The gateway asked by itself.
    Poll,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficOutcome {
    /// Answered.
    Ok,
    /// Answered with a SOAP fault.
    Fault,
    /// Given back by the XMPP server or the SmartServer, or answered with what is no envelope.
    Error,
    /// Not answered in time.
    Timeout,
    /// The session or the SmartServer went away.
    Lost,
    /// It never left.
    NotSent,
}

impl From<Rank> for TrafficLane {
    fn from(rank: Rank) -> Self {
        match rank {
            Rank::Command => TrafficLane::Write,
            Rank::Read => TrafficLane::Read,
            Rank::Poll => TrafficLane::Poll,
        }
    }
}

/// What there is to show of a message.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) text: Option<String>,
    pub(super) bytes: usize,
    pub(super) truncated: bool,
}

impl Shown {
    /// An element without its secrets. Its size is that of what is shown: the true one would tell how long a
    /// secret is.
    pub(super) fn of(element: &Element) -> Self {
        let mut element = element.clone();
        remove_secrets(&mut element);
        let mut text = element.to_xml();
        let bytes = text.len();
        text.truncate(text.floor_char_boundary(TEXT_MAX));
        Shown { truncated: text.len() < bytes, text: Some(text), bytes }
    }
}

/// An explanation of bounded length, without secrets: a SmartServer may have worded it.
pub(super) fn short(text: &str) -> String {
    without_secrets(text).chars().take(DETAIL_MAX).collect()
}
