use std::ops::Range;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::logs::time_in_body;
use crate::domain::DataPointId;
use crate::gateway::{Gateway, GatewayError, HistoryOf, HistoryTarget};
use crate::http::cursor;
use crate::http::export::{self, Export, Form};
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::history::{HistoryAnswerView, HistoryPageView, HistoryQueryView, PointHistoryView};

/// Time asked for when the caller does not say.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Longest time that can be asked for.
const LONGEST: SignedDuration = SignedDuration::from_hours(3_660 * 24);
/// Most buckets.
const MAX_BUCKETS: i64 = 2_000;
/// Buckets when the caller does not say.
const USUAL_BUCKETS: u64 = 500;
/// Most data points of one query.
const MAX_POINTS: usize = 1_000;
/// Most readings of a page, and as many as there are when the caller does not say.
const MAX_LIMIT: u32 = 10_000;
const USUAL_LIMIT: u32 = 1_000;

/// Form of the answer.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HistoryForm {
    /// JSON.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
}

/// Which part of the history, and how fine.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// The first time that counts; a day before `to` if absent.
    #[param(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    from: Option<String>,
    /// The first time that does not count any more; now if absent.
    #[param(format = DateTime, example = "2026-05-02T00:00:00.000Z")]
    to: Option<String>,
    /// Length of a bucket in milliseconds, at most 2,000 of them; without it and `buckets` every reading.
    #[param(minimum = 1, example = 3600000)]
    resolution_ms: Option<u64>,
    /// About so many buckets of the same length.
    #[param(minimum = 1, maximum = 2000)]
    buckets: Option<u64>,
    /// Readings in a page; CSV and buckets come whole.
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same `from` and `to`.
    cursor: Option<String>,
    /// Form of the answer; else what `Accept` says.
    #[param(inline)]
    format: Option<HistoryForm>,
}

/// Get the history of a data point.
///
/// What its poll group says is remembered, up to about a second ago. `gaps` tells when readings are missing, `before` (in JSON) which one
/// held at the beginning. CSV
/// has the columns `smartserver`, `name`, `at`, `value`, `quality`, `source` (with buckets: `from`, `min`, `max`,
/// `mean`, `last`, `count`) and `gap_until`, `gap_reason`, `gap_state`, which only rows of gaps fill; text that a
/// spreadsheet would execute begins with an apostrophe.
#[utoipa::path(get, path = "/data-points/{id}/history", tag = "history",
    params(("id" = Uuid, Path, description = "Id of the data point; the latest one of a point that is gone"),
        HistoryParameters),
    responses((status = OK, content((HistoryPageView = "application/json"), (String = "text/csv"))), Problems))]
pub(crate) async fn get_history(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let resolution_ms = resolution(&span, query.resolution_ms, query.buckets)?;
    let of = gateway.history_of(&HistoryTarget::Id(DataPointId(id))).await?;
    if form(query.format, &headers) == Form::Csv {
        no_page(&query)?;
        return Ok(streamed(gateway, Export { points: vec![of], span, resolution_ms }, Form::Csv));
    }
    let page = match resolution_ms {
        Some(resolution_ms) => {
            no_page(&query)?;
            bucket_page(&gateway, &of, span, resolution_ms).await?
        }
        None => row_page(&gateway, &of, span, &query).await?,
    };
    Ok(Json(page).into_response())
}

/// Form of the answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormParameter {
    /// Form of the answer; else what `Accept` says.
    #[param(inline)]
    format: Option<HistoryForm>,
}

/// Get the history of many data points.
///
/// The answer is streamed and may be of any length; one that cannot be completed ends with a broken connection.
/// CSV has the columns that are told at a data point's history. A data point that is not known fails the query.
#[utoipa::path(post, path = "/history/query", tag = "history", params(FormParameter),
    request_body = HistoryQueryView,
    responses((status = OK, content((HistoryAnswerView = "application/json"), (String = "text/csv"))), Problems))]
