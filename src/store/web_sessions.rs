use jiff::Timestamp;
use sqlx::FromRow;

use super::columns::{hash, millis, parse, time};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::ApiKeyId;

const INSERT: &str = "INSERT INTO web_sessions \
     (token_hash, api_key_id, created_at, idle_until, expires_at) VALUES ($1, $2, $3, $4, $5)";
const FIND: &str = "SELECT * FROM web_sessions WHERE token_hash = $1 AND idle_until > $2 AND expires_at > $2";
const EXTEND: &str = "UPDATE web_sessions SET idle_until = $2 WHERE token_hash = $1";
const PURGE: &str = "DELETE FROM web_sessions WHERE idle_until <= $1 OR expires_at <= $1";

/// The table of logins to the dashboard. Tokens are stored as hashes only.
#[derive(Debug, Clone, Copy)]
pub struct WebSessions<'a> {
    pub(super) store: &'a Store,
}

/// A login to the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSession {
    /// SHA-256 of the token in the cookie.
    pub token_hash: [u8; 32],
    /// The API key that logged in.
    pub api_key_id: ApiKeyId,
    /// When.
    pub created_at: Timestamp,
    /// It ends then unless it is used before.
    pub idle_until: Timestamp,
    /// It ends then in any case.
    pub expires_at: Timestamp,
}

impl WebSessions<'_> {
    /// Adds a login. [`StoreError::NotFound`] when its API key is not there.
    pub async fn insert(&self, session: &WebSession) -> Result<(), StoreError> {
        let done = self.insert_row(session).await;
        done.map_err(|error| error.or_dangling(StoreError::NotFound(Missing::ApiKey)))
    }

    /// The login with this token, if it has not ended at `now`.
    pub async fn find_valid(
        &self,
        token_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<WebSession>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(FIND).bind(&token_hash[..]).bind(millis(now)).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// Puts off the end of a login that is used; not beyond its `expires_at`. A write each time:
    /// callers do so once a minute at most.
    pub async fn extend(&self, token_hash: &[u8; 32], idle_until: Timestamp) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query(EXTEND)
            .bind(&token_hash[..]).bind(millis(idle_until)).execute(db).await.map(drop)?);
        Ok(())
    }

    /// Ends a login; one that is not there has ended already.
    pub async fn delete(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM web_sessions WHERE token_hash = $1")
                .bind(&token_hash[..]).execute(db).await.map(drop)?);
        Ok(())
    }

    /// Removes the logins that have ended at `now`; gives their number.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db =>
            sqlx::query(PURGE).bind(millis(now)).execute(db).await?.rows_affected()))
    }

    async fn insert_row(&self, session: &WebSession) -> Result<(), StoreError> {
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(&session.token_hash[..]).bind(session.api_key_id.to_string())
            .bind(millis(session.created_at)).bind(millis(session.idle_until))
            .bind(millis(session.expires_at))
            .execute(db).await.map(drop)?);
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    token_hash: Vec<u8>,
    api_key_id: String,
    created_at: i64,
    idle_until: i64,
    expires_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<WebSession, StoreError> {
        Ok(WebSession {
            token_hash: hash("web_sessions.token_hash", self.token_hash)?,
            api_key_id: parse("web_sessions.api_key_id", &self.api_key_id)?,
            created_at: time("web_sessions.created_at", self.created_at)?,
            idle_until: time("web_sessions.idle_until", self.idle_until)?,
            expires_at: time("web_sessions.expires_at", self.expires_at)?,
        })
    }
}
