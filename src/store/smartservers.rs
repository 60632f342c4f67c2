use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{json, millis, optional_millis, optional_time, parse, parse_json, time};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::{SmartServer, SmartServerId};

const INSERT: &str = "INSERT INTO smartservers \
     (id, key, identity_id, jid, name, site, time_zone, tags, inventory_at, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const UPDATE: &str = "UPDATE smartservers SET key = $2, identity_id = $3, jid = $4, name = $5, \
     site = $6, time_zone = $7, tags = $8 WHERE id = $1";

/// The table of SmartServers.
#[derive(Debug, Clone, Copy)]
pub struct SmartServers<'a> {
    pub(super) store: &'a Store,
}

impl SmartServers<'_> {
    /// Adds a SmartServer. [`Conflict`](super::Conflict) when its key or JID is taken,
    /// [`StoreError::NotFound`] when its identity is not there.
    pub async fn insert(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let done = self.insert_row(smartserver).await;
        done.map_err(|error| error.or_dangling(StoreError::NotFound(Missing::Identity)))
    }

    /// All SmartServers in the order of their keys.
    pub async fn all(&self) -> Result<Vec<SmartServer>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM smartservers ORDER BY key").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Changes everything but id and times. [`Conflict`](super::Conflict) when its key or JID is taken,
    /// [`StoreError::NotFound`] when it or its identity is not there.
    pub async fn update(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let done = self.update_row(smartserver).await;
        match done.map_err(|error| error.or_dangling(StoreError::NotFound(Missing::Identity)))? {
            0 => Err(StoreError::NotFound(Missing::SmartServer)),
            _ => Ok(()),
        }
    }

    /// Notes when the inventory was read completely.
    pub async fn set_inventory_at(&self, id: SmartServerId, at: Timestamp) -> Result<(), StoreError> {
        let changed = on_writer!(self.store.pool(), db =>
            sqlx::query("UPDATE smartservers SET inventory_at = $2 WHERE id = $1")
                .bind(id.to_string()).bind(millis(at)).execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound(Missing::SmartServer)) } else { Ok(()) }
    }

    /// Removes a SmartServer with its data points and their readings.
    pub async fn delete(&self, id: SmartServerId) -> Result<(), StoreError> {
        let changed = on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM smartservers WHERE id = $1")
                .bind(id.to_string()).execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound(Missing::SmartServer)) } else { Ok(()) }
    }

    async fn insert_row(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let tags = json("smartservers.tags", &smartserver.tags)?;
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(smartserver.id.to_string()).bind(&smartserver.key).bind(smartserver.identity_id.to_string())
            .bind(smartserver.jid.to_string()).bind(&smartserver.name).bind(&smartserver.site)
            .bind(&smartserver.time_zone).bind(tags)
            .bind(optional_millis(smartserver.inventory_at)).bind(millis(smartserver.created_at))
            .execute(db).await.map(drop)?);
        Ok(())
    }

    async fn update_row(&self, smartserver: &SmartServer) -> Result<u64, StoreError> {
        let tags = json("smartservers.tags", &smartserver.tags)?;
        Ok(on_writer!(self.store.pool(), db => sqlx::query(UPDATE)
            .bind(smartserver.id.to_string()).bind(&smartserver.key).bind(smartserver.identity_id.to_string())
            .bind(smartserver.jid.to_string()).bind(&smartserver.name).bind(&smartserver.site)
            .bind(&smartserver.time_zone).bind(tags)
            .execute(db).await?.rows_affected()))
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    key: String,
    identity_id: String,
    jid: String,
    name: String,
    site: Option<String>,
    time_zone: Option<String>,
    tags: String,
    inventory_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<SmartServer, StoreError> {
        Ok(SmartServer {
            id: parse("smartservers.id", &self.id)?,
            key: self.key,
            identity_id: parse("smartservers.identity_id", &self.identity_id)?,
            jid: parse("smartservers.jid", &self.jid)?,
            name: self.name,
            site: self.site,
            time_zone: self.time_zone,
            tags: parse_json("smartservers.tags", &self.tags)?,
            inventory_at: optional_time("smartservers.inventory_at", self.inventory_at)?,
            created_at: time("smartservers.created_at", self.created_at)?,
        })
    }
}
