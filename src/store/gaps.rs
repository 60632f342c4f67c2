use std::ops::Range;

use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{
    json, millis, optional_millis, optional_time, parse, parse_json, parse_word, time, word,
};
use super::pool::{in_transaction, on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::{DataPointName, GapReason, GapState, HistoryGap, HistoryGapId, SmartServerId};

const INSERT: &str = "INSERT INTO history_gaps (id, smartserver_id, from_at, to_at, reason, state, detail, points) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT 1 FROM smartservers WHERE id = $2)";
const OF_SMARTSERVER: &str = "SELECT * FROM history_gaps WHERE smartserver_id = $1 AND from_at < $3 \
     AND (to_at IS NULL OR to_at > $2) ORDER BY from_at, id";
const NEWEST: &str = "SELECT * FROM history_gaps WHERE smartserver_id = $1 \
     AND (from_at < $2 OR (from_at = $2 AND id < $3)) ORDER BY from_at DESC, id DESC LIMIT $4";
const UNFINISHED: &str =
    "SELECT * FROM history_gaps WHERE state IN ('open', 'filling') ORDER BY smartserver_id, from_at, id";

/// Adds a row by a connection or a pool, unless its SmartServer is gone; gives the number of rows.
macro_rules! insert {
    ($row:expr, $db:expr) => {
        sqlx::query(INSERT)
            .bind(&$row.id)
            .bind(&$row.smartserver_id)
            .bind($row.from_at)
            .bind($row.to_at)
            .bind(&$row.reason)
            .bind(&$row.state)
            .bind(&$row.detail)
            .bind(&$row.points)
            .execute($db)
            .await?
            .rows_affected()
    };
}

/// The table of gaps in the history: times of which readings are missing.
#[derive(Debug, Clone, Copy)]
pub struct Gaps<'a> {
    pub(super) store: &'a Store,
}

/// A gap that was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the domain's gap")]
pub struct NewGap {
    pub smartserver_id: SmartServerId,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
    pub reason: GapReason,
    pub detail: Option<String>,
}

