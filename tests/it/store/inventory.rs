use std::time::{Duration, Instant};

use nocgate::domain::{DataPoint, DataPointName, Direction, Preset, SmartServerId};
use nocgate::store::{InventoryChange, Missing, NewDataPoint, StoreError};

use super::on_both_engines;
use super::samples::{at, new_point, reading, stored_points, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    are_in_the_order_of_their_names,
    points_that_stay_keep_their_ids,
    tells_what_changed,
    readings_of_points_that_stay_are_kept,
    of_two_points_with_one_name_the_first_counts,
    leaves_other_smartservers_alone,
    an_empty_inventory_is_one,
    takes_the_longest_names,
    needs_its_smartserver,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    let full = NewDataPoint {
        alias: Some("Außentemperatur".to_owned()),
        description: Some("室外 [1]".to_owned()),
        unit: Some("°C".to_owned()),
        direction: Some(Direction::Out),
        presets: vec![Preset { name: "ON \"1\"".to_owned(), raw: "100.0 1".to_owned() }],
        configured_at: Some(at(1)),
        ..new_point("Net/LON/iLON App/Fühler [0]/nvo Wert")
    };
    let bare = NewDataPoint { format: None, ..new_point("Net/x") };
    store.data_points().replace_inventory(id, &[full.clone(), bare.clone()]).await.unwrap();
    let stored: Vec<_> =
        store.data_points().of_smartserver(id).await.unwrap().into_iter().map(without_ids).collect();
    assert_eq!(stored, [full, bare]);
}

fn without_ids(point: DataPoint) -> NewDataPoint {
    let DataPoint {
        id: _,
        smartserver_id: _,
        name,
        alias,
        description,
        format,
        unit,
        direction,
        presets,
        configured_at,
    } = point;
    NewDataPoint { name, alias, description, format, unit, direction, presets, configured_at }
}

async fn are_in_the_order_of_their_names(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    // By bytes, whatever the language of the database.
    let names = ["%", "B", "B/x", "Z", "_", "a", "b [1]", "ä", "é", "日本"];
    let inventory: Vec<_> = names.into_iter().rev().map(new_point).collect();
    store.data_points().replace_inventory(id, &inventory).await.unwrap();
    let found = store.data_points().of_smartserver(id).await.unwrap();
    assert!(found.iter().map(|point| point.name.as_str()).eq(names));
}

async fn points_that_stay_keep_their_ids(db: &TestDatabase) {
    let store = db.open().await;
    let before = stored_points(&store, 1_500).await;
    let id = before[0].smartserver_id;
    let described =
        |point: &DataPoint| NewDataPoint { alias: Some("a".to_owned()), ..new_point(point.name.as_str()) };
    let mut inventory: Vec<_> = before[500..].iter().rev().map(described).collect();
    inventory.extend((0..500).map(|n| new_point(&format!("New/{n}"))));

    let started = Instant::now();
    let change = store.data_points().replace_inventory(id, &inventory).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());

    let removed: Vec<_> = before[..500].iter().map(|point| point.id).collect();
    assert_eq!(change.removed, removed);
    assert_eq!((change.added.len(), change.changed.len(), change.total), (500, 1_000, 1_500));
    let after = store.data_points().of_smartserver(id).await.unwrap();
    assert_eq!(after.len(), 1_500);
    assert!(
        after.iter().filter(|point| point.name.as_str().starts_with("Net")).eq(&before[500..]
            .iter()
            .map(|point| DataPoint { alias: Some("a".to_owned()), ..point.clone() })
            .collect::<Vec<_>>())
    );
}

async fn tells_what_changed(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3).await;
    let renamed = NewDataPoint { unit: Some("K".to_owned()), ..new_point("Net/p0001") };
    let inventory = [new_point("Net/p0000"), renamed, new_point("Net/new")];
    let id = points[0].smartserver_id;
    let change = store.data_points().replace_inventory(id, &inventory).await.unwrap();
    assert_eq!((&change.changed[..], &change.removed[..]), (&[points[1].id][..], &[points[2].id][..]));
    assert_eq!((change.added.len(), change.total), (1, 3));

    let again = store.data_points().replace_inventory(id, &inventory).await.unwrap();
    assert_eq!(again, InventoryChange { total: 3, ..Default::default() });
}

async fn readings_of_points_that_stay_are_kept(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2).await;
    let readings: Vec<_> = points.iter().map(|point| reading(point.id, 1.0, at(0))).collect();
    store.readings().save_latest(&readings).await.unwrap();
    let inventory = [NewDataPoint { alias: Some("a".to_owned()), ..new_point("Net/p0000") }];
    store.data_points().replace_inventory(points[0].smartserver_id, &inventory).await.unwrap();
    assert_eq!(store.readings().load_latest().await.unwrap(), readings[..1]);
}

async fn of_two_points_with_one_name_the_first_counts(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    let twin = NewDataPoint { alias: Some("second".to_owned()), ..new_point("Net/p") };
    let change = store.data_points().replace_inventory(id, &[new_point("Net/p"), twin]).await.unwrap();
    assert_eq!((change.added.len(), change.total), (1, 1));
    assert_eq!(store.data_points().of_smartserver(id).await.unwrap()[0].alias, None);
}

async fn leaves_other_smartservers_alone(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2).await;
    let other = stored_smartserver(&store, "B").await.id;
    store.data_points().replace_inventory(other, &[new_point("Net/p0000")]).await.unwrap();
    store.data_points().replace_inventory(other, &[]).await.unwrap();
    assert_eq!(store.data_points().of_smartserver(points[0].smartserver_id).await.unwrap(), points);
}

async fn an_empty_inventory_is_one(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2_100).await;
    let id = points[0].smartserver_id;
    let change = store.data_points().replace_inventory(id, &[]).await.unwrap();
    assert_eq!((change.removed.len(), change.total), (2_100, 0));
    assert_eq!(store.data_points().of_smartserver(id).await.unwrap(), []);
}

async fn takes_the_longest_names(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    // Letters that no engine can make shorter.
    let mut seed = 1_u32;
    let mut letter = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x20000 + (seed >> 16) % 0xA000).unwrap()
    };
    let name: String = (0..DataPointName::MAX).map(|_| letter()).collect();
    store.data_points().replace_inventory(id, &[new_point(&name)]).await.unwrap();
    assert_eq!(store.data_points().of_smartserver(id).await.unwrap()[0].name.as_str(), name);
}

async fn needs_its_smartserver(db: &TestDatabase) {
    let store = db.open().await;
    let error =
        store.data_points().replace_inventory(SmartServerId::new(), &[new_point("p")]).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::SmartServer)), "{error}");
}
