use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::logs::time;
use crate::domain::{CommandId, DataPointId};
use crate::gateway::{FleetCommandFilter, Gateway, StartedCommand};
use crate::http::cursor;
use crate::http::extract::{Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{CommandPage, CommandView};

/// Longest time that `Prefer: wait` is honoured, in seconds.
const WAIT_MAX: u64 = 60;

/// Which commands.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandsQuery {
    /// Id of a data point, also of one that is not there any more.
    data_point: Option<Uuid>,
    /// Key or id of a SmartServer; the id also of one that was removed.
    #[param(example = "00-d0-71-00-00-01")]
    smartserver: Option<String>,
    /// Accepted from this time on.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    since: Option<String>,
    /// Accepted before this time.
    #[param(format = DateTime)]
    until: Option<String>,
    /// True: only those of which every data point has its outcome. False: only the others.
    finished: Option<bool>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List commands, newest first.
///
/// With `data_point` or `smartserver`, the `items` of each command are only those of that data point or
/// SmartServer; `counts` and `finished` speak of the whole command.
#[utoipa::path(get, path = "/commands", tag = "commands", params(CommandsQuery),
    responses((status = OK, body = CommandPage), Problems))]
pub(crate) async fn list_commands(
    State(gateway): State<Gateway>,
    Query(query): Query<CommandsQuery>,
) -> Result<Json<CommandPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let before = cursor::decode_time(query.cursor.as_deref())?;
    let filter = FleetCommandFilter {
        data_point: query.data_point.map(DataPointId),
        smartserver: query.smartserver,
        since: time("since", query.since.as_deref())?,
        until: time("until", query.until.as_deref())?,
        finished: query.finished,
    };
    let page = gateway.commands(filter, before, limit).await?;
    let items = page.items.into_iter().map(|command| CommandView::listed(&gateway, command)).collect();
    Ok(Json(CommandPage { items, next_cursor: page.next.map(cursor::encode_time) }))
}

/// Get a command and the fate of its data points.
#[utoipa::path(get, path = "/commands/{id}", tag = "commands",
    params(("id" = Uuid, Path, description = "Id of the command")),
    responses((status = OK, body = CommandView), Problems))]
pub(crate) async fn get_command(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<CommandView>, HttpError> {
    let command = gateway.command(CommandId(id)).await?;
    Ok(Json(CommandView::new(&gateway, command)))
}

/// How long the caller prefers to wait (RFC 7240, section 4.3).
pub(super) fn wait_of(headers: &HeaderMap) -> Result<Option<Duration>, HttpError> {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let wait = preferences
        .flat_map(|value| value.split([',', ';']))
        .filter_map(|preference| preference.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"));
    let Some((_, seconds)) = wait else { return Ok(None) };
    let seconds = seconds.trim().trim_matches('"').parse::<u64>();
    let seconds = seconds.map_err(|_| HttpError::Header("Prefer: wait=<seconds>".into()))?;
    Ok(Some(Duration::from_secs(seconds.min(WAIT_MAX))))
}

/// Waits for a command as long as the caller prefers, then shows how far it is.
pub(super) async fn answer_when_finished(
    gateway: &Gateway,
    started: StartedCommand,
    wait: Option<Duration>,
) -> Result<(StatusCode, Json<CommandView>), HttpError> {
    if let (Some(wait), Some(finished)) = (wait, started.finished) {
        // It goes on by itself when we stop waiting.
        let _ = tokio::time::timeout(wait, finished).await;
    }
    let command = gateway.command(started.id).await?;
    let status = if command.is_finished() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(CommandView::new(gateway, command))))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn wait(value: &'static str) -> Result<Option<Duration>, HttpError> {
        let header = (HeaderName::from_static("prefer"), HeaderValue::from_static(value));
        wait_of(&HeaderMap::from_iter([header]))
    }

    #[test]
    fn reads_how_long_to_wait() {
        let secs = |s| Some(Duration::from_secs(s));
        assert_eq!(wait("wait=10"), Ok(secs(10)));
        assert_eq!(wait("respond-async, wait=5"), Ok(secs(5)));
        assert_eq!(wait("Wait=\"3\"; x=1"), Ok(secs(3)));
        assert_eq!(wait("wait=100000"), Ok(secs(60)));
        assert_eq!(wait("return=minimal"), Ok(None));
        assert!(wait("wait=soon").is_err());
    }
}