impl Gaps<'_> {
    /// Notes a gap, `open`. [`StoreError::NotFound`] when there is no such SmartServer.
    pub async fn open(&self, gap: NewGap) -> Result<HistoryGap, StoreError> {
        self.open_all(vec![gap]).await?.pop().ok_or(StoreError::NotFound(Missing::SmartServer))
    }

    /// The same of many at once; those whose SmartServer is gone are left out.
    pub async fn open_all(&self, gaps: Vec<NewGap>) -> Result<Vec<HistoryGap>, StoreError> {
        let mut opened = Vec::with_capacity(gaps.len());
        in_transaction!(self.store.pool(), tx => {
            for gap in gaps {
                let gap = HistoryGap::from(gap);
                let row = Row::from_domain(&gap)?;
                if insert!(row, &mut *tx) > 0 {
                    opened.push(gap);
                }
            }
        });
        Ok(opened)
    }

    /// Notes when a gap that goes on has ended; one that has ended already stays as it is.
    pub async fn close(&self, id: HistoryGapId, to: Timestamp) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db =>
            sqlx::query("UPDATE history_gaps SET to_at = $2 WHERE id = $1 AND to_at IS NULL")
                .bind(id.to_string()).bind(millis(to)).execute(db).await.map(drop)?);
        Ok(())
    }

    /// Notes how far a gap's filling has come, with words for people.
    pub async fn set_state(
        &self,
        id: HistoryGapId,
        state: GapState,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        let state = word(&state)?;
        on_writer!(self.store.pool(), db =>
            sqlx::query("UPDATE history_gaps SET state = $2, detail = $3 WHERE id = $1")
                .bind(id.to_string()).bind(state).bind(detail).execute(db).await.map(drop)?);
        Ok(())
    }

    /// Gaps of a SmartServer that have a part in this time, those that were filled too, in the order of
    /// their beginnings.
    pub async fn of_smartserver(
        &self,
        id: SmartServerId,
        time: Range<Timestamp>,
    ) -> Result<Vec<HistoryGap>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(OF_SMARTSERVER)
            .bind(id.to_string()).bind(millis(time.start)).bind(millis(time.end)).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// All gaps that are `open` or being filled.
    pub async fn unfinished(&self) -> Result<Vec<HistoryGap>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(UNFINISHED).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Forgets gaps that ended before this time.
    pub async fn delete_before(&self, time: Timestamp) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db => sqlx::query("DELETE FROM history_gaps WHERE to_at < $1")
            .bind(millis(time)).execute(db).await?.rows_affected()))
    }

    /// At most `limit` gaps of a SmartServer, the latest first, after one with this beginning and id.
    pub async fn newest(
        &self,
        smartserver: SmartServerId,
        after: Option<(Timestamp, HistoryGapId)>,
        limit: u32,
    ) -> Result<Vec<HistoryGap>, StoreError> {
        let (from, id) = after.map_or((i64::MAX, String::new()), |(from, id)| (millis(from), id.to_string()));
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => sqlx::query_as(NEWEST)
            .bind(smartserver.to_string()).bind(from).bind(id).bind(i64::from(limit)).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Puts the parts that a gap has come to in its place, all at once; none if its SmartServer is gone.
    pub async fn replace(&self, id: HistoryGapId, parts: &[HistoryGap]) -> Result<(), StoreError> {
        let parts = parts.iter().map(Row::from_domain).collect::<Result<Vec<_>, _>>()?;
        in_transaction!(self.store.pool(), tx => {
            sqlx::query("DELETE FROM history_gaps WHERE id = $1").bind(id.to_string()).execute(&mut *tx).await?;
            for row in &parts {
                insert!(row, &mut *tx);
            }
        });
        Ok(())
    }
}

impl From<NewGap> for HistoryGap {
    fn from(NewGap { smartserver_id, from, to, reason, detail }: NewGap) -> Self {
        let (id, state) = (HistoryGapId::new(), GapState::Open);
        HistoryGap { id, smartserver_id, from, to, reason, state, detail, points: None }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    smartserver_id: String,
    from_at: i64,
    to_at: Option<i64>,
    reason: String,
    state: String,
    detail: Option<String>,
    points: Option<String>,
}

impl Row {
    fn from_domain(gap: &HistoryGap) -> Result<Self, StoreError> {
        let names =
            |points: &Vec<DataPointName>| points.iter().map(|name| name.as_str().to_owned()).collect();
        let points: Option<Vec<String>> = gap.points.as_ref().map(names);
        Ok(Row {
            id: gap.id.to_string(),
            smartserver_id: gap.smartserver_id.to_string(),
            from_at: millis(gap.from),
            to_at: optional_millis(gap.to),
            reason: word(&gap.reason)?,
            state: word(&gap.state)?,
            detail: gap.detail.clone(),
            points: points.map(|points| json("history_gaps.points", &points)).transpose()?,
        })
    }

    fn into_domain(self) -> Result<HistoryGap, StoreError> {
        Ok(HistoryGap {
            id: parse("history_gaps.id", &self.id)?,
            smartserver_id: parse("history_gaps.smartserver_id", &self.smartserver_id)?,
            from: time("history_gaps.from_at", self.from_at)?,
            to: optional_time("history_gaps.to_at", self.to_at)?,
            reason: parse_word("history_gaps.reason", &self.reason)?,
            state: parse_word("history_gaps.state", &self.state)?,
            detail: self.detail,
            points: self.points.as_deref().map(names).transpose()?,
        })
    }
}

fn names(text: &str) -> Result<Vec<DataPointName>, StoreError> {
    let names: Vec<String> = parse_json("history_gaps.points", text)?;
    names.iter().map(|name| parse("history_gaps.points", name)).collect()
}
