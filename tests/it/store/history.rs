use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use nocgate::domain::{
    DataPointId, GapReason, GapState, HistoryBucket, HistoryRow, HistorySource, Quality, Series, SeriesId,
    SmartServerId, Value,
};
use nocgate::store::{Missing, NewGap, NewSeries, Store, StoreError};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::on_both_engines;
use super::samples::{at, stored_points, stored_smartserver};
use crate::harness::database::{Engine, TestDatabase};

on_both_engines!(
    gives_back_what_was_stored,
    a_reading_that_is_there_stays_as_it_is,
    readings_on_both_sides_of_a_month_are_kept,
    many_readings_are_paged_through_by_time,
    buckets_are_what_a_naive_computation_gives,
    a_bucket_counts_only_numbers_that_can_be_used,
    the_last_reading_of_each_series_is_found,
    a_series_outlives_its_point_and_goes_on,
    old_readings_are_deleted_in_small_pieces,
    whole_months_are_dropped_and_may_come_back,
    an_orphan_is_told_from_others,
    gaps_are_opened_closed_and_filled,
    a_gap_needs_its_smartserver,
);

fn row(series: SeriesId, at: Timestamp, value: Value) -> HistoryRow {
    HistoryRow { series, at, value, quality: Quality::Good, source: HistorySource::Poll }
}

fn everything() -> std::ops::Range<Timestamp> {
    Timestamp::UNIX_EPOCH..Timestamp::MAX
}

async fn series(store: &Store, count: usize) -> Vec<Series> {
    let points = stored_points(store, count).await;
    let new = |point: &nocgate::domain::DataPoint| NewSeries {
        smartserver_id: point.smartserver_id,
        name: point.name.clone(),
        data_point_id: point.id,
    };
    store.series().make(&points.iter().map(new).collect::<Vec<_>>()).await.unwrap();
    let made = store.series().of_smartserver(points[0].smartserver_id).await.unwrap();
    assert!(made.iter().map(|series| &series.name).eq(points.iter().map(|point| &point.name)));
    made
}

async fn all(store: &Store, series: SeriesId) -> Vec<HistoryRow> {
    store.history().rows(series, everything(), u32::MAX).await.unwrap()
}

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let id = series(&store, 1).await[0].id;
    let values = [
        Value::Null,
        Value::Number(-21.55),
        Value::Number(-0.0),
        Value::Number(65_535.0),
        Value::Text("HVAC_OFF".to_owned()),
        Value::Text("{\"a\":\u{0}1}".to_owned()),
        Value::Text(String::new()),
        Value::Fields(vec![
            ("z".to_owned(), Value::Number(1.5)),
            ("a".to_owned(), Value::Text("ß".to_owned())),
        ]),
        Value::List(vec![Value::Null, Value::Number(2.0)]),
    ];
    let qualities = [
        Quality::Good,
        Quality::Alarm,
        Quality::Stale,
        Quality::Invalid,
        Quality::NeverRead,
        Quality::Fault,
        Quality::Offline,
    ];
    let sources = [HistorySource::Read, HistorySource::Poll, HistorySource::Push, HistorySource::Log];
    let stored: Vec<_> = values
        .into_iter()
        .zip(qualities.into_iter().cycle())
        .zip(sources.into_iter().cycle())
        .zip(0..)
        .map(|(((value, quality), source), n)| HistoryRow { quality, source, ..row(id, at(n), value) })
        .collect();
    assert_eq!(store.history().insert(&stored).await.unwrap(), stored.len() as u64);
    assert_eq!(all(&store, id).await, stored);
    let none = [row(id, at(100), Value::Number(f64::NAN))];
    store.history().insert(&none).await.unwrap();
    assert_eq!(all(&store, id).await.pop().unwrap().value, Value::Null);
    store.history().insert(&[]).await.unwrap();
}

