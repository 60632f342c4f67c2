use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::sse::{Event as SseEvent, Sse};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use crate::domain::{EventKind, PollGroup};
use crate::gateway::{After, DemandGuard, EventFilter, Gateway, Listener, ReadingsOf, Told};
use crate::http::extract::Query;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::EventView;
use crate::http::{AppState, auth};

/// Proxies close streams on which nothing comes for a minute.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// When browsers come back to a stream that ended.
const RETRY: Duration = Duration::from_secs(2);

/// How often it is looked whether a listener may still listen.
const ACCESS_CHECK: Duration = Duration::from_secs(10);

/// Most names of those whose readings are wanted.
const READINGS_OF_MAX: usize = 100;

/// Where browsers say which event was their last.
const LAST_EVENT_ID: &str = "last-event-id";

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Kinds, joined by commas; all if absent.
    #[param(example = "reading,health")]
    kinds: Option<String>,
    /// Keys or ids of the only SmartServers of interest, joined by commas.
    #[param(example = "00-d0-71-00-00-01,00-d0-71-00-00-02")]
    smartserver: Option<String>,
    /// Only SmartServers with this tag.
    tag: Option<String>,
    /// Only SmartServers at this site.
    site: Option<String>,
    /// Only readings of data points whose names begin so; events of other kinds are told all the same.
    #[param(example = "Net/LON/AHU 1/")]
    prefix: Option<String>,
    /// Only readings of these: keys or ids of SmartServers and ids of data points, joined by commas, 1 to 100;
    /// events of other kinds are told all the same.
    #[param(example = "00-d0-71-00-00-01,0197d3a0-4a4b-7c3e-9d55-0e6a1f8b2c3d")]
    readings_of: Option<String>,
    /// As the header `Last-Event-ID`, for clients that cannot set it; the header goes before it.
    #[param(example = "1234-5678-5f3e9a01")]
    last_event_id: Option<String>,
    /// Milliseconds: the data points of interest are polled at least this often for as long as the stream
    /// lasts. Needs `smartserver` or `readings_of`, with 20 SmartServers at most.
    #[param(minimum = 1_000, maximum = 86_400_000)]
    poll_every_ms: Option<u64>,
}

/// Listen to what happens (Server-Sent Events).
///
/// **Events** are named `reading`, `health`, `restart`, `session`, `command`, `device_command`, `alarm` and
/// `gap`; their data is JSON with `at`, the time at which it happened. `reading` is a reading as elsewhere, with `quality` and
/// `age_ms` as of when it is told. `health` has `smartserver`, `smartserver_id`, `state` and `reason`; `restart`
/// has `smartserver`, `smartserver_id`, `restarted_at` and `restart_known_by`; `session` has `identity_id` and
/// `state`; `command` has `command_id` and `smartservers`, a list of `smartserver` and `smartserver_id`, and is
/// told at each step; so is `device_command`, with `smartserver`, `smartserver_id` and `command_id`; `alarm`
/// is an alarm as elsewhere with `change`: `raised`, `acknowledged`, `changed` or `cleared`. New kinds
/// and members may be added.
///
/// **Filters** are all held against an event, with tags and sites as they were when it happened. Events that
/// concern no SmartServer (`session`) are for everybody. `prefix` and `readings_of` are held against readings
/// only. An unknown SmartServer or data point is answered 404. Who comes back sends its filters again.
///
/// **Coming back.** Each event has an `id`; so have the blocks without event at the beginning and, when nothing
/// comes for 15 s, in between. A listener that sends the last one it got as `Last-Event-ID`, as browsers do by
/// themselves, is told what it has missed, each event once and in the order of its kind: all kinds but `reading`
/// are told from the journal in the database, which keeps them for 7 days (`events.journal_days`,
/// `events.journal_rows`), also over a restart of the gateway; they are told only once they are stored. Readings
/// are told again as long as they are among the latest 65,536 events (`events.ring`) of the same run.
///
/// **`gap`** says that events are missing at this place: `kinds` that may lack some, `since` when at the earliest
/// (null: not known), and the `reason` in words. It is told at once to a listener that comes back too late, or
/// with something that is no id of this gateway; what can be told follows. Read again what matters.
///
/// **Polling.** With `poll_every_ms` the readings of the data points that the filters leave are never much older
/// than that while somebody listens; equal demand of several listeners and poll groups is met by the same polls.
///
/// **Slow listeners** are cut off: one that falls behind the latest events is told `gap`, then the stream ends,
/// to be resumed with the id of that gap. A connection that takes no byte for 30 s
/// (`http.write_timeout_s`) is closed. More than 1,000
/// listeners (`events.listeners`) are answered 503 `too_many_listeners`.
#[utoipa::path(get, path = "/events", tag = "events",
    params(EventQuery, ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was \
        received. An empty one counts as none; one that is not understood is answered with `gap`.")),
    responses((status = OK, body = String, content_type = "text/event-stream"), Problems))]
