use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{hash, millis, optional_time, parse, time};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::ApiKeyId;

const INSERT: &str = "INSERT INTO api_keys (id, name, hash, created_at) VALUES ($1, $2, $3, $4)";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $2 WHERE id = $1";

/// The table of API keys. Keys are stored as hashes only.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeys<'a> {
    pub(super) store: &'a Store,
}

/// An API key, without what it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Id; part of the key that callers send.
    pub id: ApiKeyId,
    /// Unique name, given by people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, about.
    pub last_used_at: Option<Timestamp>,
}

/// An API key with the hash that it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApiKey {
    /// The key.
    pub api_key: ApiKey,
    /// SHA-256 of its secret; to be compared in constant time.
    pub hash: [u8; 32],
}

impl ApiKeys<'_> {
    /// Adds a key. [`Conflict::ApiKeyName`](super::Conflict::ApiKeyName) when its name is taken.
    pub async fn insert(
        &self,
        id: ApiKeyId,
        name: &str,
        hash: &[u8; 32],
        created_at: Timestamp,
    ) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(id.to_string()).bind(name).bind(&hash[..]).bind(millis(created_at))
            .execute(db).await.map(drop)?);
        Ok(())
    }

    /// The key with this id.
    pub async fn find(&self, id: ApiKeyId) -> Result<Option<StoredApiKey>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM api_keys WHERE id = $1")
                .bind(id.to_string()).fetch_optional(db).await?);
        row.map(Row::into_stored).transpose()
    }

    /// All keys in the order of their names.
    pub async fn list(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM api_keys ORDER BY name").fetch_all(db).await?);
        rows.into_iter().map(|row| Ok(row.into_stored()?.api_key)).collect()
    }

    /// Removes a key, the logins made with it and its idempotency keys. [`StoreError::NotFound`] when
    /// there is none.
    pub async fn delete(&self, id: ApiKeyId) -> Result<(), StoreError> {
        let deleted = on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM api_keys WHERE id = $1")
                .bind(id.to_string()).execute(db).await?.rows_affected());
        if deleted == 0 { Err(StoreError::NotFound(Missing::ApiKey)) } else { Ok(()) }
    }

    /// Notes that a key was used. A write each time: callers do so once a minute at most.
    pub async fn touch(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db =>
            sqlx::query(TOUCH).bind(id.to_string()).bind(millis(at)).execute(db).await.map(drop)?);
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    hash: Vec<u8>,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl Row {
    fn into_stored(self) -> Result<StoredApiKey, StoreError> {
        Ok(StoredApiKey {
            hash: hash("api_keys.hash", self.hash)?,
            api_key: ApiKey {
                id: parse("api_keys.id", &self.id)?,
                name: self.name,
                created_at: time("api_keys.created_at", self.created_at)?,
                last_used_at: optional_time("api_keys.last_used_at", self.last_used_at)?,
            },
        })
    }
}
