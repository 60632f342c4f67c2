//! What data logs and alarm logs have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::lane::Rank;
use super::log_pages::{Mark, Pager, Positions, Seen, Step, TAIL};
use super::settle::fate_of_call;
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{DataPoint, DataPointName, FormatName, ItemFault, LogState, Outcome, Priority, Value};
use crate::smartserver::{
    Answer, CallError, LogFilter, LogPage, LogPositions, PointData, SmartServerRpc, entries_a_message,
};
use crate::xmpp::Limits;

/// Most messages for one page, whatever the answers are.
const MESSAGES_MAX: usize = 200;

/// What of a log is asked for.
#[derive(Debug, Clone)]
pub struct LogQuery {
    /// Entries from this time on.
    pub since: Option<Timestamp>,
    /// Entries up to this time, which is included.
    pub until: Option<Timestamp>,
    /// Entries of this data point only.
    pub point: Option<DataPointName>,
    /// Which of those.
    pub part: LogPart,
}

/// Which part of a log.
#[derive(Debug, Clone)]
pub enum LogPart {
    /// So many from the beginning on, or after those that were given before.
    Page {
        /// Most entries.
        limit: usize,
        /// Where the page before ended.
        after: Option<LogCursor>,
    },
    /// The last ones, as many as one message carries at most.
    Newest(usize),
}

/// How far a log was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCursor {
    /// Fingerprint of the query that it belongs to.
    #[serde(rename = "q")]
    query: u64,
    #[serde(flatten)]
    mark: Mark,
}

/// Part of a log.
#[derive(Debug, Clone)]
pub struct LogEntries<T> {
    /// Entries in the order of the log.
    pub entries: Vec<T>,
    /// What the SmartServer tells of the whole log; nothing if there is none yet.
    pub state: Option<LogState>,
    /// Where the next page begins; nothing at the end of the log.
    pub next: Option<LogCursor>,
    /// How far the log was read, at its end too: what is logged later begins there. Nothing if nothing was
    /// read yet.
    pub reached: Option<LogCursor>,
    /// Whether entries may have been dropped before they could be read.
    pub gap: bool,
    /// How far the SmartServer's clock, which the entries' times are by, is ahead of ours.
    pub clock_offset: Option<SignedDuration>,
}

/// A value in a log.
#[derive(Debug, Clone)]
pub struct LoggedValue {
    /// Name of the data point.
    pub name: String,
    /// The data point, if it is in the inventory.
    pub data_point: Option<Arc<DataPoint>>,
    /// The typed value.
    pub value: Value,
    /// Preset that equals it.
    pub preset: Option<String>,
    /// Text as it came.
    pub raw: String,
    /// Unit.
    pub unit: Option<String>,
    /// Format.
    pub format: Option<FormatName>,
    /// Point status.
    pub status: Option<String>,
    /// Priority of the point's holder.
    pub priority: Option<Priority>,
}

/// A log of a SmartServer.
pub(super) trait LogSource {
    type Entry: Send;

    /// Which log of which SmartServer, in words that name no other.
    fn words(&self) -> Vec<String>;

    /// Name of the functional block that keeps it.
    fn name(&self) -> &DataPointName;

    /// Whether entries leave it in no other way than all up to a time.
    fn keeps_entries(&self) -> bool;

    /// Asks for entries.
    fn ask(
        &self,
        filter: LogFilter,
    ) -> impl Future<Output = Result<LogPage<Self::Entry>, GatewayError>> + Send;

    /// Time and fingerprint of an entry.
    fn seen(entry: &Self::Entry) -> Seen;
}

impl LogQuery {
    fn filter(&self) -> LogFilter {
        LogFilter { since: self.since, until: self.until, point: self.point.clone(), positions: None }
    }

    fn is_whole(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.point.is_none()
    }

