//! The simulator's journal, read as it grows.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Journal {
    file: PathBuf,
    /// How much of it was read.
    at: u64,
    /// Requests seen: SmartServer, sender and id of the iq, as a hash.
    requests: HashSet<u64>,
}

#[derive(Debug, Deserialize)]
struct Line {
    smartserver: String,
    peer: String,
    id: String,
    operation: String,
    outcome: String,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(default)]
    values: Vec<String>,
    outcome: String,
}

impl Journal {
    pub(super) fn new(file: PathBuf) -> Journal {
        Journal { file, at: 0, requests: HashSet::new() }
    }

    /// Numbers of the writes executed since the last call; an iq that came twice is wrong.
    pub(super) fn read_on(&mut self, wrong: &mut Vec<String>) -> Vec<usize> {
        let mut text = String::new();
        let mut file = File::open(&self.file).expect("a journal");
        file.seek(SeekFrom::Start(self.at)).expect("a file");
        file.read_to_string(&mut text).expect("text");
        // The last line may be half written.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.at += whole as u64;
        let mut writes = Vec::new();
        for text in text[..whole].lines() {
            let line: Line = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            if !self.requests.insert(line.identity()) {
                wrong.push(format!("the same request came twice: {text}, first {}", self.first(&line.id)));
            }
            writes.extend(line.writes());
        }
        writes
    }

    /// When a request came first.
    fn first(&self, id: &str) -> String {
        let text = std::fs::read_to_string(&self.file).expect("a journal");
        let line = text.lines().find(|line| line.contains(id)).unwrap_or_default();
        line.split(',').next().unwrap_or_default().to_owned()
    }
}

impl Line {
    fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.smartserver, &self.peer, &self.id).hash(&mut hasher);
        hasher.finish()
    }

    fn writes(&self) -> Vec<usize> {
        if self.operation != "Write" || self.outcome != "answered" {
            return Vec::new();
        }
        let taken = self.items.iter().filter(|item| item.outcome == "ok");
        let numbers = taken.flat_map(|item| &item.values).map(|text| text.strip_prefix('t')?.parse().ok());
        numbers.map(|number: Option<usize>| number.expect("a text of ours")).collect()
    }
}
