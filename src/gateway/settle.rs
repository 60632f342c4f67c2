//! From what happened on the wire to an honest outcome.

use super::GatewayError;
use crate::domain::{DataPointId, DataPointName, ItemFault, Outcome, Priority};
use crate::smartserver::{Outcomes, PointData};
use crate::store::FinishedItem;

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
        GatewayError::NoSuchAddress { .. }
        | GatewayError::Forbidden { .. }
        | GatewayError::TooLarge { .. }
        | GatewayError::Session { .. }
        | GatewayError::Wait { .. }
        | GatewayError::Busy { .. }
        | GatewayError::NotAsked { .. }
        | GatewayError::PollBudget { .. }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::SessionTrouble;

    fn back(priority: u8) -> PointData {
        PointData { raw: "21.0".into(), priority: Some(Priority(priority)), ..PointData::default() }
    }

    fn call(error: &GatewayError) -> Outcome {
        fate_of_call(error).outcome
    }

    #[test]
    fn only_what_certainly_never_arrived_is_safe_to_repeat() {
        let condition = |text: &str| GatewayError::Unreachable { condition: text.into() };
        let session = GatewayError::Session { cause: SessionTrouble::Offline, reason: String::new() };
        for error in [
            session,
            condition("service-unavailable"),
            GatewayError::SessionLost { sent: false },
            GatewayError::TooLarge { size: 2, limit: 1 },
            GatewayError::Wait { condition: "resource-constraint".into() },
            GatewayError::Stopping,
        ] {
            assert_eq!(call(&error), Outcome::NotSent, "{error}");
        }
        for error in [
            condition("remote-server-timeout"),
            GatewayError::SessionLost { sent: true },
            GatewayError::Deadline { sent: true },
            GatewayError::PeerGone,
            GatewayError::Malformed("x".into()),
            GatewayError::Rejected { condition: "undefined-condition".into() },
        ] {
            assert_eq!(call(&error), Outcome::Unknown, "{error}");
        }
        assert_eq!(call(&GatewayError::Deadline { sent: false }), Outcome::Expired);
        assert_eq!(call(&GatewayError::Fault { code: "1".into(), text: String::new() }), Outcome::Refused);
    }

    #[test]
    fn an_answer_speaks_for_its_point_alone() {
        let [name, other]: [DataPointName; 2] = ["a/b", "a/c"].map(|name| name.parse().unwrap());
        let fault = |code| Err(ItemFault { code, text: "x".into() });
        for (items, outcome) in [
            (vec![(other.clone(), fault(12)), (name.clone(), Ok(()))], Outcome::Acknowledged),
            (vec![(name.clone(), fault(12))], Outcome::Refused),
            (vec![(name.clone(), fault(14))], Outcome::NotFound),
            (vec![(other, Ok(()))], Outcome::Unknown),
            (vec![], Outcome::Unknown),
        ] {
            assert_eq!(fate_of_item(&name, items).outcome, outcome);
        }
    }

    proptest! {
        /// Whatever was asked and whatever is found: reading back settles what is open, never makes
        /// a refusal undone nor what may still be executed refused, and tells what it saw.
        #[test]
        fn reading_back_never_lies(asked: u8, held: u8, answered: u8, as_ordered: bool) {
            let before = match answered % 3 {
                0 => Fate::acknowledged(),
                1 => Fate::new(Outcome::Unknown, "no answer"),
                _ => Fate::new(Outcome::Refused, "fault"),
            };
            let outcome = before.outcome;
            let fate = fate_of_read_back(before, Ok(Some(back(held))), |_| as_ordered)
                .refused_if_held_stronger(Priority(asked));
            let expected = match (outcome, as_ordered) {
                (Outcome::Refused, _) => Outcome::Refused,
                (_, true) => Outcome::Verified,
                (Outcome::Acknowledged, false) if held < asked => Outcome::Refused,
                (outcome, false) => outcome,
            };
            prop_assert_eq!(fate.outcome, expected);
            prop_assert_eq!(fate.held_at, Some(Priority(held)));
            if fate.outcome != Outcome::Verified {
                prop_assert!(fate.reason.unwrap().contains(&held.to_string()));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_back_stays_as_it_was() {
        for before in [Fate::acknowledged(), Fate::new(Outcome::Unknown, "no answer")] {
            let outcome = before.outcome;
            for back in [Ok(None), Err(GatewayError::Deadline { sent: true })] {
                let fate = fate_of_read_back(before.clone(), back, |_| true);
                assert_eq!((fate.outcome, fate.held_at), (outcome, None));
                assert!(fate.reason.is_some());
            }
        }
    }
}
