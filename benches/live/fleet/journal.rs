//! What reached the SmartServers of a fleet and when: written by them, judged by the benchmark.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

/// Time since 1970 by the machine's clock, which all processes share.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A request as it reached a SmartServer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    /// When, since 1970.
    pub(crate) at: Duration,
    pub(crate) smartserver: usize,
    /// Data points whose values were asked for, a bit each; 0 for any other request.
    pub(crate) points: u32,
    /// Requests that the SmartServer had not answered then, this one included.
    pub(crate) in_flight: u32,
    /// Whether it was left unanswered.
    pub(crate) is_ignored: bool,
}

impl Entry {
    /// Whether values were asked for.
    pub(crate) fn is_read(&self) -> bool {
        self.points != 0
    }
}

/// The writing end.
#[derive(Debug)]
pub(super) struct Journal(RefCell<BufWriter<File>>);

impl Journal {
    pub(super) fn create(path: &Path) -> anyhow::Result<Journal> {
        Ok(Journal(RefCell::new(BufWriter::new(File::create(path)?))))
    }

    pub(super) fn note(&self, entry: Entry) {
        let Entry { at, smartserver, points, in_flight, is_ignored } = entry;
        let (at, ignored) = (at.as_micros(), u8::from(is_ignored));
        // A journal that cannot be written shows as requests that are missing.
        let _ = writeln!(self.0.borrow_mut(), "{at} {smartserver} {points} {in_flight} {ignored}");
    }

    pub(super) fn flush(&self) {
        let _ = self.0.borrow_mut().flush();
    }
}

/// Everything from `since` on, in the order in which it came. What reached a SmartServer in the last
/// moments may not be there yet.
pub(crate) fn entries(path: &Path, since: Duration) -> anyhow::Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path)?;
    // The last line may be half written.
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let all: anyhow::Result<Vec<Entry>> = whole.lines().map(entry).collect();
    Ok(all?.into_iter().filter(|entry| entry.at >= since).collect())
}

fn entry(line: &str) -> anyhow::Result<Entry> {
    let mut fields = line.split(' ').map(str::parse::<u64>);
    let mut next = || fields.next().and_then(Result::ok).with_context(|| format!("journal: {line:?}"));
    Ok(Entry {
        at: Duration::from_micros(next()?),
        smartserver: next()? as usize,
        points: next()? as u32,
        in_flight: next()? as u32,
        is_ignored: next()? != 0,
    })
}
