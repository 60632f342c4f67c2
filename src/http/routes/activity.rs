use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::events::kinds;
use super::logs::time;
use crate::domain::EventKind;
use crate::gateway::{ActivityFilter, Gateway};
use crate::http::cursor;
use crate::http::extract::Query;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{ActivityItemView, ActivityPage};

/// Longest tag and site, in characters.
const TEXT_MAX: usize = 200;

/// What of what happened is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityQuery {
    /// Any of `health`, `restart`, `session`, `command`, `device_command` and `alarm`, joined by commas; all if
    /// absent.
    #[param(example = "health,alarm")]
    kinds: Option<String>,
    /// Key or id of a SmartServer; the id also of one that was removed.
    #[param(example = "00-d0-71-00-00-01")]
    smartserver: Option<String>,
    /// A tag that the SmartServer had then.
    #[param(max_length = 200)]
    tag: Option<String>,
    /// Site where the SmartServer was then.
    #[param(max_length = 200)]
    site: Option<String>,
    /// Happened from this time on.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    since: Option<String>,
    /// Happened before this time.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List what happened, newest first.
///
/// What the stream of events told, all kinds but `reading`, as far back as the journal keeps it: 7 days
/// (`events.journal_days`), 100,000 events (`events.journal_rows`). `event` is the same object as there.
/// A `gap` stands where events of a kind that is asked for may be missing, whatever the other filters are.
/// With `smartserver`, `tag` or `site` there is no `session`, since that is of no SmartServer.
///
/// One call looks at no more than 50,000 events: a page may be shorter than `limit`, or empty, before the end.
/// Only `next_cursor: null` means the end.
#[utoipa::path(get, path = "/activity", tag = "events", params(ActivityQuery),
    responses((status = OK, body = ActivityPage), Problems))]
pub(crate) async fn list_activity(
    State(gateway): State<Gateway>,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<ActivityPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let before = cursor::decode_time(query.cursor.as_deref())?;
    let filter = ActivityFilter {
        kinds: kinds(query.kinds.as_deref(), EventKind::is_journalled)?,
        smartserver: query.smartserver,
        tag: within("tag", query.tag)?,
        site: within("site", query.site)?,
        since: time("since", query.since.as_deref())?,
        until: time("until", query.until.as_deref())?,
    };
    let page = gateway.activity(filter, before, limit).await?;
    let items = page.items.iter();
    let items = items.filter_map(|(id, happening)| ActivityItemView::new(&gateway, *id, happening)).collect();
    Ok(Json(ActivityPage { items, next_cursor: page.next.map(cursor::encode_time) }))
}

fn within(name: &str, text: Option<String>) -> Result<Option<String>, HttpError> {
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => {
            Err(HttpError::Query(format!("{name}: at most {TEXT_MAX} characters")))
        }
        text => Ok(text),
    }
}
