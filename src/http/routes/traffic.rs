use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::events::{HEARTBEAT, access_ended};
use crate::gateway::{Overheard, TrafficDirection, TrafficFilter, TrafficKind, TrafficListener};
use crate::http::AppState;
use crate::http::extract::{Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{MissedView, TrafficMessageView};

/// When browsers come back to a stream that ended.
const RETRY: Duration = Duration::from_secs(2);
/// Most operations that a filter names.
const OPERATIONS_MAX: usize = 50;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrafficQuery {
    /// Any of `soap`, `chat`, `presence`, `push`, joined by commas; all if absent.
    #[param(example = "soap,push")]
    kinds: Option<String>,
    /// `sent` or `received`; both if absent.
    #[param(example = "received")]
    direction: Option<String>,
    /// Operations of SOAP messages, joined by commas; what has none of them is left out. All if absent.
    #[param(example = "Read,Write")]
    operation: Option<String>,
}

/// Listen to the messages to and from a SmartServer (Server-Sent Events).
///
/// **Events** are named `message`, whose data is a `TrafficMessage`, and `gap`, whose data is a `TrafficGap`. A
/// SOAP message and its answer share a `request_id`; so do a push and what it was answered, and something said in
/// the chat and its answer. What never leaves or never comes is told too, as an answer without text. Nothing is
/// kept: a listener is told what begins while it listens. What a ping asks beside SOAP and chat, and what comes by
/// way of pubsub, is not told.
///
/// **Secrets** are replaced by `[removed]`: what stands in elements or attributes whose names tell of a password or
/// key, and the value beside such a name.
///
/// **Slow listeners** miss messages and are told `gap`. When nothing comes for 15 s, a comment does; a connection
/// that takes no byte for 30 s (`http.write_timeout_s`) is closed. The stream ends when the SmartServer is removed.
/// At most 4 may listen to a SmartServer, and 20 in all; more are answered 429 `too_many_traffic_listeners`.
#[utoipa::path(get, path = "/smartservers/{key}/traffic", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id"), TrafficQuery),
    responses((status = OK, body = String, content_type = "text/event-stream"), Problems))]
pub(crate) async fn watch_traffic(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(key): Path<String>,
    Query(query): Query<TrafficQuery>,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, HttpError> {
    let listener = state.gateway.traffic(&key, filter(&query)?)?;
    let events = blocks(listener)
        .map(Ok)
        .take_until(access_ended(state.clone(), headers))
        .take_until(state.shutdown.clone().cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn filter(query: &TrafficQuery) -> Result<TrafficFilter, HttpError> {
    let kinds = words(query.kinds.as_deref())
        .map(|word| kind(word).ok_or_else(|| invalid("kinds: any of soap, chat, presence, push")))
        .collect::<Result<_, _>>()?;
    let direction = match query.direction.as_deref() {
        None => None,
        Some("sent") => Some(TrafficDirection::Sent),
        Some("received") => Some(TrafficDirection::Received),
        Some(_) => return Err(invalid("direction: sent or received")),
    };
    let operations: Vec<_> = words(query.operation.as_deref()).map(str::to_owned).collect();
    if operations.len() > OPERATIONS_MAX {
        return Err(invalid("operation: at most 50"));
    }
    Ok(TrafficFilter { kinds, direction, operations })
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

fn kind(word: &str) -> Option<TrafficKind> {
    Some(match word {
        "soap" => TrafficKind::Soap,
        "chat" => TrafficKind::Chat,
        "presence" => TrafficKind::Presence,
        "push" => TrafficKind::Push,
        _ => return None,
    })
}

fn invalid(what: &str) -> HttpError {
    HttpError::Query(what.to_owned())
}

/// What is sent to a listener, at once something: whoever waits for the first byte knows that it listens.
fn blocks(listener: TrafficListener) -> impl Stream<Item = SseEvent> {
    let first = SseEvent::default().retry(RETRY);
    let events = stream::unfold(listener, async |mut listener| {
        let overheard = listener.next().await?;
        Some((block(&overheard), listener))
    });
    stream::iter([first]).chain(events)
}

fn block(overheard: &Overheard) -> SseEvent {
    let event = SseEvent::default();
    let block = match overheard {
        Overheard::Message(message) => event.event("message").json_data(TrafficMessageView::from(&**message)),
        Overheard::Gap { missed } => event.event("gap").json_data(MissedView { missed: *missed }),
    };
    block.unwrap_or_default()
}
