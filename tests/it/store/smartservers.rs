use std::collections::BTreeSet;

use nocgate::domain::{IdentityId, SmartServer, SmartServerId};
use nocgate::store::{Conflict, PageRequest, SmartServerFilter, Store, StoreError};

use super::on_both_engines;
use super::samples::{at, identity, new_point, smartserver, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    is_found_by_key_and_by_jid,
    key_and_jid_are_unique,
    needs_its_identity,
    updates_all_but_id_and_times,
    notes_when_the_inventory_was_read,
    is_deleted_with_what_belongs_to_it,
    pages_are_complete_and_without_duplicates,
    refuses_cursors_of_others,
    filters_by_text,
    filters_by_tag_site_and_identity,
    counts_data_points,
    a_nul_is_refused_or_not_found,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    let stored = SmartServer {
        name: "Schule „Süd“ 🏫".to_owned(),
        site: Some("Straße 1".to_owned()),
        tags: vec!["a \"b\"".to_owned(), "größe".to_owned()],
        inventory_at: Some(at(1)),
        ..smartserver(&identity, "00D071000001")
    };
    store.smartservers().insert(&stored).await.unwrap();
    assert_eq!(store.smartservers().get(stored.id).await.unwrap().as_ref(), Some(&stored));
    assert_eq!(store.smartservers().all().await.unwrap(), [stored]);
    assert_eq!(store.smartservers().get(SmartServerId::new()).await.unwrap(), None);
}

async fn is_found_by_key_and_by_jid(db: &TestDatabase) {
    let store = db.open().await;
    let stored = Some(stored_smartserver(&store, "00D071000001").await);
    let smartservers = store.smartservers();
    assert_eq!(smartservers.get_by_key("00D071000001").await.unwrap(), stored);
    assert_eq!(smartservers.get_by_key("00d071000001").await.unwrap(), None);
    for (jid, found) in [
        ("00d071000001@xmpp.example/ilon", true),
        ("00D071000001@XMPP.example/ilon", true),
        ("00d071000001@xmpp.example", true),
        ("00d071000001@xmpp.example/other", false),
        ("00d071000002@xmpp.example", false),
    ] {
        let jid = jid.parse().unwrap();
        assert_eq!(smartservers.get_by_jid(&jid).await.unwrap().is_some(), found, "{jid}");
    }
}

async fn key_and_jid_are_unique(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    let (one, two) = (smartserver(&identity, "A"), smartserver(&identity, "B"));
    store.smartservers().insert(&one).await.unwrap();
    store.smartservers().insert(&two).await.unwrap();

    let same_key = SmartServer { key: "A".to_owned(), ..smartserver(&identity, "C") };
    let same_jid = SmartServer { jid: one.jid.clone(), ..smartserver(&identity, "C") };
    for (twin, conflict) in [(same_key, Conflict::SmartServerKey), (same_jid, Conflict::SmartServerJid)] {
        let inserted = store.smartservers().insert(&twin).await;
        assert!(matches!(inserted, Err(StoreError::Conflict(c)) if c == conflict), "{inserted:?}");
        let updated = store.smartservers().update(&SmartServer { id: two.id, ..twin }).await;
        assert!(matches!(updated, Err(StoreError::Conflict(c)) if c == conflict), "{updated:?}");
    }
    assert_eq!(store.smartservers().all().await.unwrap(), [one, two]);
}

async fn needs_its_identity(db: &TestDatabase) {
    let store = db.open().await;
    let orphan = smartserver(&identity("noc@xmpp.example"), "A");
    let error = store.smartservers().insert(&orphan).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("identity")), "{error}");

    let mut stored = stored_smartserver(&store, "B").await;
    stored.identity_id = IdentityId::new();
    let error = store.smartservers().update(&stored).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("identity")), "{error}");
}

