use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::history::GapView;
use crate::domain::HistoryGap;

/// Most names of data points that are shown of a gap.
const MOST_POINTS: usize = 1_000;

/// A time of a SmartServer of which readings are missing, or were until they were fetched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmartServerHistoryGap)]
pub(crate) struct SmartServerGapView {
    /// Id.
    id: Uuid,
    #[serde(flatten)]
    gap: GapView,
    /// Names of the data points that it is of, at most 1,000 of them; null: all that are recorded.
    points: Option<Vec<String>>,
}

/// Gaps, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SmartServerHistoryGapPage)]
pub(crate) struct SmartServerGapPage {
    /// Gaps.
    pub(crate) items: Vec<SmartServerGapView>,
    /// Cursor of the next page; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A time to be filled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Backfill)]
pub(crate) struct BackfillView {
    /// Since when.
    #[schema(format = DateTime, example = "2026-05-01T00:00:00.000Z")]
    pub(crate) from: String,
    /// Until when: at most 366 days later, and not in the future.
    #[schema(format = DateTime, example = "2026-05-02T00:00:00.000Z")]
    pub(crate) to: String,
}

impl From<HistoryGap> for SmartServerGapView {
    fn from(mut gap: HistoryGap) -> Self {
        let points = gap.points.take();
        let names = |points: Vec<_>| points.iter().take(MOST_POINTS).map(ToString::to_string).collect();
        SmartServerGapView { id: gap.id.0, points: points.map(names), gap: gap.into() }
    }
}
