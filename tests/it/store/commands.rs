use nocgate::domain::types::UnitSystem;
use nocgate::domain::{Action, Command, CommandId, DataPointId, Outcome, Phase, Priority, WriteValue};
use nocgate::store::{Conflict, FinishedItem, StoreError};
use serde_json::json;

use super::on_both_engines;
use super::samples::{at, command, stored_points};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    is_stored_once,
    keeps_the_order_of_many_items,
    items_go_from_queued_to_sent_to_finished,
    an_outcome_is_final,
    outlives_its_data_points,
    unfinished_commands_are_found_after_a_restart,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2).await;
    let write = |value| Action::Write { value, priority: Priority(240), propagate: true };
    for action in [
        write(WriteValue::Value(json!({"value": 50.5, "state": 1}))),
        write(WriteValue::Value(json!("HVAC_OFF"))),
        write(WriteValue::ValueIn { value: json!(70.5), units: UnitSystem::Us }),
        write(WriteValue::Preset("EIN ü".to_owned())),
        write(WriteValue::Raw("100.0 1".to_owned())),
        write(WriteValue::RawHex("c801".to_owned())),
        Action::Release { priority: Priority(0) },
    ] {
        let stored = Command {
            action,
            reason: Some("Lastabwurf".to_owned()),
            verify: false,
            ..command(&points, at(1))
        };
        store.commands().insert(&stored).await.unwrap();
        assert_eq!(store.commands().get(stored.id).await.unwrap(), Some(stored));
    }
    assert_eq!(store.commands().get(CommandId::new()).await.unwrap(), None);
}

async fn is_stored_once(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2).await;
    let first = command(&points[..1], at(1));
    store.commands().insert(&first).await.unwrap();
    let again = Command { id: first.id, ..command(&points, at(2)) };
    let error = store.commands().insert(&again).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::Command)), "{error}");
    assert_eq!(store.commands().get(first.id).await.unwrap(), Some(first));
}

async fn keeps_the_order_of_many_items(db: &TestDatabase) {
    let store = db.open().await;
    let mut points = stored_points(&store, 2_500).await;
    points.reverse();
    let stored = command(&points, at(1));
    store.commands().insert(&stored).await.unwrap();
    let ids: Vec<_> = points.iter().map(|point| point.id).collect();
    assert_eq!(store.commands().mark_sent(stored.id, &ids, "q-1", at(2)).await.unwrap(), 2_500);
    let done: Vec<_> = ids.iter().map(|id| finished(*id, Outcome::Verified)).collect();
    assert_eq!(store.commands().finish(stored.id, &done, at(3)).await.unwrap(), 2_500);
    let found = store.commands().get(stored.id).await.unwrap().unwrap();
    assert!(found.is_finished());
    assert!(found.items.iter().map(|item| item.data_point_id).eq(ids));
}

fn finished(data_point_id: DataPointId, outcome: Outcome) -> FinishedItem {
    FinishedItem { data_point_id, outcome, reason: None, held_at: None, raw: None }
}

async fn items_go_from_queued_to_sent_to_finished(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3).await;
    let mut expected = command(&points, at(1));
    let commands = store.commands();
    commands.insert(&expected).await.unwrap();

    assert_eq!(
        commands.mark_sent(expected.id, &[points[0].id, points[1].id], "q-1", at(2)).await.unwrap(),
        2
    );
    for item in &mut expected.items[..2] {
        (item.phase, item.updated_at) = (Phase::Sent, at(2));
        item.iq_id = Some("q-1".to_owned());
    }
    assert_eq!(commands.get(expected.id).await.unwrap().as_ref(), Some(&expected));

    let refused = FinishedItem {
        data_point_id: points[1].id,
        outcome: Outcome::Refused,
        reason: Some("held at 10".to_owned()),
        held_at: Some(Priority(10)),
        raw: Some("0.0 0".to_owned()),
    };
    let cancelled = finished(points[2].id, Outcome::Cancelled);
    assert_eq!(commands.finish(expected.id, &[refused, cancelled], at(3)).await.unwrap(), 2);
    for (item, outcome) in expected.items[1..].iter_mut().zip([Outcome::Refused, Outcome::Cancelled]) {
        (item.phase, item.outcome, item.updated_at) = (Phase::Finished, Some(outcome), at(3));
    }
    expected.items[1].reason = Some("held at 10".to_owned());
    expected.items[1].held_at = Some(Priority(10));
    expected.items[1].raw = Some("0.0 0".to_owned());
    assert_eq!(commands.get(expected.id).await.unwrap(), Some(expected));
}

async fn an_outcome_is_final(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 1).await;
    let (stored, other) = (command(&points, at(1)), command(&points, at(1)));
    let commands = store.commands();
    commands.insert(&stored).await.unwrap();
    commands.insert(&other).await.unwrap();
    commands.finish(stored.id, &[finished(points[0].id, Outcome::Unknown)], at(2)).await.unwrap();

    assert_eq!(
        commands.finish(stored.id, &[finished(points[0].id, Outcome::Verified)], at(3)).await.unwrap(),
        0
    );
    assert_eq!(commands.mark_sent(stored.id, &[points[0].id], "q-2", at(3)).await.unwrap(), 0);
    let found = commands.get(stored.id).await.unwrap().unwrap();
    assert_eq!((found.items[0].outcome, found.items[0].updated_at), (Some(Outcome::Unknown), at(2)));
    assert_eq!(commands.get(other.id).await.unwrap(), Some(other));
    assert_eq!(commands.finish(stored.id, &[], at(3)).await.unwrap(), 0);
}

async fn outlives_its_data_points(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 1).await;
    let stored = command(&points, at(1));
    store.commands().insert(&stored).await.unwrap();
    store.smartservers().delete(points[0].smartserver_id).await.unwrap();
    assert_eq!(store.commands().get(stored.id).await.unwrap(), Some(stored));
}

async fn unfinished_commands_are_found_after_a_restart(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3).await;
    let [done, half, fresh] = [3, 2, 1].map(|millis| command(&points, at(millis)));
    for stored in [&done, &half, &fresh] {
        store.commands().insert(stored).await.unwrap();
    }
    let outcomes: Vec<_> = points.iter().map(|point| finished(point.id, Outcome::Acknowledged)).collect();
    store.commands().finish(done.id, &outcomes, at(9)).await.unwrap();
    store.commands().finish(half.id, &outcomes[1..], at(9)).await.unwrap();
    store.commands().mark_sent(half.id, &[points[0].id], "q-2", at(9)).await.unwrap();
    // Not closed: as after a crash.
    let store = db.open().await;
    let found = store.commands().list_unfinished().await.unwrap();
    let phases: Vec<_> =
        found.iter().map(|c| (c.id, c.items.iter().map(|i| i.phase).collect::<Vec<_>>())).collect();
    let expected =
        [(fresh.id, vec![Phase::Queued; 3]), (half.id, vec![Phase::Sent, Phase::Finished, Phase::Finished])];
    assert_eq!(phases, expected);
}
