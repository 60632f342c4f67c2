use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ReadingView, UnitSystemView};
use crate::domain::types::UnitSystem;
use crate::gateway::{Gateway, ReadError, ReadOutcome, Selection, Target};
use crate::http::problem::HttpError;

/// Data points to be read, and how fresh.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadRequest {
    /// What to read.
    #[schema(min_items = 1, max_items = 10000)]
    pub(crate) reads: Vec<TargetView>,
    /// Answers may be this old, in milliseconds; 0 makes the SmartServer ask its device now.
    #[schema(example = 60000, maximum = 86400000)]
    pub(crate) max_age_ms: Option<u64>,
    /// Time that the whole request may take, in milliseconds.
    #[schema(example = 30000, minimum = 1, maximum = 600000)]
    pub(crate) timeout_ms: Option<u64>,
    /// Units that temperatures are given in; each data point's own if absent. All else has one unit.
    pub(crate) format: Option<UnitSystemView>,
}

/// Data points of one SmartServer: exactly one of `names`, `all` and `prefix`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadTarget)]
pub(crate) struct TargetView {
    /// Key or id.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    /// These data points.
    #[schema(example = json!(["Net/LON/AHU 1/Lamp[0]/nviLamp"]))]
    names: Option<Vec<String>>,
    /// All of them.
    #[serde(default)]
    all: bool,
    /// Those whose name begins so.
    prefix: Option<String>,
}

/// One outcome per data point.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadResponse {
    /// Data points by outcome.
    #[schema(example = json!({"ok": 1}))]
    counts: BTreeMap<String, usize>,
    /// Outcomes.
    results: Vec<ReadResult>,
}

/// What came of one data point.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadResult {
    smartserver: String,
    /// Name as asked for; null where all points of a SmartServer share the failure.
    name: Option<String>,
    data_point_id: Option<Uuid>,
    /// `ok`, `item_fault`, or the code of a problem.
    #[schema(example = "ok")]
    outcome: String,
    /// Why it is not `ok`, in words.
    reason: Option<String>,
    /// Seconds after which it makes sense to ask again, where that is known.
    retry_after_s: Option<u64>,
    /// The reading; beside an outcome other than `ok` the last one known.
    reading: Option<ReadingView>,
}

impl TryFrom<TargetView> for Target {
    type Error = HttpError;

    fn try_from(view: TargetView) -> Result<Self, HttpError> {
        let selection = match (view.names, view.all, view.prefix) {
            (Some(names), false, None) => Selection::Names(names),
            (None, true, None) => Selection::All,
            (None, false, Some(prefix)) => Selection::Prefix(prefix),
            _ => return Err(HttpError::Shape("reads: exactly one of names, all and prefix each".into())),
        };
        Ok(Target { smartserver: view.smartserver, selection })
    }
}

impl ReadResponse {
    pub(crate) fn new(gateway: &Gateway, outcomes: Vec<ReadOutcome>, units: Option<UnitSystem>) -> Self {
        let results: Vec<_> = outcomes.into_iter().map(|outcome| result(gateway, outcome, units)).collect();
        let mut counts = BTreeMap::new();
        for result in &results {
            *counts.entry(result.outcome.clone()).or_default() += 1;
        }
        ReadResponse { counts, results }
    }
}

fn result(gateway: &Gateway, outcome: ReadOutcome, units: Option<UnitSystem>) -> ReadResult {
    let (word, reason, retry_after_s) = match outcome.error {
        None => ("ok".to_owned(), None, None),
        Some(ReadError::Item(fault)) => {
            ("item_fault".to_owned(), Some(format!("fault {}: {}", fault.code, fault.text)), None)
        }
        Some(ReadError::Call(error)) => {
            let error = HttpError::from(error);
            let problem = error.problem();
            (problem.code.to_owned(), Some(problem.detail), error.retry_after())
        }
    };
    let reading = match (&outcome.point, &outcome.reading) {
        (Some(point), Some(reading)) => Some(ReadingView::in_units(gateway, point, reading, units)),
        _ => None,
    };
    ReadResult {
        smartserver: outcome.smartserver,
        name: outcome.name,
        data_point_id: outcome.point.map(|point| point.data.id.0),
        outcome: word,
        reason,
        retry_after_s,
        reading,
    }
}
