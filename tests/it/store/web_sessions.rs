use nocgate::domain::ApiKeyId;
use nocgate::store::{Missing, Store, StoreError, WebSession};

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

on_both_engines!(
    is_valid_until_idle_or_expired,
    use_puts_off_the_idle_end_only,
    is_deleted,
    goes_with_its_api_key,
    ended_ones_are_purged,
    needs_its_api_key,
);

/// A stored login that is idle from 100 on and expires at 1,000.
async fn stored(store: &Store, token: u8) -> WebSession {
    let api_key_id = ApiKeyId::new();
    store.api_keys().insert(api_key_id, &token.to_string(), &[1; 32], at(0)).await.unwrap();
    let session = WebSession {
        token_hash: [token; 32],
        api_key_id,
        created_at: at(0),
        idle_until: at(100),
        expires_at: at(1_000),
    };
    store.web_sessions().insert(&session).await.unwrap();
    session
}

async fn is_valid_until_idle_or_expired(db: &TestDatabase) {
    let store = db.open().await;
    let session = stored(&store, 1).await;
    assert_eq!(store.web_sessions().find_valid(&[1; 32], at(99)).await.unwrap(), Some(session));
    assert_eq!(store.web_sessions().find_valid(&[1; 32], at(100)).await.unwrap(), None);
    assert_eq!(store.web_sessions().find_valid(&[2; 32], at(0)).await.unwrap(), None);
}

async fn use_puts_off_the_idle_end_only(db: &TestDatabase) {
    let store = db.open().await;
    stored(&store, 1).await;
    store.web_sessions().extend(&[1; 32], at(5_000)).await.unwrap();
    assert!(store.web_sessions().find_valid(&[1; 32], at(999)).await.unwrap().is_some());
    assert_eq!(store.web_sessions().find_valid(&[1; 32], at(1_000)).await.unwrap(), None);
}

async fn is_deleted(db: &TestDatabase) {
    let store = db.open().await;
    stored(&store, 1).await;
    store.web_sessions().delete(&[1; 32]).await.unwrap();
    store.web_sessions().delete(&[1; 32]).await.unwrap();
    assert_eq!(store.web_sessions().find_valid(&[1; 32], at(0)).await.unwrap(), None);
}

async fn goes_with_its_api_key(db: &TestDatabase) {
    let store = db.open().await;
    let (gone, kept) = (stored(&store, 1).await, stored(&store, 2).await);
    store.api_keys().delete(gone.api_key_id).await.unwrap();
    assert_eq!(store.web_sessions().find_valid(&[1; 32], at(0)).await.unwrap(), None);
    assert_eq!(store.web_sessions().find_valid(&[2; 32], at(0)).await.unwrap(), Some(kept));
}

async fn ended_ones_are_purged(db: &TestDatabase) {
    let store = db.open().await;
    for token in 1..=3 {
        stored(&store, token).await;
    }
    store.web_sessions().extend(&[2; 32], at(200)).await.unwrap();
    store.web_sessions().extend(&[3; 32], at(5_000)).await.unwrap();
    assert_eq!(store.web_sessions().purge(at(99)).await.unwrap(), 0);
    assert_eq!(store.web_sessions().purge(at(150)).await.unwrap(), 1);
    assert_eq!(store.web_sessions().purge(at(1_000)).await.unwrap(), 2);
}

async fn needs_its_api_key(db: &TestDatabase) {
    let store = db.open().await;
    let session = stored(&store, 1).await;
    let orphan = WebSession { token_hash: [2; 32], api_key_id: ApiKeyId::new(), ..session };
    let error = store.web_sessions().insert(&orphan).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::ApiKey)), "{error}");
}