async fn a_reading_that_is_there_stays_as_it_is(db: &TestDatabase) {
    let store = db.open().await;
    let ids: Vec<_> = series(&store, 2).await.iter().map(|series| series.id).collect();
    let first = row(ids[0], at(0), Value::Number(1.0));
    assert_eq!(store.history().insert(&[first.clone(), first.clone()]).await.unwrap(), 1);
    let again = row(ids[0], at(0), Value::Number(2.0));
    let other = row(ids[1], at(0), Value::Number(3.0));
    assert_eq!(store.history().insert(&[again, other.clone()]).await.unwrap(), 1);
    assert_eq!(all(&store, ids[0]).await, [first]);
    assert_eq!(all(&store, ids[1]).await, [other]);
}

async fn readings_on_both_sides_of_a_month_are_kept(db: &TestDatabase) {
    let store = db.open().await;
    let id = series(&store, 1).await[0].id;
    let times = [
        "1970-01-01T00:00:00Z",
        "2024-02-29T23:59:59.999Z",
        "2024-03-01T00:00:00Z",
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00Z",
        "2099-07-01T12:00:00Z",
    ];
    let stored: Vec<_> = times.iter().map(|at| row(id, at.parse().unwrap(), Value::Number(1.0))).collect();
    // Backwards, one by one: late readings need partitions of months that are gone.
    for row in stored.iter().rev() {
        assert_eq!(store.history().insert(std::slice::from_ref(row)).await.unwrap(), 1);
    }
    assert_eq!(all(&store, id).await, stored);
    store.close().await;
    // Partitions that another run made are found.
    let store = db.open().await;
    assert_eq!(store.history().insert(&stored).await.unwrap(), 0);
    let span = stored[1].at..stored[4].at;
    assert_eq!(store.history().rows(id, span, 10).await.unwrap(), stored[1..4]);
}

async fn many_readings_are_paged_through_by_time(db: &TestDatabase) {
    let store = db.open().await;
    let ids: Vec<_> = series(&store, 3).await.iter().map(|series| series.id).collect();
    let rows: Vec<_> = (0..7_500)
        .flat_map(|n| ids.iter().map(move |id| row(*id, at(n * 1_000), Value::Number(n as f64))))
        .collect();
    assert_eq!(store.history().insert(&rows).await.unwrap(), 22_500);
    let (mut seen, mut span) = (0, at(0)..at(7_500_000));
    loop {
        let page = store.history().rows(ids[1], span.clone(), 999).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.iter().zip(seen..).all(|(row, n)| row.value == Value::Number(n as f64)));
        seen += page.len();
        span.start = last.at + Duration::from_millis(1);
    }
    assert_eq!(seen, 7_500);
}

/// Readings at irregular times, of which some are no numbers and some cannot be used.
fn any_rows() -> impl Strategy<Value = Vec<(i64, Option<i32>, bool)>> {
    prop::collection::vec((0_i64..200_000, prop::option::weighted(0.8, -1_000..1_000), any::<bool>()), 0..300)
}

async fn buckets_are_what_a_naive_computation_gives(db: &TestDatabase) {
    let store = db.open().await;
    let points = series(&store, 24).await;
    let mut runner = TestRunner::deterministic();
    for series in &points {
        let made = any_rows().new_tree(&mut runner).unwrap().current();
        let (resolution, from, length) =
            (1_i64..50_000, 0_i64..100_000, 1_i64..150_000).new_tree(&mut runner).unwrap().current();
        let mut rows = BTreeMap::new();
        for (millis, number, usable) in made {
            let value = number.map_or(Value::Text("x".to_owned()), |n| Value::Number(f64::from(n) / 4.0));
            let quality = if usable { Quality::Alarm } else { Quality::Invalid };
            rows.insert(millis, HistoryRow { quality, ..row(series.id, at(millis), value) });
        }
        let stored: Vec<_> = rows.into_values().collect();
        store.history().insert(&stored).await.unwrap();
        let span = at(from)..at(from + length);
        let found = store.history().buckets(series.id, span.clone(), resolution).await.unwrap();
        let rows: Vec<_> = stored.into_iter().filter(|row| span.contains(&row.at)).collect();
        compare(&found, &rows, resolution);
    }
}

