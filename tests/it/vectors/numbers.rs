//! Every vector has its test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of the tests in a source: functions marked as tests, and those listed for both servers.
fn tests(source: &str) -> Vec<String> {
    let marked = source.split("#[tokio::test]").skip(1).filter_map(|rest| rest.split_once("fn "));
    let marked = marked.filter_map(|(_, rest)| rest.split('(').next());
    let listed = source.split("on_both_servers![").skip(1).filter_map(|rest| rest.split(']').next());
    let listed = listed.flat_map(|list| list.split(','));
    marked.chain(listed).map(|name| name.trim().to_owned()).collect()
}

fn number(test: &str) -> Option<u32> {
    test.strip_prefix("vector_")?.split_once('_')?.0.parse().ok()
}

#[test]
fn every_vector_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/vectors");
    let sources = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sources = sources.filter(|path| path.file_name().is_some_and(|name| name != "numbers.rs"));
    let tests: Vec<String> = sources.flat_map(|path| tests(&fs::read_to_string(path).unwrap())).collect();
    let found: BTreeSet<u32> = tests.iter().filter_map(|test| number(test)).collect();
    assert_eq!(found, (1..=40).collect::<BTreeSet<_>>(), "{tests:?}");
}
