//! Readings on their way into the database: bounded in time, and in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::rule::{Seen, Verdict, judge};
use crate::domain::{
    DataPoint, DataPointId, HistoryRow, HistoryRule, HistorySource, Reading, SeriesId, SmartServerId, Value,
};

/// Bytes of readings that are written together: they are copied on their way to the database.
const IN_HAND_BYTES: usize = 8 << 20;
/// Places for readings that are kept ready when none wait.
const SPARE: usize = 10_000;

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

/// A reading that waits to be written.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    /// Readings are written in this order.
    pub(super) number: u64,
    pub(super) point: Arc<DataPoint>,
    pub(super) seen: Seen,
    pub(super) source: HistorySource,
    since: Instant,
    /// Set while nobody has looked what the database has last of this point: whether it is remembered is
    /// decided when that is known.
    doubtful: Option<Box<HistoryRule>>,
}

/// What is known of a point's history.
#[derive(Debug)]
struct Track {
    series: Option<SeriesId>,
    last: Seen,
}

/// A reading that comes too soon after the last one.
#[derive(Debug)]
struct Held {
    waiting: Waiting,
    due: Instant,
}

/// Time of which readings of a SmartServer were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) rows: u64,
}

#[derive(Debug)]
pub(super) struct Buffer {
    limits: Limits,
    tracks: HashMap<DataPointId, Track>,
    held: HashMap<DataPointId, Held>,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Number of the last reading that was let in, and of the last that is being written.
    admitted: u64,
    in_hand: u64,
    losses: HashMap<SmartServerId, Loss>,
    /// Readings that were lost, ever.
    lost: u64,
    lost_at: Option<Instant>,
}

impl Buffer {
    pub(super) fn new(limits: Limits) -> Self {
        Buffer {
            limits,
            tracks: HashMap::new(),
            held: HashMap::new(),
            waiting: VecDeque::new(),
            bytes: 0,
            admitted: 0,
            in_hand: 0,
            losses: HashMap::new(),
            lost: 0,
            lost_at: None,
        }
    }

    /// Takes a reading if the rule says so.
    pub(super) fn offer(
        &mut self,
        point: &Arc<DataPoint>,
        rule: &HistoryRule,
        reading: &Reading,
        now: Instant,
    ) {
        let last = self.tracks.get(&point.id).map(|track| &track.last);
        let seen = Seen::of(reading, last);
        let verdict = judge(rule, last, &seen);
        let doubtful = last.is_none().then(|| Box::new(rule.clone()));
        let source = reading.source.into();
        let waiting = Waiting { number: 0, point: Arc::clone(point), seen, source, since: now, doubtful };
        match verdict {
            Verdict::Record => self.admit(waiting, now),
            Verdict::Hold(rest) => {
                self.held.insert(point.id, Held { waiting, due: now + rest });
            }
            Verdict::Skip => {
                self.held.remove(&point.id);
            }
        }
    }

    /// Takes what was held long enough, and gives up what has waited too long.
    pub(super) fn tick(&mut self, now: Instant) {
        self.release(now, |held| held.due <= now);
        self.keep_bounds(now);
    }

    /// Takes all that is held: there is no later.
    pub(super) fn release_all(&mut self, now: Instant) {
        self.release(now, |_| true);
    }

    fn release(&mut self, now: Instant, is_due: impl Fn(&Held) -> bool) {
        let due: Vec<_> = self.held.iter().filter(|(_, held)| is_due(held)).map(|(id, _)| *id).collect();
        for id in due {
            if let Some(held) = self.held.remove(&id) {
                self.admit(Waiting { since: now, ..held.waiting }, now);
            }
        }
    }

    fn admit(&mut self, mut waiting: Waiting, now: Instant) {
        self.held.remove(&waiting.point.id);
        self.admitted += 1;
        waiting.number = self.admitted;
        self.bytes += size(&waiting);
        let last = waiting.seen.clone();
        self.tracks
            .entry(waiting.point.id)
            .and_modify(|track| track.last = last.clone())
            .or_insert(Track { series: None, last });
        self.waiting.push_back(waiting);
        self.keep_bounds(now);
    }

    fn keep_bounds(&mut self, now: Instant) {
        while let Some(first) = self.waiting.get(self.kept())
            && (self.bytes > self.limits.bytes || now.duration_since(first.since) > self.limits.time)
        {
            let Some(lost) = self.waiting.remove(self.kept()) else { break };
            self.lose(&lost, now);
        }
    }

    /// Readings at the front that are being written, and so are not given up.
    fn kept(&self) -> usize {
        match self.waiting.front() {
            Some(first) if first.number <= self.in_hand => {
                self.waiting.partition_point(|waiting| waiting.number <= self.in_hand)
            }
            _ => 0,
        }
    }

    fn lose(&mut self, lost: &Waiting, now: Instant) {
        self.bytes -= size(lost);
        self.forget_last(lost);
        (self.lost, self.lost_at) = (self.lost + 1, Some(now));
        let loss = Loss { from: lost.seen.at, to: lost.seen.at, rows: 1 };
        self.note_loss(lost.point.smartserver_id, loss);
        metrics::counter!("nocgate_history_lost_total").increment(1);
    }

    /// Adds to what is known to be lost.
    pub(super) fn note_loss(&mut self, smartserver: SmartServerId, more: Loss) {
        self.losses
            .entry(smartserver)
            .and_modify(|loss| {
                let (from, to) = (loss.from.min(more.from), loss.to.max(more.to));
                *loss = Loss { from, to, rows: loss.rows + more.rows };
            })
            .or_insert(more);
    }

