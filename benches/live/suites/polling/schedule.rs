//! What the journal of a fleet tells of a poll schedule.

use std::collections::HashMap;
use std::time::Duration;

use crate::fleet::POINTS;
use crate::fleet::journal::Entry;

/// When each data point was polled in a while.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    pub(super) interval: Duration,
    pub(super) from: Duration,
    pub(super) to: Duration,
    /// Requests for values.
    reads: Vec<&'a Entry>,
    /// The first request of each poll.
    pub(super) polls: Vec<&'a Entry>,
}

/// How far from the interval the polls of data points are.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// In ascending order, in milliseconds.
    pub(super) deviations: Vec<f64>,
    /// Polls that followed the one before within half an interval.
    pub(super) too_often: usize,
    /// Times in which a data point was not polled for an interval and a half.
    pub(super) too_seldom: usize,
}

impl<'a> Schedule<'a> {
    pub(super) fn of(
        journal: &'a [Entry],
        interval: Duration,
        (from, to): (Duration, Duration),
    ) -> Schedule<'a> {
        let is_inside = |entry: &&Entry| entry.is_read() && (from..to).contains(&entry.at);
        let reads: Vec<_> = journal.iter().filter(is_inside).collect();
        Schedule { interval, from, to, polls: polls(&reads, interval), reads }
    }

    pub(super) fn gaps(&self, smartservers: usize) -> Gaps {
        let mut gaps = Gaps::default();
        let mut last = vec![[None; POINTS]; smartservers];
        for entry in &self.reads {
            for (point, last) in last[entry.smartserver].iter_mut().enumerate() {
                if entry.points & (1 << point) != 0 {
                    gaps.polled(last.replace(entry.at), entry.at, self);
                }
            }
        }
        for last in last.iter().flatten() {
            let since = last.unwrap_or(self.from);
            gaps.too_seldom += usize::from(self.to.saturating_sub(since) > self.interval * 3 / 2);
        }
        gaps.deviations.sort_by(f64::total_cmp);
        gaps
    }

    pub(super) fn per_second(&self) -> f64 {
        self.polls.len() as f64 / (self.to - self.from).as_secs_f64()
    }

    pub(super) fn requests_per_poll(&self) -> f64 {
        self.reads.len() as f64 / self.polls.len() as f64
    }

    /// Most polls in any second, beside the mean.
    pub(super) fn unevenness(&self) -> f64 {
        busiest(&self.polls, Duration::from_secs(1)) as f64 / self.per_second()
    }
}

impl Gaps {
    fn polled(&mut self, last: Option<Duration>, at: Duration, schedule: &Schedule<'_>) {
        let Some(last) = last else {
            let waited = at.saturating_sub(schedule.from);
            self.too_seldom += usize::from(waited > schedule.interval * 3 / 2);
            return;
        };
        let gap = at.saturating_sub(last);
        self.too_often += usize::from(gap < schedule.interval / 2);
        self.too_seldom += usize::from(gap > schedule.interval * 3 / 2);
        self.deviations.push(gap.abs_diff(schedule.interval).as_secs_f64() * 1e3);
    }

    /// Milliseconds that this part of the polls is off at most.
    pub(super) fn deviation(&self, part: f64) -> f64 {
        let last = self.deviations.len().saturating_sub(1);
        self.deviations.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// The first requests of polls: what a SmartServer is asked within a quarter of an interval is one poll.
pub(super) fn polls<'a>(reads: &[&'a Entry], interval: Duration) -> Vec<&'a Entry> {
    let mut last: HashMap<usize, Duration> = HashMap::new();
    let mut first = Vec::new();
    for &entry in reads {
        let begun = last.get(&entry.smartserver);
        if begun.is_none_or(|&begun| entry.at >= begun + interval / 4) {
            last.insert(entry.smartserver, entry.at);
            first.push(entry);
        }
    }
    first
}

/// Most of these in any stretch of time that is so long. The journal is in the order of time.
pub(super) fn busiest(entries: &[&Entry], stretch: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (now, entry) in entries.iter().enumerate() {
        while entries[first].at + stretch <= entry.at {
            first += 1;
        }
        most = most.max(now + 1 - first);
    }
    most
}
