//! What data loggers log; vectors by their numbers.

use super::super::super::applications::{Block, State};
use super::applications::{HISTORY, LOGGED, LOGGER, kind, members, texts};
use super::*;

#[test]
fn vector_24_a_data_log_by_time() {
    let mut bench = Bench::with_applications();
    let window = r#"[UCPTlastUpdate>=" 2026-03-01T09:45:00Z"][UCPTlastUpdate<"2026-03-01T01:55:00-8:00"]"#;
    let answer = bench.log(&format!("{window}[position()<=10]"));
    let meta = items(&answer)[0];
    assert_eq!(
        (faults(&answer).as_str(), kind(meta), items(&answer).len()),
        ("0", "UFPTdataLogger_Meta_Data", 11)
    );
    let expected = [
        "UCPTname",
        "UCPTlastUpdate",
        "UCPTstart",
        "UCPTstop",
        "UCPTmodificationNumber",
        "UCPTlogLevel",
        "UCPTtotalCount",
    ];
    assert_eq!(members(meta), expected);
    assert_eq!(meta.child_text("UCPTname").unwrap(), LOGGER);
    assert_eq!(meta.child_text("UCPTtotalCount").unwrap(), HISTORY.to_string());
    assert_eq!(meta.child_text("UCPTlogLevel").unwrap(), "62.500");
    let entry = items(&answer)[1];
    let expected = [
        "UCPTname",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTvalue",
        "UCPTpointStatus",
        "UCPTpriority",
        "UCPTmetaDataPath",
    ];
    assert_eq!((kind(entry), members(entry)), ("UFPTdataLogger_Data", expected.to_vec()));
    assert_eq!(entry.child_text("UCPTname").unwrap(), LOGGED);
    let path = format!(r#"//*[@xsi:type="UFPTdataLogger_Meta_Data"][UCPTname="{LOGGER}"]"#);
    assert!(items(&answer).iter().skip(1).all(|item| item.child_text("UCPTmetaDataPath").unwrap() == path));
    let times = texts(&answer, "UCPTlastUpdate");
    assert!(times.is_sorted() && times[0].as_str() >= "2026-03-01T10:45:00.000+01:00", "{times:?}");
}

#[test]
fn vector_25_the_newest_entries() {
    let mut bench = Bench::with_applications();
    let all = texts(&bench.log(""), "UCPTlastUpdate");
    assert_eq!(all.len(), HISTORY);
    assert_eq!(texts(&bench.log("[position()>=last()-4]"), "UCPTlastUpdate"), all[HISTORY - 5..]);
    assert_eq!(texts(&bench.log("[position()<=2]"), "UCPTlastUpdate"), all[..2]);
    bench.behaviour.positions_from_zero = true;
    assert_eq!(texts(&bench.log("[position()>=last()-4]"), "UCPTlastUpdate"), all[HISTORY - 5..]);
    assert_eq!(texts(&bench.log("[position()<=2]"), "UCPTlastUpdate"), all[..3]);
}

#[test]
fn points_log_what_they_do_by_themselves_and_what_they_are_told() {
    let mut bench = Bench::with_applications();
    bench.now += SignedDuration::from_mins(10);
    bench.switch("ON", 255);
    let new = bench.log(r#"[UCPTlastUpdate>"2026-03-01T10:00:00Z"]"#);
    let names = texts(&new, "UCPTname");
    assert_eq!(names.last().unwrap(), LAMP);
    assert_eq!(values(items(&new).last().unwrap())[1], pair("UCPTvalueDef", "ON"));
    let rooms = names.iter().filter(|name| *name == LOGGED).count();
    assert!((8..=10).contains(&rooms), "a minute apart, and each time another value: {names:?}");
    assert!(texts(&new, "UCPTlastUpdate").is_sorted());
    let only = bench.log(&format!(r#"[UCPTlastUpdate>"2026-03-01T10:00:00Z"][UCPTpointName="{LAMP}"]"#));
    assert_eq!(texts(&only, "UCPTname"), [LAMP]);
    assert_eq!(items(&only)[0].child_text("UCPTtotalCount").unwrap(), (HISTORY + names.len()).to_string());
}

#[test]
fn a_full_circular_log_loses_its_oldest() {
    let mut bench = Bench::with_applications();
    let first = texts(&bench.log(""), "UCPTlastUpdate").remove(0);
    bench.now += SignedDuration::from_hours(3);
    let answer = bench.log("");
    assert_eq!(items(&answer)[0].child_text("UCPTtotalCount").unwrap(), "64");
    assert_eq!(items(&answer)[0].child_text("UCPTlogLevel").unwrap(), "100.000");
    assert!(texts(&answer, "UCPTlastUpdate")[0] > first);
}

#[test]
fn a_part_of_a_log_and_all_of_it_are_cleared() {
    let mut bench = Bench::with_applications();
    let all = texts(&bench.log(""), "UCPTlastUpdate");
    let clear = |predicates: &str| format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{predicates}"#);
    let answer = bench.about("Clear", LOGGER, &clear("[position()<=30]"));
    let item = only_item(&answer);
    assert_eq!(kind(item), "UFPTdataLogger_ClearResponse");
    assert_eq!(item.child_text("UCPTtotalCount").unwrap(), "10");
    assert_eq!(item.child_text("UCPTmodificationNumber").unwrap(), "1");
    assert_eq!(texts(&bench.log(""), "UCPTlastUpdate"), all[30..]);
    let answer = bench.about("Clear", LOGGER, &clear(""));
    assert_eq!(
        members(only_item(&answer)),
        ["UCPTname", "UCPTmodificationNumber", "UCPTlogLevel", "UCPTtotalCount"]
    );
    assert_eq!(items(&bench.log("")).len(), 1);
}

#[test]
fn entries_of_one_millisecond_come_in_their_order() {
    let mut bench = Bench::with_applications();
    let at = bench.now + SignedDuration::from_secs(30);
    let (logger, lamp) = (bench.unit.application(LOGGER).unwrap(), bench.unit.find(LAMP).unwrap());
    for raw in 0..5 {
        let value = bench.unit.config(lamp).shape().nearest_value(f64::from(raw));
        assert!(bench.unit.append_entry(logger, (lamp, at, value), bench.now));
    }
    let answer = bench.log(r#"[UCPTlastUpdate="2026-03-01T10:00:30.000Z"]"#);
    assert_eq!(texts(&answer, "UCPTvalue"), ["0.0 0", "1.0 1", "2.0 1", "3.0 1", "4.0 1"]);
}

#[test]
fn too_much_at_once_is_answered_and_counted() {
    let mut bench = Bench::with_applications();
    bench.log("");
    assert_eq!(bench.unit.over_limit, 0);
    let mut plan = (*bench.unit.plan).clone();
    let logger = Block::data_logger(LOGGER, "LT_CIRCULAR", 6_000, &[LOGGED, LAMP], 60.0).unwrap();
    plan.blocks = vec![(Arc::new(logger), 5_000)];
    bench.unit = Unit::new(bench.unit.mac, Arc::new(plan), 1, bench.now);
    assert_eq!(items(&bench.log("[position()<=150]")).len(), 151);
    assert_eq!(bench.unit.over_limit, 0);
    assert_eq!(items(&bench.log("[position()<=151]")).len(), 152);
    bench.read(&[LAMP; 101]);
    assert_eq!(bench.unit.over_limit, 2);
    assert_eq!(items(&bench.log("[position()>=last()-64]"))[0].child_text("UCPTtotalCount").unwrap(), "5000");
}

#[test]
fn hours_of_changes_are_logged_at_their_times() {
    let mut bench = Bench::with_applications();
    let points: Vec<usize> =
        bench.unit.all().into_iter().filter(|n| bench.unit.config(*n).name == TEMP).collect();
    let block = Block::data_logger("Net/LON/iLON App/Data Logger[7]", "LT_CIRCULAR", 112, &[TEMP], 0.0);
    bench.unit.configure(block.unwrap(), bench.now);
    let start = bench.now;
    for minute in 1..=150 {
        points.iter().for_each(|n| bench.unit.advance(*n, start + SignedDuration::from_mins(minute)));
    }
    let logger = bench.unit.application("Net/LON/iLON App/Data Logger[7]").unwrap();
    let State::DataLogger(log) = &bench.unit.applications[logger].state else { panic!("no logger") };
    let minutes: Vec<i64> = log.entries().iter().map(|e| e.at.duration_since(start).as_mins()).collect();
    assert_eq!(minutes, (39..=150).collect::<Vec<_>>(), "the oldest were dropped");
    let values: Vec<_> = log.entries().iter().map(|entry| entry.value.clone()).collect();
    assert!(values.windows(2).all(|pair| pair[0] != pair[1]));
}