    fn fingerprint(&self, source: &impl LogSource) -> u64 {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let point = self.point.as_ref().map(DataPointName::to_string).unwrap_or_default();
        let words = [source.words(), vec![time(self.since), time(self.until), point]].concat();
        super::log_pages::fingerprint(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Gateway {
    /// Reads part of a log. What is missing of it when a call fails comes with the next page, unless
    /// nothing was read at all.
    pub(super) async fn read_log<S: LogSource>(
        &self,
        unit: &Unit,
        source: &S,
        query: &LogQuery,
    ) -> Result<LogEntries<S::Entry>, GatewayError> {
        let mut read = match &query.part {
            LogPart::Newest(count) => newest(source, query, *count).await?,
            LogPart::Page { limit, after } => {
                let size = self.0.settings.batch_items.min(entries_a_message(source.name()));
                pages(source, query, *limit, after.as_ref(), size).await?
            }
        };
        read.clock_offset = self.clock_offset(unit).map(|(offset, _)| offset);
        Ok(read)
    }

    /// Asks for somebody who waits; see [`Gateway::ask_as`].
    pub(super) async fn ask_twice<T, F>(
        &self,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Clone + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        self.ask_as(Rank::Read, unit, deadline, call).await
    }

    /// Asks again when the session was lost and there is time: reading twice does no harm.
    pub(super) async fn ask_as<T, F>(
        &self,
        rank: Rank,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Clone + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        loop {
            match self.call_as(rank, unit, deadline, call.clone()).await {
                Err(GatewayError::SessionLost { .. }) if Instant::now() < deadline => {
                    let _ = self.0.connections.back_online(unit.info().identity_id, deadline).await;
                }
                done => return done,
            }
        }
    }
}

async fn newest<S: LogSource>(
    source: &S,
    query: &LogQuery,
    count: usize,
) -> Result<LogEntries<S::Entry>, GatewayError> {
    let filter = LogFilter { positions: Some(LogPositions::Last(count)), ..query.filter() };
    let LogPage { states, mut entries } = source.ask(filter).await?;
    // One more comes by the manual's way of counting.
    entries.drain(..entries.len().saturating_sub(count));
    let state = states.into_iter().next();
    Ok(LogEntries { entries, state, next: None, reached: None, gap: false, clock_offset: None })
}

async fn pages<S: LogSource>(
    source: &S,
    query: &LogQuery,
    limit: usize,
    after: Option<&LogCursor>,
    size: usize,
) -> Result<LogEntries<S::Entry>, GatewayError> {
    let fingerprint = query.fingerprint(source);
    if after.is_some_and(|cursor| cursor.query != fingerprint) {
        let message = "it belongs to another query".to_owned();
        return Err(GatewayError::Invalid { field: "cursor", message });
    }
    // Room for the entries given before, which come again.
    let mut pager = Pager::new(after.map(|cursor| cursor.mark.clone()), size.min(limit + TAIL));
    let (mut entries, mut state, mut ended, mut messages) = (Vec::new(), None, false, 0);
    while !ended && entries.len() < limit && messages < MESSAGES_MAX {
        messages += 1;
        let page = match source.ask(next_filter(query, &pager)).await {
            Ok(page) => page,
            Err(_) if !entries.is_empty() => break,
            Err(error) => return Err(error),
        };
        state = page.states.into_iter().next().or(state);
        let seen: Vec<_> = page.entries.iter().map(S::seen).collect();
        let first = state.as_ref().and_then(|state| state.first_at).map(Timestamp::as_millisecond);
        match pager.take(&seen, first, limit - entries.len()) {
            Step::Again => {}
            Step::Astray => {
                let what = "it holds entries from before the time asked for only";
                return Err(GatewayError::Malformed(what.to_owned()));
            }
            Step::New { places, was_last } => {
                ended = was_last && (places.is_empty() || is_end(query, state.as_ref(), &pager));
                entries.extend(pick(page.entries, &places));
            }
        }
    }
    if ended {
        conclude(&mut pager, query, state.as_ref(), source.keeps_entries());
    } else if entries.is_empty() {
        return Err(GatewayError::Malformed(format!("{MESSAGES_MAX} answers lead no further in the log")));
    }
    let gap = pager.gap;
    let reached = pager.into_mark().map(|mark| LogCursor { query: fingerprint, mark });
    let next = reached.clone().filter(|_| !ended);
    Ok(LogEntries { entries, state, next, reached, gap, clock_offset: None })
}

/// The total is that of the whole log; its end is no later than what was given, unless entries leave it.
fn conclude(pager: &mut Pager, query: &LogQuery, state: Option<&LogState>, keeps_entries: bool) {
    let total = state.and_then(|state| state.total).filter(|_| query.is_whole());
    let last = state.and_then(|state| state.last_at).filter(|_| keeps_entries);
    pager.conclude(total, last.map(Timestamp::as_millisecond));
}

fn next_filter(query: &LogQuery, pager: &Pager) -> LogFilter {
    let positions = match pager.positions() {
        Positions::First(count) => LogPositions::First(count),
        Positions::Range(from, to) => LogPositions::Range(from, to),
    };
    let from = pager.from().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    LogFilter { since: from.or(query.since), positions: Some(positions), ..query.filter() }
}

/// Whether an answer that held less than it could was the end of the log: a SmartServer may give less than
/// it is asked for.
fn is_end(query: &LogQuery, state: Option<&LogState>, pager: &Pager) -> bool {
    let Some(last) = state.and_then(|state| state.last_at) else { return true };
    let last = query.until.map_or(last, |until| until.min(last));
    pager.from().is_none_or(|at| at >= last.as_millisecond())
}

/// The entries at these places, which rise.
fn pick<T>(entries: Vec<T>, places: &[usize]) -> impl Iterator<Item = T> {
    let mut places = places.iter().peekable();
    let taken = entries.into_iter().enumerate();
    taken.filter_map(move |(place, entry)| places.next_if(|next| **next == place).map(|_| entry))
}

impl<T> LogEntries<T> {
    /// The same with other entries.
    pub(super) fn map<U>(self, entry: impl FnMut(T) -> U) -> LogEntries<U> {
        let LogEntries { entries, state, next, reached, gap, clock_offset } = self;
        let entries = entries.into_iter().map(entry).collect();
        LogEntries { entries, state, next, reached, gap, clock_offset }
    }
}

impl LogCursor {
    /// Whether it may be one of ours.
    pub fn is_sound(&self) -> bool {
        self.mark.is_sound()
    }
}

impl LoggedValue {
    /// A value as a log of this SmartServer holds it.
    pub(super) fn new(
        inventory: &BTreeMap<DataPointName, Arc<DataPoint>>,
        name: String,
        data: PointData,
    ) -> Self {
        let data_point = name.parse::<DataPointName>().ok().and_then(|name| inventory.get(&name).cloned());
        let configured = data_point.as_ref().and_then(|point| point.format.as_ref());
        LoggedValue {
            value: data.value(configured),
            format: data.format.or_else(|| configured.cloned()),
            unit: data.unit.or_else(|| data_point.as_ref().and_then(|point| point.unit.clone())),
            preset: data.preset,
            raw: data.raw,
            status: data.status,
            priority: data.priority,
            name,
            data_point,
        }
    }
}

/// The fault that a SmartServer answers for a functional block.
pub(super) fn block_fault(what: Thing, fault: ItemFault) -> GatewayError {
    if fault.is_not_found() {
        return GatewayError::Unknown { what };
    }
    GatewayError::Fault { code: fault.code.to_string(), text: fault.text }
}

/// Why a change is not known to be done: what may have been executed is told so.
pub(super) fn changing(error: GatewayError) -> GatewayError {
    match fate_of_call(&error).outcome {
        Outcome::Unknown => GatewayError::OutcomeUnknown(error.to_string()),
        _ => error,
    }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
