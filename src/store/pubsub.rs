use sqlx::FromRow;

use super::columns::{millis, parse, time};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::{PubsubSubscription, PubsubSubscriptionId};

const INSERT: &str = "INSERT INTO pubsub (id, identity_id, service, node, smartserver_id, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// The table of subscriptions to pubsub nodes. They go with their identity and their SmartServer.
#[derive(Debug, Clone, Copy)]
pub struct Pubsub<'a> {
    pub(super) store: &'a Store,
}

impl Pubsub<'_> {
    /// Adds a subscription. [`Conflict`](super::Conflict) when its identity reads the node already,
    /// [`StoreError::NotFound`] when its SmartServer or identity is not there.
    pub async fn insert(&self, new: &PubsubSubscription) -> Result<(), StoreError> {
        self.insert_row(new)
            .await
            .map_err(|error| error.or_dangling(StoreError::NotFound(Missing::SmartServer)))
    }

    /// All subscriptions, oldest first.
    pub async fn all(&self) -> Result<Vec<PubsubSubscription>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM pubsub ORDER BY created_at, id").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Removes a subscription, if it is there.
    pub async fn delete(&self, id: PubsubSubscriptionId) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM pubsub WHERE id = $1").bind(id.to_string()).execute(db).await.map(drop)?);
        Ok(())
    }

    async fn insert_row(&self, new: &PubsubSubscription) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(new.id.to_string()).bind(new.identity_id.to_string()).bind(new.service.to_string())
            .bind(&new.node).bind(new.smartserver_id.to_string()).bind(millis(new.created_at))
            .execute(db).await.map(drop)?);
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    identity_id: String,
    service: String,
    node: String,
    smartserver_id: String,
    created_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<PubsubSubscription, StoreError> {
        Ok(PubsubSubscription {
            id: parse("pubsub.id", &self.id)?,
            identity_id: parse("pubsub.identity_id", &self.identity_id)?,
            service: parse("pubsub.service", &self.service)?,
            node: self.node,
            smartserver_id: parse("pubsub.smartserver_id", &self.smartserver_id)?,
            created_at: time("pubsub.created_at", self.created_at)?,
        })
    }
}
