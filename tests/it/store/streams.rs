use nocgate::domain::{Identity, IdentityId};
use nocgate::store::{Store, StoredStream};

use super::on_both_engines;
use super::samples::identity;
use crate::harness::database::TestDatabase;

on_both_engines!(
    keeps_the_last_of_each_identity,
    forgets_what_is_gone,
    goes_with_its_identity,
    keeps_many_at_once,
);

async fn stored_identity(store: &Store, jid: &str) -> Identity {
    let identity = identity(jid);
    store.identities().insert(&identity).await.unwrap();
    identity
}

fn stream(identity: &Identity, id: &str, received: u32) -> StoredStream {
    let jid = identity.jid.with_resource_str("nocgate").unwrap();
    StoredStream { identity_id: identity.id, stream_id: id.to_owned(), jid, received }
}

async fn list(store: &Store) -> Vec<StoredStream> {
    let mut all = store.streams().list().await.unwrap();
    all.sort_by(|one, other| one.jid.cmp(&other.jid));
    all
}

async fn keeps_the_last_of_each_identity(db: &TestDatabase) {
    let store = db.open().await;
    let (a, b) = (stored_identity(&store, "a@x").await, stored_identity(&store, "b@x").await);
    let first = [stream(&a, "1", 0), stream(&b, "2", 7)];
    store.streams().save(&first, &[]).await.unwrap();
    assert_eq!(list(&store).await, first);
    let other = stream(&a, "ä=:,", u32::MAX);
    store.streams().save(std::slice::from_ref(&other), &[]).await.unwrap();
    // Not closed: as after a crash.
    let store = db.open().await;
    assert_eq!(list(&store).await, [other, first[1].clone()]);
}

async fn forgets_what_is_gone(db: &TestDatabase) {
    let store = db.open().await;
    let (a, b) = (stored_identity(&store, "a@x").await, stored_identity(&store, "b@x").await);
    store.streams().save(&[stream(&a, "1", 0)], &[]).await.unwrap();
    store.streams().save(&[stream(&b, "2", 0)], &[a.id, IdentityId::new()]).await.unwrap();
    assert_eq!(list(&store).await, [stream(&b, "2", 0)]);
    store.streams().save(&[], &[]).await.unwrap();
    assert_eq!(list(&store).await.len(), 1);
}

async fn goes_with_its_identity(db: &TestDatabase) {
    let store = db.open().await;
    let (a, b) = (stored_identity(&store, "a@x").await, stored_identity(&store, "b@x").await);
    store.streams().save(&[stream(&a, "1", 0)], &[]).await.unwrap();
    store.identities().delete(a.id).await.unwrap();
    assert!(list(&store).await.is_empty());
    store.streams().save(&[stream(&a, "1", 1), stream(&b, "2", 2)], &[]).await.unwrap();
    assert_eq!(list(&store).await, [stream(&b, "2", 2)]);
}

async fn keeps_many_at_once(db: &TestDatabase) {
    let store = db.open().await;
    let mut streams = Vec::new();
    for n in 0..1_001 {
        let identity = stored_identity(&store, &format!("{n:04}@x")).await;
        streams.push(stream(&identity, "1", n));
    }
    store.streams().save(&streams, &[]).await.unwrap();
    assert_eq!(list(&store).await, streams);
    let ids: Vec<_> = streams.iter().map(|stream| stream.identity_id).collect();
    store.streams().save(&[], &ids).await.unwrap();
    assert!(list(&store).await.is_empty());
}
