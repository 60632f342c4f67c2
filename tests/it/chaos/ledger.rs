//! What callers were told, held against what SmartServers have done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::journal::Journal;
use super::settings::GRACE;

/// What the caller of a write was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// Nothing yet.
    Open,
    /// The SmartServer has done it.
    Done,
    /// It never left, and may be repeated.
    NotSent,
    /// Nobody knows.
    Unknown,
    /// Somebody refused it.
    Refused,
}

/// One line for each write, over all rounds; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Ledger(Arc<Mutex<Lines>>);

#[derive(Debug)]
struct Lines {
    journal: Journal,
    told: Vec<Told>,
    done: Vec<u8>,
    counts: BTreeMap<String, u64>,
    /// What must not be.
    wrong: Vec<String>,
    /// Calls of this round that ended late, and by how much more than they may.
    late: Vec<(String, Duration)>,
    /// How late the machine was in running what was due, at worst, in this round.
    machine: Duration,
    /// How long after its deadline a call ended, at worst.
    latest: Duration,
}

impl Ledger {
    pub(super) fn new(journal: Journal) -> Ledger {
        Ledger(Arc::new(Mutex::new(Lines {
            journal,
            told: Vec::new(),
            done: Vec::new(),
            counts: BTreeMap::new(),
            wrong: Vec::new(),
            late: Vec::new(),
            machine: Duration::ZERO,
            latest: Duration::ZERO,
        })))
    }

    /// A new write: its number, and the text to write, which no other write has.
    pub(super) fn open(&self) -> (usize, String) {
        let mut lines = self.lines();
        let number = lines.told.len();
        lines.told.push(Told::Open);
        lines.done.push(0);
        (number, format!("t{number}"))
    }

    /// The caller of a write was told.
    pub(super) fn close(&self, number: usize, told: Told) {
        let mut lines = self.lines();
        assert_eq!(lines.told[number], Told::Open, "told twice");
        lines.told[number] = told;
    }

    pub(super) fn count(&self, what: impl Into<String>) {
        *self.lines().counts.entry(what.into()).or_default() += 1;
    }

    pub(super) fn counted(&self, what: &str) -> u64 {
        self.lines().counts.get(what).copied().unwrap_or(0)
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.lines().counts.clone()
    }

    pub(super) fn wrong(&self, what: String) {
        self.lines().wrong.push(what);
    }

    /// The machine ran something so late. Whatever has a time limit is forgiven that much.
    pub(super) fn machine_was_late(&self, by: Duration) {
        let mut lines = self.lines();
        lines.machine = lines.machine.max(by);
    }

    pub(super) fn machine(&self) -> Duration {
        self.lines().machine
    }

    pub(super) fn latest(&self) -> Duration {
        self.lines().latest
    }

    /// A call with this time limit took so long.
    pub(super) fn took(&self, what: &str, limit: Duration, took: Duration) {
        let mut lines = self.lines();
        lines.latest = lines.latest.max(took.saturating_sub(limit));
        // Whether the machine was late is known only afterwards.
        if took > limit + GRACE {
            lines.late.push((format!("{what}: took {took:?} with {limit:?} to go"), took - limit - GRACE));
        }
    }

    /// Compares with the journal; gives whatever must not be, and forgets it.
    pub(super) fn judge(&self) -> Vec<String> {
        let mut lines = self.lines();
        let lines = &mut *lines;
        for write in lines.journal.read_on(&mut lines.wrong) {
            match lines.done.get_mut(write) {
                Some(done) => *done = done.saturating_add(1),
                None => lines.wrong.push(format!("t{write} was never written by anybody")),
            }
        }
        for (number, (told, done)) in lines.told.iter().zip(&lines.done).enumerate() {
            let right = match told {
                Told::Open => false,
                Told::Done => *done == 1,
                Told::NotSent => *done == 0,
                Told::Unknown | Told::Refused => *done <= 1,
            };
            if !right {
                lines.wrong.push(format!("t{number}: told {told:?}, executed {done} times"));
            }
        }
        let machine = std::mem::take(&mut lines.machine);
        for (what, late) in lines.late.drain(..).filter(|(_, late)| *late > machine) {
            lines.wrong.push(format!("{what}, {late:?} more than it may (machine late by {machine:?})"));
        }
        std::mem::take(&mut lines.wrong)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap()
    }
}