    /// The next reading of this point is compared with what the database has, if this was its last.
    fn forget_last(&mut self, gone: &Waiting) {
        if self.tracks.get(&gone.point.id).is_some_and(|track| track.last.at == gone.seen.at) {
            self.tracks.remove(&gone.point.id);
        }
    }

    /// The next readings to be written, at most `limit`, and fewer if they are large; they stay here until they
    /// are settled.
    pub(super) fn take_in_hand(&mut self, limit: usize) -> Vec<Waiting> {
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            let is_first = bytes == 0;
            bytes += size(waiting);
            is_first || bytes <= IN_HAND_BYTES
        };
        let taken: Vec<_> = self.waiting.iter().take(limit).take_while(fits).cloned().collect();
        self.in_hand = taken.last().map_or(0, |last| last.number);
        taken
    }

    /// What was in hand is written.
    pub(super) fn settle(&mut self) {
        while let Some(first) = self.waiting.front()
            && first.number <= self.in_hand
        {
            self.bytes -= size(first);
            self.waiting.pop_front();
        }
        if self.waiting.is_empty() {
            self.waiting.shrink_to(SPARE);
        }
        self.in_hand = 0;
    }

    /// What was in hand could not be written.
    pub(super) fn put_back(&mut self) {
        self.in_hand = 0;
    }

    /// Points of these readings whose series is not known.
    pub(super) fn strangers(&self, batch: &[Waiting]) -> Vec<Arc<DataPoint>> {
        let mut seen = HashSet::new();
        let is_known = |id| self.tracks.get(&id).is_some_and(|track| track.series.is_some());
        batch
            .iter()
            .filter(|waiting| !is_known(waiting.point.id) && seen.insert(waiting.point.id))
            .map(|waiting| Arc::clone(&waiting.point))
            .collect()
    }

    /// Makes rows of readings, now that the series of their points are known; `last` is what the database
    /// has last of those that were strangers.
    pub(super) fn rows(
        &mut self,
        batch: Vec<Waiting>,
        series: &HashMap<DataPointId, SeriesId>,
        last: &HashMap<SeriesId, Seen>,
    ) -> Vec<HistoryRow> {
        batch.into_iter().filter_map(|waiting| self.row(waiting, series, last)).collect()
    }

    fn row(
        &mut self,
        waiting: Waiting,
        series: &HashMap<DataPointId, SeriesId>,
        last: &HashMap<SeriesId, Seen>,
    ) -> Option<HistoryRow> {
        let id = waiting.point.id;
        let known = self.tracks.get_mut(&id).and_then(|track| {
            track.series = track.series.or_else(|| series.get(&id).copied());
            track.series
        });
        let series = known.or_else(|| series.get(&id).copied())?;
        let stored = last.get(&series);
        if let Some(rule) = &waiting.doubtful
            && let Some(stored) = stored
            && judge(rule, Some(stored), &waiting.seen) == Verdict::Skip
        {
            self.restore(&waiting, stored);
            return None;
        }
        let Seen { at, value, quality } = waiting.seen;
        Some(HistoryRow { series, at, value, quality, source: waiting.source })
    }

    /// The reading was no news: what comes next is compared with what is stored.
    fn restore(&mut self, waiting: &Waiting, stored: &Seen) {
        if let Some(track) = self.tracks.get_mut(&waiting.point.id)
            && track.last.at == waiting.seen.at
        {
            track.last = stored.clone();
        }
    }

    /// Forgets points that are gone.
    pub(super) fn forget(&mut self, ids: &[DataPointId]) {
        for id in ids {
            self.tracks.remove(id);
            self.held.remove(id);
        }
    }

    /// What was lost of a SmartServer, once nothing more has been lost for a while.
    pub(super) fn take_loss(&mut self, now: Instant, quiet: Duration) -> Option<(SmartServerId, Loss)> {
        let smartserver = *self.losses.keys().next()?;
        let is_over = self.lost_at.is_none_or(|at| now.duration_since(at) >= quiet);
        is_over.then(|| self.losses.remove_entry(&smartserver)).flatten()
    }

    /// Number of the last reading that was let in.
    pub(super) fn admitted(&self) -> u64 {
        self.admitted
    }

    /// Number of the last reading before all that wait, and how many were lost ever.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.waiting.front().map_or(self.admitted, |first| first.number - 1), self.lost)
    }

    /// How long the oldest reading has waited.
    pub(super) fn age(&self, now: Instant) -> Duration {
        self.waiting.front().map_or(Duration::ZERO, |first| now.duration_since(first.since))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How full it is, as a part of what may wait.
    pub(super) fn fullness(&self, now: Instant) -> f64 {
        let time = self.age(now).as_secs_f64() / self.limits.time.as_secs_f64();
        time.max(self.bytes as f64 / self.limits.bytes as f64)
    }
}

/// Bytes that a reading takes while it waits.
fn size(waiting: &Waiting) -> usize {
    let rule = waiting.doubtful.as_ref().map_or(0, |_| size_of::<HistoryRule>());
    size_of::<Waiting>() + rule + heap(&waiting.seen.value)
}

fn heap(value: &Value) -> usize {
    match value {
        Value::Null | Value::Number(_) => 0,
        Value::Text(text) => text.len(),
        Value::Fields(fields) => {
            fields.iter().map(|(name, value)| size_of::<(String, Value)>() + name.len() + heap(value)).sum()
        }
        Value::List(values) => values.iter().map(|value| size_of::<Value>() + heap(value)).sum(),
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