pub(crate) async fn query_history(
    State(gateway): State<Gateway>,
    Query(parameter): Query<FormParameter>,
    headers: HeaderMap,
    extract::Json(query): extract::Json<HistoryQueryView>,
) -> Result<Response, HttpError> {
    let form = form(parameter.format, &headers);
    let export = export_of(&gateway, query).await?;
    Ok(streamed(gateway, export, form))
}

async fn export_of(gateway: &Gateway, query: HistoryQueryView) -> Result<Export, HttpError> {
    let span = span(query.from.as_deref(), query.to.as_deref())?;
    let resolution_ms = match (query.raw, query.resolution_ms, query.buckets) {
        (true, None, None) => None,
        (true, ..) => return Err(HttpError::Shape("raw: not together with resolution_ms or buckets".into())),
        (false, None, None) => resolution(&span, None, Some(USUAL_BUCKETS))?,
        (false, resolution_ms, buckets) => resolution(&span, resolution_ms, buckets)?,
    };
    if !(1..=MAX_POINTS).contains(&query.data_points.len()) {
        return Err(HttpError::Shape(format!("data_points: 1 to {MAX_POINTS}")));
    }
    let mut points = Vec::with_capacity(query.data_points.len());
    for (n, target) in query.data_points.into_iter().enumerate() {
        let of = gateway.history_of(&target.try_into()?).await;
        points.push(of.map_err(|error| of_target(n, error))?);
    }
    Ok(Export { points, span, resolution_ms })
}

/// Among many it has to be said which one is not known.
fn of_target(n: usize, error: GatewayError) -> HttpError {
    match error {
        GatewayError::Unknown { .. } => HttpError::Shape(format!("data_points[{n}]: {error}")),
        error => error.into(),
    }
}

async fn row_page(
    gateway: &Gateway,
    of: &HistoryOf,
    span: Range<Timestamp>,
    query: &HistoryParameters,
) -> Result<HistoryPageView, HttpError> {
    let limit = query.limit.unwrap_or(USUAL_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(HttpError::Query(format!("limit: 1 to {MAX_LIMIT}")));
    }
    let begin = match cursor::decode::<i64>(query.cursor.as_deref())? {
        Some(millis) => Timestamp::from_millisecond(millis)
            .ok()
            .filter(|at| span.contains(at))
            .ok_or_else(cursor::not_ours)?,
        None => span.start,
    };
    // One more tells whether there is a next page.
    let mut rows = gateway.history_rows(of.series, begin..span.end, limit + 1).await?;
    let next = (rows.len() > limit as usize).then(|| rows.pop()).flatten();
    let next = next.map(|row| cursor::encode(&row.at.as_millisecond()));
    let around = gateway.history_around(of, &span).await?;
    Ok(HistoryPageView::new(&span, None, PointHistoryView::of_readings(of, around, &rows), next))
}

async fn bucket_page(
    gateway: &Gateway,
    of: &HistoryOf,
    span: Range<Timestamp>,
    resolution_ms: i64,
) -> Result<HistoryPageView, HttpError> {
    let buckets = gateway.history_buckets(of.series, span.clone(), resolution_ms).await?;
    let around = gateway.history_around(of, &span).await?;
    let history = PointHistoryView::of_buckets(of, around, &buckets);
    Ok(HistoryPageView::new(&span, Some(resolution_ms), history, None))
}

fn no_page(query: &HistoryParameters) -> Result<(), HttpError> {
    match (query.limit, &query.cursor) {
        (None, None) => Ok(()),
        _ => Err(HttpError::Query("limit and cursor: only for readings as JSON".into())),
    }
}

fn streamed(gateway: Gateway, export: Export, form: Form) -> Response {
    let media = match form {
        Form::Json => "application/json",
        Form::Csv => "text/csv; charset=utf-8",
    };
    ([(header::CONTENT_TYPE, media)], export::body(gateway, export, form)).into_response()
}

