use std::collections::BTreeMap;
use std::time::Duration;

/// How the reads of a run ended.
#[derive(Debug, Default)]
pub(super) struct Tally {
    window: Duration,
    answers: u64,
    /// Of reads that are compared; in ascending order after [`Tally::sort`].
    latencies: Vec<Duration>,
    /// Ends of reads of silent SmartServers, by their code.
    pub(super) problems: BTreeMap<String, u64>,
    slowest_problem: Duration,
    pub(super) failures: u64,
    pub(super) first_failure: Option<String>,
}

impl Tally {
    pub(super) fn new(window: Duration) -> Tally {
        Tally { window, ..Tally::default() }
    }

    /// Takes the end of a read: nothing for a right value, the code of a problem that was due, or what
    /// is wrong.
    pub(super) fn answered(
        &mut self,
        took: Duration,
        is_compared: bool,
        outcome: anyhow::Result<Option<String>>,
    ) {
        self.answers += 1;
        match outcome {
            Ok(None) if is_compared => self.latencies.push(took),
            Ok(None) => {}
            Ok(Some(code)) => {
                *self.problems.entry(code).or_default() += 1;
                self.slowest_problem = self.slowest_problem.max(took);
            }
            Err(error) => {
                self.failures += 1;
                self.first_failure.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }

    pub(super) fn sort(&mut self) {
        self.latencies.sort_unstable();
    }

    pub(super) fn per_second(&self) -> f64 {
        self.answers as f64 / self.window.as_secs_f64()
    }

    /// Milliseconds that this part of the compared reads took at most.
    pub(super) fn latency_ms(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.get((last as f64 * part).round() as usize);
        at.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }

    /// Reads that ended with a problem, as they had to.
    pub(super) fn problems(&self) -> u64 {
        self.problems.values().sum()
    }

    /// Seconds that the slowest of these took; no number if there were none.
    pub(super) fn slowest_problem(&self) -> f64 {
        if self.problems.is_empty() { f64::NAN } else { self.slowest_problem.as_secs_f64() }
    }
}
