use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{At, CONTEXT_MS};

type Rows = Vec<At<u8>>;

fn at(list: &[(i64, u8)]) -> Rows {
    list.iter().map(|(at, value)| At { at: *at, value: *value }).collect()
}

const ALWAYS: RangeInclusive<i64> = i64::MIN / 2..=i64::MAX / 2;

fn missing(rows: &[At<u8>], entries: &[At<u8>]) -> Rows {
    super::missing(rows, entries, ALWAYS)
}

/// The history with what was missing.
fn merged(rows: &[At<u8>], entries: &[At<u8>]) -> Rows {
    let mut all = [rows, &missing(rows, entries)].concat();
    all.sort_by_key(|row| row.at);
    let times: BTreeSet<i64> = all.iter().map(|row| row.at).collect();
    assert_eq!(times.len(), all.len(), "no two share a time");
    all
}

fn values(rows: &[At<u8>]) -> Vec<u8> {
    rows.iter().map(|row| row.value).collect()
}

#[test]
fn an_entry_that_was_seen_live_is_not_stored_again() {
    let rows = at(&[(1_000, 1), (9_000, 4)]);
    let log = at(&[(1_700, 1), (4_000, 2), (6_000, 3), (9_700, 4)]);
    assert_eq!(missing(&rows, &log), at(&[(4_000, 2), (6_000, 3)]));
    assert_eq!(missing(&rows, &[]), []);
    assert_eq!(super::missing(&rows, &log, 5_000..=6_000), at(&[(6_000, 3)]));
    assert_eq!(missing(&[], &log), log);
}

#[test]
fn the_same_value_at_another_time_is_another_observation() {
    let log = at(&[(10_000, 1)]);
    assert_eq!(missing(&at(&[(8_000, 1)]), &log), []);
    assert_eq!(missing(&at(&[(7_999, 1)]), &log), log);
    assert_eq!(missing(&at(&[(12_000, 1)]), &log), []);
    assert_eq!(missing(&at(&[(12_001, 1)]), &log), log);
    assert_eq!(missing(&at(&[(10_000, 2)]), &log), at(&[(10_001, 1)]), "what is stored stays");
}

#[test]
fn a_switch_that_goes_on_and_off_within_the_noise_loses_nothing() {
    let log = at(&[(0, 1), (400, 0), (800, 1), (1_200, 0), (1_600, 1)]);
    for live in [vec![(1_900, 1)], vec![(300, 1), (700, 0)], vec![(500, 0), (1_300, 0)], vec![(900, 1)]] {
        let rows = at(&live);
        assert_eq!(values(&merged(&rows, &log)), [1, 0, 1, 0, 1], "{live:?}");
        assert_eq!(missing(&rows, &log).len() + rows.len(), log.len());
    }
}

#[test]
fn entries_stay_in_order_beside_rows_by_a_clock_that_is_off() {
    // The live clock was 1.5 s behind: what came between two live rows is put between them.
    let rows = at(&[(0, 1), (3, 5)]);
    let log = at(&[(1_500, 1), (1_501, 2), (1_502, 3), (1_503, 5)]);
    assert_eq!(merged(&rows, &log), at(&[(0, 1), (1, 2), (2, 3), (3, 5)]));
    // And ahead.
    let log = at(&[(-1_500, 1), (-1_400, 2), (-1_300, 3), (-1_200, 5), (-1_100, 6)]);
    assert_eq!(values(&merged(&rows, &log)), [1, 2, 3, 5, 6]);
}

#[test]
fn nothing_is_lost_where_there_is_no_room() {
    let rows = at(&[(0, 1), (1, 3)]);
    let log = at(&[(0, 1), (0, 2), (0, 2), (1, 3)]);
    assert_eq!(merged(&rows, &log).len(), 4);
}

#[test]
fn entries_of_one_millisecond_get_times_of_their_own() {
    let log = at(&[(5, 1), (5, 2), (5, 3)]);
    assert_eq!(missing(&[], &log), at(&[(5, 1), (6, 2), (7, 3)]));
}

