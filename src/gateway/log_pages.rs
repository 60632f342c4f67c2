//! Reading a log in pages, exactly: every entry once and in order, also where entries share a
//! millisecond, new ones arrive or the oldest are dropped meanwhile.
//!
//! A page begins at the time of the last entry given, so that whatever was dropped before it moves
//! nothing. What the answer holds of entries already given is found by their fingerprints and left out.
//! Where more entries share the millisecond than one message carries, positions lead further; whether
//! they count from 0 or 1 is measured, since the manual leaves it open.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Fingerprints kept of the entries given last.
pub(super) const TAIL: usize = 8;
/// Fewest entries that a message asks for: there must be room beside those given before.
const SIZE_MIN: usize = 2 * TAIL;
/// Milliseconds by which what is told of a log may differ from its entries.
const ROUNDING: i64 = 1_000;
/// Most entries of one millisecond that are believed.
const TIES_MAX: usize = 1_000_000;

/// An entry as far as paging is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its time in milliseconds, unless the entry has none.
    pub(super) at: Option<i64>,
    /// Its fingerprint.
    pub(super) print: u64,
}

/// How far a log was read. It stands in cursors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Time of the last entry given.
    #[serde(rename = "t")]
    at: i64,
    /// How many entries of this time were given.
    #[serde(rename = "n")]
    given: usize,
    /// Fingerprints of the last of them.
    #[serde(rename = "p")]
    tail: Vec<u64>,
    /// How many entries were given since the beginning.
    #[serde(rename = "c")]
    count: u64,
    /// Where the SmartServer begins to count, if that is known.
    #[serde(rename = "b")]
    base: Option<u8>,
}

/// Which positions to ask for, among the entries from [`Pager::from`] on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    /// The first ones. One more comes where counting begins at 0.
    First(usize),
    /// From one to another, both included, as the SmartServer counts.
    Range(usize, usize),
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing yet: ask again.
    Again,
    /// The places in the answer of the entries that are new, and whether those were all.
    New { places: Vec<usize>, was_last: bool },
    /// The answer does not keep to the time that was asked for.
    Astray,
}

/// Reads one log: tells what to ask, and what of the answer is new.
#[derive(Debug, Clone)]
pub(super) struct Pager {
    mark: Option<Mark>,
    size: usize,
    /// Place of the next window among the entries from the mark's time on.
    offset: usize,
    /// Whether the last entry given was not where it should be and is looked for before that.
    looks_back: bool,
    /// Whether entries may have been dropped before they could be read.
    pub(super) gap: bool,
}

impl Mark {
    /// Whether it may be one of ours.
    pub(super) fn is_sound(&self) -> bool {
        (1..=TIES_MAX).contains(&self.given)
            && (1..=TAIL.min(self.given)).contains(&self.tail.len())
            && self.base.is_none_or(|base| base <= 1)
    }
}

impl Pager {
    /// Goes on from a mark, or begins; `size` entries are asked for at a time.
    pub(super) fn new(mark: Option<Mark>, size: usize) -> Pager {
        let size = size.max(SIZE_MIN);
        let mut pager = Pager { mark, size, offset: 0, looks_back: false, gap: false };
        pager.aim();
        pager
    }

    /// Time in milliseconds from which entries are asked for; none at the beginning.
    pub(super) fn from(&self) -> Option<i64> {
        self.mark.as_ref().map(|mark| mark.at)
    }

    /// What to ask for next.
    pub(super) fn positions(&self) -> Positions {
        match (self.offset, self.base()) {
            (0, _) => Positions::First(self.size),
            (_, None) => Positions::First(1),
            (offset, Some(base)) => {
                let first = offset + usize::from(base);
                Positions::Range(first, first + self.size - 1)
            }
        }
    }

    /// How far the log was read.
    pub(super) fn into_mark(self) -> Option<Mark> {
        self.mark
    }

    /// Takes the answer to what was asked. Of what is new, only the first `want` count as given. `first`
    /// is the time of the log's oldest entry: while that is before the mark, nothing was dropped that had
    /// not been given.
    pub(super) fn take(&mut self, answer: &[Seen], first: Option<i64>, want: usize) -> Step {
        if self.measures() {
            self.set_base(if answer.len() > 1 { 0 } else { 1 });
            return Step::Again;
        }
        let places = match self.window(answer) {
            Ok(places) => places,
            Err(Unheeded) => return Step::Astray,
        };
        if self.offset == 0 && answer.len() == self.size + 1 {
            self.set_base(0);
        }
        let prints: Vec<_> = places.iter().map(|(place, _)| answer[*place].print).collect();
        let Some(old) = self.find(&prints, first) else { return Step::Again };
        let is_short = answer.len() < self.size;
        let new = &places[old..];
        for (place, at) in new.iter().take(want) {
            self.give(*at, answer[*place].print);
        }
        let looked_back = std::mem::take(&mut self.looks_back);
        self.aim();
        if new.is_empty() && looked_back {
            return Step::Again;
        }
        let was_last = new.is_empty() || (is_short && new.len() <= want);
        Step::New { places: new.iter().take(want).map(|(place, _)| *place).collect(), was_last }
    }

