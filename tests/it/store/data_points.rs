use nocgate::domain::{DataPoint, DataPointId, FormatName, SmartServer};
use nocgate::store::{DataPointFilter, NewDataPoint, PageRequest, Store, StoreError};

use super::on_both_engines;
use super::samples::{new_point, stored_points, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    are_found_by_id,
    are_found_by_name,
    chunks_walk_over_all,
    pages_are_complete_and_without_duplicates,
    refuses_cursors_of_other_lists,
    filters_by_name_and_text,
    filters_by_type,
    filters_by_smartserver_and_tag,
);

async fn are_found_by_id(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 2_100).await;
    let mut ids: Vec<_> = points.iter().map(|point| point.id).collect();
    ids.push(DataPointId::new());
    let mut found = store.data_points().get(&ids).await.unwrap();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(found, points);
    assert_eq!(store.data_points().get(&[]).await.unwrap(), []);
}

async fn are_found_by_name(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3).await;
    let other = stored_smartserver(&store, "B").await;
    store.data_points().replace_inventory(other.id, &[new_point("Net/p0001")]).await.unwrap();
    let names = ["Net/p0001", "net/p0002", "Net/none"].map(|name| name.parse().unwrap());
    let found = store.data_points().get_by_names(points[0].smartserver_id, &names).await.unwrap();
    assert_eq!(found, points[1..2]);
}

async fn chunks_walk_over_all(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 10).await;
    let (mut walked, mut last) = (Vec::new(), None);
    loop {
        let chunk = store.data_points().chunk(last, 4).await.unwrap();
        let Some(point) = chunk.last() else { break };
        last = Some(point.id);
        walked.extend(chunk);
    }
    walked.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(walked, points);
}

async fn pages_are_complete_and_without_duplicates(db: &TestDatabase) {
    let store = db.open().await;
    let names = ["Z", "a", "B/x", "B", "ä", "b [1]", "日本", "é", "_", "%"];
    for key in ["A", "B", "C"] {
        let id = stored_smartserver(&store, key).await.id;
        store.data_points().replace_inventory(id, &names.map(new_point)).await.unwrap();
    }
    let whole =
        store.data_points().list(&DataPointFilter::default(), &PageRequest::first(100)).await.unwrap();
    assert_eq!((whole.items.len(), &whole.next_cursor), (30, &None));
    assert!(whole.items.is_sorted_by_key(|point| (point.smartserver_id, point.name.clone())));
    for limit in [1, 7, 29, 30] {
        assert_eq!(walk(&store, limit).await, whole.items, "pages of {limit}");
    }
}

async fn walk(store: &Store, limit: usize) -> Vec<DataPoint> {
    let mut points = Vec::new();
    let mut request = PageRequest::first(limit);
    loop {
        let page = store.data_points().list(&DataPointFilter::default(), &request).await.unwrap();
        points.extend(page.items);
        match page.next_cursor {
            Some(cursor) => request = PageRequest::after(limit, cursor),
            None => return points,
        }
    }
}

async fn refuses_cursors_of_other_lists(db: &TestDatabase) {
    let store = db.open().await;
    stored_smartserver(&store, "A").await;
    stored_smartserver(&store, "B").await;
    let smartservers = store.smartservers().list(&Default::default(), &PageRequest::first(1)).await.unwrap();
    let request = PageRequest::after(1, smartservers.next_cursor.unwrap());
    let page = store.data_points().list(&DataPointFilter::default(), &request).await;
    assert!(matches!(page, Err(StoreError::Cursor)), "{page:?}");
}

async fn filters_by_name_and_text(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    let inventory = [
        NewDataPoint { alias: Some("Außen".to_owned()), ..new_point("Net/a") },
        NewDataPoint { description: Some("50% Öffnung".to_owned()), ..new_point("Net/b_1") },
        new_point("Net/bx1"),
        new_point("Net\\c"),
        new_point("Net\u{10FFFF}"),
        new_point("net/A"),
    ];
    store.data_points().replace_inventory(id, &inventory).await.unwrap();
    let all = DataPointFilter::default();
    let some = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (DataPointFilter { name: some("Net/a"), ..all.clone() }, vec!["Net/a"]),
        (DataPointFilter { name: some("Net/_"), ..all.clone() }, vec![]),
        (DataPointFilter { prefix: some("Net/"), ..all.clone() }, vec!["Net/a", "Net/b_1", "Net/bx1"]),
        (DataPointFilter { prefix: some("Net/b_"), ..all.clone() }, vec!["Net/b_1"]),
        (DataPointFilter { prefix: some("%"), ..all.clone() }, vec![]),
        (DataPointFilter { prefix: some("Net\u{10FFFF}"), ..all.clone() }, vec!["Net\u{10FFFF}"]),
        (DataPointFilter { q: some("NET/A"), ..all.clone() }, vec!["Net/a", "net/A"]),
        (DataPointFilter { q: some("AUßEN"), ..all.clone() }, vec!["Net/a"]),
        (DataPointFilter { q: some("% öff"), ..all.clone() }, vec!["Net/b_1"]),
        (DataPointFilter { q: some("b_1"), ..all.clone() }, vec!["Net/b_1"]),
        (DataPointFilter { q: some("\\"), ..all.clone() }, vec!["Net\\c"]),
        (DataPointFilter { q: some("net/a"), prefix: some("net"), ..all.clone() }, vec!["net/A"]),
    ] {
        assert_eq!(names(&store, &filter).await, expected, "{filter:?}");
    }
}

async fn filters_by_type(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    let of_type =
        |name: &str, format: &str| NewDataPoint { format: Some(FormatName::from(format)), ..new_point(name) };
    let inventory = [
        of_type("a", "#0000000000000000[0].SNVT_switch"),
        of_type("b", "#0000000000000000[0].SNVT_switch.state"),
        of_type("c", "SNVT_temp_f#US"),
        NewDataPoint { format: None, ..new_point("d") },
        of_type("e", &"x".repeat(5_000)),
    ];
    store.data_points().replace_inventory(id, &inventory).await.unwrap();
    for (type_name, expected) in
        [("SNVT_switch", vec!["a", "b"]), ("SNVT_temp_f", vec!["c"]), ("SNVT_", vec![])]
    {
        let filter = DataPointFilter { type_name: Some(type_name.to_owned()), ..Default::default() };
        assert_eq!(names(&store, &filter).await, expected, "{type_name}");
    }
}

async fn filters_by_smartserver_and_tag(db: &TestDatabase) {
    let store = db.open().await;
    let (one, two) = (stored_smartserver(&store, "A").await, stored_smartserver(&store, "B").await);
    store.data_points().replace_inventory(one.id, &[new_point("one")]).await.unwrap();
    store.data_points().replace_inventory(two.id, &[new_point("two")]).await.unwrap();
    store.smartservers().update(&SmartServer { tags: vec!["roof".to_owned()], ..two }).await.unwrap();
    let filter = DataPointFilter { smartserver: Some(one.id), ..Default::default() };
    assert_eq!(names(&store, &filter).await, ["one"]);
    let filter = DataPointFilter { tag: Some("roof".to_owned()), ..Default::default() };
    assert_eq!(names(&store, &filter).await, ["two"]);
}

async fn names(store: &Store, filter: &DataPointFilter) -> Vec<String> {
    let page = store.data_points().list(filter, &PageRequest::first(100)).await.unwrap();
    page.items.into_iter().map(|point| point.name.to_string()).collect()
}
