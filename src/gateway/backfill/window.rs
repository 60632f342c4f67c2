//! What the log of one data logger has of a time, part by part, put into the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::lane::Rank;
use super::super::{Gateway, GatewayError, LogPart, LogQuery, LoggedReading, Thing, Unit};
use super::merge::{At, CONTEXT_MS, NOISE_MS, missing};
use super::outcome::{Left, beyond};
use crate::domain::{
    DataLoggerConfig, DataPointName, HistoryRow, HistorySource, LogState, Quality, Reading, SeriesId,
    Source as ReadBy, Value,
};

/// Longest part of a log that is read before it is stored; halved where it holds too much.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// Shortest.
const SHORTEST_MS: i64 = 60_000;
/// Most entries of a part, or readings of a point in it: what is held in memory.
const MOST: usize = 50_000;
/// Entries asked for before somebody else gets the SmartServer's turn for certain.
const PAGE: usize = 300;

/// A data logger with the series of the points that are taken from it.
pub(super) struct Source<'a> {
    pub(super) unit: &'a Arc<Unit>,
    pub(super) name: DataPointName,
    pub(super) config: &'a DataLoggerConfig,
    pub(super) series: BTreeMap<DataPointName, SeriesId>,
}

/// What was taken from a data logger.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Readings that were added.
    pub(super) rows: u64,
    /// What its log did not have.
    pub(super) left: Vec<Left>,
}

/// A part of a log.
#[derive(Default)]
struct Part {
    /// By our clock.
    entries: BTreeMap<DataPointName, Vec<At<Logged>>>,
    count: usize,
    /// By our clock.
    state: Option<LogState>,
    /// Where entries were dropped while the log was read.
    holes: Vec<(Timestamp, Timestamp)>,
}

/// What is compared is the value: a log may tell another status than a reading.
#[derive(Debug, Clone)]
struct Logged {
    value: Value,
    quality: Quality,
}

impl PartialEq for Logged {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Gateway {
    /// Puts what a data logger has of this time, and the history has not, into the history.
    pub(super) async fn take(
        &self,
        source: &Source<'_>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Taken, GatewayError> {
        let (mut at, end) = (from.as_millisecond().max(0), to.as_millisecond());
        let (mut length, mut taken) = (LONGEST_MS, Taken::default());
        while at < end {
            let until = end.min(at + length);
            let Some(part) = self.read_part(source, (at, until)).await? else {
                length /= 2;
                continue;
            };
            if taken.left.is_empty() {
                taken.left = beyond(source.config, part.state.as_ref(), (from, to));
            }
            let hole = |(from, to): &(Timestamp, Timestamp)| Left {
                from: *from,
                to: *to,
                why: format!("The log of {} dropped entries while it was read.", source.name),
            };
            taken.left.extend(part.holes.iter().map(hole));
            taken.rows += self.store_part(source, &part, (at, until)).await?;
            at = until;
        }
        metrics::counter!("nocgate_history_backfilled_rows_total").increment(taken.rows);
        Ok(taken)
    }

    /// All entries of a time and a little around it; nothing if those are too many.
    async fn read_part(
        &self,
        source: &Source<'_>,
        (from, to): (i64, i64),
    ) -> Result<Option<Part>, GatewayError> {
        let offset = self.clock_offset(source.unit).map_or(SignedDuration::ZERO, |(offset, _)| offset);
        let theirs = |ms: i64| Timestamp::from_millisecond(ms).ok()?.checked_add(offset).ok();
        let ours = |at: Timestamp| at.checked_sub(offset).unwrap_or(at);
        let (mut part, mut after) = (Part::default(), None);
        loop {
            let query = LogQuery {
                since: theirs(from - CONTEXT_MS),
                until: theirs(to + CONTEXT_MS),
                point: None,
                part: LogPart::Page { limit: PAGE, after },
            };
            let page = self.data_log_as(Rank::Poll, source.unit, source.name.clone(), &query).await?;
            let first = page.entries.iter().find_map(|entry| entry.logged_at);
            if page.gap {
                let from = || Timestamp::from_millisecond(from).unwrap_or_default();
                let last = part.last().unwrap_or_else(from);
                part.holes.push((last, first.map_or(last, ours)));
            }
            part.state = page.state.map(|state| LogState {
                first_at: state.first_at.map(ours),
                last_at: state.last_at.map(ours),
                ..state
            });
            page.entries.into_iter().for_each(|entry| part.add(source, entry, ours));
            if part.count > MOST {
                if to - from > SHORTEST_MS {
                    return Ok(None);
                }
                // More than anybody logs: what else it tells is not taken.
                let end = Timestamp::from_millisecond(to).unwrap_or_default();
                part.holes.push((part.last().unwrap_or_default(), end));
                return Ok(Some(part));
            }
            after = page.next;
            if after.is_none() {
                return Ok(Some(part));
            }
        }
    }

    async fn store_part(
        &self,
        source: &Source<'_>,
        part: &Part,
        (from, to): (i64, i64),
    ) -> Result<u64, GatewayError> {
        let history = self.0.store.history();
        let at = |ms: i64| Timestamp::from_millisecond(ms.max(0)).unwrap_or_default();
        let margin = CONTEXT_MS + NOISE_MS;
        let mut added = 0;
        for (name, entries) in &part.entries {
            let Some(series) = source.series.get(name).copied() else { continue };
            // What is left of a removed SmartServer is being deleted.
            if self.0.fleet.by_id(source.unit.id).is_none() {
                return Err(GatewayError::Unknown { what: Thing::SmartServer });
            }
            let rows = history.rows(series, at(from - margin)..at(to + margin), u32::MAX).await?;
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            let missing = missing(&rows, entries, from..=to);
            let new = missing.into_iter().map(|entry| HistoryRow {
                series,
                at: at(entry.at),
                value: entry.value.value,
                quality: entry.value.quality,
                source: HistorySource::Log,
            });
            added += history.insert(&new.collect::<Vec<_>>()).await?;
        }
        Ok(added)
    }
}

impl Part {
    /// Time of the latest entry.
    fn last(&self) -> Option<Timestamp> {
        let last = self.entries.values().flatten().map(|entry| entry.at).max()?;
        Timestamp::from_millisecond(last).ok()
    }

    fn add(&mut self, source: &Source<'_>, entry: LoggedReading, ours: impl Fn(Timestamp) -> Timestamp) {
        let LoggedReading { logged_at: Some(logged_at), value: logged } = entry else { return };
        let Some(point) = logged.data_point.clone().filter(|p| source.series.contains_key(&p.name)) else {
            return;
        };
        let at = ours(logged_at);
        let reading = Reading {
            data_point_id: point.id,
            value: logged.value,
            preset: logged.preset,
            raw: logged.raw,
            unit: logged.unit,
            format: logged.format,
            status: logged.status,
            priority: logged.priority,
            never_read: false,
            observed_at: Some(at),
            received_at: at,
            age_at_receipt: None,
            source: ReadBy::Poll,
            fault: None,
        };
        let quality = reading.quality(at, false, None);
        let value = Logged { value: stored(reading.value), quality };
        self.entries.entry(point.name.clone()).or_default().push(At { at: at.as_millisecond(), value });
        self.count += 1;
    }
}

fn row(row: HistoryRow) -> At<Logged> {
    At { at: row.at.as_millisecond(), value: Logged { value: row.value, quality: row.quality } }
}

/// A number that is none is stored as no value.
fn stored(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.is_finite() => Value::Null,
        other => other,
    }
}
