use std::time::{Duration, Instant};

use nocgate::domain::{Outcome, Value};
use nocgate::store::FinishedItem;
use tokio::task::JoinSet;

use super::on_both_engines;
use super::samples::{at, command, new_point, reading, stored_points};
use crate::harness::database::TestDatabase;

on_both_engines!(
    writers_of_all_kinds_at_once_all_succeed,
    readings_do_not_hold_commands_up,
    the_inventory_may_change_while_readings_come,
    a_call_that_is_given_up_leaves_nothing_half_done,
);

async fn writers_of_all_kinds_at_once_all_succeed(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 300).await;
    let mut tasks = JoinSet::new();
    for round in 0..8 {
        let (readings_of, store_of_readings) = (points.clone(), store.clone());
        tasks.spawn(async move {
            // Opposite orders: what deadlocks when rows are locked as they come.
            let mut readings: Vec<_> = readings_of
                .iter()
                .map(|point| reading(point.id, f64::from(round), at(round.into())))
                .collect();
            if round % 2 == 0 {
                readings.reverse();
            }
            store_of_readings.readings().save_latest(&readings).await.unwrap();
        });
        let (points, store) = (points.clone(), store.clone());
        tasks.spawn(async move {
            let command = command(&points, at(0));
            store.commands().insert(&command).await.unwrap();
            for point in &points[..20] {
                store.commands().mark_sent(command.id, &[point.id], "q-1", at(1)).await.unwrap();
                let done = FinishedItem {
                    data_point_id: point.id,
                    outcome: Outcome::Verified,
                    reason: None,
                    held_at: None,
                    raw: None,
                };
                assert_eq!(store.commands().finish(command.id, &[done], at(2)).await.unwrap(), 1);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.commands().list_unfinished().await.unwrap().len(), 8);
    let loaded = store.readings().load_latest().await.unwrap();
    assert!(loaded.iter().all(|reading| reading.value == Value::Number(7.0)));
}

async fn readings_do_not_hold_commands_up(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3_000).await;
    let flood = {
        let (store, points) = (store.clone(), points.clone());
        tokio::spawn(async move {
            for round in 0.. {
                let readings: Vec<_> = points.iter().map(|point| reading(point.id, 1.0, at(round))).collect();
                store.readings().save_latest(&readings).await.unwrap();
            }
        })
    };
    for _ in 0..20 {
        let started = Instant::now();
        store.commands().insert(&command(&points[..10], at(0))).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    flood.abort();
    assert!(flood.await.unwrap_err().is_cancelled());
}

async fn the_inventory_may_change_while_readings_come(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 400).await;
    let smartserver = points[0].smartserver_id;
    let mut tasks = JoinSet::new();
    for writer in 0..3 {
        let (store, points) = (store.clone(), points.clone());
        tasks.spawn(async move {
            for round in 0..15 {
                let readings: Vec<_> =
                    points.iter().map(|point| reading(point.id, 1.0, at(round * 3 + writer))).collect();
                store.readings().save_latest(&readings).await.unwrap();
            }
        });
    }
    for half in 0..2 {
        let store = store.clone();
        tasks.spawn(async move {
            for round in 0..10 {
                let kept = (0..400).filter(|n| (n + round + half) % 3 > 0);
                let inventory: Vec<_> = kept.map(|n| new_point(&format!("Net/p{n:04}"))).collect();
                store.data_points().replace_inventory(smartserver, &inventory).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

async fn a_call_that_is_given_up_leaves_nothing_half_done(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2_500).await;
    for micros in (0..40).map(|n| n * 1_500) {
        let command = command(&points, at(0));
        let insert = async { store.commands().insert(&command).await.unwrap() };
        drop(tokio::time::timeout(Duration::from_micros(micros), insert).await);
        let found = store.commands().get(command.id).await.unwrap();
        assert!(found.is_none_or(|found| found == command), "given up after {micros} µs");
    }
    store.ping().await.unwrap();
}
