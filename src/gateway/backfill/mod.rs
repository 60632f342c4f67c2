//! What the history lacks after an outage, fetched from the SmartServers' own data loggers.
//!
//! A gap is a time of one SmartServer of which recorded readings may be missing. The keeper opens one when the
//! SmartServer is away for long enough to lose something, and when the gateway has not run; ends it when the
//! SmartServer answers again; and fills it from the logs.

mod fill;
mod keeper;
mod loggers;
mod merge;
mod outcome;
mod watch;
mod window;

use std::collections::HashMap;
use std::ops::Bound;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};

use super::connections::now;
use super::{Gateway, GatewayError};
use crate::domain::{GapReason, HistoryGap, HistoryGapId, SmartServerId};
use crate::store::NewGap;

/// Longest time that is filled on request.
const LONGEST_DAYS: i64 = 366;
/// Most gaps of a SmartServer that wait to be filled when another one is asked for.
const MOST_WAITING: usize = 20;
/// When a place among them may be free again.
const FILLING: Duration = Duration::from_secs(60);

impl Gateway {
    /// When an earlier run last heard of each SmartServer: to be asked before this one hears of any.
    pub(super) fn seen_before(&self) -> HashMap<SmartServerId, Timestamp> {
        let units = self.0.fleet.units_from(Bound::Unbounded);
        units.iter().filter_map(|unit| Some((unit.id, keeper::contact(unit)?))).collect()
    }

    pub(super) fn start_backfill(&self, seen_before: HashMap<SmartServerId, Timestamp>) {
        self.0.tasks.spawn(keeper::Keeper::new(self.clone(), seen_before).run());
    }

    /// Gaps in the history of a SmartServer, the latest first, those that were filled too; at most `limit`,
    /// after one.
    ///
    /// # Errors
    /// `Unknown` SmartServer; `Store`.
    pub async fn gaps_of(
        &self,
        key: &str,
        after: Option<(Timestamp, HistoryGapId)>,
        limit: usize,
    ) -> Result<Vec<HistoryGap>, GatewayError> {
        let unit = self.unit(key)?;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.0.store.gaps().newest(unit.id, after, limit).await?)
    }

    /// Fills a time of a SmartServer's history from its data loggers, as if it had been away; gives the gap that
    /// tells how far that is.
    ///
    /// # Errors
    /// `Unknown` SmartServer; `Invalid` time; `Busy` when many wait already; `Store`.
    pub async fn backfill(
        &self,
        key: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<HistoryGap, GatewayError> {
        let unit = self.unit(key)?;
        let invalid =
            |field, message: &str| Err(GatewayError::Invalid { field, message: message.to_owned() });
        if to > now() {
            return invalid("to", "it lies in the future");
        }
        if from >= to {
            return invalid("from", "it must be before `to`");
        }
        let longest = (LONGEST_DAYS * 24).hours();
        if from.as_millisecond() < 0 || from.checked_add(longest).is_ok_and(|latest| latest < to) {
            return invalid("from", "at most 366 days are filled at once");
        }
        let gaps = self.0.store.gaps();
        let unfinished = gaps.unfinished().await?;
        let queued = unfinished.iter().filter(|gap| gap.smartserver_id == unit.id).count();
        if queued >= MOST_WAITING {
            return Err(GatewayError::Busy { queued, retry_after: FILLING });
        }
        let (smartserver_id, reason) = (unit.id, GapReason::Asked);
        let gap = gaps.open(NewGap { smartserver_id, from, to: Some(to), reason, detail: None }).await?;
        self.0.backfill_bell.notify_one();
        Ok(gap)
    }
}
