use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::block::json;
use super::reading::same_words;
use super::{QualityView, ValueSchema, time};
use crate::domain::{DataPointId, GapReason, GapState, HistoryBucket, HistoryGap, HistoryRow, HistorySource};
use crate::gateway::{HistoryAround, HistoryOf, HistoryTarget};
use crate::http::problem::HttpError;

/// Data points, a time, and how fine. At most one of `resolution_ms`, `buckets` and `raw`; 500 buckets if
/// none is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HistoryQuery)]
pub(crate) struct HistoryQueryView {
    /// Whose history.
    #[schema(min_items = 1, max_items = 1000)]
    pub(crate) data_points: Vec<HistoryTargetView>,
    /// The first time that counts; a day before `to` if absent.
    #[schema(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub(crate) from: Option<String>,
    /// The first time that does not count any more; now if absent.
    #[schema(format = DateTime, example = "2026-06-01T00:00:00.000Z")]
    pub(crate) to: Option<String>,
    /// Length of a bucket in milliseconds; at most 2,000 buckets.
    #[schema(minimum = 1, example = 3600000)]
    pub(crate) resolution_ms: Option<u64>,
    /// About so many buckets of the same length.
    #[schema(minimum = 1, maximum = 2000, example = 500)]
    pub(crate) buckets: Option<u64>,
    /// Every reading as it was recorded.
    #[serde(default)]
    pub(crate) raw: bool,
}

/// A data point: either its id, or its SmartServer and name. One that the SmartServer no longer has keeps its
/// history.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "an object with id, or with smartserver and name")]
#[schema(as = HistoryTarget)]
pub(crate) struct HistoryTargetView {
    /// Id.
    id: Option<Uuid>,
    /// Key or id of the SmartServer.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: Option<String>,
    /// Name.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: Option<String>,
}

/// Histories.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryAnswer)]
pub(crate) struct HistoryAnswerView {
    /// The first time that counts.
    from: String,
    /// The first time that does not.
    to: String,
    /// Length of a bucket; null: every reading as it was recorded.
    resolution_ms: Option<u64>,
    /// One per data point, in the order asked for.
    items: Vec<PointHistoryView>,
}

/// What is remembered of a data point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointHistory)]
pub(crate) struct PointHistoryView {
    #[serde(flatten)]
    of: HistoryPointView,
    /// Times of which readings are missing, or were until they were fetched.
    gaps: Vec<GapView>,
    /// The last reading before `from`, which held when it began; null if there is none.
    before: Option<HistoryReadingView>,
    /// Every reading, in the order of their times; absent where there are buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    readings: Option<Vec<HistoryReadingView>>,
    /// Those parts of the time that have a reading, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    buckets: Option<Vec<BucketView>>,
}

/// Part of a data point's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryPage)]
pub(crate) struct HistoryPageView {
    /// The first time that counts.
    from: String,
    /// The first time that does not.
    to: String,
    /// Length of a bucket; null: every reading as it was recorded.
    resolution_ms: Option<i64>,
    #[serde(flatten)]
    history: PointHistoryView,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Whose history it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryPoint)]
pub(crate) struct HistoryPointView {
    data_point_id: Uuid,
    /// Key of its SmartServer.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    /// Its name there.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Unit; null also for a point that is gone.
    unit: Option<String>,
    /// Type; null also for a point that is gone.
    #[serde(rename = "type")]
    #[schema(example = "SNVT_temp_p")]
    type_name: Option<String>,
}

/// A reading that was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryReading)]
pub(crate) struct HistoryReadingView {
    /// When it was observed, as far as that is known, else received.
    at: String,
    /// Number, text (enumerations by name), object of fields, array, or null when the type says invalid.
    #[schema(value_type = Option<ValueSchema>, example = json!(21.5))]
    value: serde_json::Value,
    /// What could be said of it then.
    quality: QualityView,
    /// How it came.
    source: HistorySourceView,
}

/// What the readings of a part of the time come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryBucket)]
pub(crate) struct BucketView {
    /// Where it begins: a multiple of the resolution since 1970. The first may begin before the time asked for;
    /// what lies outside does not count.
    from: String,
    /// Least number of quality good, alarm or stale; null where there is none.
    min: Option<f64>,
    /// Largest of them.
    max: Option<f64>,
    /// Their mean; each reading counts the same, however long it held.
    mean: Option<f64>,
    /// Value of the last reading of any kind.
    #[schema(value_type = Option<ValueSchema>, example = json!(21.5))]
    last: serde_json::Value,
    /// Readings of any kind.
    count: u64,
}

/// A time of which readings are missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryGap)]
pub(crate) struct GapView {
    /// Since when.
    from: String,
    /// Until when; null: it goes on.
    to: Option<String>,
    /// Why.
    reason: GapReasonView,
    /// What was done about it.
    state: GapStateView,
    /// The same in words.
    detail: Option<String>,
}

