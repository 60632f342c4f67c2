use super::Told;
use crate::domain::{Event, EventKind, SmartServerId, Subject};

/// Which events a listener wants. What it says of SmartServers is held against what they were when it happened;
/// events that concern no SmartServer are for everybody.
#[derive(Debug, Clone)]
pub struct EventFilter {
    /// Kinds.
    pub kinds: Vec<EventKind>,
    /// Only these SmartServers; all if empty.
    pub smartservers: Vec<SmartServerId>,
    /// Only SmartServers with this tag.
    pub tag: Option<String>,
    /// Only SmartServers at this site.
    pub site: Option<String>,
    /// Only readings of data points whose names begin so.
    pub prefix: Option<String>,
}

impl EventFilter {
    pub(super) fn wants(&self, told: &Told) -> bool {
        match &told.event {
            Event::Gap { kinds, .. } => kinds.iter().any(|kind| self.wants_kind(*kind)),
            event => {
                event.kind().is_some_and(|kind| self.wants_kind(kind))
                    && (told.about.is_empty() || told.about.iter().any(|subject| self.is_about(subject)))
                    && self.wants_name(told)
            }
        }
    }

    pub(super) fn wants_kind(&self, kind: EventKind) -> bool {
        self.kinds.contains(&kind)
    }

    pub(super) fn wants_journal(&self) -> bool {
        self.kinds.iter().any(|kind| kind.is_journalled())
    }

    fn is_about(&self, subject: &Subject) -> bool {
        (self.smartservers.is_empty() || self.smartservers.contains(&subject.id))
            && self.tag.as_ref().is_none_or(|tag| subject.tags.contains(tag))
            && self.site.as_ref().is_none_or(|site| subject.site.as_ref() == Some(site))
    }

    fn wants_name(&self, told: &Told) -> bool {
        match (&self.prefix, &told.event) {
            (Some(prefix), Event::Reading { .. }) => {
                told.point.as_ref().is_some_and(|point| point.data.name.as_str().starts_with(prefix))
            }
            _ => true,
        }
    }
}
