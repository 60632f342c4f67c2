//! What data logs and alarm logs have in common.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::block::json;
use super::{ValueSchema, time};
use crate::domain::LogState;
use crate::gateway::{LogCursor, LogEntries, LoggedValue};
use crate::http::cursor;

/// What a SmartServer tells of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogState)]
pub(crate) struct LogStateView {
    /// Entries in the whole log.
    total: Option<u64>,
    /// How full it is, in percent.
    level_percent: Option<f64>,
    /// Time of the oldest entry.
    first_at: Option<String>,
    /// Time of the newest entry.
    last_at: Option<String>,
    /// How often entries were changed after they had been logged.
    modifications: Option<u64>,
}

/// What a page of a log tells beside its entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogPage)]
pub(crate) struct LogPageView {
    /// Entries in the whole log.
    total: Option<u64>,
    /// How full the log is, in percent.
    level_percent: Option<f64>,
    /// Where the next page begins; null at the end. A page may hold less than asked for before that.
    next_cursor: Option<String>,
    /// Whether entries may be missing: dropped by the SmartServer before they could be read, logged with its
    /// clock set back, or withheld from answers.
    gap: bool,
    /// How far the SmartServer's clock, by which the times are, is ahead of the gateway's, in milliseconds.
    clock_offset_ms: Option<i64>,
}

/// A value in a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedValue)]
pub(crate) struct LoggedValueView {
    /// The data point, if it is in the inventory.
    data_point_id: Option<Uuid>,
    /// Name of the data point.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Number, text (enumerations by name), object of fields, or null when the type says invalid.
    #[schema(value_type = Option<ValueSchema>, example = json!(21.5))]
    value: serde_json::Value,
    /// Preset that equals the value.
    preset: Option<String>,
    /// The text as the SmartServer gave it.
    #[schema(example = "21.50")]
    raw: String,
    /// Unit.
    unit: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[schema(example = "SNVT_temp_p")]
    type_name: Option<String>,
    /// `UCPTpointStatus` as it came.
    #[schema(example = "AL_NO_CONDITION")]
    status: Option<String>,
    /// Priority of the point's holder: 0 strongest, 255 weakest.
    priority: Option<u8>,
}

/// What remains of a log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogRemains)]
pub(crate) struct LogRemains {
    /// State of the log after that, if the SmartServer told it.
    log: Option<LogStateView>,
}

impl From<Option<LogState>> for LogRemains {
    fn from(state: Option<LogState>) -> Self {
        LogRemains { log: state.map(Into::into) }
    }
}

impl From<LogState> for LogStateView {
    fn from(state: LogState) -> Self {
        LogStateView {
            total: state.total,
            level_percent: state.level_percent,
            first_at: state.first_at.map(time),
            last_at: state.last_at.map(time),
            modifications: state.modifications,
        }
    }
}

impl LogPageView {
    pub(super) fn new<T>(read: &LogEntries<T>) -> Self {
        let offset = |offset: jiff::SignedDuration| i64::try_from(offset.as_millis()).unwrap_or_default();
        LogPageView {
            total: read.state.as_ref().and_then(|state| state.total),
            level_percent: read.state.as_ref().and_then(|state| state.level_percent),
            next_cursor: read.next.as_ref().map(cursor::encode::<LogCursor>),
            gap: read.gap,
            clock_offset_ms: read.clock_offset.map(offset),
        }
    }
}

impl From<LoggedValue> for LoggedValueView {
    fn from(logged: LoggedValue) -> Self {
        LoggedValueView {
            data_point_id: logged.data_point.map(|point| point.id.0),
            name: logged.name,
            value: json(&logged.value),
            preset: logged.preset,
            raw: logged.raw,
            unit: logged.unit,
            type_name: logged.format.as_ref().map(|format| format.type_name().to_owned()),
            status: logged.status,
            priority: logged.priority.map(|priority| priority.0),
        }
    }
}
