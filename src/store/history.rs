use std::ops::Range;

use jiff::Timestamp;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{FromRow, QueryBuilder};

use super::columns::{json, millis, number, parse_json, time};
use super::months::Month;
use super::pool::{ATTEMPTS, Pool, ROWS_PER_STATEMENT, on_reader, on_writer};
use super::readings::value;
use super::{Store, StoreError};
use crate::domain::{BucketNumbers, HistoryBucket, HistoryRow, HistorySource, Quality, SeriesId, Value};

/// Rows in one transaction: other writers of SQLite's only connection wait for it some ten milliseconds.
const ROWS_PER_TRANSACTION: usize = 5_000;

const INSERT: &str = "INSERT INTO history (series, at, number, text, quality, source) ";
const UNNEST: &str = "INSERT INTO history (series, at, number, text, quality, source) SELECT * FROM \
     UNNEST($1::int4[], $2::int8[], $3::float8[], $4::text[], $5::int2[], $6::int2[]) \
     ON CONFLICT (series, at) DO NOTHING";
const ON_CONFLICT: &str = " ON CONFLICT (series, at) DO NOTHING";
const ROWS: &str = "SELECT series, at, number, text, quality, source FROM history \
     WHERE series = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4";
const BEFORE: &str = "SELECT series, at, number, text, quality, source FROM history \
     WHERE series = $1 AND at < $2 ORDER BY at DESC LIMIT 1";
/// The values of a bucket's last reading are looked up once its time is known. `CROSS JOIN` is what SQLite does
/// in this order; left to itself it works the buckets out anew for every reading.
const BUCKETS: &str = "SELECT history.series, history.at, history.number, history.text, history.quality, \
     history.source, bucket, least, largest, mean, readings FROM (SELECT at / $4 AS bucket, \
     MIN(CASE WHEN quality <= 2 THEN number END) AS least, MAX(CASE WHEN quality <= 2 THEN number END) AS largest, \
     AVG(CASE WHEN quality <= 2 THEN number END) AS mean, COUNT(*) AS readings, MAX(at) AS last_at \
     FROM history WHERE series = $1 AND at >= $2 AND at < $3 GROUP BY 1) AS buckets \
     CROSS JOIN history WHERE history.series = $1 AND history.at = last_at ORDER BY bucket";
const LAST: &str = "SELECT series, at, number, text, quality, source FROM (SELECT id, (SELECT MAX(at) \
     FROM history WHERE history.series = series.id) AS last_at FROM series WHERE id IN ";
const DELETE_BEFORE: &str = "DELETE FROM history WHERE series = $1 AND at < $2 AND at < COALESCE((SELECT at \
     FROM history WHERE series = $1 AND at < $2 ORDER BY at LIMIT 1 OFFSET $3), $2)";

/// The table of remembered readings.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    pub(super) store: &'a Store,
}