async fn updates_all_but_id_and_times(db: &TestDatabase) {
    let store = db.open().await;
    let mut changed = stored_smartserver(&store, "A").await;
    changed.key = "key".to_owned();
    changed.name = "NAME".to_owned();
    changed.jid = "other@xmpp.example/x".parse().unwrap();
    changed.site = Some("site".to_owned());
    changed.tags = vec!["new".to_owned()];
    let times = (changed.created_at, changed.inventory_at);
    (changed.created_at, changed.inventory_at) = (at(9), Some(at(9)));
    store.smartservers().update(&changed).await.unwrap();
    (changed.created_at, changed.inventory_at) = times;

    let page = list(&store, SmartServerFilter { tag: Some("new".to_owned()), ..Default::default() }).await;
    assert_eq!(page, [changed.clone()]);
    let page = list(&store, SmartServerFilter { q: Some("OTHER@".to_owned()), ..Default::default() }).await;
    assert_eq!(page, [changed.clone()]);
    changed.id = SmartServerId::new();
    let error = store.smartservers().update(&changed).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("SmartServer")), "{error}");
}

async fn notes_when_the_inventory_was_read(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    store.smartservers().set_inventory_at(id, at(7)).await.unwrap();
    assert_eq!(store.smartservers().get(id).await.unwrap().unwrap().inventory_at, Some(at(7)));
    let error = store.smartservers().set_inventory_at(SmartServerId::new(), at(7)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("SmartServer")), "{error}");
}

async fn is_deleted_with_what_belongs_to_it(db: &TestDatabase) {
    let store = db.open().await;
    let points = super::samples::stored_points(&store, 2).await;
    let reading = super::samples::reading(points[0].id, 1.0, at(0));
    store.readings().save_latest(&[reading]).await.unwrap();
    let id = points[0].smartserver_id;

    store.smartservers().delete(id).await.unwrap();
    assert_eq!(store.smartservers().get(id).await.unwrap(), None);
    assert_eq!(store.data_points().chunk(None, 10).await.unwrap(), []);
    assert_eq!(store.readings().load_latest().await.unwrap(), []);
    let error = store.smartservers().delete(id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound("SmartServer")), "{error}");
}

async fn pages_are_complete_and_without_duplicates(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    let keys: BTreeSet<String> =
        (0..25).map(|n| format!("K{n:02} ü\"{n}")).chain(["a".into(), "B".into()]).collect();
    for (n, key) in keys.iter().rev().enumerate() {
        let numbered = smartserver(&identity, &format!("N{n}"));
        store.smartservers().insert(&SmartServer { key: key.clone(), ..numbered }).await.unwrap();
    }
    for limit in [1, 7, 26, 27, 1_000] {
        assert!(walk(&store, limit).await.iter().eq(&keys), "pages of {limit}");
    }
}

/// The keys of all SmartServers, read in pages.
async fn walk(store: &Store, limit: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut request = PageRequest::first(limit);
    loop {
        let page = store.smartservers().list(&SmartServerFilter::default(), &request).await.unwrap();
        assert!(page.items.len() <= limit);
        keys.extend(page.items.into_iter().map(|smartserver| smartserver.key));
        match page.next_cursor {
            Some(cursor) => request = PageRequest::after(limit, cursor),
            None => return keys,
        }
    }
}

async fn refuses_cursors_of_others(db: &TestDatabase) {
    let store = db.open().await;
    for cursor in ["", "?", "AAAA", "WzEsMl0"] {
        let request = PageRequest::after(10, cursor.to_owned());
        let page = store.smartservers().list(&SmartServerFilter::default(), &request).await;
        assert!(matches!(page, Err(StoreError::Cursor)), "{cursor}: {page:?}");
    }
}

