use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Seen, Verdict, judge, time_of};
use crate::domain::{DataPointId, HistoryRecord, HistoryRule, Quality, Reading, Source, Value};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
}

fn rule(record: HistoryRecord, min_interval_ms: u64, deadband: Option<f64>) -> HistoryRule {
    let min_interval = Duration::from_millis(min_interval_ms);
    HistoryRule { record, min_interval, deadband, retention_days: None, backfill: false }
}

fn seen(millis: i64, value: Value) -> Seen {
    Seen { at: at(millis), value, quality: Quality::Good }
}

fn number(millis: i64, number: f64) -> Seen {
    seen(millis, Value::Number(number))
}

fn reading(observed: Option<i64>, received: i64) -> Reading {
    Reading {
        data_point_id: DataPointId::new(),
        value: Value::Number(1.0),
        preset: None,
        raw: "1".to_owned(),
        unit: None,
        format: None,
        status: None,
        priority: None,
        never_read: false,
        observed_at: observed.map(at),
        received_at: at(received),
        age_at_receipt: None,
        source: Source::Push,
        fault: None,
    }
}

#[test]
fn a_change_is_one_of_at_least_the_deadband() {
    for (deadband, last, next, expected) in [
        (None, 1.0, 1.0, Verdict::Skip),
        (None, 1.0, 1.000_001, Verdict::Record),
        (Some(0.0), 1.0, 1.0, Verdict::Skip),
        (Some(0.1), 21.3, 21.4, Verdict::Record),
        (Some(0.1), 21.4, 21.3, Verdict::Record),
        (Some(0.1), 21.3, 21.39, Verdict::Skip),
        (Some(5.0), -3.0, 1.9, Verdict::Skip),
        (Some(5.0), -3.0, 2.0, Verdict::Record),
    ] {
        let rule = rule(HistoryRecord::Change, 0, deadband);
        let verdict = judge(&rule, Some(&number(0, last)), &number(1, next));
        assert_eq!(verdict, expected, "{deadband:?} {last} {next}");
    }
}

#[test]
fn what_has_not_changed_for_a_day_is_recorded_again() {
    const DAY: i64 = 24 * 3_600_000;
    let rule = rule(HistoryRecord::Change, 0, Some(5.0));
    for (passed, expected) in [(-1, Verdict::Skip), (DAY - 1, Verdict::Skip), (DAY, Verdict::Record)] {
        assert_eq!(judge(&rule, Some(&number(0, 1.0)), &number(passed, 1.0)), expected, "{passed}");
    }
}

#[test]
fn what_is_no_number_changes_when_it_differs() {
    let text = |text: &str| Value::Text(text.to_owned());
    let fields = |number| Value::Fields(vec![("value".to_owned(), Value::Number(number))]);
    let rule = rule(HistoryRecord::Change, 0, Some(1_000.0));
    for (last, next, expected) in [
        (text("ON"), text("ON"), Verdict::Skip),
        (text("ON"), text("OFF"), Verdict::Record),
        (fields(1.0), fields(1.0), Verdict::Skip),
        (fields(1.0), fields(1.5), Verdict::Record),
        (Value::Null, Value::Number(0.0), Verdict::Record),
        (Value::Null, Value::Null, Verdict::Skip),
    ] {
        assert_eq!(judge(&rule, Some(&seen(0, last)), &seen(1, next)), expected);
    }
}

#[test]
fn a_number_that_is_none_is_no_value() {
    let seen = |number| Seen::of(&Reading { value: Value::Number(number), ..reading(None, 1) }, None);
    let rule = rule(HistoryRecord::Change, 0, Some(0.5));
    for (last, next, expected) in [
        (1.0, f64::NAN, Verdict::Record),
        (f64::NAN, 1.0, Verdict::Record),
        (f64::NAN, f64::INFINITY, Verdict::Skip),
    ] {
        assert_eq!(judge(&rule, Some(&seen(last)), &seen(next)), expected, "{last} {next}");
    }
}

#[test]
fn a_change_of_quality_always_counts() {
    for record in [HistoryRecord::Change, HistoryRecord::EveryReading] {
        let rule = rule(record, 60_000, Some(5.0));
        let next = Seen { quality: Quality::Fault, ..number(1, 1.0) };
        assert_eq!(judge(&rule, Some(&number(0, 1.0)), &next), Verdict::Record);
    }
}

