use std::collections::HashSet;

use super::super::Point;
use crate::domain::{DataPointId, Event, EventKind, Happening, SmartServerId, Subject};

/// Which events a listener wants. What it says of SmartServers is held against what they were when it happened;
/// events that concern no SmartServer are for everybody.
#[derive(Debug, Clone, Default)]
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
    /// Only readings of these.
    pub readings_of: Option<ReadingsOf>,
}

/// Whose readings a listener wants: of all data points of some SmartServers, and of some data points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadingsOf {
    /// SmartServers.
    pub smartservers: HashSet<SmartServerId>,
    /// Data points.
    pub data_points: HashSet<DataPointId>,
}

impl EventFilter {
    /// Whether what happened is wanted; `point` is the data point of a reading.
    pub(in crate::gateway) fn wants(&self, happening: &Happening, point: Option<&Point>) -> bool {
        match &happening.event {
            Event::Gap { kinds, .. } => kinds.iter().any(|kind| self.wants_kind(*kind)),
            event => {
                event.kind().is_some_and(|kind| self.wants_kind(kind))
                    && (happening.about.is_empty()
                        || happening.about.iter().any(|subject| self.is_about(subject)))
                    && self.wants_reading(event, point)
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

    /// What narrows readings alone.
    fn wants_reading(&self, event: &Event, point: Option<&Point>) -> bool {
        let Event::Reading { smartserver_id, reading } = event else { return true };
        let is_named = |prefix: &String| {
            point.is_some_and(|point| point.data.name.as_str().starts_with(prefix.as_str()))
        };
        self.readings_of.as_ref().is_none_or(|of| of.takes(*smartserver_id, reading.data_point_id))
            && self.prefix.as_ref().is_none_or(is_named)
    }
}

impl ReadingsOf {
    /// Costs the same however many there are: it is asked for each reading and listener.
    fn takes(&self, smartserver: SmartServerId, data_point: DataPointId) -> bool {
        self.smartservers.contains(&smartserver) || self.data_points.contains(&data_point)
    }
}
