//! `docs/bosh-checklist.md` says what holds each rule of BOSH; this holds it to that.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The rules: their numbers and what holds them.
fn rules() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/bosh-checklist.md")).unwrap();
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = cells.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| row[0].starts_with(|c: char| c.is_ascii_digit()))
        .map(|row| (row[0].clone(), row[2].clone()))
        .collect()
}

/// What stands between the backticks of a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn functions(folder: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let heads = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            found.extend(heads.map(str::to_owned));
        }
    }
}

#[test]
fn every_rule_has_its_row() {
    let numbers: Vec<u32> = rules()
        .iter()
        .flat_map(|(number, _)| {
            let mut ends = number.split('-').map(|end| end.parse::<u32>().unwrap());
            let first = ends.next().unwrap();
            first..=ends.next().unwrap_or(first)
        })
        .collect();
    assert_eq!(numbers, (1..=63).collect::<Vec<_>>());
}

#[test]
fn what_holds_a_rule_stands() {
    let mut found = HashSet::new();
    for folder in ["src", "tests/it"] {
        functions(&Path::new(ROOT).join(folder), &mut found);
    }
    for (number, held_by) in rules() {
        let (is_doc, is_left_out) = (held_by.starts_with("doc:"), held_by.starts_with("**not done**"));
        assert!(is_doc || is_left_out || held_by.starts_with('`'), "{number}: nothing holds it");
        for name in names(&held_by).filter(|_| !is_doc) {
            assert!(found.contains(name), "{number}: no test is named {name}");
        }
    }
}