#[test]
fn what_comes_too_soon_is_held_for_the_rest_of_the_interval() {
    for record in [HistoryRecord::Change, HistoryRecord::EveryReading] {
        let rule = rule(record, 1_000, None);
        let held = judge(&rule, Some(&number(0, 1.0)), &number(400, 2.0));
        assert_eq!(held, Verdict::Hold(Duration::from_millis(600)));
        assert_eq!(judge(&rule, Some(&number(0, 1.0)), &number(1_000, 2.0)), Verdict::Record);
        assert_eq!(
            judge(&rule, Some(&number(0, 1.0)), &number(-500, 2.0)),
            Verdict::Record,
            "clock set back"
        );
    }
}

#[test]
fn a_reading_has_the_time_of_its_observation_if_that_can_be() {
    let month = SignedDuration::from_hours(32 * 24).as_millis() as i64;
    for (observed, received, last, expected) in [
        (Some(5), 9, None, 5),
        (Some(5), 9, Some(4), 5),
        (Some(5), 9, Some(5), 9),
        (Some(5), 9, Some(7), 9),
        (None, 9, Some(7), 9),
        (None, 9, Some(9), 10),
        (None, 9, Some(12), 13),
        (Some(10), 9, None, 9),
        (Some(-month), 9, None, 9),
        (None, 9, Some(3_600_000), 9),
    ] {
        let found = time_of(&reading(observed, received), last.map(at));
        assert_eq!(found, at(expected), "{observed:?} {received} {last:?}");
    }
}

/// What is recorded of these values, one a second.
fn recorded(rule: &HistoryRule, values: &[f64]) -> Vec<Seen> {
    let mut recorded: Vec<Seen> = Vec::new();
    for (value, millis) in values.iter().zip((0..).step_by(1_000)) {
        let next = number(millis, *value);
        if judge(rule, recorded.last(), &next) == Verdict::Record {
            recorded.push(next);
        }
    }
    recorded
}

proptest! {
    #[test]
    fn the_history_never_is_further_off_than_the_deadband(
        values in prop::collection::vec(-100.0..100.0, 1..200), deadband in 0.1..20.0,
    ) {
        let recorded = recorded(&rule(HistoryRecord::Change, 0, Some(deadband)), &values);
        for (value, millis) in values.iter().zip((0..).step_by(1_000)) {
            let shown = recorded.iter().rev().find(|seen| seen.at <= at(millis)).unwrap();
            let Value::Number(shown) = shown.value else { unreachable!() };
            prop_assert!((shown - value).abs() <= deadband);
        }
    }

    #[test]
    fn without_a_deadband_the_history_says_what_was_at_every_time(
        values in prop::collection::vec(0_i32..4, 1..200),
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let recorded = recorded(&rule(HistoryRecord::Change, 0, None), &values);
        for (value, millis) in values.iter().zip((0..).step_by(1_000)) {
            let shown = recorded.iter().rev().find(|seen| seen.at <= at(millis)).unwrap();
            prop_assert_eq!(&shown.value, &Value::Number(*value));
        }
        prop_assert!(recorded.windows(2).all(|pair| pair[0].value != pair[1].value), "nothing twice");
    }

    #[test]
    fn every_reading_is_all_of_them_and_no_two_are_closer_than_the_interval(
        values in prop::collection::vec(0_i32..4, 1..200), interval_s in 0_u64..10,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let recorded = recorded(&rule(HistoryRecord::EveryReading, interval_s * 1_000, None), &values);
        prop_assert_eq!(recorded.len(), values.len().div_ceil(interval_s.max(1) as usize));
    }

    #[test]
    fn times_of_a_series_are_its_own(
        times in prop::collection::vec((prop::option::of(0_i64..5_000), 0_i64..5_000), 1..100),
    ) {
        let mut received = 0;
        let mut last: Option<Timestamp> = None;
        for (observed, step) in times {
            received += step % 3;
            let found = time_of(&reading(observed, received), last);
            prop_assert!(last.is_none_or(|last| found > last));
            last = Some(found);
        }
    }
}
