//! From what happened on the wire to an honest outcome.

use super::connections::now;
use super::{Gateway, GatewayError};
use crate::domain::{DataPointId, DataPointName, ItemFault, Outcome, Phase, Priority};
use crate::smartserver::{Outcomes, PointData};
use crate::store::{FinishedItem, StoreError};

/// The outcome of a command at one data point, with its reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fate {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) held_at: Option<Priority>,
    pub(super) raw: Option<String>,
}

impl Fate {
    pub(super) fn new(outcome: Outcome, reason: impl Into<String>) -> Self {
        Fate { outcome, reason: Some(reason.into()), held_at: None, raw: None }
    }

    fn acknowledged() -> Self {
        Fate { outcome: Outcome::Acknowledged, reason: None, held_at: None, raw: None }
    }

    pub(super) fn outcome_name(&self) -> &'static str {
        match self.outcome {
            Outcome::Verified => "verified",
            Outcome::Acknowledged => "acknowledged",
            Outcome::Refused => "refused",
            Outcome::NotFound => "not_found",
            Outcome::NotSent => "not_sent",
            Outcome::Unknown => "unknown",
            Outcome::Expired => "expired",
            Outcome::Cancelled => "cancelled",
        }
    }

    pub(super) fn into_finished(self, data_point_id: DataPointId) -> FinishedItem {
        let Fate { outcome, reason, held_at, raw } = self;
        FinishedItem { data_point_id, outcome, reason, held_at, raw }
    }
}

/// What an answer says of the point.
pub(super) fn fate_of_item(name: &DataPointName, items: Outcomes<()>) -> Fate {
    match items.into_iter().find(|(n, _)| n == name) {
        Some((_, Ok(()))) => Fate::acknowledged(),
        Some((_, Err(fault))) if fault.is_not_found() => Fate::new(Outcome::NotFound, fault_text(&fault)),
        Some((_, Err(fault))) => Fate::new(Outcome::Refused, fault_text(&fault)),
        None => Fate::new(Outcome::Unknown, "the SmartServer's answer does not mention the data point"),
    }
}

fn fault_text(fault: &ItemFault) -> String {
    format!("the SmartServer answered fault {}: {}", fault.code, fault.text)
}

/// What a call without a usable answer means for a command: only what certainly never reached the
/// SmartServer is safe to repeat.
pub(super) fn fate_of_call(error: &GatewayError) -> Fate {
    let outcome = match error {
        GatewayError::Fault { .. } => Outcome::Refused,
        // Answered by the server or by the SmartServer's XMPP client instead of being executed.
        GatewayError::Unreachable { condition } if condition != "remote-server-timeout" => Outcome::NotSent,
        GatewayError::Forbidden { .. }
        | GatewayError::TooLarge { .. }
        | GatewayError::Session { .. }
        | GatewayError::Wait { .. }
        | GatewayError::SessionLost { sent: false }
        | GatewayError::Stopping
        | GatewayError::Soap(_) => Outcome::NotSent,
        GatewayError::Deadline { sent: false } => Outcome::Expired,
        _ => Outcome::Unknown,
    };
    Fate::new(outcome, error.to_string())
}

/// What reading the point back adds. Only a write that was answered can turn out refused; one that
/// was not may still be executed later. One that was refused stays so, whatever the point shows.
pub(super) fn fate_of_read_back(
    fate: Fate,
    back: Result<Option<PointData>, GatewayError>,
    as_ordered: impl Fn(&PointData) -> bool,
) -> Fate {
    let back = match back {
        Ok(Some(data)) => data,
        Ok(None) => return fate.with_note("reading it back was refused"),
        Err(error) => return fate.with_note(&format!("it could not be read back: {error}")),
    };
    let seen = Fate { held_at: back.priority, raw: Some(back.raw.clone()), ..fate.clone() };
    if fate.outcome != Outcome::Refused && as_ordered(&back) {
        return Fate { outcome: Outcome::Verified, reason: None, ..seen };
    }
    let held = back.priority.map_or("unknown".to_owned(), |p| p.0.to_string());
    let found = format!("read back {:?} at priority {held}", back.raw);
    seen.with_note(&found)
}

impl Fate {
    fn with_note(self, note: &str) -> Self {
        let reason = match &self.reason {
            Some(reason) => format!("{reason}; {note}"),
            None => note.to_owned(),
        };
        Fate { reason: Some(reason), ..self }
    }

    /// An answered write whose point is held by someone stronger was refused in silence.
    pub(super) fn refused_if_held_stronger(self, asked: Priority) -> Self {
        match (self.outcome, self.held_at) {
            (Outcome::Acknowledged, Some(held)) if !asked.overrules(held) => {
                let reason = format!("the point is held at priority {}, stronger than {}", held.0, asked.0);
                Fate { outcome: Outcome::Refused, reason: Some(reason), ..self }
            }
            _ => self,
        }
    }
}

impl Gateway {
    /// Settles what an earlier run of the gateway left open: what was not sent is safe to repeat,
    /// of what was sent nobody knows.
    pub(super) async fn settle_unfinished(&self) -> Result<(), StoreError> {
        for command in self.0.store.commands().list_unfinished().await? {
            for item in &command.items {
                let fate = match item.phase {
                    Phase::Queued => Fate::new(Outcome::NotSent, "the gateway stopped before it was sent"),
                    Phase::Sent => Fate::new(Outcome::Unknown, "the gateway stopped before the answer came"),
                    Phase::Finished => continue,
                };
                tracing::warn!(command = %command.id, point = %item.name, outcome = ?fate.outcome, "settled after a stop");
                let finished = fate.into_finished(item.data_point_id);
                self.0.store.commands().finish(command.id, &[finished], now()).await?;
            }
        }
        Ok(())
    }
}
