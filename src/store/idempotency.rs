use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use super::columns::{millis, number, parse};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::ApiKeyId;

const INSERT: &str = "INSERT INTO idempotency_keys \
     (api_key_id, key, fingerprint, resource_id, run, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (api_key_id, key) DO NOTHING";
const FIND: &str = "SELECT fingerprint, resource_id, run, status, body FROM idempotency_keys \
     WHERE api_key_id = $1 AND key = $2";
const TAKE_OVER: &str = "UPDATE idempotency_keys SET run = $4 \
     WHERE api_key_id = $1 AND key = $2 AND run = $3 AND status IS NULL";
const COMPLETE: &str = "UPDATE idempotency_keys SET status = $3, body = $4 \
     WHERE api_key_id = $1 AND key = $2 AND status IS NULL";
const ABANDON: &str = "DELETE FROM idempotency_keys WHERE api_key_id = $1 AND key = $2 AND status IS NULL";

/// The table of idempotency keys: a request that is repeated with the same key is answered from here
/// instead of being executed again.
///
/// Between "what the request makes is stored" and "its answer is stored" the process may die. So each
/// key reserves the id of what its request makes. A request that a run of the process before this one
/// left unfinished is begun anew, with the *same* id: when the first attempt did store its command,
/// storing it again is a [`Conflict`](super::Conflict), and the command that is there is the answer.
/// This holds while one process owns the database.
#[derive(Debug, Clone, Copy)]
pub struct Idempotency<'a> {
    pub(super) store: &'a Store,
}

/// How to go on with a request that has an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// Execute it, make what it makes under this id, then `complete` or `abandon` it.
    New {
        /// Id of what the request makes.
        resource_id: Uuid,
    },
    /// It was executed; this was the answer.
    Replay(StoredResponse),
    /// It is being executed now.
    InProgress,
    /// The key was used for another request.
    Mismatch,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
}

impl Idempotency<'_> {
    /// Begins a request. `fingerprint` is a hash of all that makes the request what it is; it is kept
    /// under the master key, since a request may hold a password that can be guessed.
    /// [`StoreError::NotFound`] when the API key is not there.
    pub async fn begin(
        &self,
        api_key: ApiKeyId,
        key: &str,
        fingerprint: &[u8; 32],
        now: Timestamp,
    ) -> Result<Begin, StoreError> {
        let fingerprint = &self.store.inner.master_key.keyed_hash(fingerprint);
        loop {
            let resource_id = Uuid::now_v7();
            if self.insert(api_key, key, fingerprint, resource_id, now).await? {
                return Ok(Begin::New { resource_id });
            }
            // No row: the request that was in the way has just been abandoned.
            if let Some(row) = self.find(api_key, key).await? {
                return self.judge(api_key, key, fingerprint, row).await;
            }
        }
    }

    /// Stores the answer to a request that was begun.
    pub async fn complete(
        &self,
        api_key: ApiKeyId,
        key: &str,
        response: &StoredResponse,
    ) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query(COMPLETE)
            .bind(api_key.to_string()).bind(key)
            .bind(i64::from(response.status)).bind(&response.body)
            .execute(db).await.map(drop)?);
        Ok(())
    }

    /// Forgets a request that was begun and came to nothing, so that it can be made again.
    pub async fn abandon(&self, api_key: ApiKeyId, key: &str) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db =>
            sqlx::query(ABANDON).bind(api_key.to_string()).bind(key).execute(db).await.map(drop)?);
        Ok(())
    }

    /// Forgets the requests begun before `before`; gives their number.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
                .bind(millis(before)).execute(db).await?.rows_affected()))
    }

    async fn insert(
        &self,
        api_key: ApiKeyId,
        key: &str,
        fingerprint: &[u8; 32],
        resource_id: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let inserted = self.insert_row(api_key, key, fingerprint, resource_id, now).await;
        let inserted = inserted.map_err(|error| error.or_dangling(StoreError::NotFound(Missing::ApiKey)))?;
        Ok(inserted > 0)
    }

    async fn insert_row(
        &self,
        api_key: ApiKeyId,
        key: &str,
        fingerprint: &[u8; 32],
        resource_id: Uuid,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(api_key.to_string()).bind(key).bind(&fingerprint[..])
            .bind(resource_id.to_string()).bind(self.run()).bind(millis(now))
            .execute(db).await?.rows_affected()))
    }

    async fn find(&self, api_key: ApiKeyId, key: &str) -> Result<Option<Row>, StoreError> {
        Ok(on_reader!(self.store.pool(), db => sqlx::query_as(FIND)
            .bind(api_key.to_string()).bind(key).fetch_optional(db).await?))
    }

    async fn judge(
        &self,
        api_key: ApiKeyId,
        key: &str,
        fingerprint: &[u8; 32],
        row: Row,
    ) -> Result<Begin, StoreError> {
        if row.fingerprint != fingerprint {
            return Ok(Begin::Mismatch);
        }
        if let Some(status) = row.status {
            let status = number("idempotency_keys.status", status)?;
            return Ok(Begin::Replay(StoredResponse { status, body: row.body.unwrap_or_default() }));
        }
        if row.run != self.run() && self.take_over(api_key, key, &row.run).await? {
            let resource_id = parse("idempotency_keys.resource_id", &row.resource_id)?;
            return Ok(Begin::New { resource_id });
        }
        Ok(Begin::InProgress)
    }

    /// Whether this call is the one that took a request over from an earlier run.
    async fn take_over(&self, api_key: ApiKeyId, key: &str, from: &str) -> Result<bool, StoreError> {
        let changed = on_writer!(self.store.pool(), db => sqlx::query(TAKE_OVER)
            .bind(api_key.to_string()).bind(key).bind(from).bind(self.run())
            .execute(db).await?.rows_affected());
        Ok(changed > 0)
    }

    fn run(&self) -> String {
        self.store.inner.run.to_string()
    }
}

#[derive(FromRow)]
struct Row {
    fingerprint: Vec<u8>,
    resource_id: String,
    run: String,
    status: Option<i64>,
    body: Option<String>,
}
