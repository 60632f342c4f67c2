use nocgate::domain::ApiKeyId;
use nocgate::store::{Begin, Missing, Store, StoreError, StoredResponse};
use uuid::Uuid;

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

const REQUEST: [u8; 32] = [1; 32];
const OTHER_REQUEST: [u8; 32] = [2; 32];

on_both_engines!(
    replays_the_answer,
    is_in_progress_until_answered,
    refuses_another_request,
    keys_of_two_callers_are_two,
    can_be_made_again_when_abandoned,
    is_taken_over_from_a_run_that_crashed_under_the_same_id,
    is_forgotten_when_purged_or_its_caller_goes,
    one_of_many_at_once_is_new,
    needs_its_api_key,
);

async fn caller(store: &Store, name: &str) -> ApiKeyId {
    let id = ApiKeyId::new();
    store.api_keys().insert(id, name, &[1; 32], at(0)).await.unwrap();
    id
}

async fn begin(store: &Store, caller: ApiKeyId) -> Begin {
    store.idempotency().begin(caller, "key", &REQUEST, at(0)).await.unwrap()
}

fn new_id(begin: &Begin) -> Uuid {
    let Begin::New { resource_id } = begin else { panic!("{begin:?}") };
    *resource_id
}

fn response() -> StoredResponse {
    StoredResponse { status: 202, body: r#"{"id": "ü"}"#.to_owned() }
}

async fn replays_the_answer(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    new_id(&begin(&store, caller).await);
    store.idempotency().complete(caller, "key", &response()).await.unwrap();
    assert_eq!(begin(&store, caller).await, Begin::Replay(response()));
    let later = StoredResponse { status: 500, body: String::new() };
    store.idempotency().complete(caller, "key", &later).await.unwrap();
    store.idempotency().abandon(caller, "key").await.unwrap();
    assert_eq!(begin(&store, caller).await, Begin::Replay(response()));
    assert_eq!(begin(&db.open().await, caller).await, Begin::Replay(response()));
}

async fn is_in_progress_until_answered(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    new_id(&begin(&store, caller).await);
    assert_eq!(begin(&store, caller).await, Begin::InProgress);
}

async fn refuses_another_request(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    new_id(&begin(&store, caller).await);
    let other = store.idempotency().begin(caller, "key", &OTHER_REQUEST, at(0)).await.unwrap();
    assert_eq!(other, Begin::Mismatch);
    store.idempotency().complete(caller, "key", &response()).await.unwrap();
    let other = store.idempotency().begin(caller, "key", &OTHER_REQUEST, at(0)).await.unwrap();
    assert_eq!(other, Begin::Mismatch);
}

async fn keys_of_two_callers_are_two(db: &TestDatabase) {
    let store = db.open().await;
    let (one, two) = (caller(&store, "a").await, caller(&store, "b").await);
    assert_ne!(new_id(&begin(&store, one).await), new_id(&begin(&store, two).await));
}

async fn can_be_made_again_when_abandoned(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    let first = new_id(&begin(&store, caller).await);
    store.idempotency().abandon(caller, "key").await.unwrap();
    assert_ne!(new_id(&begin(&store, caller).await), first);
}

async fn is_taken_over_from_a_run_that_crashed_under_the_same_id(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    let first = new_id(&begin(&store, caller).await);

    let store = db.open().await;
    let other = store.idempotency().begin(caller, "key", &OTHER_REQUEST, at(0)).await.unwrap();
    assert_eq!(other, Begin::Mismatch);
    assert_eq!(new_id(&begin(&store, caller).await), first);
    assert_eq!(begin(&store, caller).await, Begin::InProgress);
}

async fn is_forgotten_when_purged_or_its_caller_goes(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    begin(&store, caller).await;
    assert_eq!(store.idempotency().purge(at(0)).await.unwrap(), 0);
    assert_eq!(store.idempotency().purge(at(1)).await.unwrap(), 1);
    new_id(&begin(&store, caller).await);
    store.api_keys().delete(caller).await.unwrap();
    assert_eq!(store.idempotency().purge(at(1)).await.unwrap(), 0);
}

async fn one_of_many_at_once_is_new(db: &TestDatabase) {
    let store = db.open().await;
    let caller = caller(&store, "a").await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { begin(&store, caller).await })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        match task.await.unwrap() {
            Begin::New { .. } => new += 1,
            other => assert_eq!(other, Begin::InProgress),
        }
    }
    assert_eq!(new, 1);
}

async fn needs_its_api_key(db: &TestDatabase) {
    let store = db.open().await;
    let error = store.idempotency().begin(ApiKeyId::new(), "key", &REQUEST, at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::ApiKey)), "{error}");
}