async fn filters_by_text(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    for (key, name) in [("K1", "Größe 100%"), ("K2", "a_b"), ("K3", "axb"), ("K4", r"c:\d"), ("K5", "100 x")]
    {
        let named = SmartServer { name: name.to_owned(), ..smartserver(&identity, key) };
        store.smartservers().insert(&named).await.unwrap();
    }
    for (q, expected) in [
        ("100%", vec!["K1"]),
        ("0%", vec!["K1"]),
        ("%", vec!["K1"]),
        ("a_b", vec!["K2"]),
        ("A_B", vec!["K2"]),
        ("_", vec!["K2"]),
        (r"\", vec!["K4"]),
        (r":\D", vec!["K4"]),
        ("GRÖSSE", vec![]),
        ("GRÖßE", vec!["K1"]),
        ("k3", vec!["K3"]),
        ("k5@XMPP.example/ilon", vec!["K5"]),
        ("xmpp.example", vec!["K1", "K2", "K3", "K4", "K5"]),
        ("", vec!["K1", "K2", "K3", "K4", "K5"]),
        ("'; DROP TABLE smartservers; --", vec![]),
    ] {
        let filter = SmartServerFilter { q: Some(q.to_owned()), ..Default::default() };
        assert_eq!(keys(list(&store, filter).await), expected, "{q}");
    }
}

async fn filters_by_tag_site_and_identity(db: &TestDatabase) {
    let store = db.open().await;
    let identities = [identity("a@x"), identity("b@x")];
    for (n, identity) in identities.iter().enumerate() {
        store.identities().insert(identity).await.unwrap();
        for (key, tags, site) in
            [("1", &["roof", "north"][..], Some("S1")), ("2", &["Roof"], Some("s1")), ("3", &[], None)]
        {
            let tagged = SmartServer {
                tags: tags.iter().map(ToString::to_string).collect(),
                site: site.map(str::to_owned),
                ..smartserver(identity, &format!("{n}{key}"))
            };
            store.smartservers().insert(&tagged).await.unwrap();
        }
    }
    let none = SmartServerFilter::default();
    let tag = |tag: &str| Some(tag.to_owned());
    for (filter, expected) in [
        (none.clone(), vec!["01", "02", "03", "11", "12", "13"]),
        (SmartServerFilter { tag: tag("roof"), ..none.clone() }, vec!["01", "11"]),
        (SmartServerFilter { tag: tag("Roof"), ..none.clone() }, vec!["02", "12"]),
        (SmartServerFilter { tag: tag("%"), ..none.clone() }, vec![]),
        (SmartServerFilter { site: tag("S1"), ..none.clone() }, vec!["01", "11"]),
        (SmartServerFilter { identity: Some(identities[1].id), ..none.clone() }, vec!["11", "12", "13"]),
        (
            SmartServerFilter {
                identity: Some(identities[0].id),
                tag: tag("north"),
                site: tag("S1"),
                q: tag("0"),
            },
            vec!["01"],
        ),
    ] {
        assert_eq!(keys(list(&store, filter.clone()).await), expected, "{filter:?}");
    }
}

async fn counts_data_points(db: &TestDatabase) {
    let store = db.open().await;
    let (one, two) = (stored_smartserver(&store, "A").await, stored_smartserver(&store, "B").await);
    let points = [new_point("p1"), new_point("p2")];
    store.data_points().replace_inventory(one.id, &points).await.unwrap();
    let counts = store.smartservers().count_data_points(&[one.id, two.id]).await.unwrap();
    assert_eq!((counts[&one.id], counts[&two.id], counts.len()), (2, 0, 2));
    assert!(store.smartservers().count_data_points(&[]).await.unwrap().is_empty());
}

async fn a_nul_is_refused_or_not_found(db: &TestDatabase) {
    let store = db.open().await;
    let filter = SmartServerFilter { q: Some("a\0".to_owned()), ..Default::default() };
    match store.smartservers().list(&filter, &PageRequest::first(1)).await {
        Ok(page) => assert_eq!(page.items, []),
        Err(error) => assert!(matches!(error, StoreError::Nul), "{error}"),
    }
}

async fn list(store: &Store, filter: SmartServerFilter) -> Vec<SmartServer> {
    store.smartservers().list(&filter, &PageRequest::first(100)).await.unwrap().items
}

fn keys(smartservers: Vec<SmartServer>) -> Vec<String> {
    smartservers.into_iter().map(|smartserver| smartserver.key).collect()
}
