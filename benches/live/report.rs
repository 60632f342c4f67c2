use std::fmt;

use crate::measure::Sample;

/// Figures of several rounds: the median, and how far they go apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Spread {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
        let (low, high) = (at(figures.len().saturating_sub(1) / 2), at(figures.len() / 2));
        Spread { median: (low + high) / 2.0, min: at(0), max: at(figures.len().saturating_sub(1)) }
    }

    /// The same as ratios, round by round.
    pub(crate) fn of_ratios(ours: &[Sample], theirs: &[Sample], figure: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs)))
    }
}

/// With as many decimals as the format asks for, none if it does not.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(0);
        let Spread { median, min, max } = self;
        if median.is_nan() {
            return f.write_str("-");
        }
        write!(f, "{median:.decimals$} [{min:.decimals$}-{max:.decimals$}]")
    }
}

/// Rows under a head, in columns as wide as need be.
#[derive(Debug)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new(head: &[&str]) -> Table {
        Table(vec![head.iter().map(|&word| word.to_owned()).collect()])
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    pub(crate) fn print(&self) {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |column| self.0.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            println!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
}

/// What went wrong while measuring; a benchmark that lost answers has failed.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    answers: u64,
    runs: u64,
    broken: u64,
}

impl Failures {
    /// Notes what a sample says of wrong and missing answers.
    pub(crate) fn note(&mut self, who: &str, sample: &Sample) {
        self.note_answers(who, sample.failures, sample.first_failure.as_deref());
    }

    /// Notes a run of which nothing can be used.
    pub(crate) fn note_run(&mut self, who: &str, error: &anyhow::Error) {
        println!("  ! {who}: {error:#}");
        self.runs += 1;
    }

    /// Notes that something does not hold which must, if so.
    pub(crate) fn demand(&mut self, holds: bool, what: impl fmt::Display) {
        if !holds {
            println!("  ! {what}");
            self.broken += 1;
        }
    }

    /// Notes answers that were wrong or missing, with the first of them.
    pub(crate) fn note_answers(&mut self, who: &str, count: u64, first: Option<&str>) {
        if let Some(first) = first.filter(|_| count > 0) {
            println!("  ! {who}: {count} answers wrong or missing, the first: {first}");
            self.answers += count;
        }
    }

    pub(crate) fn result(&self) -> anyhow::Result<()> {
        let Failures { answers, runs, broken } = self;
        anyhow::ensure!(
            answers + runs + broken == 0,
            "{answers} answers wrong or missing, {runs} runs failed, {broken} promises broken"
        );
        println!("\nEvery answer was right.");
        Ok(())
    }
}
