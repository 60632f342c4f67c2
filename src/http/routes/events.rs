use std::collections::HashSet;
use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::{Event, SmartServerId};
use crate::gateway::Gateway;
use crate::http::extract::Query;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::fleet_alarm::AlarmEventView;
use crate::http::views::{self, HealthStateView, ReadingView, RestartSourceView, SessionStateView};
use crate::http::{AppState, auth};

/// Proxies close streams on which nothing comes for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How often it is looked whether a listener may still listen.
const ACCESS_CHECK: Duration = Duration::from_secs(10);

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Kinds, joined by commas; all if absent.
    #[param(example = "reading,health")]
    kinds: Option<String>,
    /// Key or id of the only SmartServer of interest.
    smartserver: Option<String>,
}

/// Kind of an event; its word is the SSE event name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Reading,
    Health,
    Restart,
    Session,
    Command,
    DeviceCommand,
    Alarm,
}

const KINDS: [(&str, Kind); 7] = [
    ("reading", Kind::Reading),
    ("health", Kind::Health),
    ("restart", Kind::Restart),
    ("session", Kind::Session),
    ("command", Kind::Command),
    ("device_command", Kind::DeviceCommand),
    ("alarm", Kind::Alarm),
];

#[derive(Serialize)]
struct HealthEvent {
    smartserver: String,
    smartserver_id: Uuid,
    state: HealthStateView,
    reason: String,
}

#[derive(Serialize)]
struct RestartEvent {
    smartserver: String,
    smartserver_id: Uuid,
    restarted_at: String,
    restart_known_by: RestartSourceView,
}

#[derive(Serialize)]
struct SessionEvent {
    identity_id: Uuid,
    state: SessionStateView,
}

#[derive(Serialize)]
struct CommandEvent {
    command_id: Uuid,
}

#[derive(Serialize)]
struct DeviceCommandEvent {
    smartserver: String,
    smartserver_id: Uuid,
    command_id: Uuid,
}

struct Filter {
    kinds: HashSet<Kind>,
    smartserver: Option<SmartServerId>,
}

/// Ends when the key or session that opened a stream is not valid any more.
async fn access_ended(state: AppState, headers: HeaderMap) {
    loop {
        tokio::time::sleep(ACCESS_CHECK).await;
        // A database that is away ends nobody's access.
        if matches!(auth::find_caller(&state, &Method::GET, &headers).await, Ok(None)) {
            return;
        }
    }
}

/// Listen to what happens (Server-Sent Events).
///
/// Events are named `reading`, `health`, `restart`, `session`, `command`, `device_command` and `alarm`;
/// their data is JSON. `gap` means that the listener was too slow and has missed events: read again what matters.
#[utoipa::path(get, path = "/events", tag = "events", params(EventQuery),
    responses((status = OK, body = String, content_type = "text/event-stream"), Problems))]
pub(crate) async fn listen(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<EventQuery>,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, HttpError> {
    let filter = Filter::new(&state.gateway, query)?;
    let gateway = state.gateway.clone();
    let shown = BroadcastStream::new(gateway.events())
        .filter_map(move |event| ready(show(&gateway, &filter, event).map(Ok)))
        .take_until(access_ended(state.clone(), headers))
        .take_until(state.shutdown.clone().cancelled_owned());
    Ok(Sse::new(shown).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

impl Filter {
    fn new(gateway: &Gateway, query: EventQuery) -> Result<Filter, HttpError> {
        let kinds = match query.kinds.as_deref() {
            Some(text) => kinds(text).ok_or_else(unknown_kind)?,
            None => KINDS.iter().map(|(_, kind)| *kind).collect(),
        };
        let smartserver = query.smartserver.map(|key| gateway.unit(&key)).transpose()?.map(|unit| unit.id);
        Ok(Filter { kinds, smartserver })
    }

    fn wants(&self, kind: Kind, smartserver: Option<SmartServerId>) -> bool {
        let elsewhere =
            matches!((self.smartserver, smartserver), (Some(wanted), Some(this)) if wanted != this);
        self.kinds.contains(&kind) && !elsewhere
    }
}

fn kinds(text: &str) -> Option<HashSet<Kind>> {
    let kind = |word: &str| KINDS.iter().find(|(name, _)| *name == word.trim()).map(|(_, kind)| *kind);
    text.split(',').map(kind).collect()
}

fn unknown_kind() -> HttpError {
    let words = KINDS.map(|(name, _)| name).join(", ");
    HttpError::Query(format!("kinds: any of {words}, joined by commas"))
}

fn show(
    gateway: &Gateway,
    filter: &Filter,
    event: Result<Arc<Event>, BroadcastStreamRecvError>,
) -> Option<SseEvent> {
    match event {
        Ok(event) => show_event(gateway, filter, &event),
        Err(BroadcastStreamRecvError::Lagged(missed)) => {
            Some(SseEvent::default().event("gap").data(format!("{{\"missed\":{missed}}}")))
        }
    }
}

fn show_event(gateway: &Gateway, filter: &Filter, event: &Event) -> Option<SseEvent> {
    match event {
        Event::Reading { smartserver_id, reading } if filter.wants(Kind::Reading, Some(*smartserver_id)) => {
            let point = gateway.point(reading.data_point_id).ok()?;
            named("reading", &ReadingView::new(gateway, &point, reading))
        }
        Event::Health { smartserver_id, state, reason }
            if filter.wants(Kind::Health, Some(*smartserver_id)) =>
        {
            let smartserver = gateway.unit(&smartserver_id.to_string()).ok()?.info().key.clone();
            let (state, reason) = ((*state).into(), reason.clone());
            named("health", &HealthEvent { smartserver, smartserver_id: smartserver_id.0, state, reason })
        }
        Event::Restart { smartserver_id, restart } if filter.wants(Kind::Restart, Some(*smartserver_id)) => {
            let smartserver = gateway.unit(&smartserver_id.to_string()).ok()?.info().key.clone();
            let (restarted_at, restart_known_by) = (views::time(restart.at), restart.source.into());
            let smartserver_id = smartserver_id.0;
            named("restart", &RestartEvent { smartserver, smartserver_id, restarted_at, restart_known_by })
        }
        Event::Session { identity_id, state } if filter.wants(Kind::Session, None) => {
            named("session", &SessionEvent { identity_id: identity_id.0, state: (*state).into() })
        }
        Event::Command { command_id } if filter.wants(Kind::Command, None) => {
            named("command", &CommandEvent { command_id: command_id.0 })
        }
        Event::DeviceCommand { smartserver_id, command_id }
            if filter.wants(Kind::DeviceCommand, Some(*smartserver_id)) =>
        {
            let smartserver = gateway.unit(&smartserver_id.to_string()).ok()?.info().key.clone();
            let (smartserver_id, command_id) = (smartserver_id.0, command_id.0);
            named("device_command", &DeviceCommandEvent { smartserver, smartserver_id, command_id })
        }
        Event::Alarm { smartserver_id, change, alarm }
            if filter.wants(Kind::Alarm, Some(*smartserver_id)) =>
        {
            named("alarm", &AlarmEventView::new(gateway, *change, alarm))
        }
        _ => None,
    }
}

fn named(name: &str, data: &impl Serialize) -> Option<SseEvent> {
    SseEvent::default().event(name).json_data(data).ok()
}