pub(crate) async fn listen(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<EventQuery>,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, HttpError> {
    let after = after(&headers, query.last_event_id.as_deref());
    let every = query.poll_every_ms;
    let filter = filter(&state.gateway, query)?;
    let demand = demand(&state.gateway, &filter, every)?;
    let listener = state.gateway.listener(filter, after).await?;
    let events = blocks(state.gateway.clone(), listener)
        .map(move |block| {
            // Its points are polled for as long as the stream lives.
            let _ = &demand;
            Ok(block)
        })
        .take_until(access_ended(state.clone(), headers))
        .take_until(state.shutdown.clone().cancelled_owned());
    Ok(Sse::new(events))
}

/// Ends when the key or session that opened a stream is not valid any more.
pub(super) async fn access_ended(state: AppState, headers: HeaderMap) {
    loop {
        tokio::time::sleep(ACCESS_CHECK).await;
        // A database that is away ends nobody's access.
        if matches!(auth::find_caller(&state, &Method::GET, &headers).await, Ok(None)) {
            return;
        }
    }
}

fn after(headers: &HeaderMap, query: Option<&str>) -> After {
    match headers.get(LAST_EVENT_ID) {
        Some(value) if !value.is_empty() => {
            value.to_str().map_or(After::Unreadable, |id| After::from_text(Some(id)))
        }
        _ => After::from_text(query),
    }
}

fn filter(gateway: &Gateway, query: EventQuery) -> Result<EventFilter, HttpError> {
    let kinds = kinds(query.kinds.as_deref(), |_| true)?;
    let keys = query.smartserver.as_deref().map(names);
    let ids = keys.into_iter().flatten().map(|key| Ok(gateway.unit(key)?.id));
    let smartservers = ids.collect::<Result<_, HttpError>>()?;
    let readings_of = query.readings_of.as_deref().map(|text| readings_of(gateway, text)).transpose()?;
    let EventQuery { tag, site, prefix, .. } = query;
    Ok(EventFilter { kinds, smartservers, tag, site, prefix, readings_of })
}

fn readings_of(gateway: &Gateway, text: &str) -> Result<ReadingsOf, HttpError> {
    let names: Vec<_> = names(text).filter(|name| !name.is_empty()).take(READINGS_OF_MAX + 1).collect();
    if !(1..=READINGS_OF_MAX).contains(&names.len()) {
        let message = format!("readings_of: 1 to {READINGS_OF_MAX} SmartServers and data points");
        return Err(HttpError::Query(message));
    }
    Ok(gateway.readings_of(names)?)
}

fn demand(
    gateway: &Gateway,
    filter: &EventFilter,
    every_ms: Option<u64>,
) -> Result<Vec<DemandGuard>, HttpError> {
    let Some(every_ms) = every_ms else { return Ok(Vec::new()) };
    let every = Duration::from_millis(every_ms);
    if !(PollGroup::SHORTEST..=PollGroup::LONGEST).contains(&every) {
        return Err(HttpError::Query("poll_every_ms: 1000 to 86400000".to_owned()));
    }
    gateway.demand_of(filter, every).ok_or_else(|| {
        let most = EventFilter::POLLED_MAX;
        let needs = "needs smartserver or readings_of";
        HttpError::Query(format!("poll_every_ms: {needs}, with {most} SmartServers at most"))
    })
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// Those kinds that are named, each once; all that there are to choose from if the text is absent.
pub(super) fn kinds(
    text: Option<&str>,
    is_choice: impl Fn(EventKind) -> bool,
) -> Result<Vec<EventKind>, HttpError> {
    let choices = EventKind::ALL.into_iter().filter(|kind| is_choice(*kind)).collect::<Vec<_>>();
    let Some(text) = text else { return Ok(choices) };
    let known: Vec<_> = choices.iter().map(|kind| kind.word()).collect();
    if !names(text).all(|word| known.contains(&word)) {
        return Err(HttpError::Query(format!("kinds: any of {}, joined by commas", known.join(", "))));
    }
    Ok(choices.into_iter().filter(|kind| names(text).any(|word| word == kind.word())).collect())
}

/// What is sent to a listener. The first block has no event, but an id: so it can resume before its first event.
fn blocks(gateway: Gateway, listener: Listener) -> impl Stream<Item = SseEvent> {
    let first = SseEvent::default().retry(RETRY);
    let first = match listener.start() {
        Some(id) => first.id(id.to_string()),
        None => first,
    };
    let events = stream::unfold((gateway, listener), async |(gateway, mut listener)| {
        let block = match timeout(HEARTBEAT, listener.next()).await {
            Ok(Some(told)) => block(&gateway, &listener, &told),
            Ok(None) => return None,
            Err(_) => at_position(&listener),
        };
        Some((block, (gateway, listener)))
    });
    stream::iter([first]).chain(events)
}

/// A block without event: browsers take its id, and tell nobody.
fn at_position(listener: &Listener) -> SseEvent {
    SseEvent::default().id(listener.position().to_string())
}

fn block(gateway: &Gateway, listener: &Listener, told: &Told) -> SseEvent {
    let id = listener.id(told).to_string();
    let name = told.event.kind().map_or("gap", EventKind::word);
    let data = EventView::new(gateway, told, told.point.as_ref())
        .map(|view| SseEvent::default().event(name).json_data(view));
    data.and_then(Result::ok).unwrap_or_default().id(id)
}
