//! Who may call: API keys, browser sessions, and what was asked before under an idempotency key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::connections::now;
use super::{Gateway, GatewayError};
use crate::domain::ApiKeyId;
use crate::store::{ApiKey, Begin, Store, StoredResponse, WebSession};

/// Every key begins so, that scanners for leaked secrets find it.
const PREFIX: &str = "nocgate";
/// A browser's session ends this long after its last use.
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A browser's session ends this long after it began.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Uses of a key or session are written down this often at most.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How long an answer is kept under its idempotency key.
const IDEMPOTENT: SignedDuration = SignedDuration::from_hours(24);

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The API key used, also by way of a browser session.
    pub key_id: ApiKeyId,
    /// Its name.
    pub name: String,
}

/// A key just made. This is the only time that its text is known.
#[derive(Debug)]
pub struct NewApiKey {
    /// What is kept of it.
    pub record: ApiKey,
    /// The key: `nocgate_<id>_<secret>`.
    pub key: SecretString,
}

/// What is known of an idempotency key.
#[derive(Debug)]
pub enum Replay {
    /// Nothing: go ahead, and make what is made under this id.
    New {
        /// Id of what the request makes; the same again after a crash in the middle of it.
        resource_id: Uuid,
    },
    /// It was answered so.
    Answered {
        /// HTTP status of the answer.
        status: u16,
        /// Body of the answer.
        body: String,
    },
    /// The same request is being worked on.
    InProgress,
    /// The key was used for another request.
    Mismatch,
}

/// Makes an API key. Of the key itself only a hash is stored.
///
/// # Errors
/// `Invalid` name, `Conflict`, or when the database fails.
pub async fn create_api_key(store: &Store, name: &str) -> Result<NewApiKey, GatewayError> {
    let fits = (1..=100).contains(&name.chars().count());
    if !fits || name.trim() != name || name.chars().any(char::is_control) {
        let message = "1 to 100 characters, no blanks around it, no control characters".to_owned();
        return Err(GatewayError::Invalid { field: "name", message });
    }
    let secret = random_token();
    let record = ApiKey { id: ApiKeyId::new(), name: name.to_owned(), created_at: now(), last_used_at: None };
    store.api_keys().insert(record.id, name, &hash(&secret), record.created_at).await?;
    let key = format!("{PREFIX}_{}_{secret}", record.id.0.simple());
    Ok(NewApiKey { record, key: key.into() })
}

impl Gateway {
    /// Makes an API key.
    ///
    /// # Errors
    /// Those of [`create_api_key`].
    pub async fn add_api_key(&self, name: &str) -> Result<NewApiKey, GatewayError> {
        create_api_key(&self.0.store, name).await
    }

    /// All API keys in the order of their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, GatewayError> {
        Ok(self.0.store.api_keys().list().await?)
    }

    /// Deletes an API key with the browser sessions that it opened.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn remove_api_key(&self, id: ApiKeyId) -> Result<(), GatewayError> {
        self.0.store.api_keys().delete(id).await?;
        self.0.known_keys.forget(id);
        Ok(())
    }

    /// Who holds this API key; `None` if nobody does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller_by_key(&self, key: &SecretString) -> Result<Option<Caller>, GatewayError> {
        let Some((id, secret)) = split(key.expose_secret()) else { return Ok(None) };
        let asked = Instant::now();
        let known = self.0.known_keys.get(id, asked);
        let stored = match &known {
            Some(stored) => Arc::clone(stored),
            None => match self.0.store.api_keys().find(id).await? {
                Some(stored) => Arc::new(stored),
                None => return Ok(None),
            },
        };
        if !bool::from(hash(secret).ct_eq(&stored.hash)) {
            return Ok(None);
        }
        if known.is_none() {
            self.note_use(&stored.api_key).await;
            self.0.known_keys.put(&stored, asked);
        }
        Ok(Some(Caller { key_id: stored.api_key.id, name: stored.api_key.name.clone() }))
    }

    /// Opens a browser session for the holder of a key; returns the cookie's value and its life.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_web_session(&self, caller: &Caller) -> Result<(SecretString, Duration), GatewayError> {
        let token = random_token();
        let begun = now();
        let session = WebSession {
            token_hash: hash(&token),
            api_key_id: caller.key_id,
            created_at: begun,
            idle_until: after(begun, IDLE),
            expires_at: after(begun, ABSOLUTE),
        };
        self.0.store.web_sessions().insert(&session).await?;
        self.0.store.web_sessions().purge(begun).await?;
        Ok((token.into(), ABSOLUTE.unsigned_abs()))
    }

    /// Who signed in with this cookie; `None` if it is not valid any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn caller_by_session(&self, token: &SecretString) -> Result<Option<Caller>, GatewayError> {
        let at = now();
        let sessions = self.0.store.web_sessions();
        let Some(session) = sessions.find_valid(&hash(token.expose_secret()), at).await? else {
            return Ok(None);
        };
        let extended = after(at, IDLE);
        if extended.duration_since(session.idle_until) > NOTED_EVERY {
            sessions.extend(&session.token_hash, extended).await?;
        }
        let stored = self.0.store.api_keys().find(session.api_key_id).await?;
        Ok(stored.map(|stored| Caller { key_id: stored.api_key.id, name: stored.api_key.name }))
    }

    /// Ends a browser session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_web_session(&self, token: &SecretString) -> Result<(), GatewayError> {
        Ok(self.0.store.web_sessions().delete(&hash(token.expose_secret())).await?)
    }

    /// Claims an idempotency key for a request, told by its fingerprint.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_idempotent(
        &self,
        caller: &Caller,
        key: &str,
        fingerprint: &[u8; 32],
    ) -> Result<Replay, GatewayError> {
        let at = now();
        self.0.store.idempotency().purge(after(at, -IDEMPOTENT)).await?;
        Ok(match self.0.store.idempotency().begin(caller.key_id, key, fingerprint, at).await? {
            Begin::New { resource_id } => Replay::New { resource_id },
            Begin::Replay(StoredResponse { status, body }) => Replay::Answered { status, body },
            Begin::InProgress => Replay::InProgress,
            Begin::Mismatch => Replay::Mismatch,
        })
    }

    /// Keeps the answer under the key; an answer that invites to try again frees the key instead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_idempotent(
        &self,
        caller: &Caller,
        key: &str,
        status: u16,
        body: &str,
    ) -> Result<(), GatewayError> {
        if status >= 500 || status == 429 {
            return Ok(self.0.store.idempotency().abandon(caller.key_id, key).await?);
        }
        let response = StoredResponse { status, body: body.to_owned() };
        Ok(self.0.store.idempotency().complete(caller.key_id, key, &response).await?)
    }

    /// Notes the use of a key, once a minute at most.
    async fn note_use(&self, record: &ApiKey) {
        let at = now();
        let recent = record.last_used_at.is_some_and(|last| at.duration_since(last) < NOTED_EVERY);
        if !recent && let Err(error) = self.0.store.api_keys().touch(record.id, at).await {
            tracing::warn!(%error, "use of an API key not noted");
        }
    }
}

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

fn split(key: &str) -> Option<(ApiKeyId, &str)> {
    let (id, secret) = key.strip_prefix(PREFIX)?.strip_prefix('_')?.split_once('_')?;
    Some((id.parse().ok()?, secret))
}

/// 256 random bits as text.
fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A plain hash is enough for a secret of 256 random bits.
fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}
