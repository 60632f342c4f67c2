use nocgate::domain::{IdentityId, SmartServer, SmartServerId};
use nocgate::store::{Conflict, Missing, StoreError};

use super::on_both_engines;
use super::samples::{at, identity, smartserver, stored_smartserver};
use crate::harness::database::{Engine, TestDatabase};

on_both_engines!(
    gives_back_what_was_stored,
    are_in_the_order_of_their_keys,
    key_and_jid_are_unique,
    needs_its_identity,
    updates_all_but_id_and_times,
    notes_when_the_inventory_was_read,
    is_deleted_with_what_belongs_to_it,
    a_nul_is_refused_or_kept,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    let stored = SmartServer {
        name: "Schule „Süd“ 🏫".to_owned(),
        site: Some("Straße 1".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
        tags: vec!["a \"b\"".to_owned(), "größe".to_owned()],
        inventory_at: Some(at(1)),
        ..smartserver(&identity, "00D071000001")
    };
    store.smartservers().insert(&stored).await.unwrap();
    assert_eq!(store.smartservers().all().await.unwrap(), [stored]);
}

async fn are_in_the_order_of_their_keys(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    // By bytes, whatever the language of the database.
    let keys = ["10", "9", "B", "K ü\"1", "_", "a", "b", "ä"];
    for (n, key) in keys.into_iter().rev().enumerate() {
        let numbered = smartserver(&identity, &format!("N{n}"));
        store.smartservers().insert(&SmartServer { key: key.to_owned(), ..numbered }).await.unwrap();
    }
    let found = store.smartservers().all().await.unwrap();
    assert!(found.iter().map(|smartserver| smartserver.key.as_str()).eq(keys));
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
    assert!(matches!(error, StoreError::NotFound(Missing::Identity)), "{error}");

    let mut stored = stored_smartserver(&store, "B").await;
    stored.identity_id = IdentityId::new();
    let error = store.smartservers().update(&stored).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::Identity)), "{error}");
}

async fn updates_all_but_id_and_times(db: &TestDatabase) {
    let store = db.open().await;
    let mut changed = stored_smartserver(&store, "A").await;
    changed.key = "key".to_owned();
    changed.name = "NAME".to_owned();
    changed.jid = "other@xmpp.example/x".parse().unwrap();
    changed.site = Some("site".to_owned());
    changed.time_zone = Some("Etc/GMT+5".to_owned());
    changed.tags = vec!["new".to_owned()];
    let times = (changed.created_at, changed.inventory_at);
    (changed.created_at, changed.inventory_at) = (at(9), Some(at(9)));
    store.smartservers().update(&changed).await.unwrap();
    (changed.created_at, changed.inventory_at) = times;

    assert_eq!(store.smartservers().all().await.unwrap(), [changed.clone()]);
    changed.id = SmartServerId::new();
    let error = store.smartservers().update(&changed).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::SmartServer)), "{error}");
}

async fn notes_when_the_inventory_was_read(db: &TestDatabase) {
    let store = db.open().await;
    let id = stored_smartserver(&store, "A").await.id;
    store.smartservers().set_inventory_at(id, at(7)).await.unwrap();
    assert_eq!(store.smartservers().all().await.unwrap()[0].inventory_at, Some(at(7)));
    let error = store.smartservers().set_inventory_at(SmartServerId::new(), at(7)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::SmartServer)), "{error}");
}

async fn is_deleted_with_what_belongs_to_it(db: &TestDatabase) {
    let store = db.open().await;
    let points = super::samples::stored_points(&store, 2).await;
    let reading = super::samples::reading(points[0].id, 1.0, at(0));
    store.readings().save_latest(&[reading]).await.unwrap();
    let id = points[0].smartserver_id;

    store.smartservers().delete(id).await.unwrap();
    assert_eq!(store.smartservers().all().await.unwrap(), []);
    assert_eq!(store.data_points().of_smartserver(id).await.unwrap(), []);
    assert_eq!(store.readings().load_latest().await.unwrap(), []);
    let error = store.smartservers().delete(id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::SmartServer)), "{error}");
}

async fn a_nul_is_refused_or_kept(db: &TestDatabase) {
    let store = db.open().await;
    let mut stored = stored_smartserver(&store, "A").await;
    let named = SmartServer { name: "a\0b".to_owned(), ..stored.clone() };
    let updated = store.smartservers().update(&named).await;
    match db.engine() {
        Engine::Sqlite => stored = named,
        Engine::Postgres => assert!(matches!(updated, Err(StoreError::Nul)), "{updated:?}"),
    }
    assert_eq!(store.smartservers().all().await.unwrap(), [stored]);
}