fn compare(found: &[HistoryBucket], rows: &[HistoryRow], resolution: i64) {
    let begin = |row: &HistoryRow| row.at.as_millisecond() / resolution * resolution;
    let mut expected: BTreeMap<i64, Vec<&HistoryRow>> = BTreeMap::new();
    for row in rows {
        expected.entry(begin(row)).or_default().push(row);
    }
    assert!(found.iter().map(|bucket| bucket.from.as_millisecond()).eq(expected.keys().copied()));
    for (bucket, rows) in found.iter().zip(expected.values()) {
        assert_eq!(bucket.count, rows.len() as u64);
        assert_eq!(Some(&&bucket.last), rows.last());
        let usable = rows.iter().filter(|row| row.quality == Quality::Alarm);
        let numbers: Vec<f64> = usable
            .filter_map(|row| if let Value::Number(number) = row.value { Some(number) } else { None })
            .collect();
        let Some(found) = bucket.numbers else {
            assert!(numbers.is_empty(), "{bucket:?}");
            continue;
        };
        assert_eq!(found.min, numbers.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(found.max, numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        assert!((found.mean - mean).abs() < 1e-9, "{} {mean}", found.mean);
    }
}

async fn a_bucket_counts_only_numbers_that_can_be_used(db: &TestDatabase) {
    let store = db.open().await;
    let id = series(&store, 1).await[0].id;
    let rows = [
        row(id, at(0), Value::Number(10.0)),
        HistoryRow { quality: Quality::Stale, ..row(id, at(1), Value::Number(20.0)) },
        HistoryRow { quality: Quality::Fault, ..row(id, at(2), Value::Number(99.0)) },
        row(id, at(3), Value::Text("ON".to_owned())),
    ];
    store.history().insert(&rows).await.unwrap();
    let found = store.history().buckets(id, everything(), 1_000).await.unwrap();
    assert_eq!(found.len(), 1);
    let numbers = found[0].numbers.unwrap();
    assert_eq!((numbers.min, numbers.max, numbers.mean), (10.0, 20.0, 15.0));
    assert_eq!((found[0].count, &found[0].last), (4, &rows[3]));
}

async fn the_last_reading_of_each_series_is_found(db: &TestDatabase) {
    let store = db.open().await;
    let ids: Vec<_> = series(&store, 3).await.iter().map(|series| series.id).collect();
    let rows: Vec<_> = [(0, 1), (0, 5), (0, 3), (2, 2)]
        .map(|(n, millis)| row(ids[n], at(millis), Value::Number(millis as f64)))
        .to_vec();
    store.history().insert(&rows).await.unwrap();
    let mut last = store.history().last(&ids).await.unwrap();
    last.sort_by_key(|row| row.series);
    assert_eq!(last, [rows[1].clone(), rows[3].clone()]);
    assert_eq!(store.history().last(&[]).await.unwrap(), []);
    for (time, held) in [(1, None), (2, Some(&rows[0])), (5, Some(&rows[2])), (9, Some(&rows[1]))] {
        let before = store.history().before(ids[0], at(time)).await.unwrap();
        assert_eq!(before.as_ref(), held, "before {time}");
    }
    let newest = store.series().newest_of(series_owner(&store, ids[0]).await).await.unwrap();
    assert_eq!(newest, Some(at(5)));
    assert_eq!(store.series().newest_of(SmartServerId::new()).await.unwrap(), None);
}

async fn series_owner(store: &Store, id: SeriesId) -> SmartServerId {
    let ages = store.series().ages(SeriesId(0), 1_000).await.unwrap();
    ages.into_iter().find(|age| age.series.id == id).unwrap().series.smartserver_id
}

async fn a_series_outlives_its_point_and_goes_on(db: &TestDatabase) {
    let store = db.open().await;
    let old = series(&store, 2).await;
    store.history().insert(&[row(old[0].id, at(0), Value::Number(1.0))]).await.unwrap();
    store.data_points().replace_inventory(old[0].smartserver_id, &[]).await.unwrap();
    let found = store.series().named(old[0].smartserver_id, &old[0].name).await.unwrap();
    assert_eq!(found.as_ref(), Some(&old[0]));
    assert_eq!(store.series().of_data_point(old[0].data_point_id).await.unwrap(), found);

    let again = NewSeries {
        smartserver_id: old[0].smartserver_id,
        name: old[0].name.clone(),
        data_point_id: DataPointId::new(),
    };
    let earlier = NewSeries { data_point_id: old[0].data_point_id, ..again.clone() };
    let made = store.series().make(&[earlier, again.clone()]).await.unwrap();
    assert_eq!(made, [Series { data_point_id: again.data_point_id, ..old[0].clone() }]);
    assert_eq!(all(&store, made[0].id).await.len(), 1);
    assert_eq!(store.series().of_data_point(old[0].data_point_id).await.unwrap(), None);
}

async fn old_readings_are_deleted_in_small_pieces(db: &TestDatabase) {
    let store = db.open().await;
    let ids: Vec<_> = series(&store, 2).await.iter().map(|series| series.id).collect();
    let rows: Vec<_> = (0..10).flat_map(|n| ids.iter().map(move |id| row(*id, at(n), Value::Null))).collect();
    store.history().insert(&rows).await.unwrap();
    for deleted in [3, 3, 1, 0] {
        assert_eq!(store.history().delete_before(ids[0], at(7), 3).await.unwrap(), deleted);
    }
    let kept: Vec<_> = all(&store, ids[0]).await.iter().map(|row| row.at).collect();
    assert_eq!(kept, [at(7), at(8), at(9)]);
    assert_eq!(all(&store, ids[1]).await.len(), 10);
    assert_eq!(store.history().delete_before(ids[1], at(10), 10).await.unwrap(), 10);
}

async fn whole_months_are_dropped_and_may_come_back(db: &TestDatabase) {
    let store = db.open().await;
    let id = series(&store, 1).await[0].id;
    let month =
        |month: i8, day: i8| -> Timestamp { format!("2026-{month:02}-{day:02}T00:00:00Z").parse().unwrap() };
    let rows = [(1, 1), (1, 31), (2, 1), (3, 1)].map(|(m, d)| row(id, month(m, d), Value::Number(1.0)));
    store.history().insert(&rows).await.unwrap();
    let dropped = store.history().drop_months_before(month(2, 28)).await.unwrap();
    let kept: BTreeSet<_> = all(&store, id).await.iter().map(|row| row.at).collect();
    match db.engine() {
        Engine::Postgres => assert_eq!((dropped, kept.len(), kept.first()), (Some(1), 2, Some(&month(2, 1)))),
        Engine::Sqlite => assert_eq!((dropped, kept.len()), (None, 4)),
    }
    let late = row(id, month(1, 2), Value::Number(2.0));
    assert_eq!(store.history().insert(std::slice::from_ref(&late)).await.unwrap(), 1);
    assert!(all(&store, id).await.contains(&late));
    // Another process dropped it: what this one knows of its partitions is wrong.
    if db.engine() == Engine::Postgres {
        db.execute("DROP TABLE history_202601").await;
        assert_eq!(store.history().insert(std::slice::from_ref(&late)).await.unwrap(), 1);
    }
}

async fn an_orphan_is_told_from_others(db: &TestDatabase) {
    let store = db.open().await;
    let made = series(&store, 3).await;
    store
        .history()
        .insert(&[row(made[1].id, at(4), Value::Null), row(made[1].id, at(2), Value::Null)])
        .await
        .unwrap();
    store.series().set_keep_days(&[made[2].id], Some(30)).await.unwrap();
    let ages = store.series().ages(SeriesId(0), 2).await.unwrap();
    assert_eq!(ages.len(), 2);
    let rest = store.series().ages(ages[1].series.id, 2).await.unwrap();
    let ages = [ages, rest].concat();
    let told: Vec<_> = ages.iter().map(|age| (age.oldest, age.is_orphan, age.series.keep_days)).collect();
    assert_eq!(told, [(None, false, None), (Some(at(2)), false, None), (None, false, Some(30))]);

    store.smartservers().delete(made[0].smartserver_id).await.unwrap();
    let ages = store.series().ages(SeriesId(0), 10).await.unwrap();
    assert!(ages.iter().all(|age| age.is_orphan));
    for series in &made {
        store.series().delete_empty(series.id).await.unwrap();
    }
    let left = store.series().of_smartserver(made[0].smartserver_id).await.unwrap();
    assert_eq!(left, made[1..2], "one that has readings stays");
}

fn gap(smartserver_id: SmartServerId, from: i64, to: Option<i64>) -> NewGap {
    NewGap { smartserver_id, from: at(from), to: to.map(at), reason: GapReason::Offline, detail: None }
}

async fn gaps_are_opened_closed_and_filled(db: &TestDatabase) {
    let store = db.open().await;
    let ours = stored_smartserver(&store, "00D071000001").await.id;
    let theirs = stored_smartserver(&store, "00D071000002").await.id;
    let gaps = store.gaps();
    let over = gaps.open(NewGap { reason: GapReason::Database, ..gap(ours, 0, Some(10)) }).await.unwrap();
    let on = gaps.open(gap(ours, 20, None)).await.unwrap();
    let other = gaps.open(gap(theirs, 0, Some(5))).await.unwrap();
    assert_eq!(over.state, GapState::Open);
    assert_eq!(gaps.of_smartserver(ours, at(0)..at(100)).await.unwrap(), [over.clone(), on.clone()]);
    for (from, to, expected) in [(0, 1, 1), (9, 10, 1), (10, 20, 0), (10, 21, 1), (50, 51, 1)] {
        let found = gaps.of_smartserver(ours, at(from)..at(to)).await.unwrap();
        assert_eq!(found.len(), expected, "{from} to {to}");
    }
    gaps.close(on.id, at(30)).await.unwrap();
    gaps.close(on.id, at(99)).await.unwrap();
    gaps.set_state(on.id, GapState::Unfillable, Some("no data logger")).await.unwrap();
    gaps.set_state(other.id, GapState::Filling, None).await.unwrap();
    let unfinished = gaps.unfinished().await.unwrap();
    assert_eq!(unfinished.iter().map(|gap| gap.id).collect::<Vec<_>>(), [over.id, other.id]);
    let found = gaps.of_smartserver(ours, at(25)..at(26)).await.unwrap().remove(0);
    assert_eq!(
        (found.to, found.state, found.detail.as_deref()),
        (Some(at(30)), GapState::Unfillable, Some("no data logger"))
    );
    assert_eq!(gaps.delete_before(at(30)).await.unwrap(), 2);
}

async fn a_gap_needs_its_smartserver(db: &TestDatabase) {
    let store = db.open().await;
    let error = store.gaps().open(gap(SmartServerId::new(), 0, None)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::SmartServer)), "{error}");
    let ours = stored_smartserver(&store, "00D071000001").await.id;
    let both = vec![gap(ours, 0, None), gap(SmartServerId::new(), 0, None), gap(ours, 10, Some(20))];
    let opened = store.gaps().open_all(both).await.unwrap();
    assert_eq!(opened.iter().map(|gap| gap.from).collect::<Vec<_>>(), [at(0), at(10)]);
    assert_eq!(store.gaps().unfinished().await.unwrap(), opened);
    store.smartservers().delete(ours).await.unwrap();
    assert_eq!(store.gaps().unfinished().await.unwrap(), []);
}
