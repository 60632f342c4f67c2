use std::collections::HashMap;
use std::time::Duration;

use sqlx::{FromRow, QueryBuilder};

use super::columns::{
    json, millis, number, optional_millis, optional_time, parse, parse_json, parse_word, time, word,
};
use super::pool::{ATTEMPTS, ROWS_PER_STATEMENT, on_reader, on_writer};
use super::{Store, StoreError};
use crate::domain::{DataPointId, FormatName, ItemFault, Priority, Reading, Value};

const COLUMNS: &str = "data_point_id, value, preset, raw, unit, format, status, priority, never_read, \
     observed_at, received_at, age_at_receipt_ms, source, fault_code, fault_text";
/// The join leaves out readings of points that have vanished meanwhile. `column1` and so on is what
/// both engines call the columns of `VALUES`.
const SELECT_ROWS: &str = ") AS new JOIN data_points ON data_points.id = new.column1 WHERE 1 = 1";
/// As in [`Reading::came_before`].
const ON_CONFLICT: &str = " ON CONFLICT (data_point_id) DO UPDATE SET value = excluded.value, \
     preset = excluded.preset, raw = excluded.raw, unit = excluded.unit, format = excluded.format, \
     status = excluded.status, priority = excluded.priority, never_read = excluded.never_read, \
     observed_at = excluded.observed_at, received_at = excluded.received_at, \
     age_at_receipt_ms = excluded.age_at_receipt_ms, source = excluded.source, \
     fault_code = excluded.fault_code, fault_text = excluded.fault_text \
     WHERE excluded.received_at >= readings.received_at OR excluded.received_at < readings.received_at - ";

const AT_ONCE_MS: i64 = Reading::AT_ONCE.as_millis() as i64;

/// The table of latest readings.
#[derive(Debug, Clone, Copy)]
pub struct Readings<'a> {
    pub(super) store: &'a Store,
}

impl Readings<'_> {
    /// Keeps these readings where they did not come before those that are there. Readings of points
    /// that are not in the inventory are left out. Written in pieces, so that other writers get their
    /// turn; after an error some may have been kept, and the call may be repeated.
    pub async fn save_latest(&self, readings: &[Reading]) -> Result<(), StoreError> {
        for rows in newest(readings)?.chunks(ROWS_PER_STATEMENT) {
            self.save_chunk(rows).await?;
        }
        Ok(())
    }

    /// All readings, in no particular order.
    pub async fn load_latest(&self) -> Result<Vec<Reading>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM readings").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    async fn save_chunk(&self, rows: &[Row]) -> Result<(), StoreError> {
        for _ in 1..ATTEMPTS {
            match self.try_save(rows).await {
                // Dangling: a point vanished between the join and the check of its reference.
                Err(error) if matches!(error, StoreError::Busy) || error.is_dangling() => continue,
                done => return done,
            }
        }
        self.try_save(rows).await
    }

    async fn try_save(&self, rows: &[Row]) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => {
            let columns = (1..=15).map(|n| format!("new.column{n}")).collect::<Vec<_>>().join(", ");
            let mut query = QueryBuilder::new(format!("INSERT INTO readings ({COLUMNS}) SELECT {columns} FROM ("));
            query.push_values(rows, |mut tuple, row| {
                tuple.push_bind(&row.data_point_id).push_bind(&row.value).push_bind(&row.preset)
                    .push_bind(&row.raw).push_bind(&row.unit).push_bind(&row.format)
                    .push_bind(&row.status).push_bind(row.priority).push_bind(row.never_read)
                    .push_bind(row.observed_at).push_bind(row.received_at)
                    .push_bind(row.age_at_receipt_ms).push_bind(&row.source)
                    .push_bind(row.fault_code).push_bind(&row.fault_text);
            });
            query.push(SELECT_ROWS).push(ON_CONFLICT).push_bind(AT_ONCE_MS);
            query.build().persistent(false).execute(db).await?;
        });
        Ok(())
    }
}

