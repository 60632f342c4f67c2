use std::ops::Range;

use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{millis, optional_millis, optional_time, parse, parse_word, time, word};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::{GapReason, GapState, HistoryGap, HistoryGapId, SmartServerId};

const INSERT: &str = "INSERT INTO history_gaps (id, smartserver_id, from_at, to_at, reason, state, detail) \
     VALUES ($1, $2, $3, $4, $5, 'open', $6)";
const OF_SMARTSERVER: &str = "SELECT * FROM history_gaps WHERE smartserver_id = $1 AND from_at < $3 \
     AND (to_at IS NULL OR to_at > $2) ORDER BY from_at, id";
const UNFINISHED: &str =
    "SELECT * FROM history_gaps WHERE state IN ('open', 'filling') ORDER BY smartserver_id, from_at, id";

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
        let (id, state) = (HistoryGapId::new(), GapState::Open);
        let NewGap { smartserver_id, from, to, reason, detail } = gap;
        let gap = HistoryGap { id, smartserver_id, from, to, reason, state, detail };
        let done = self.insert(&gap).await;
        done.map_err(|error| error.or_dangling(StoreError::NotFound(Missing::SmartServer)))?;
        Ok(gap)
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

    async fn insert(&self, gap: &HistoryGap) -> Result<(), StoreError> {
        let reason = word(&gap.reason)?;
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(gap.id.to_string()).bind(gap.smartserver_id.to_string()).bind(millis(gap.from))
            .bind(optional_millis(gap.to)).bind(reason).bind(&gap.detail).execute(db).await.map(drop)?);
        Ok(())
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
}

impl Row {
    fn into_domain(self) -> Result<HistoryGap, StoreError> {
        Ok(HistoryGap {
            id: parse("history_gaps.id", &self.id)?,
            smartserver_id: parse("history_gaps.smartserver_id", &self.smartserver_id)?,
            from: time("history_gaps.from_at", self.from_at)?,
            to: optional_time("history_gaps.to_at", self.to_at)?,
            reason: parse_word("history_gaps.reason", &self.reason)?,
            state: parse_word("history_gaps.state", &self.state)?,
            detail: self.detail,
        })
    }
}