/// What a device did: steps in milliseconds, and values that differ from one to the next.
fn truth() -> impl Strategy<Value = Rows> {
    vec((5i64..3_000, 1u8..4), 1..60).prop_map(|changes| {
        let (mut time, mut value) = (0, 0);
        let step = |(after, by): (i64, u8)| {
            (time, value) = (time + after, (value + by) % 4);
            At { at: time, value }
        };
        changes.into_iter().map(step).collect()
    })
}

fn shifted(rows: &[At<u8>], by: i64) -> Rows {
    rows.iter().map(|row| At { at: row.at + by, value: row.value }).collect()
}

proptest! {
    /// The live stream sees what was before and after an outage, by a clock measured twice; the log sees all.
    #[test]
    fn live_rows_and_the_log_make_the_truth(
        truth in truth(),
        ends in (0usize..60, 0usize..60),
        before in -450i64..450,
        drift in 0i64..900,
        log in -450i64..450,
        again in -200i64..200,
    ) {
        let first = ends.0.min(truth.len());
        let last = (first + ends.1).min(truth.len());
        // The clock of the second run is no further behind than to keep the order that was seen.
        let rows = [shifted(&truth[..first], before), shifted(&truth[last..], before + drift)].concat();
        let entries = shifted(&truth, log);
        let whole = merged(&rows, &entries);
        prop_assert_eq!(values(&whole), values(&truth));
        // Once more, by a clock that was measured again: nothing is left to do.
        prop_assert_eq!(missing(&whole, &shifted(&entries, again)), []);
    }

    /// Only a part of the log is read, that of a gap and a little around it: what is not of that time stays as it
    /// is, and at the edges nothing is lost or doubled.
    #[test]
    fn the_time_that_is_filled_has_edges(
        truth in truth(),
        edges in (0i64..60_000, 0i64..60_000),
        log in -40i64..40,
    ) {
        let (from, to) = (edges.0.min(edges.1), edges.0.max(edges.1));
        // Readings were lost later than the gap begins, and nothing after it has ended.
        let is_lost = |at: i64| at > from + 10_000 && at <= to;
        let rows: Rows = truth.iter().filter(|row| !is_lost(row.at)).cloned().collect();
        let read = from - CONTEXT_MS..=to + CONTEXT_MS;
        let shifted = shifted(&truth, log);
        let entries: Rows = shifted.into_iter().filter(|entry| read.contains(&entry.at)).collect();
        let near = from - CONTEXT_MS - 2_000..=to + CONTEXT_MS + 2_000;
        let near: Rows = rows.iter().filter(|row| near.contains(&row.at)).cloned().collect();
        let mut whole = [rows, super::missing(&near, &entries, from..=to + 40)].concat();
        whole.sort_by_key(|row| row.at);
        prop_assert_eq!(values(&whole), values(&truth));
    }

    /// A first attempt stored some of what was missing and died.
    #[test]
    fn what_was_begun_is_finished(truth in truth(), live in vec(any::<bool>(), 60), stored in 0usize..60) {
        let seen = truth.iter().zip(&live).filter(|(_, seen)| **seen);
        let rows: Rows = seen.map(|(row, _)| row.clone()).collect();
        let entries = shifted(&truth, 700);
        let mut part = missing(&rows, &entries);
        part.truncate(stored);
        let mut rows = [rows, part].concat();
        rows.sort_by_key(|row| row.at);
        prop_assert_eq!(values(&merged(&rows, &entries)), values(&truth));
    }

    /// Whatever rows there are, none is moved, each stands for one entry at most, and the log's order holds.
    #[test]
    fn every_entry_is_in_the_history_once(rows in truth(), entries in truth()) {
        let new = missing(&rows, &entries);
        prop_assert!(new.len() + rows.len() >= entries.len());
        prop_assert!(new.len() <= entries.len());
        let whole = values(&merged(&rows, &entries));
        let mut rest = whole.iter();
        let is_in_order = entries.iter().all(|entry| rest.any(|value| *value == entry.value));
        prop_assert!(is_in_order, "{:?} is no part of {:?}", values(&entries), whole);
    }
}
