//! Which entries of a log are not in the history yet, and where they belong. Pure.
//!
//! A log holds every change; the history holds those that were seen live, by clocks that differ a little. The
//! two are aligned like two texts: in order, each row with one entry at most, equal values only. As many rows
//! as can be get their entry, and of all ways to do so the one is taken that is closest in time. So a value
//! that comes and goes within the clocks' noise is neither lost nor doubled.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// How far the times of one observation may be apart, in milliseconds: two measurements of a SmartServer's
/// clock may differ by a second each before the gateway takes it for set.
pub(super) const NOISE_MS: i64 = 2_000;

/// How far beyond the time that is to be filled the log is read, for the rows at its edges.
pub(super) const CONTEXT_MS: i64 = 2 * NOISE_MS;

/// A row near the edge of what was read of the log may be of an entry that was not read. It counts as that of
/// one only if it is closer than this, since it need not have one.
const NEAR_MS: i64 = NOISE_MS / 2;

/// A value of one data point at a time in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<V> {
    pub(super) at: i64,
    pub(super) value: V,
}

/// The entries of this time that no row of the history is of, each with a time of its own that keeps them in
/// the order of the log, between the rows that other entries are in the history as. Rows and entries are of one
/// data point and reach [`CONTEXT_MS`] beyond the time, as far as there are any; rows rise in time, and no two
/// share one.
pub(super) fn missing<V: PartialEq + Clone>(
    rows: &[At<V>],
    entries: &[At<V>],
    time: RangeInclusive<i64>,
) -> Vec<At<V>> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| entry.at);
    let pairs = align(rows, &entries, &time);
    place(rows, &entries, &pairs, &time)
}

/// How good an alignment is: rows inside that have their entry, then what the pairs cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Score {
    inner: u64,
    cost: i64,
}

impl Score {
    /// With a pair more, so far apart.
    fn with(self, is_inner: bool, apart: i64) -> Score {
        Score { inner: self.inner + u64::from(is_inner), cost: self.cost + apart - NEAR_MS }
    }

    fn is_better_than(self, other: Score) -> bool {
        (self.inner, other.cost) > (other.inner, self.cost)
    }
}

/// How the best score of a cell came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    WithoutEntry,
    WithoutRow,
    Pair,
}

/// What was decided for one entry and each of the rows that are near it.
struct Band {
    first: usize,
    steps: Vec<Step>,
}

/// For each entry, the row that it is.
fn align<V: PartialEq>(rows: &[At<V>], entries: &[At<V>], time: &RangeInclusive<i64>) -> Vec<Option<usize>> {
    // Entries of rows inside were read for sure; what is logged after the time may not have been.
    let inside = time.start().saturating_sub(NOISE_MS)..=time.end().saturating_sub(NOISE_MS);
    // best[j]: with the rows before j and the entries so far; rows beyond `reached` change nothing yet.
    let mut best = vec![Score::default(); rows.len() + 1];
    let mut reached = 0;
    let mut bands = Vec::with_capacity(entries.len());
    for entry in entries {
        let first = rows.partition_point(|row| row.at < entry.at - NOISE_MS);
        let end = rows.partition_point(|row| row.at <= entry.at + NOISE_MS);
        for j in reached + 1..=end {
            best[j] = best[j - 1];
        }
        reached = reached.max(end);
        let mut before = best[first];
        let mut steps = Vec::with_capacity(end - first);
        for j in first..end {
            let without_entry = best[j + 1];
            let (mut score, mut step) = (without_entry, Step::WithoutEntry);
            if best[j].is_better_than(score) {
                (score, step) = (best[j], Step::WithoutRow);
            }
            let paired = before.with(inside.contains(&rows[j].at), (rows[j].at - entry.at).abs());
            if rows[j].value == entry.value && paired.is_better_than(score) {
                (score, step) = (paired, Step::Pair);
            }
            (before, best[j + 1]) = (without_entry, score);
            steps.push(step);
        }
        bands.push(Band { first, steps });
    }
    trace(&bands, rows.len())
}

/// The pairs behind the best score, found from the end.
fn trace(bands: &[Band], rows: usize) -> Vec<Option<usize>> {
    let mut pairs = vec![None; bands.len()];
    let mut end = rows;
    for (band, pair) in bands.iter().zip(&mut pairs).rev() {
        end = end.min(band.first + band.steps.len());
        while end > band.first {
            match band.steps[end - 1 - band.first] {
                Step::WithoutEntry => break,
                Step::WithoutRow => end -= 1,
                Step::Pair => {
                    end -= 1;
                    *pair = Some(end);
                    break;
                }
            }
        }
    }
    pairs
}

/// Gives the entries without a row their times: their own, unless that would put them before what the log has
/// earlier, behind what it has later, or where a row is.
fn place<V: Clone>(
    rows: &[At<V>],
    entries: &[At<V>],
    pairs: &[Option<usize>],
    time: &RangeInclusive<i64>,
) -> Vec<At<V>> {
    let taken: BTreeSet<i64> = rows.iter().map(|row| row.at).collect();
    let latest = latest(rows, pairs, &taken);
    let mut last = i64::MIN;
    let mut placed = Vec::new();
    for ((entry, pair), latest) in entries.iter().zip(pairs).zip(latest) {
        if let Some(row) = pair {
            last = last.max(rows[*row].at);
            continue;
        }
        if !time.contains(&entry.at) {
            continue;
        }
        last = after(&taken, entry.at.min(latest).max(last.saturating_add(1)));
        placed.push(At { at: last, value: entry.value.clone() });
    }
    placed
}

/// For each entry the latest time that leaves room for the others before the next row.
fn latest<V>(rows: &[At<V>], pairs: &[Option<usize>], taken: &BTreeSet<i64>) -> Vec<i64> {
    let mut latest = vec![i64::MAX; pairs.len()];
    let mut next = i64::MAX;
    for (pair, latest) in pairs.iter().zip(&mut latest).rev() {
        next = pair.map_or_else(|| before(taken, next), |row| rows[row].at);
        *latest = next;
    }
    latest
}

/// The last free time before this one.
fn before(taken: &BTreeSet<i64>, ceiling: i64) -> i64 {
    let mut at = ceiling.saturating_sub(1);
    while taken.contains(&at) {
        at -= 1;
    }
    at
}

/// The first free time from this one on.
fn after(taken: &BTreeSet<i64>, floor: i64) -> i64 {
    let mut at = floor;
    while taken.contains(&at) {
        at += 1;
    }
    at
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
