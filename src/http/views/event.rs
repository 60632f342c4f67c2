use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fleet_alarm::AlarmEventView;
use super::{HealthStateView, ReadingView, RestartSourceView, SessionStateView, time};
use crate::domain::{Event, EventKind, Happening, Subject};
use crate::gateway::{Gateway, Point};

/// Data of an event.
#[derive(Debug)]
pub(crate) enum EventView {
    /// One that only listeners are told.
    Reading(Box<ReadingEventView>),
    /// One that is in the journal too.
    Kept(KeptEventView),
}

/// An event of the journal: its kind, and the same data that the stream sends.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", content = "event", rename_all = "snake_case")]
#[schema(as = KeptEvent)]
pub(crate) enum KeptEventView {
    Health(HealthEventView),
    Restart(RestartEventView),
    Session(SessionEventView),
    Command(CommandEventView),
    DeviceCommand(DeviceCommandEventView),
    Alarm(Box<AlarmEventView>),
    Gap(GapEventView),
}

/// A data point has a new reading.
#[derive(Debug, Serialize)]
pub(crate) struct ReadingEventView {
    at: String,
    #[serde(flatten)]
    reading: ReadingView,
}

/// A SmartServer's health changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthEvent)]
pub(crate) struct HealthEventView {
    /// When it happened.
    at: String,
    #[serde(flatten)]
    smartserver: SubjectView,
    /// Its health from then on.
    state: HealthStateView,
    /// Why, in words.
    reason: String,
}

/// A SmartServer has restarted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestartEvent)]
pub(crate) struct RestartEventView {
    /// When it was found.
    at: String,
    #[serde(flatten)]
    smartserver: SubjectView,
    /// When it restarted.
    restarted_at: String,
    restart_known_by: RestartSourceView,
}

/// An identity's session changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionEvent)]
pub(crate) struct SessionEventView {
    /// When it happened.
    at: String,
    identity_id: Uuid,
    /// Its state from then on.
    state: SessionStateView,
}

/// A command moved on: it is told at each step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandEvent)]
pub(crate) struct CommandEventView {
    /// When it happened.
    at: String,
    command_id: Uuid,
    /// Those of its data points.
    smartservers: Vec<SubjectView>,
}

/// A command to a device moved on: it is told at each step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceCommandEvent)]
pub(crate) struct DeviceCommandEventView {
    /// When it happened.
    at: String,
    #[serde(flatten)]
    smartserver: SubjectView,
    command_id: Uuid,
}

/// Events are missing here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapEvent)]
pub(crate) struct GapEventView {
    /// When that was noticed.
    at: String,
    /// Kinds of those that may be missing.
    #[schema(value_type = Vec<String>, example = json!(["health", "command"]))]
    kinds: Vec<EventKind>,
    /// None from before this time is missing; null: not known.
    since: Option<String>,
    /// Why, in words.
    reason: String,
}

/// A SmartServer as it was when something happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventSmartServer)]
pub(crate) struct SubjectView {
    /// Its key then.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    smartserver_id: Uuid,
    /// Its name when this is asked; its key if it was removed.
    #[schema(example = "Harbour depot 1")]
    smartserver_name: String,
}

impl EventView {
    /// `None` for a reading of a data point that vanished as it came, and for what is told to nobody.
    pub(crate) fn new(gateway: &Gateway, happening: &Happening, point: Option<&Point>) -> Option<Self> {
        let Event::Reading { reading, .. } = &happening.event else {
            return KeptEventView::new(gateway, happening).map(EventView::Kept);
        };
        let reading = ReadingView::new(gateway, point?, reading);
        Some(EventView::Reading(Box::new(ReadingEventView { at: time(happening.at), reading })))
    }
}

/// Without its kind, which is the event's name.
impl Serialize for EventView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            EventView::Reading(data) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Health(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Restart(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Session(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Command(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::DeviceCommand(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Alarm(data)) => data.serialize(serializer),
            EventView::Kept(KeptEventView::Gap(data)) => data.serialize(serializer),
        }
    }
}

impl KeptEventView {
    /// `None` for what is in no journal, and for what is told to nobody.
    pub(crate) fn new(gateway: &Gateway, Happening { at, event, about }: &Happening) -> Option<Self> {
        let smartserver = || about.first().map(|subject| SubjectView::new(gateway, subject));
        let at = time(*at);
        Some(match event {
            Event::Health { state, reason, .. } => KeptEventView::Health(HealthEventView {
                at,
                smartserver: smartserver()?,
                state: (*state).into(),
                reason: reason.clone(),
            }),
            Event::Restart { restart, .. } => KeptEventView::Restart(RestartEventView {
                at,
                smartserver: smartserver()?,
                restarted_at: time(restart.at),
                restart_known_by: restart.source.into(),
            }),
            Event::Session { identity_id, state } => KeptEventView::Session(SessionEventView {
                at,
                identity_id: identity_id.0,
                state: (*state).into(),
            }),
            Event::Command { command_id, .. } => KeptEventView::Command(CommandEventView {
                at,
                command_id: command_id.0,
                smartservers: about.iter().map(|subject| SubjectView::new(gateway, subject)).collect(),
            }),
            Event::DeviceCommand { command_id, .. } => KeptEventView::DeviceCommand(DeviceCommandEventView {
                at,
                smartserver: smartserver()?,
                command_id: command_id.0,
            }),
            Event::Alarm { change, alarm, .. } => {
                let key = &about.first()?.key;
                KeptEventView::Alarm(Box::new(AlarmEventView::new(gateway, key, at, *change, alarm)))
            }
            Event::Gap { kinds, since, reason } => KeptEventView::Gap(GapEventView {
                at,
                kinds: kinds.clone(),
                since: since.map(time),
                reason: reason.clone(),
            }),
            Event::Reading { .. } | Event::Stopped => return None,
        })
    }
}

impl SubjectView {
    fn new(gateway: &Gateway, subject: &Subject) -> Self {
        let unit = gateway.unit(&subject.id.to_string()).ok();
        SubjectView {
            smartserver: subject.key.clone(),
            smartserver_id: subject.id.0,
            smartserver_name: unit.map_or_else(|| subject.key.clone(), |unit| unit.info().name.clone()),
        }
    }
}