fn form(asked: Option<HistoryForm>, headers: &HeaderMap) -> Form {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    match asked {
        Some(HistoryForm::Json) => Form::Json,
        Some(HistoryForm::Csv) => Form::Csv,
        None if accept.trim_start().starts_with("text/csv") => Form::Csv,
        None => Form::Json,
    }
}

/// The time asked for.
fn span(from: Option<&str>, to: Option<&str>) -> Result<Range<Timestamp>, HttpError> {
    let to = time_in_body("to", to)?.unwrap_or_else(Timestamp::now);
    let day_before = || to.checked_sub(DAY).unwrap_or(Timestamp::UNIX_EPOCH).max(Timestamp::UNIX_EPOCH);
    let from = time_in_body("from", from)?.unwrap_or_else(day_before);
    if from >= to {
        return Err(HttpError::Shape("from: must be before to".into()));
    }
    if to.duration_since(from) > LONGEST {
        return Err(HttpError::Shape(format!("from, to: at most {} days apart", LONGEST.as_hours() / 24)));
    }
    Ok(from..to)
}

/// Length of a bucket in milliseconds.
fn resolution(
    span: &Range<Timestamp>,
    resolution_ms: Option<u64>,
    buckets: Option<u64>,
) -> Result<Option<i64>, HttpError> {
    let length = span.end.as_millisecond() - span.start.as_millisecond();
    let at_most = |n: i64| (length / n + i64::from(length % n > 0)).max(1);
    match (resolution_ms.map(i64::try_from), buckets.map(i64::try_from)) {
        (None, None) => Ok(None),
        (Some(Ok(ms)), None) if ms >= at_most(MAX_BUCKETS) => Ok(Some(ms)),
        (Some(_), None) => {
            let least = at_most(MAX_BUCKETS);
            Err(HttpError::Shape(format!(
                "resolution_ms: at least {least} for this time, {MAX_BUCKETS} buckets"
            )))
        }
        (None, Some(Ok(n @ 1..=MAX_BUCKETS))) => Ok(Some(at_most(n))),
        (None, Some(_)) => Err(HttpError::Shape(format!("buckets: 1 to {MAX_BUCKETS}"))),
        (Some(_), Some(_)) => Err(HttpError::Shape("resolution_ms: not together with buckets".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::{resolution, span};

    #[test]
    fn buckets_are_as_long_as_it_takes() {
        let hour = span(Some("2026-05-01T00:00:00Z"), Some("2026-05-01T01:00:00Z")).unwrap();
        for (resolution_ms, buckets, expected) in [
            (None, None, Some(None)),
            (None, Some(1), Some(Some(3_600_000))),
            (None, Some(500), Some(Some(7_200))),
            (None, Some(1_999), Some(Some(1_801))),
            (None, Some(0), None),
            (None, Some(2_001), None),
            (Some(1_800), None, Some(Some(1_800))),
            (Some(1_799), None, None),
            (Some(0), None, None),
            (Some(u64::MAX), None, None),
            (Some(1_800), Some(5), None),
        ] {
            let found = resolution(&hour, resolution_ms, buckets).ok();
            assert_eq!(found, expected, "{resolution_ms:?} {buckets:?}");
        }
    }

    #[test]
    fn a_time_has_a_beginning_before_its_end() {
        for (from, to, is_good) in [
            (None, None, true),
            (Some("2026-05-01T00:00:00Z"), None, true),
            (None, Some("1970-01-01T12:00:00Z"), true),
            (None, Some("1970-01-01T00:00:00Z"), false),
            (Some("2026-05-01T00:00:00Z"), Some("2026-05-01T00:00:00Z"), false),
            (Some("2026-05-02T00:00:00Z"), Some("2026-05-01T00:00:00Z"), false),
            (Some("2000-01-01T00:00:00Z"), Some("2026-05-01T00:00:00Z"), false),
            (Some("yesterday"), None, false),
            (Some("1969-12-31T00:00:00Z"), Some("1970-01-02T00:00:00Z"), false),
        ] {
            assert_eq!(span(from, to).is_ok(), is_good, "{from:?} {to:?}");
        }
    }
}
