use nocgate::domain::Identity;
use nocgate::store::{Conflict, Missing, Store, StoreError};
use secrecy::ExposeSecret;

use super::on_both_engines;
use super::samples::{at, identity, smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    lists_in_the_order_of_jids,
    a_jid_belongs_to_one_identity,
    updates_all_but_id_and_time,
    is_kept_while_a_smartserver_refers_to_it,
    a_password_moved_to_another_row_does_not_open,
    a_damaged_password_does_not_open,
    the_same_password_is_never_sealed_alike,
);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let stored = Identity {
        bosh_urls: vec![
            "https://a.example:5281/http-bind".parse().unwrap(),
            "http://b.example/x?y=1".parse().unwrap(),
        ],
        plain_on_loopback: true,
        ca_pem: Some("-----BEGIN CERTIFICATE-----\n…".to_owned()),
        ..identity("Überwachung@xmpp.example")
    };
    store.identities().insert(&stored).await.unwrap();
    assert_same(&only(&store).await, &stored);
}

/// The identity that is there alone.
async fn only(store: &Store) -> Identity {
    let mut all = store.identities().list().await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn assert_same(one: &Identity, other: &Identity) {
    assert_eq!(one.password.expose_secret(), other.password.expose_secret());
    // An identity shows everything but its password.
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

async fn lists_in_the_order_of_jids(db: &TestDatabase) {
    let store = db.open().await;
    for jid in ["b@x", "c@x", "a@x"] {
        store.identities().insert(&identity(jid)).await.unwrap();
    }
    let jids: Vec<_> =
        store.identities().list().await.unwrap().into_iter().map(|i| i.jid.to_string()).collect();
    assert_eq!(jids, ["a@x", "b@x", "c@x"]);
}

async fn a_jid_belongs_to_one_identity(db: &TestDatabase) {
    let store = db.open().await;
    store.identities().insert(&identity("noc@xmpp.example")).await.unwrap();
    let error = store.identities().insert(&identity("NOC@xmpp.example")).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::IdentityJid)), "{error}");

    let mut other = identity("other@xmpp.example");
    store.identities().insert(&other).await.unwrap();
    other.jid = "noc@xmpp.example".parse().unwrap();
    let error = store.identities().update(&other).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::IdentityJid)), "{error}");
}

async fn updates_all_but_id_and_time(db: &TestDatabase) {
    let store = db.open().await;
    let first = identity("noc@xmpp.example");
    store.identities().insert(&first).await.unwrap();
    let mut changed = Identity {
        id: first.id,
        resource: "other".to_owned(),
        password: "new".to_owned().into(),
        bosh_urls: Vec::new(),
        created_at: at(5_000),
        ..identity("new@xmpp.example")
    };
    store.identities().update(&changed).await.unwrap();
    changed.created_at = first.created_at;
    assert_same(&only(&store).await, &changed);

    let error = store.identities().update(&identity("nobody@x")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::Identity)), "{error}");
}

async fn is_kept_while_a_smartserver_refers_to_it(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("noc@xmpp.example");
    store.identities().insert(&identity).await.unwrap();
    let smartserver = smartserver(&identity, "A");
    store.smartservers().insert(&smartserver).await.unwrap();

    let error = store.identities().delete(identity.id).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::IdentityInUse)), "{error}");
    store.smartservers().delete(smartserver.id).await.unwrap();
    store.identities().delete(identity.id).await.unwrap();
    let error = store.identities().delete(identity.id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::Identity)), "{error}");
}

async fn a_password_moved_to_another_row_does_not_open(db: &TestDatabase) {
    let store = db.open().await;
    let (mine, other) = (identity("a@x"), identity("b@x"));
    store.identities().insert(&mine).await.unwrap();
    store.identities().insert(&other).await.unwrap();
    let moved = format!(
        "UPDATE identities SET password = (SELECT password FROM identities WHERE id = '{}') WHERE id = '{}'",
        mine.id, other.id
    );
    assert_eq!(db.execute(&moved).await, 1);

    let error = store.identities().list().await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt(place) if place.contains("identities.password")), "{error}");
    store.identities().delete(other.id).await.unwrap();
    assert_same(&only(&store).await, &mine);
}

async fn a_damaged_password_does_not_open(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("a@x");
    store.identities().insert(&identity).await.unwrap();
    for damage in ["substr(password, 1, length(password) - 3) || 'AAA'", "'hunter2'", "'a.b.c'", "''"] {
        db.execute(&format!("UPDATE identities SET password = {damage}")).await;
        let error = store.identities().list().await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{damage}: {error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

async fn the_same_password_is_never_sealed_alike(db: &TestDatabase) {
    let store = db.open().await;
    let identity = identity("a@x");
    store.identities().insert(&identity).await.unwrap();
    db.execute("CREATE TABLE before AS SELECT password FROM identities").await;
    store.identities().update(&identity).await.unwrap();
    let alike = "DELETE FROM before WHERE password IN (SELECT password FROM identities) \
         OR password LIKE '%pass word%'";
    assert_eq!(db.execute(alike).await, 0);
}
