use nocgate::domain::ApiKeyId;
use nocgate::store::{ApiKey, Conflict, Missing, StoreError, StoredApiKey};

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

on_both_engines!(gives_back_what_was_stored, a_name_belongs_to_one_key, notes_use, is_deleted);

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let key = |name: &str| ApiKey {
        id: ApiKeyId::new(),
        name: name.to_owned(),
        created_at: at(1),
        last_used_at: None,
    };
    let (b, a) = (key("b"), key("a ü"));
    for key in [&b, &a] {
        store.api_keys().insert(key.id, &key.name, &[7; 32], key.created_at).await.unwrap();
    }
    let found = store.api_keys().find(a.id).await.unwrap();
    assert_eq!(found, Some(StoredApiKey { api_key: a.clone(), hash: [7; 32] }));
    assert_eq!(store.api_keys().find(ApiKeyId::new()).await.unwrap(), None);
    assert_eq!(store.api_keys().list().await.unwrap(), [a, b]);
}

async fn a_name_belongs_to_one_key(db: &TestDatabase) {
    let store = db.open().await;
    store.api_keys().insert(ApiKeyId::new(), "a", &[1; 32], at(1)).await.unwrap();
    let error = store.api_keys().insert(ApiKeyId::new(), "a", &[2; 32], at(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::ApiKeyName)), "{error}");
}

async fn notes_use(db: &TestDatabase) {
    let store = db.open().await;
    let id = ApiKeyId::new();
    store.api_keys().insert(id, "a", &[1; 32], at(1)).await.unwrap();
    store.api_keys().touch(id, at(5)).await.unwrap();
    assert_eq!(store.api_keys().list().await.unwrap()[0].last_used_at, Some(at(5)));
}

async fn is_deleted(db: &TestDatabase) {
    let store = db.open().await;
    let id = ApiKeyId::new();
    store.api_keys().insert(id, "a", &[1; 32], at(1)).await.unwrap();
    store.api_keys().delete(id).await.unwrap();
    assert_eq!(store.api_keys().find(id).await.unwrap(), None);
    let error = store.api_keys().delete(id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::ApiKey)), "{error}");
    store.api_keys().insert(ApiKeyId::new(), "a", &[1; 32], at(1)).await.unwrap();
}
