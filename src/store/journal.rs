use jiff::Timestamp;
use sqlx::{FromRow, QueryBuilder};

use super::columns::{json, millis, parse_json, time};
use super::pool::{ROWS_PER_STATEMENT, on_reader, on_writer};
use super::{Store, StoreError};
use crate::domain::Happening;

const BETWEEN: &str = "SELECT * FROM journal WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
const FIRST_SINCE: &str = "SELECT id FROM journal WHERE happened_at >= $1 ORDER BY id LIMIT 1";
const REMOVE: &str = "DELETE FROM journal WHERE id IN \
     (SELECT id FROM journal WHERE id < $1 ORDER BY id LIMIT $2)";

/// The table of what happened. Its ids are given by the caller, one by one without holes.
#[derive(Debug, Clone, Copy)]
pub struct Journal<'a> {
    pub(super) store: &'a Store,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Its place: 1 for the first one ever.
    pub id: i64,
    /// What happened.
    pub happening: Happening,
}

/// What the journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalBounds {
    /// Nothing older than this, in the order of ids.
    pub since: Timestamp,
    /// At most so many entries.
    pub rows: i64,
}

impl Journal<'_> {
    /// Adds entries. May be repeated with the same ones when it is not known whether they were stored; what
    /// is there stays.
    pub async fn append(&self, entries: &[JournalEntry]) -> Result<(), StoreError> {
        let rows = entries.iter().map(Row::from_domain).collect::<Result<Vec<_>, _>>()?;
        for rows in rows.chunks(ROWS_PER_STATEMENT) {
            on_writer!(self.store.pool(), db => {
                let mut query = QueryBuilder::new("INSERT INTO journal (id, happened_at, event, about) ");
                query.push_values(rows, |mut tuple, row| {
                    tuple.push_bind(row.id).push_bind(row.happened_at).push_bind(&row.event)
                        .push_bind(&row.about);
                });
                query.push(" ON CONFLICT (id) DO NOTHING");
                query.build().persistent(false).execute(db).await?;
            });
        }
        Ok(())
    }

    /// Entries after one up to another in the order of their ids, at most `limit`.
    pub async fn between(
        &self,
        after: i64,
        upto: i64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(BETWEEN).bind(after).bind(upto).bind(limit).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Id of the newest entry; 0 before the first one.
    pub async fn head(&self) -> Result<i64, StoreError> {
        Ok(on_reader!(self.store.pool(), db =>
            sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) FROM journal").fetch_one(db).await?))
    }

    /// When an entry that is still there happened.
    pub async fn time_of(&self, id: i64) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = on_reader!(self.store.pool(), db =>
            sqlx::query_scalar("SELECT happened_at FROM journal WHERE id = $1")
                .bind(id).fetch_optional(db).await?);
        at.map(|at| time("journal.happened_at", at)).transpose()
    }

    /// Removes the oldest entries beyond the bounds, at most `limit`; tells how many. The newest one stays,
    /// since ids go on from it.
    pub async fn trim(&self, bounds: JournalBounds, limit: usize) -> Result<u64, StoreError> {
        let head = self.head().await?;
        let young: Option<i64> = on_reader!(self.store.pool(), db =>
            sqlx::query_scalar(FIRST_SINCE).bind(millis(bounds.since)).fetch_optional(db).await?);
        let first = young.unwrap_or(head).max(head.saturating_sub(bounds.rows - 1)).min(head);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(on_writer!(self.store.pool(), db =>
            sqlx::query(REMOVE).bind(first).bind(limit).execute(db).await?.rows_affected()))
    }
}

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) happened_at: i64,
    event: String,
    about: String,
}

impl Row {
    fn from_domain(entry: &JournalEntry) -> Result<Self, StoreError> {
        let Happening { at, event, about } = &entry.happening;
        Ok(Row {
            id: entry.id,
            happened_at: millis(*at),
            event: json("journal.event", event)?,
            about: json("journal.about", about)?,
        })
    }

    pub(super) fn into_domain(self) -> Result<JournalEntry, StoreError> {
        let happening = Happening {
            at: time("journal.happened_at", self.happened_at)?,
            event: parse_json("journal.event", &self.event)?,
            about: parse_json("journal.about", &self.about)?,
        };
        Ok(JournalEntry { id: self.id, happening })
    }
}
