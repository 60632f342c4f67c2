use nocgate::domain::{PubsubSubscription, PubsubSubscriptionId, SmartServer, SmartServerId};
use nocgate::store::{Conflict, Missing, StoreError};

use super::on_both_engines;
use super::samples::{at, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    keeps_subscriptions_oldest_first,
    a_node_is_read_once_by_an_identity,
    needs_its_smartserver_and_goes_with_it,
);

fn subscription(of: &SmartServer, node: &str, made_at: i64) -> PubsubSubscription {
    PubsubSubscription {
        id: PubsubSubscriptionId::new(),
        identity_id: of.identity_id,
        service: "pubsub.xmpp.example".parse().unwrap(),
        node: node.to_owned(),
        smartserver_id: of.id,
        created_at: at(made_at),
    }
}

async fn keeps_subscriptions_oldest_first(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "a").await;
    let made = [("größe/1", 2), ("b", 1)].map(|(node, at)| subscription(&smartserver, node, at));
    for subscription in &made {
        store.pubsub().insert(subscription).await.unwrap();
    }
    let [second, first] = made;
    assert_eq!(store.pubsub().all().await.unwrap(), [first.clone(), second.clone()]);
    store.pubsub().delete(first.id).await.unwrap();
    store.pubsub().delete(first.id).await.unwrap();
    assert_eq!(store.pubsub().all().await.unwrap(), [second]);
}

async fn a_node_is_read_once_by_an_identity(db: &TestDatabase) {
    let store = db.open().await;
    let (one, other) = (stored_smartserver(&store, "a").await, stored_smartserver(&store, "b").await);
    store.pubsub().insert(&subscription(&one, "n", 1)).await.unwrap();
    let again = store.pubsub().insert(&subscription(&one, "n", 2)).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict(Conflict::PubsubNode)), "{again:?}");
    store.pubsub().insert(&subscription(&one, "N", 3)).await.unwrap();
    store.pubsub().insert(&subscription(&other, "n", 4)).await.unwrap();
}

async fn needs_its_smartserver_and_goes_with_it(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "a").await;
    let nobodys =
        PubsubSubscription { smartserver_id: SmartServerId::new(), ..subscription(&smartserver, "n", 1) };
    let refused = store.pubsub().insert(&nobodys).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound(Missing::SmartServer)), "{refused:?}");
    store.pubsub().insert(&subscription(&smartserver, "n", 1)).await.unwrap();
    store.smartservers().delete(smartserver.id).await.unwrap();
    assert_eq!(store.pubsub().all().await.unwrap(), []);
}
