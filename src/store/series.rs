use jiff::Timestamp;
use sqlx::{FromRow, QueryBuilder};

use super::columns::{number, optional_time, parse};
use super::pool::{ROWS_PER_STATEMENT, on_reader, on_writer};
use super::{Store, StoreError};
use crate::domain::{DataPointId, DataPointName, Series, SeriesId, SmartServerId};

const INSERT: &str = "INSERT INTO series (smartserver_id, name, data_point_id) ";
const ON_CONFLICT: &str = " ON CONFLICT (smartserver_id, name) DO UPDATE SET data_point_id = excluded.data_point_id \
     RETURNING id, smartserver_id, name, data_point_id, keep_days";
/// Both look-ups are a seek in an index.
const AGES: &str = "SELECT series.id, series.smartserver_id, series.name, series.data_point_id, series.keep_days, \
     (SELECT MIN(at) FROM history WHERE history.series = series.id) AS oldest, \
     (SELECT COUNT(*) FROM smartservers WHERE smartservers.id = series.smartserver_id) AS owners \
     FROM series WHERE series.id > $1 ORDER BY series.id LIMIT $2";

/// The table of series: which data points have a history.
#[derive(Debug, Clone, Copy)]
pub struct SeriesTable<'a> {
    pub(super) store: &'a Store,
}

/// A data point whose history begins or goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the domain's series")]
pub struct NewSeries {
    pub smartserver_id: SmartServerId,
    pub name: DataPointName,
    pub data_point_id: DataPointId,
}

/// A series with what tells how much of it is kept too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesAge {
    /// The series.
    pub series: Series,
    /// Time of its oldest reading; `None`: it has none.
    pub oldest: Option<Timestamp>,
    /// Whether its SmartServer was removed.
    pub is_orphan: bool,
}

impl SeriesTable<'_> {
    /// The series of these data points, made where there are none; in no particular order. A point with the
    /// name of an earlier one goes on with that one's, also when both are given, the earlier one first.
    pub async fn make(&self, points: &[NewSeries]) -> Result<Vec<Series>, StoreError> {
        let mut points: Vec<_> = points.iter().rev().collect();
        points.sort_by(|a, b| (a.smartserver_id, &a.name).cmp(&(b.smartserver_id, &b.name)));
        // One statement cannot touch the same row twice.
        points.dedup_by(|a, b| (a.smartserver_id, &a.name) == (b.smartserver_id, &b.name));
        let mut series = Vec::with_capacity(points.len());
        for points in points.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<Row> = on_writer!(self.store.pool(), db => {
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(points, |mut tuple, point| {
                    tuple.push_bind(point.smartserver_id.to_string()).push_bind(point.name.as_str().to_owned())
                        .push_bind(point.data_point_id.to_string());
                });
                query.push(ON_CONFLICT).build_query_as().persistent(false).fetch_all(db).await?
            });
            for row in rows {
                series.push(row.into_domain()?);
            }
        }
        Ok(series)
    }

    /// All series of a SmartServer in the order of their names.
    pub async fn of_smartserver(&self, id: SmartServerId) -> Result<Vec<Series>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM series WHERE smartserver_id = $1 ORDER BY name")
                .bind(id.to_string()).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The series of a data point, by the name that it has or had.
    pub async fn named(&self, id: SmartServerId, name: &DataPointName) -> Result<Option<Series>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM series WHERE smartserver_id = $1 AND name = $2")
                .bind(id.to_string()).bind(name.as_str()).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// The series of a data point, also of one that is gone, by the latest id that it had.
    pub async fn of_data_point(&self, id: DataPointId) -> Result<Option<Series>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM series WHERE data_point_id = $1")
                .bind(id.to_string()).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// Time of the newest remembered reading of a SmartServer.
    pub async fn newest_of(&self, id: SmartServerId) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> = on_reader!(self.store.pool(), db =>
            sqlx::query_scalar("SELECT MAX(newest) FROM (SELECT (SELECT MAX(at) FROM history \
                 WHERE history.series = series.id) AS newest FROM series WHERE smartserver_id = $1) AS each")
                .bind(id.to_string()).fetch_one(db).await?);
        optional_time("history.at", newest)
    }

    /// At most `limit` series in the order of their numbers, after one.
    pub async fn ages(&self, after: SeriesId, limit: u32) -> Result<Vec<SeriesAge>, StoreError> {
        let rows: Vec<AgeRow> = on_reader!(self.store.pool(), db => sqlx::query_as(AGES)
            .bind(after.0).bind(i64::from(limit)).fetch_all(db).await?);
        rows.into_iter().map(AgeRow::into_domain).collect()
    }

    /// Notes how many days the readings of these series are kept.
    pub async fn set_keep_days(&self, ids: &[SeriesId], days: Option<u32>) -> Result<(), StoreError> {
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            on_writer!(self.store.pool(), db => {
                let mut query = QueryBuilder::new("UPDATE series SET keep_days = ");
                query.push_bind(days.map(i64::from)).push(" WHERE id IN ");
                super::pool::push_list(&mut query, ids.iter().map(|id| id.0));
                query.build().persistent(false).execute(db).await.map(drop)?;
            });
        }
        Ok(())
    }

    /// Removes a series that has no readings.
    pub async fn delete_empty(&self, id: SeriesId) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query("DELETE FROM series WHERE id = $1 \
                 AND NOT EXISTS (SELECT 1 FROM history WHERE history.series = $1)")
            .bind(id.0).execute(db).await.map(drop)?);
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    id: i32,
    smartserver_id: String,
    name: String,
    data_point_id: String,
    keep_days: Option<i32>,
}

impl Row {
    fn into_domain(self) -> Result<Series, StoreError> {
        let keep_days = self.keep_days.map(|days| number("series.keep_days", days.into())).transpose()?;
        Ok(Series {
            id: SeriesId(self.id),
            smartserver_id: parse("series.smartserver_id", &self.smartserver_id)?,
            name: parse("series.name", &self.name)?,
            data_point_id: parse("series.data_point_id", &self.data_point_id)?,
            keep_days,
        })
    }
}

#[derive(FromRow)]
struct AgeRow {
    #[sqlx(flatten)]
    series: Row,
    oldest: Option<i64>,
    owners: i64,
}

impl AgeRow {
    fn into_domain(self) -> Result<SeriesAge, StoreError> {
        let oldest = optional_time("history.at", self.oldest)?;
        Ok(SeriesAge { series: self.series.into_domain()?, oldest, is_orphan: self.owners == 0 })
    }
}
