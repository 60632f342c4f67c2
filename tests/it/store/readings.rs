use std::time::{Duration, Instant};

use jiff::Timestamp;
use nocgate::domain::{DataPointId, ItemFault, Priority, Reading, Source, Value};

use super::on_both_engines;
use super::samples::{at, reading, stored_points};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    times_are_cut_so_that_a_reading_never_gets_younger,
    the_newest_wins,
    the_newest_of_one_call_wins,
    readings_of_unknown_points_are_left_out,
    numbers_come_back_exactly,
    thousands_are_kept_in_one_call,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 5).await;
    let fields = |names: [&str; 3]| {
        let number = |n: usize| Value::Number(n as f64 / 4.0);
        Value::Fields(names.into_iter().enumerate().map(|(n, name)| (name.to_owned(), number(n))).collect())
    };
    let nested = Value::Fields(vec![
        ("z".to_owned(), fields(["state", "Value", "a"])),
        ("a".to_owned(), Value::Text("ß \"\\ \u{1F600}".to_owned())),
        ("m".to_owned(), Value::Null),
        ("l".to_owned(), Value::List(vec![Value::Number(1.0), Value::Null, Value::Text("x".to_owned())])),
    ]);
    let values = [
        Value::Null,
        Value::Number(-21.5),
        Value::Text("HVAC_OFF".to_owned()),
        fields(["b", "c", "a"]),
        nested,
    ];
    let stored: Vec<Reading> = points
        .iter()
        .zip(values)
        .map(|(point, value)| Reading { value, ..reading(point.id, 0.0, at(3)) })
        .collect();
    store.readings().save_latest(&stored[..4]).await.unwrap();
    let bare = Reading {
        preset: Some("ON".to_owned()),
        raw: "100.0 1".to_owned(),
        unit: None,
        format: None,
        status: None,
        priority: Some(Priority(0)),
        never_read: true,
        observed_at: None,
        age_at_receipt: None,
        source: Source::Push,
        fault: Some(ItemFault { code: -14, text: "Data point name not found".to_owned() }),
        ..stored[4].clone()
    };
    store.readings().save_latest(std::slice::from_ref(&bare)).await.unwrap();
    let mut loaded = store.readings().load_latest().await.unwrap();
    loaded.sort_by_key(|reading| reading.data_point_id);
    let mut expected = [&stored[..4], &[bare]].concat();
    expected.sort_by_key(|reading| reading.data_point_id);
    assert_eq!(loaded, expected);
}

async fn times_are_cut_so_that_a_reading_never_gets_younger(db: &TestDatabase) {
    let store = db.open().await;
    let point = stored_points(&store, 1).await[0].id;
    let received_at = at(0) + Duration::from_micros(1_999);
    let age_at_receipt = Some(Duration::from_micros(10_001));
    let stored = Reading { age_at_receipt, ..reading(point, 1.0, received_at) };
    store.readings().save_latest(&[stored]).await.unwrap();
    let loaded = store.readings().load_latest().await.unwrap().remove(0);
    assert_eq!((loaded.received_at, loaded.age_at_receipt), (at(1), Some(Duration::from_millis(11))));
}

async fn the_newest_wins(db: &TestDatabase) {
    let store = db.open().await;
    let point = stored_points(&store, 1).await[0].id;
    for (number, millis, expected) in [(1.0, 10, 1.0), (2.0, 9, 1.0), (3.0, 10, 3.0), (4.0, 11, 4.0)] {
        store.readings().save_latest(&[reading(point, number, at(millis))]).await.unwrap();
        assert_eq!(store.readings().load_latest().await.unwrap()[0].value, Value::Number(expected));
    }
    // Our clock was set back: what came after that is newer.
    for (number, millis) in [(5.0, 3_600_000), (6.0, 12), (7.0, 13)] {
        store.readings().save_latest(&[reading(point, number, at(millis))]).await.unwrap();
        assert_eq!(store.readings().load_latest().await.unwrap()[0].value, Value::Number(number));
    }
}

async fn the_newest_of_one_call_wins(db: &TestDatabase) {
    let store = db.open().await;
    let point = stored_points(&store, 1).await[0].id;
    let readings = [(1.0, 5), (2.0, 7), (3.0, 7), (4.0, 6)].map(|(n, millis)| reading(point, n, at(millis)));
    store.readings().save_latest(&readings).await.unwrap();
    assert_eq!(store.readings().load_latest().await.unwrap(), readings[2..3]);
    store.readings().save_latest(&[]).await.unwrap();
}

async fn readings_of_unknown_points_are_left_out(db: &TestDatabase) {
    let store = db.open().await;
    let point = stored_points(&store, 1).await[0].id;
    let readings = [reading(DataPointId::new(), 1.0, at(0)), reading(point, 2.0, at(0))];
    store.readings().save_latest(&readings).await.unwrap();
    assert_eq!(store.readings().load_latest().await.unwrap(), readings[1..]);
}

async fn numbers_come_back_exactly(db: &TestDatabase) {
    let store = db.open().await;
    // What devices send has no more than 15 digits.
    let numbers = [0.1, -21.55, 0.25, f64::MAX, f64::MIN_POSITIVE, -0.0, 1e23, 65_535.0, 123_456_789.123_456];
    let points = stored_points(&store, numbers.len()).await;
    let readings: Vec<_> = points.iter().zip(numbers).map(|(point, n)| reading(point.id, n, at(0))).collect();
    store.readings().save_latest(&readings).await.unwrap();
    let mut loaded = store.readings().load_latest().await.unwrap();
    loaded.sort_by_key(|reading| {
        readings.iter().position(|stored| stored.data_point_id == reading.data_point_id)
    });
    for (number, reading) in numbers.into_iter().zip(loaded) {
        let Value::Number(loaded) = reading.value else { panic!("{reading:?}") };
        assert_eq!(loaded.to_bits(), number.to_bits(), "{number}");
    }
}

async fn thousands_are_kept_in_one_call(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 5_000).await;
    for round in 0..3 {
        let readings: Vec<_> = points.iter().map(|point| reading(point.id, 1.0, at(round))).collect();
        let started = Instant::now();
        store.readings().save_latest(&readings).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
    let loaded = store.readings().load_latest().await.unwrap();
    let newest: Vec<Timestamp> = loaded.iter().map(|reading| reading.received_at).collect();
    assert_eq!(newest, vec![at(2); 5_000]);
}