impl History<'_> {
    /// Adds readings, and gives the number of those that were not there: a reading of a series and time that
    /// is there already stays as it is. Written in pieces, so that other writers get their turn; after an
    /// error some may have been added, and the call may be repeated.
    pub async fn insert(&self, rows: &[HistoryRow]) -> Result<u64, StoreError> {
        let mut rows = rows.iter().map(Row::from_domain).collect::<Result<Vec<_>, _>>()?;
        // Neighbours in the table are written together, and rows are locked in one order.
        rows.sort_by_key(|row| (row.series, row.at));
        let mut added = 0;
        for rows in rows.chunks(ROWS_PER_TRANSACTION) {
            added += self.insert_piece(rows).await?;
        }
        Ok(added)
    }

    /// Readings of a series in the order of their times, at most `limit`.
    pub async fn rows(
        &self,
        series: SeriesId,
        span: Range<Timestamp>,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(ROWS)
            .bind(series.0).bind(millis(span.start)).bind(millis(span.end)).bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The last reading of a series before this time: the value that held when it began.
    pub async fn before(&self, series: SeriesId, time: Timestamp) -> Result<Option<HistoryRow>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(BEFORE)
            .bind(series.0).bind(millis(time)).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// Readings of a series by parts of `resolution_ms` milliseconds, counted from 1970. Parts without a
    /// reading are left out; of the first and the last only what lies in `span` counts.
    pub async fn buckets(
        &self,
        series: SeriesId,
        span: Range<Timestamp>,
        resolution_ms: i64,
    ) -> Result<Vec<HistoryBucket>, StoreError> {
        let rows: Vec<BucketRow> = on_reader!(self.store.pool(), db => sqlx::query_as(BUCKETS)
            .bind(series.0).bind(millis(span.start)).bind(millis(span.end)).bind(resolution_ms.max(1))
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_domain(resolution_ms.max(1))).collect()
    }

    /// The last reading of each of these series that has any, in no particular order.
    pub async fn last(&self, series: &[SeriesId]) -> Result<Vec<HistoryRow>, StoreError> {
        let mut last = Vec::with_capacity(series.len());
        for series in series.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
                let mut query = QueryBuilder::new(LAST);
                super::pool::push_list(&mut query, series.iter().map(|id| id.0));
                query.push(") AS newest CROSS JOIN history WHERE series = id AND at = last_at");
                query.build_query_as().persistent(false).fetch_all(db).await?
            });
            for row in rows {
                last.push(row.into_domain()?);
            }
        }
        Ok(last)
    }

    /// Deletes the oldest readings of a series that are older than this, at most `limit`, and gives their
    /// number.
    pub async fn delete_before(
        &self,
        series: SeriesId,
        time: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db => sqlx::query(DELETE_BEFORE)
            .bind(series.0).bind(millis(time)).bind(i64::from(limit)).execute(db).await?.rows_affected()))
    }

    /// PostgreSQL: makes room for readings of this time ahead of them. SQLite needs none.
    pub async fn prepare(&self, times: &[Timestamp]) -> Result<(), StoreError> {
        match self.store.pool() {
            Pool::Sqlite { .. } => Ok(()),
            Pool::Postgres(db) => {
                self.store.inner.months.make(db, times.iter().map(|at| Month::of(*at))).await
            }
        }
    }

    /// PostgreSQL: drops whole months that are older than this, of every series, and gives their number.
    /// [`StoreError::Busy`] when somebody reads the history for long: try again later. `None` on SQLite,
    /// which keeps all in one table.
    pub async fn drop_months_before(&self, time: Timestamp) -> Result<Option<usize>, StoreError> {
        match self.store.pool() {
            Pool::Sqlite { .. } => Ok(None),
            Pool::Postgres(db) => self.store.inner.months.drop_before(db, time).await.map(Some),
        }
    }

    async fn insert_piece(&self, rows: &[Row]) -> Result<u64, StoreError> {
        for _ in 1..ATTEMPTS {
            match self.try_insert(rows).await {
                Err(StoreError::Busy) => continue,
                done => return done,
            }
        }
        self.try_insert(rows).await
    }

    async fn try_insert(&self, rows: &[Row]) -> Result<u64, StoreError> {
        match self.store.pool() {
            Pool::Sqlite { writer, .. } => insert_sqlite(writer, rows).await,
            Pool::Postgres(db) => {
                let months = &self.store.inner.months;
                let times =
                    rows.iter().map(|row| time("history.at", row.at)).collect::<Result<Vec<_>, _>>()?;
                months.make(db, times.into_iter().map(Month::of)).await?;
                insert_postgres(db, rows).await.inspect_err(|_| months.doubt())
            }
        }
    }
}

async fn insert_sqlite(writer: &SqlitePool, rows: &[Row]) -> Result<u64, StoreError> {
    let mut added = 0;
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::new(INSERT);
        query.push_values(rows, |mut tuple, row| {
            tuple
                .push_bind(row.series)
                .push_bind(row.at)
                .push_bind(row.number)
                .push_bind(&row.text)
                .push_bind(row.quality)
                .push_bind(row.source);
        });
        let is_whole = rows.len() == ROWS_PER_STATEMENT;
        let done = query.push(ON_CONFLICT).build().persistent(is_whole).execute(&mut *tx).await?;
        added += done.rows_affected();
    }
    tx.commit().await?;
    Ok(added)
}

