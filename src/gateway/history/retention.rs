//! Deletes what is kept long enough, in small pieces, so that other writers get their turn.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Series, SeriesId};
use crate::gateway::Gateway;
use crate::gateway::connections::now;
use crate::store::{SeriesAge, StoreError};

/// Time from the start to the first round, and from one round to the next.
const FIRST: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(3_600);
/// Series that are looked at in one query.
const PAGE: u32 = 1_000;
/// Readings that are deleted in one statement.
const PIECE: u32 = 2_000;
/// Pause between two of them.
const BREATH: Duration = Duration::from_millis(20);
/// Months that are ready ahead of their first reading.
const AHEAD: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Cleans up until the gateway stops.
pub(super) async fn run(gateway: Gateway) {
    let mut pause = FIRST;
    while gateway.0.shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = PAUSE;
        match gateway.0.shutdown.run_until_cancelled(gateway.clean_history()).await {
            Some(Ok(deleted)) if deleted > 0 => tracing::info!(deleted, "old history deleted"),
            Some(Err(error)) => tracing::warn!(%error, "old history not deleted; tried again later"),
            _ => {}
        }
    }
}

impl Gateway {
    /// Deletes what is older than it is kept, and what is left of SmartServers that were removed.
    async fn clean_history(&self) -> Result<u64, StoreError> {
        let (store, now) = (&self.0.store, now());
        store.history().prepare(&[now, now + AHEAD]).await?;
        let longest = self.note_keep_days().await?;
        let months = store.history().drop_months_before(before(now, longest)).await?;
        store.gaps().delete_before(before(now, longest)).await?;
        let (mut after, mut deleted) = (SeriesId(0), 0);
        loop {
            let ages = store.series().ages(after, PAGE).await?;
            let Some(last) = ages.last() else { return Ok(deleted) };
            after = last.series.id;
            for age in &ages {
                let days = age.series.keep_days.unwrap_or(self.0.settings.history.retention_days);
                // What is kept longest goes with its month, at most a month later.
                if age.is_orphan || months.is_none() || days < longest {
                    deleted += self.clean_series(age, days, now).await?;
                }
            }
        }
    }

    async fn clean_series(&self, age: &SeriesAge, days: u32, now: Timestamp) -> Result<u64, StoreError> {
        let id = age.series.id;
        let limit = if age.is_orphan { Timestamp::MAX } else { before(now, days) };
        let mut deleted = 0;
        if age.oldest.is_some_and(|oldest| oldest < limit) {
            loop {
                let piece = self.0.store.history().delete_before(id, limit, PIECE).await?;
                deleted += piece;
                if piece < PIECE.into() {
                    break;
                }
                tokio::time::sleep(BREATH).await;
            }
        }
        if age.is_orphan {
            self.0.store.series().delete_empty(id).await?;
        }
        Ok(deleted)
    }

    /// Notes what the groups say of each series, that it holds when they are gone; gives the most days that
    /// any series is kept.
    async fn note_keep_days(&self) -> Result<u32, StoreError> {
        let usual = self.0.settings.history.retention_days;
        let (mut after, mut longest) = (SeriesId(0), usual);
        loop {
            let ages = self.0.store.series().ages(after, PAGE).await?;
            let Some(last) = ages.last() else { return Ok(longest) };
            after = last.series.id;
            let mut changed: BTreeMap<Option<u32>, Vec<SeriesId>> = BTreeMap::new();
            for SeriesAge { series, .. } in &ages {
                let days = self.keep_days(series);
                if days != series.keep_days {
                    changed.entry(days).or_default().push(series.id);
                }
                longest = longest.max(days.unwrap_or(usual));
            }
            for (days, series) in changed {
                self.0.store.series().set_keep_days(&series, days).await?;
            }
        }
    }

    fn keep_days(&self, series: &Series) -> Option<u32> {
        let point = self.0.fleet.point(series.data_point_id);
        let wish = point.and_then(|point| self.wish(&point));
        match wish.as_ref().and_then(|wish| wish.history.as_ref()) {
            Some(rule) => rule.retention_days,
            None => series.keep_days,
        }
    }
}

fn before(now: Timestamp, days: u32) -> Timestamp {
    let time = now.checked_sub(SignedDuration::from_hours(i64::from(days) * 24));
    time.unwrap_or(Timestamp::UNIX_EPOCH)
}
