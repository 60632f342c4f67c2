//! What an alarm notifier is asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::alarms::NotifierLog;
use super::super::lane::Rank;
use super::super::logs::{LogCursor, LogEntries, LogPart, LogQuery, LogSource as _};
use super::super::{Gateway, GatewayError, Unit};
use super::merge::{Look, print};
use super::{BACKLOG, Place};
use crate::domain::{Alarm, AlarmLog, AlarmPrint, DataPointName};
use crate::smartserver::{AlarmEntry, LogFilter, LogPositions};

/// Most active alarms of a notifier that are read; beyond that none is known to be cleared.
const ACTIVE_MAX: usize = 5_000;
/// Most alarms whose end is looked up at once; the others end without the last words on them.
const ENDED_MAX: usize = 50;

/// A notifier that is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) unit: &'a Arc<Unit>,
    pub(super) notifier: &'a DataPointName,
    pub(super) rank: Rank,
}

impl Asked<'_> {
    /// Reads what is new since `place`, then what is active: an alarm that is raised in between is among the
    /// active ones, and comes again with the next look. Gives how far the log was read then.
    ///
    /// # Errors
    /// Those of the calls; then nothing was learned.
    pub(super) async fn look(
        &self,
        place: &Place,
        active: &HashMap<AlarmPrint, Alarm>,
    ) -> Result<(Look, Place), GatewayError> {
        let (history, place) = self.history(place.clone()).await?;
        let whole = LogQuery { part: page(ACTIVE_MAX, None), ..everything() };
        let summary = self.read(AlarmLog::Summary, &whole).await?;
        let is_whole = summary.next.is_none() && !summary.gap;
        let mut look = Look { history, summary: summary.entries, is_whole };
        self.add_last_words(&mut look, active).await;
        Ok((look, place))
    }

    async fn history(&self, mut place: Place) -> Result<(Vec<AlarmEntry>, Place), GatewayError> {
        if place.cursor.is_none() {
            place.since = self.beginning().await?;
        }
        let query = LogQuery { since: place.since, part: page(BACKLOG, place.cursor.take()), ..everything() };
        let read = self.read(AlarmLog::Historical, &query).await?;
        if read.gap {
            metrics::counter!("nocgate_alarm_log_gaps_total").increment(1);
            let smartserver = &self.unit.info().key;
            tracing::warn!(smartserver, notifier = %self.notifier, "its log of alarms has a gap");
        }
        place.is_read = true;
        // What the log holds is looked through again: a clock that was set back hides what is logged since.
        place.cursor = read.reached.filter(|_| !read.gap);
        Ok((read.entries, place))
    }

    /// The time from which on a log is read that was never read before: that of its last entries.
    async fn beginning(&self) -> Result<Option<jiff::Timestamp>, GatewayError> {
        let last = LogQuery { part: LogPart::Newest(1), ..everything() };
        let state = self.read(AlarmLog::Historical, &last).await?.state;
        let total = state.and_then(|state| state.total).and_then(|total| usize::try_from(total).ok());
        let Some(first) = total.and_then(|total| total.checked_sub(BACKLOG)).filter(|first| *first > 0)
        else {
            return Ok(None);
        };
        let positions = Some(LogPositions::Range(first, first));
        let filter = LogFilter { positions, ..LogFilter::default() };
        let page = self.log(AlarmLog::Historical).ask(filter).await?;
        Ok(page.entries.first().and_then(|entry| entry.alarm_at))
    }

    /// Alarms that are not active any more: the log of all alarms may tell who ended them.
    async fn add_last_words(&self, look: &mut Look, active: &HashMap<AlarmPrint, Alarm>) {
        let print = |entry: &AlarmEntry| print(self.notifier, entry);
        let seen: HashSet<_> = look.history.iter().chain(&look.summary).filter_map(print).collect();
        let gone: HashMap<_, _> = active.iter().filter(|(print, _)| !seen.contains(*print)).collect();
        let times: Vec<_> = gone.values().filter_map(|alarm| alarm.alarm_at).collect();
        let (since, until) = (times.iter().min().copied(), times.iter().max().copied());
        if since.is_none() || !look.is_whole {
            return;
        }
        let query = LogQuery { since, until, part: page(ENDED_MAX, None), ..everything() };
        // Without it they have ended all the same.
        if let Ok(ended) = self.read(AlarmLog::Historical, &query).await {
            let is_gone = |entry: &AlarmEntry| print(entry).is_some_and(|print| gone.contains_key(&print));
            look.history.extend(ended.entries.into_iter().filter(is_gone));
        }
    }

    async fn read(&self, log: AlarmLog, query: &LogQuery) -> Result<LogEntries<AlarmEntry>, GatewayError> {
        self.gateway.read_log(self.unit, &self.log(log), query).await
    }

    fn log(&self, log: AlarmLog) -> NotifierLog {
        NotifierLog {
            gateway: self.gateway.clone(),
            unit: Arc::clone(self.unit),
            name: self.notifier.clone(),
            log,
            rank: self.rank,
            deadline: None,
        }
    }
}

fn everything() -> LogQuery {
    LogQuery { since: None, until: None, point: None, part: LogPart::Newest(0) }
}

fn page(limit: usize, after: Option<LogCursor>) -> LogPart {
    LogPart::Page { limit, after }
}
