//! Cursors: opaque to callers, so that what is in them may change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::HttpError;

/// Page size when the caller does not say.
const DEFAULT_LIMIT: usize = 100;
/// Largest page.
const MAX_LIMIT: usize = 1000;

/// Makes a position in a list a cursor.
pub(super) fn encode<T: Serialize>(position: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// Reads a cursor that [`encode`] made.
pub(super) fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, HttpError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(position) => Ok(Some(position)),
        None => Err(not_ours()),
    }
}

/// What a cursor from elsewhere is answered.
pub(super) fn not_ours() -> HttpError {
    HttpError::Query("cursor: not one that this API gave".into())
}

/// The page size asked for, within bounds.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, HttpError> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(HttpError::Query(format!("limit: 1 to {MAX_LIMIT}"))),
    }
}
