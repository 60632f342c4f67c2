use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::super::value::Value;
use super::settings::LoggerSettings;

/// What a data logger has logged.
#[derive(Debug)]
pub(in super::super) struct DataLog {
    entries: VecDeque<Entry>,
    /// Entries from before the start that nobody has asked for yet.
    pub(super) history: usize,
    /// When it began.
    pub(super) began: Timestamp,
    /// What points did by themselves has been logged up to here.
    pub(super) up_to: Timestamp,
    /// The last entry of each point.
    last: HashMap<usize, (Timestamp, Value)>,
    /// Edits of what was in the log.
    pub modifications: u32,
}

#[derive(Debug, Clone)]
pub(in super::super) struct Entry {
    /// In whole milliseconds, as times are printed.
    pub at: Timestamp,
    pub point: usize,
    pub value: Value,
    pub priority: u8,
    pub status: &'static str,
}

impl DataLog {
    pub(super) fn new(history: usize, now: Timestamp) -> DataLog {
        DataLog {
            entries: VecDeque::new(),
            history,
            began: now,
            up_to: now,
            last: HashMap::new(),
            modifications: 0,
        }
    }

    /// Begins at this time, unless there is something in it.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.entries.is_empty() {
            (self.began, self.up_to) = (now, now);
        }
    }

    /// Oldest first.
    pub(in super::super) fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// Appends an entry, whatever its time. A full log drops its oldest entry if it is circular,
    /// and takes no more if it is not. Whether it was taken.
    pub(super) fn append(&mut self, entry: Entry, settings: &LoggerSettings) -> bool {
        if settings.circular {
            let surplus = (self.entries.len() + 1).saturating_sub(settings.capacity.max(1));
            self.entries.drain(..surplus.min(self.entries.len()));
        } else if self.entries.len() >= settings.capacity {
            return false;
        }
        let at = whole_milliseconds(entry.at);
        self.last.insert(entry.point, (at, entry.value.clone()));
        self.entries.push_back(Entry { at, ..entry });
        true
    }

    pub(super) fn last_of(&self, point: usize) -> Option<&(Timestamp, Value)> {
        self.last.get(&point)
    }

    /// Takes out what stands at these places, which rise.
    pub(in super::super) fn remove(&mut self, places: &[usize]) {
        let mut places = places.iter().peekable();
        let mut place = 0..;
        self.entries.retain(|_| {
            let here = place.next();
            places.next_if(|next| Some(**next) == here).is_none()
        });
        self.modifications += 1;
    }
}

/// A time as it can be printed and compared.
pub(super) fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(circular: bool, capacity: usize, count: i64) -> (DataLog, Vec<i64>) {
        let settings = LoggerSettings { circular, capacity, inputs: Vec::new() };
        let mut log = DataLog::new(0, Timestamp::UNIX_EPOCH);
        for n in 0..count {
            let at = Timestamp::from_second(n).unwrap();
            log.append(
                Entry { at, point: 0, value: Value::Raw(n), priority: 255, status: "AL_NUL" },
                &settings,
            );
        }
        let left = log.entries().iter().map(|entry| entry.at.as_second()).collect();
        (log, left)
    }

    #[test]
    fn a_circular_log_drops_its_oldest_and_a_historical_one_stops() {
        assert_eq!(log(true, 3, 5).1, [2, 3, 4]);
        assert_eq!(log(false, 3, 5).1, [0, 1, 2]);
    }

    #[test]
    fn entries_are_taken_out_by_their_places() {
        let mut log = log(true, 9, 6).0;
        log.remove(&[0, 2, 5]);
        let left: Vec<i64> = log.entries().iter().map(|entry| entry.at.as_second()).collect();
        assert_eq!((left, log.modifications), (vec![1, 3, 4], 1));
    }
}
