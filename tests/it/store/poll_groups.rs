use std::time::Duration;

use nocgate::domain::{
    GroupItem, GroupPoints, HistoryRecord, HistoryRule, PointSelection, PollGroup, PollGroupId, SmartServerId,
};
use nocgate::store::{Conflict, Missing, StoreError};

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored_in_the_order_of_names,
    a_name_belongs_to_one_group,
    updates_all_but_id_and_time,
    deletes_what_is_there,
);

fn group(name: &str) -> PollGroup {
    PollGroup {
        id: PollGroupId::new(),
        name: name.to_owned(),
        enabled: true,
        points: GroupPoints::Selection(PointSelection::default()),
        interval: Some(Duration::from_secs(60)),
        max_age: None,
        history: None,
        created_at: at(0),
    }
}

fn full(name: &str) -> PollGroup {
    let item = |name: &str| GroupItem { smartserver_id: SmartServerId::new(), name: name.parse().unwrap() };
    PollGroup {
        enabled: false,
        points: GroupPoints::Items(vec![item("Net/LON/ü [0]"), item("Net/a")]),
        interval: None,
        max_age: Some(Duration::from_millis(1_001)),
        history: Some(HistoryRule {
            record: HistoryRecord::EveryReading,
            min_interval: Duration::from_millis(1),
            deadband: Some(0.1),
            retention_days: Some(3650),
            backfill: true,
        }),
        ..group(name)
    }
}

async fn gives_back_what_was_stored_in_the_order_of_names(db: &TestDatabase) {
    let store = db.open().await;
    let conditions = PointSelection {
        tag: Some("roof".to_owned()),
        site: Some("s".to_owned()),
        smartserver_id: Some(SmartServerId::new()),
        smartserver_ids: Some([SmartServerId::new(), SmartServerId::new()].into()),
        prefix: Some("Net/".to_owned()),
        type_name: Some("SNVT_switch".to_owned()),
        q: Some("ä".to_owned()),
    };
    let selected = PollGroup { points: GroupPoints::Selection(conditions), ..group("b") };
    let stored = [full("B"), group("a"), selected];
    for group in stored.iter().rev() {
        store.poll_groups().insert(group).await.unwrap();
    }
    assert_eq!(store.poll_groups().all().await.unwrap(), stored);
}

async fn a_name_belongs_to_one_group(db: &TestDatabase) {
    let store = db.open().await;
    let (one, mut other) = (group("one"), group("other"));
    for group in [&one, &other] {
        store.poll_groups().insert(group).await.unwrap();
    }
    let taken = |error: StoreError| matches!(error, StoreError::Conflict(Conflict::PollGroupName));
    assert!(taken(store.poll_groups().insert(&group("one")).await.unwrap_err()));
    other.name = "one".to_owned();
    assert!(taken(store.poll_groups().update(&other).await.unwrap_err()));
}

async fn updates_all_but_id_and_time(db: &TestDatabase) {
    let store = db.open().await;
    let first = group("first");
    store.poll_groups().insert(&first).await.unwrap();
    let mut changed = PollGroup { id: first.id, created_at: at(5), ..full("changed") };
    store.poll_groups().update(&changed).await.unwrap();
    changed.created_at = first.created_at;
    assert_eq!(store.poll_groups().all().await.unwrap(), [changed]);
    let error = store.poll_groups().update(&group("nobody")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::PollGroup)), "{error}");
}

async fn deletes_what_is_there(db: &TestDatabase) {
    let store = db.open().await;
    let stored = group("g");
    store.poll_groups().insert(&stored).await.unwrap();
    store.poll_groups().delete(stored.id).await.unwrap();
    let error = store.poll_groups().delete(stored.id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::PollGroup)), "{error}");
    assert_eq!(store.poll_groups().all().await.unwrap(), []);
}