    /// Entries of the answer with their times, without those from before the mark.
    fn window(&self, answer: &[Seen]) -> Result<Vec<(usize, i64)>, Unheeded> {
        let from = self.from();
        let mut last = from.unwrap_or(i64::MIN);
        let mut places = Vec::with_capacity(answer.len());
        for (place, seen) in answer.iter().enumerate() {
            last = seen.at.unwrap_or(last);
            if from.is_none_or(|from| last >= from) {
                places.push((place, last));
            }
        }
        if places.is_empty() && !answer.is_empty() { Err(Unheeded) } else { Ok(places) }
    }

    /// How many entries of the window were given before; `None` when that is not known yet.
    fn find(&mut self, window: &[u64], first: Option<i64>) -> Option<usize> {
        let (offset, size) = (self.offset, self.size);
        let Some(mark) = &mut self.mark else { return Some(0) };
        if let Some(old) = given_of(window, &mark.tail, mark.given.saturating_sub(offset)) {
            mark.given = offset + old;
            mark.tail = window[old.saturating_sub(TAIL)..old].to_vec();
            return Some(old);
        }
        if offset > 0 {
            self.offset = offset.saturating_sub(size);
            self.looks_back = true;
            return None;
        }
        self.gap |= first.is_none_or(|first| first >= mark.at);
        (mark.given, mark.tail) = (0, Vec::new());
        Some(0)
    }

    /// Once the end was reached: the log may hold more than was given, or end before the last entry given,
    /// as when the clock was set back exactly between two answers.
    pub(super) fn conclude(&mut self, total: Option<u64>, last: Option<i64>) {
        self.gap |= total.is_some_and(|total| total > self.count());
        self.gap |= last.zip(self.from()).is_some_and(|(last, at)| last < at.saturating_sub(ROUNDING));
    }

    fn count(&self) -> u64 {
        self.mark.as_ref().map_or(0, |mark| mark.count)
    }

    fn give(&mut self, at: i64, print: u64) {
        let count = self.count().saturating_add(1);
        match &mut self.mark {
            Some(mark) if at == mark.at => {
                mark.given += 1;
                mark.tail.push(print);
                let surplus = mark.tail.len().saturating_sub(TAIL);
                mark.tail.drain(..surplus);
            }
            // The clock was set back: what else was logged before the mark's time is not asked for.
            Some(mark) if at < mark.at => self.gap = true,
            _ => self.mark = Some(Mark { at, given: 1, tail: vec![print], count, base: self.base() }),
        }
        if let Some(mark) = &mut self.mark {
            mark.count = count;
        }
    }

    /// Where the next window begins: at the first entry of the mark's time, unless too many of them were
    /// given to be asked for again.
    fn aim(&mut self) {
        let crowd = self.mark.as_ref().filter(|mark| mark.given > self.size / 2);
        self.offset = crowd.map_or(0, |mark| mark.given - mark.tail.len());
    }

    fn base(&self) -> Option<u8> {
        self.mark.as_ref()?.base
    }

    fn measures(&self) -> bool {
        self.offset > 0 && self.base().is_none()
    }

    fn set_base(&mut self, base: u8) {
        if let Some(mark) = &mut self.mark {
            mark.base = Some(base);
        }
    }
}

/// Every entry of an answer is from before the time that was asked for.
struct Unheeded;

/// How many of the window's first entries were given before, `most` of them: those that end as `tail`
/// does, with its beginning dropped if the window has less; else, since entries may vanish in between,
/// those up to the last one known.
fn given_of(window: &[u64], tail: &[u64], most: usize) -> Option<usize> {
    let ends_alike = |end: &usize| {
        let count = (*end).min(tail.len());
        window[end - count..*end] == tail[tail.len() - count..]
    };
    let end = (1..=most.min(window.len())).rev().find(ends_alike);
    end.or_else(|| {
        tail.iter().rev().find_map(|print| Some(window.iter().rposition(|other| other == print)? + 1))
    })
}

/// Fingerprint of an entry or of a query, the same in every run of the process.
pub(super) fn fingerprint(parts: &[&str]) -> u64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let bytes: [u8; 32] = digest.finalize().into();
    bytes.iter().take(8).fold(0, |print, byte| (print << 8) | u64::from(*byte))
}

#[cfg(test)]
#[path = "log_pages_tests.rs"]
mod tests;