/// How a reading came into the history.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HistorySource)]
pub(crate) enum HistorySourceView {
    /// Asked for by a caller.
    Read,
    /// Asked for by a poll group.
    Poll,
    /// Sent unasked.
    Push,
    /// Fetched afterwards from a data logger of the SmartServer.
    Log,
}

/// Why readings are missing.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GapReason)]
pub(crate) enum GapReasonView {
    /// The SmartServer could not be reached.
    Offline,
    /// The gateway did not run.
    Stopped,
    /// The database was too slow, or away for too long.
    Database,
    /// Somebody asked for this time to be filled.
    Asked,
}

/// What was done about a gap.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GapState)]
pub(crate) enum GapStateView {
    /// Nothing yet.
    Open,
    /// It is being filled from the SmartServer's data loggers.
    Filling,
    /// What the data loggers had is there.
    Filled,
    /// It stays.
    Unfillable,
}

same_words!(HistorySource, HistorySourceView: Read, Poll, Push, Log);
same_words!(GapReason, GapReasonView: Offline, Stopped, Database, Asked);
same_words!(GapState, GapStateView: Open, Filling, Filled, Unfillable);

impl TryFrom<HistoryTargetView> for HistoryTarget {
    type Error = HttpError;

    fn try_from(view: HistoryTargetView) -> Result<Self, HttpError> {
        match (view.id, view.smartserver, view.name) {
            (Some(id), None, None) => Ok(HistoryTarget::Id(DataPointId(id))),
            (None, Some(smartserver), Some(name)) => {
                let message = "data_points: a name has 1 to 512 characters and no control characters";
                let name = name.parse().map_err(|_| HttpError::Shape(message.into()))?;
                Ok(HistoryTarget::Name { smartserver, name })
            }
            _ => Err(HttpError::Shape("data_points: either id or smartserver and name each".into())),
        }
    }
}

impl HistoryPageView {
    pub(crate) fn new(
        span: &std::ops::Range<Timestamp>,
        resolution_ms: Option<i64>,
        history: PointHistoryView,
        next_cursor: Option<String>,
    ) -> Self {
        let (from, to) = (time(span.start), time(span.end));
        HistoryPageView { from, to, resolution_ms, history, next_cursor }
    }
}

impl PointHistoryView {
    pub(crate) fn of_readings(of: &HistoryOf, around: HistoryAround, rows: &[HistoryRow]) -> Self {
        let readings = Some(rows.iter().map(Into::into).collect());
        PointHistoryView::new(of, around, readings, None)
    }

    pub(crate) fn of_buckets(of: &HistoryOf, around: HistoryAround, buckets: &[HistoryBucket]) -> Self {
        let buckets = Some(buckets.iter().map(Into::into).collect());
        PointHistoryView::new(of, around, None, buckets)
    }

    fn new(
        of: &HistoryOf,
        around: HistoryAround,
        readings: Option<Vec<HistoryReadingView>>,
        buckets: Option<Vec<BucketView>>,
    ) -> Self {
        let before = around.before.as_ref().map(Into::into);
        PointHistoryView { of: of.into(), gaps: views(around.gaps), before, readings, buckets }
    }
}

pub(crate) fn views(gaps: Vec<HistoryGap>) -> Vec<GapView> {
    gaps.into_iter().map(Into::into).collect()
}

impl From<&HistoryOf> for HistoryPointView {
    fn from(of: &HistoryOf) -> Self {
        HistoryPointView {
            data_point_id: of.data_point_id.0,
            smartserver: of.smartserver.clone(),
            name: of.name.to_string(),
            unit: of.unit.clone(),
            type_name: of.type_name.clone(),
        }
    }
}

impl From<&HistoryRow> for HistoryReadingView {
    fn from(row: &HistoryRow) -> Self {
        HistoryReadingView {
            at: time(row.at),
            value: json(&row.value),
            quality: row.quality.into(),
            source: row.source.into(),
        }
    }
}

impl From<&HistoryBucket> for BucketView {
    fn from(bucket: &HistoryBucket) -> Self {
        BucketView {
            from: time(bucket.from),
            min: bucket.numbers.map(|numbers| numbers.min),
            max: bucket.numbers.map(|numbers| numbers.max),
            mean: bucket.numbers.map(|numbers| numbers.mean),
            last: json(&bucket.last.value),
            count: bucket.count,
        }
    }
}

impl From<HistoryGap> for GapView {
    fn from(gap: HistoryGap) -> Self {
        GapView {
            from: time(gap.from),
            to: gap.to.map(time),
            reason: gap.reason.into(),
            state: gap.state.into(),
            detail: gap.detail,
        }
    }
}