async fn insert_postgres(db: &PgPool, rows: &[Row]) -> Result<u64, StoreError> {
    fn column<T>(rows: &[Row], field: impl Fn(&Row) -> T) -> Vec<T> {
        rows.iter().map(field).collect()
    }
    let mut tx = db.begin().await?;
    // A statement that is given up on goes on waiting for a lock, and keeps its connection meanwhile.
    sqlx::query("SET LOCAL statement_timeout = '25s'").execute(&mut *tx).await?;
    let done = sqlx::query(UNNEST)
        .bind(column(rows, |row| row.series))
        .bind(column(rows, |row| row.at))
        .bind(column(rows, |row| row.number))
        .bind(column(rows, |row| row.text.clone()))
        .bind(column(rows, |row| row.quality))
        .bind(column(rows, |row| row.source))
        .execute(&mut *tx)
        .await;
    match done {
        Ok(done) => tx.commit().await.map(|()| done.rows_affected()).map_err(Into::into),
        // The partition was dropped a moment ago, as too old: it is made once more.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("23514") => {
            Err(StoreError::Busy)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(FromRow)]
struct Row {
    series: i32,
    at: i64,
    number: Option<f64>,
    text: Option<String>,
    quality: i16,
    source: i16,
}

impl Row {
    fn from_domain(row: &HistoryRow) -> Result<Self, StoreError> {
        let (number, text) = match &row.value {
            Value::Null => (None, None),
            Value::Number(number) => (Some(*number).filter(|number| number.is_finite()), None),
            other => (None, Some(json("history.text", other)?)),
        };
        let (quality, source) = (quality_code(row.quality), source_code(row.source));
        Ok(Self { series: row.series.0, at: millis(row.at), number, text, quality, source })
    }

    fn into_domain(self) -> Result<HistoryRow, StoreError> {
        let value = match (self.number, self.text) {
            (Some(number), _) => Value::Number(number),
            (None, Some(text)) => value(parse_json("history.text", &text)?)?,
            (None, None) => Value::Null,
        };
        Ok(HistoryRow {
            series: SeriesId(self.series),
            at: time("history.at", self.at)?,
            value,
            quality: quality(self.quality)?,
            source: source(self.source)?,
        })
    }
}

#[derive(FromRow)]
struct BucketRow {
    #[sqlx(flatten)]
    last: Row,
    bucket: i64,
    least: Option<f64>,
    largest: Option<f64>,
    mean: Option<f64>,
    readings: i64,
}

impl BucketRow {
    fn into_domain(self, resolution_ms: i64) -> Result<HistoryBucket, StoreError> {
        let numbers = self.least.zip(self.largest).zip(self.mean);
        Ok(HistoryBucket {
            from: time("history.at", self.bucket.saturating_mul(resolution_ms))?,
            numbers: numbers.map(|((min, max), mean)| BucketNumbers { min, max, mean }),
            last: self.last.into_domain()?,
            count: number("history.readings", self.readings)?,
        })
    }
}

/// Up to 2: the value can be used; `BUCKETS` relies on it.
fn quality_code(quality: Quality) -> i16 {
    match quality {
        Quality::Good => 0,
        Quality::Alarm => 1,
        Quality::Stale => 2,
        Quality::Invalid => 3,
        Quality::NeverRead => 4,
        Quality::Fault => 5,
        Quality::Offline => 6,
    }
}

fn quality(code: i16) -> Result<Quality, StoreError> {
    Ok(match code {
        0 => Quality::Good,
        1 => Quality::Alarm,
        2 => Quality::Stale,
        3 => Quality::Invalid,
        4 => Quality::NeverRead,
        5 => Quality::Fault,
        6 => Quality::Offline,
        _ => return Err(StoreError::corrupt("history.quality", code)),
    })
}

fn source_code(source: HistorySource) -> i16 {
    match source {
        HistorySource::Read => 0,
        HistorySource::Poll => 1,
        HistorySource::Push => 2,
        HistorySource::Log => 3,
    }
}

fn source(code: i16) -> Result<HistorySource, StoreError> {
    Ok(match code {
        0 => HistorySource::Read,
        1 => HistorySource::Poll,
        2 => HistorySource::Push,
        3 => HistorySource::Log,
        _ => return Err(StoreError::corrupt("history.source", code)),
    })
}
