use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;

use super::engine::Note;
use super::shared::lock;

/// What was received and what became of it: one JSON object a line, written before the answer is
/// sent, so that a test in another process learns the truth even if this one is killed.
#[derive(Debug)]
pub(super) struct Journal(Mutex<File>);

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    pub time: Timestamp,
    /// MAC ID.
    pub smartserver: String,
    /// Sender of the request, or addressee of a push.
    pub peer: &'a str,
    /// Id of the iq.
    pub id: &'a str,
    /// `Read`, …, `unknown`, `push`.
    pub operation: &'a str,
    /// `answered`, `silent` (executed), `ignored` (not executed), `turned away`, `soap fault N`.
    pub outcome: &'a str,
    pub items: &'a [Note],
}

impl Journal {
    /// Opens a journal for appending.
    pub(super) fn open(path: &Path) -> io::Result<Journal> {
        Ok(Journal(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)))
    }

    /// Appends a line; a failure is logged, since the simulation is worth more than its journal.
    pub(super) fn write(&self, entry: &Entry<'_>) {
        let line = serde_json::to_string(entry).unwrap_or_default() + "\n";
        if let Err(error) = lock(&self.0).write_all(line.as_bytes()) {
            tracing::error!(%error, "the journal cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_was_written() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let journal = Journal::open(file.path()).unwrap();
        let note =
            Note { name: "a b".into(), values: vec!["ON".into()], priority: Some(240), outcome: "ok".into() };
        journal.write(&Entry {
            time: "2026-03-01T10:00:00Z".parse().unwrap(),
            smartserver: "00-D0-71-00-00-01".into(),
            peer: "noc@x/y",
            id: "1",
            operation: "Write",
            outcome: "answered",
            items: &[note],
        });
        let expected = r#"{"time":"2026-03-01T10:00:00Z","smartserver":"00-D0-71-00-00-01","peer":"noc@x/y","id":"1","operation":"Write","outcome":"answered","items":[{"name":"a b","values":["ON"],"priority":240,"outcome":"ok"}]}"#;
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), format!("{expected}\n"));
    }
}
