use std::collections::VecDeque;
use std::time::Duration;

/// Samples are forgotten slice by slice.
const SLICE: Duration = Duration::from_secs(15);
/// Slices that count, the one under way among them: 45 to 60 seconds.
const SLICES: u64 = 4;
/// Buckets for each doubling: a percentile is off by an eighth at most.
const PARTS: u64 = 8;
const PARTS_BITS: u32 = PARTS.ilog2();
/// Microseconds; longer ones count as that long.
const LONGEST: u64 = (1 << 28) - 1;
const BUCKETS: usize = bucket(LONGEST) + 1;

/// Percentiles of the durations of the last minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentiles {
    /// Samples that they are made of.
    pub samples: u64,
    /// What half of them did not exceed.
    pub p50: Duration,
    /// What 95 of 100 did not exceed.
    pub p95: Duration,
    /// What 99 of 100 did not exceed.
    pub p99: Duration,
}

/// The durations of the last minute, sorted into buckets that widen with them; all of them counted.
/// Times are given since some origin, and never go back.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    slices: VecDeque<Slice>,
    count: u64,
    sum: Duration,
}

#[derive(Debug)]
struct Slice {
    number: u64,
    counts: Box<[u32; BUCKETS]>,
}

impl Recent {
    pub(crate) fn add(&mut self, at: Duration, sample: Duration) {
        self.count += 1;
        self.sum = self.sum.saturating_add(sample);
        let number = slice(at);
        if self.slices.back().is_none_or(|newest| newest.number != number) {
            self.slices.retain(|slice| slice.number + SLICES > number);
            self.slices.push_back(Slice { number, counts: Box::new([0; BUCKETS]) });
        }
        if let Some(newest) = self.slices.back_mut() {
            let us = u64::try_from(sample.as_micros()).unwrap_or(LONGEST).min(LONGEST);
            newest.counts[bucket(us)] += 1;
        }
    }

    /// `None` when there was no sample of late.
    pub(crate) fn percentiles(&self, at: Duration) -> Option<Percentiles> {
        let mut counts = [0_u64; BUCKETS];
        for slice in self.slices.iter().filter(|slice| slice.number + SLICES > self::slice(at)) {
            counts.iter_mut().zip(slice.counts.iter()).for_each(|(sum, count)| *sum += u64::from(*count));
        }
        let samples = counts.iter().sum();
        let of = |hundredths| quantile(&counts, samples, hundredths);
        (samples > 0).then(|| Percentiles { samples, p50: of(50), p95: of(95), p99: of(99) })
    }

    /// How many samples there have been ever, and their sum.
    pub(crate) fn total(&self) -> (u64, Duration) {
        (self.count, self.sum)
    }
}

fn slice(at: Duration) -> u64 {
    at.as_secs() / SLICE.as_secs()
}

/// Below `PARTS` a bucket each; above, `PARTS` buckets between a power of two and the next.
#[allow(clippy::cast_possible_truncation, reason = "at most LONGEST")]
const fn bucket(us: u64) -> usize {
    if us < PARTS {
        return us as usize;
    }
    let power = us.ilog2() - PARTS_BITS;
    (power as u64 * PARTS + (us >> power)) as usize
}

/// Where a bucket begins, in microseconds.
fn begins(bucket: u64) -> u64 {
    if bucket < PARTS {
        return bucket;
    }
    let power = bucket / PARTS - 1;
    (bucket - power * PARTS) << power
}

/// What so many hundredths of the samples do not exceed, taking those of a bucket for evenly spread.
fn quantile(counts: &[u64], samples: u64, hundredths: u64) -> Duration {
    let rank = (samples * hundredths).div_ceil(100);
    let mut below = 0;
    for (bucket, &count) in (0_u64..).zip(counts) {
        if below + count >= rank {
            let (from, to) = (begins(bucket), begins(bucket + 1));
            return Duration::from_micros(from + (to - from) * (rank - below) / count.max(1));
        }
        below += count;
    }
    Duration::from_micros(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn buckets_follow_each_other_and_widen_by_an_eighth() {
        for index in 0..BUCKETS as u64 {
            let (from, to) = (begins(index), begins(index + 1));
            assert_eq!((bucket(from), bucket(to - 1)), (index as usize, index as usize), "{from}..{to}");
            assert!((to - from) * PARTS <= from.max(PARTS), "{from}..{to}");
        }
        assert_eq!(begins(BUCKETS as u64), LONGEST + 1);
    }

    #[test]
    fn percentiles_are_those_of_the_samples_within_an_eighth() {
        let mut recent = Recent::default();
        assert_eq!(recent.percentiles(Duration::ZERO), None);
        (1..=1_000).rev().for_each(|n| recent.add(Duration::ZERO, n * MS));
        let found = recent.percentiles(Duration::ZERO).unwrap();
        assert_eq!(found.samples, 1_000);
        for (found, exact) in [(found.p50, 500 * MS), (found.p95, 950 * MS), (found.p99, 990 * MS)] {
            assert!(found.abs_diff(exact) <= exact / 8, "{found:?} for {exact:?}");
        }
        assert_eq!(recent.total(), (1_000, 500_500 * MS));
    }

    #[test]
    fn one_sample_is_all_percentiles_and_an_endless_one_is_bounded() {
        let mut recent = Recent::default();
        recent.add(Duration::ZERO, Duration::MAX);
        let found = recent.percentiles(Duration::ZERO).unwrap();
        assert_eq!((found.p50, found.p99), (found.p95, found.p95));
        assert_eq!(found.p99, Duration::from_micros(LONGEST + 1));
    }

    #[test]
    fn what_is_old_is_forgotten_and_still_counted() {
        let mut recent = Recent::default();
        recent.add(Duration::ZERO, 900 * MS);
        recent.add(SLICE * 3, MS);
        assert_eq!(recent.percentiles(SLICE * 3).unwrap().samples, 2);
        let later = recent.percentiles(SLICE * 4).unwrap();
        assert!(later.samples == 1 && later.p99 < 2 * MS, "{later:?}");
        assert_eq!(recent.percentiles(SLICE * 7), None);
        (4..100).for_each(|n| recent.add(SLICE * n, MS));
        assert_eq!(recent.slices.len(), 4);
        assert_eq!(recent.total().0, 98);
    }
}
