use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::logs::time_in_body;
use crate::domain::HistoryGapId;
use crate::gateway::Gateway;
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::history_gap::{BackfillView, SmartServerGapPage, SmartServerGapView};

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GapQuery {
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the gaps in a SmartServer's history, the latest first.
///
/// A gap is a time in which recorded readings may have been lost: the SmartServer could not be reached, the
/// gateway did not run, or the database was away. It is filled from the SmartServer's data loggers, if poll groups
/// ask for that (`backfill`); `detail` says in words what became of it. What no data logger has stays as a gap
/// of its own, with the `points` that it is of.
#[utoipa::path(get, path = "/smartservers/{key}/history-gaps", tag = "history",
    params(("key" = String, Path, description = "Key or id"), GapQuery),
    responses((status = OK, body = SmartServerGapPage), Problems))]
pub(crate) async fn list_history_gaps(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<GapQuery>,
) -> Result<Json<SmartServerGapPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<(i64, HistoryGapId)> = cursor::decode(query.cursor.as_deref())?;
    let place = |(millis, id)| match Timestamp::from_millisecond(millis) {
        Ok(from) => Ok((from, id)),
        Err(_) => Err(cursor::not_ours()),
    };
    let mut gaps = gateway.gaps_of(&key, after.map(place).transpose()?, limit + 1).await?;
    let is_more = gaps.len() > limit;
    gaps.truncate(limit);
    let next =
        gaps.last().filter(|_| is_more).map(|gap| cursor::encode(&(gap.from.as_millisecond(), gap.id)));
    Ok(Json(SmartServerGapPage { items: gaps.into_iter().map(Into::into).collect(), next_cursor: next }))
}

/// Fill a time of a SmartServer's history from its data loggers.
///
/// For what was not recorded then: after recording was switched on, say. What is in the history already is not
/// doubled. The answer is the gap, which tells later what became of it.
#[utoipa::path(post, path = "/smartservers/{key}/backfill", tag = "history", request_body = BackfillView,
    params(("key" = String, Path, description = "Key or id")),
    responses((status = ACCEPTED, body = SmartServerGapView), Problems))]
pub(crate) async fn backfill(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(time): extract::Json<BackfillView>,
) -> Result<(StatusCode, Json<SmartServerGapView>), HttpError> {
    let missing = |field: &str| HttpError::Shape(format!("{field}: a time is needed"));
    let from = time_in_body("from", Some(&time.from))?.ok_or_else(|| missing("from"))?;
    let to = time_in_body("to", Some(&time.to))?.ok_or_else(|| missing("to"))?;
    Ok((StatusCode::ACCEPTED, Json(gateway.backfill(&key, from, to).await?.into())))
}
