//! Cursors: opaque to callers, so that what is in them may change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
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

/// The same for a list that is in the order of time and of something else: time in milliseconds, and that.
pub(super) fn encode_time<T: Serialize>((at, id): (Timestamp, T)) -> String {
    encode(&(at.as_millisecond(), id))
}

/// Reads a cursor that [`encode_time`] made.
pub(super) fn decode_time<T: DeserializeOwned>(
    cursor: Option<&str>,
) -> Result<Option<(Timestamp, T)>, HttpError> {
    let Some((ms, id)) = decode::<(i64, T)>(cursor)? else { return Ok(None) };
    Ok(Some((Timestamp::from_millisecond(ms).map_err(|_| not_ours())?, id)))
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
