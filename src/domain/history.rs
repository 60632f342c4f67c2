use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DataPointId, DataPointName, HistoryGapId, Quality, SmartServerId, Source, Value};

/// Number of a series; the name of its data point in history, since it is stored with each reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId(pub i32);

/// The history of a data point. It outlives the point, and goes on when its SmartServer has a point of the
/// same name again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its number.
    pub id: SeriesId,
    /// The SmartServer.
    pub smartserver_id: SmartServerId,
    /// The point's name there.
    pub name: DataPointName,
    /// The latest id of the point.
    pub data_point_id: DataPointId,
    /// Days that its readings are kept; `None`: the configured number.
    pub keep_days: Option<u32>,
}

/// A reading that is remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    /// Its series.
    pub series: SeriesId,
    /// When it was observed, or else received, to the millisecond, from 1970 on. A series has one reading
    /// at a time.
    pub at: Timestamp,
    /// The value; a number that is none (`NaN`) is kept as `Null`.
    pub value: Value,
    /// What could be said of it when it was recorded.
    pub quality: Quality,
    /// How it came.
    pub source: HistorySource,
}

/// How a reading came into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistorySource {
    /// Asked for by a caller.
    Read,
    /// Asked for by a poll group.
    Poll,
    /// Sent by the SmartServer unasked.
    Push,
    /// Fetched afterwards from a data logger of the SmartServer.
    Log,
}

impl From<Source> for HistorySource {
    fn from(source: Source) -> Self {
        match source {
            Source::Read => HistorySource::Read,
            Source::Poll => HistorySource::Poll,
            Source::Push => HistorySource::Push,
        }
    }
}

/// What the readings of a part of time come to.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryBucket {
    /// Where it begins: a multiple of the resolution since 1970.
    pub from: Timestamp,
    /// Least, largest and mean of the numbers that can be used: those of quality good, alarm or stale. Each
    /// reading counts the same, however long it held. `None` where there is none.
    pub numbers: Option<BucketNumbers>,
    /// The last reading, of any kind.
    pub last: HistoryRow,
    /// Readings, of any kind; at least one.
    pub count: u64,
}

/// See [`HistoryBucket`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BucketNumbers {
    pub min: f64,
    pub max: f64,
    pub mean: f64,
}

/// A time of which readings of a SmartServer are missing, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryGap {
    /// Id.
    pub id: HistoryGapId,
    /// The SmartServer.
    pub smartserver_id: SmartServerId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None`: it goes on.
    pub to: Option<Timestamp>,
    /// Why.
    pub reason: GapReason,
    /// What was done about it.
    pub state: GapState,
    /// The same in words, for people.
    pub detail: Option<String>,
    /// The data points that it is of; `None`: all that are recorded.
    pub points: Option<Vec<DataPointName>>,
}

impl HistoryGap {
    /// Whether readings of this data point are missing.
    pub fn is_of(&self, name: &DataPointName) -> bool {
        self.points.as_ref().is_none_or(|points| points.contains(name))
    }
}

/// Why readings are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The SmartServer could not be reached.
    Offline,
    /// The gateway did not run.
    Stopped,
    /// The database was slower, or away for longer, than the buffer in front of it lasts.
    Database,
    /// Somebody asked for this time to be filled.
    Asked,
}

/// How far the filling of a gap has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapState {
    /// Nothing was done yet.
    Open,
    /// It is being filled from the SmartServer's data loggers.
    Filling,
    /// What the SmartServer's data loggers had is there.
    Filled,
    /// It stays: the SmartServer has nothing to fill it with.
    Unfillable,
}