/// The newest reading of each point, sorted by point: two writers that lock rows in the same order
/// do not lock each other out.
fn newest(readings: &[Reading]) -> Result<Vec<Row>, StoreError> {
    let mut newest: HashMap<DataPointId, &Reading> = HashMap::with_capacity(readings.len());
    for reading in readings {
        let kept = newest.entry(reading.data_point_id).or_insert(reading);
        if !reading.came_before(kept) {
            *kept = reading;
        }
    }
    let mut newest: Vec<&Reading> = newest.into_values().collect();
    newest.sort_by_key(|reading| reading.data_point_id);
    newest.into_iter().map(Row::from_domain).collect()
}

#[derive(FromRow)]
struct Row {
    data_point_id: String,
    value: String,
    preset: Option<String>,
    raw: String,
    unit: Option<String>,
    format: Option<String>,
    status: Option<String>,
    priority: Option<i64>,
    never_read: bool,
    observed_at: Option<i64>,
    received_at: i64,
    age_at_receipt_ms: Option<i64>,
    source: String,
    fault_code: Option<i64>,
    fault_text: Option<String>,
}

impl Row {
    fn from_domain(reading: &Reading) -> Result<Self, StoreError> {
        Ok(Self {
            data_point_id: reading.data_point_id.to_string(),
            value: json("readings.value", &reading.value)?,
            preset: reading.preset.clone(),
            raw: reading.raw.clone(),
            unit: reading.unit.clone(),
            format: reading.format.as_ref().map(|format| format.as_str().to_owned()),
            status: reading.status.clone(),
            priority: reading.priority.map(|priority| priority.0.into()),
            never_read: reading.never_read,
            observed_at: optional_millis(reading.observed_at),
            received_at: millis(reading.received_at),
            age_at_receipt_ms: reading.age_at_receipt.map(millis_rounded_up),
            source: word(&reading.source)?,
            fault_code: reading.fault.as_ref().map(|fault| fault.code.into()),
            fault_text: reading.fault.as_ref().map(|fault| fault.text.clone()),
        })
    }

    fn into_domain(self) -> Result<Reading, StoreError> {
        Ok(Reading {
            data_point_id: parse("readings.data_point_id", &self.data_point_id)?,
            value: value(parse_json("readings.value", &self.value)?)?,
            preset: self.preset,
            raw: self.raw,
            unit: self.unit,
            format: self.format.as_deref().map(FormatName::from),
            status: self.status,
            priority: self.priority.map(|n| number("readings.priority", n).map(Priority)).transpose()?,
            never_read: self.never_read,
            observed_at: optional_time("readings.observed_at", self.observed_at)?,
            received_at: time("readings.received_at", self.received_at)?,
            age_at_receipt: self.age_at_receipt_ms.map(duration).transpose()?,
            source: parse_word("readings.source", &self.source)?,
            fault: fault(self.fault_code, self.fault_text)?,
        })
    }
}

/// Rounded up, since an age is an upper bound.
fn millis_rounded_up(age: Duration) -> i64 {
    i64::try_from(age.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Result<Duration, StoreError> {
    number("readings.age_at_receipt_ms", millis).map(Duration::from_millis)
}

fn fault(code: Option<i64>, text: Option<String>) -> Result<Option<ItemFault>, StoreError> {
    let Some(code) = code else { return Ok(None) };
    Ok(Some(ItemFault { code: number("readings.fault_code", code)?, text: text.unwrap_or_default() }))
}

/// The value that was written as this JSON; fields keep their order.
pub(super) fn value(json: serde_json::Value) -> Result<Value, StoreError> {
    use serde_json::Value as Json;
    let unknown = || StoreError::corrupt("readings.value", "not a value");
    Ok(match json {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Number(number.as_f64().ok_or_else(unknown)?),
        Json::String(text) => Value::Text(text),
        Json::Object(fields) => Value::Fields(
            fields
                .into_iter()
                .map(|(name, json)| Ok((name, value(json)?)))
                .collect::<Result<_, StoreError>>()?,
        ),
        Json::Array(values) => Value::List(values.into_iter().map(value).collect::<Result<_, _>>()?),
        Json::Bool(_) => return Err(unknown()),
    })
}
