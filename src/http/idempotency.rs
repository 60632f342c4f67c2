//! `Idempotency-Key`: the same request sent again gets the first one's answer.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::AppState;
use super::problem::HttpError;
use crate::gateway::{Caller, Replay};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in bytes.
const KEY_MAX: usize = 200;
/// Longest answer that is kept, in bytes.
const ANSWER_MAX: usize = 1 << 20;

/// Id of what the request makes, where it has an idempotency key: a request repeated after a crash
/// finds what it made before.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourceId(pub(super) Uuid);

/// Answers a repeated request from the database; keeps the answer of a new one there. To be seen
/// through: a caller who hangs up must find the answer when it asks again.
pub(super) async fn replay(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, HttpError> {
    let Some(key) = request.headers().get(KEY) else { return Ok(next.run(request).await) };
    let key = checked(key)?;
    let caller = request.extensions().get::<Caller>().cloned().ok_or(HttpError::Unauthenticated)?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, state.settings.max_body_bytes).await.map_err(|_| HttpError::BodyTooLarge)?;
    let fingerprint = fingerprint(parts.method.as_str(), parts.uri.path(), &body);
    match state.gateway.begin_idempotent(&caller, &key, &fingerprint).await? {
        Replay::Answered { status, body } => Ok(replayed(status, body)),
        Replay::InProgress => Err(HttpError::IdempotencyInProgress),
        Replay::Mismatch => Err(HttpError::IdempotencyMismatch),
        Replay::New { resource_id } => {
            let mut request = Request::from_parts(parts, Body::from(body));
            request.extensions_mut().insert(ResourceId(resource_id));
            answer_and_keep(state, caller, key, request, next).await
        }
    }
}

async fn answer_and_keep(
    state: AppState,
    caller: Caller,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, HttpError> {
    let (parts, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, ANSWER_MAX).await.map_err(|_| HttpError::Internal)?;
    let text = String::from_utf8_lossy(&body);
    state.gateway.end_idempotent(&caller, &key, parts.status.as_u16(), &text).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn checked(key: &HeaderValue) -> Result<String, HttpError> {
    match key.to_str() {
        Ok(text) if (1..=KEY_MAX).contains(&text.len()) => Ok(text.to_owned()),
        _ => Err(HttpError::Header(format!("Idempotency-Key: 1 to {KEY_MAX} visible ASCII characters"))),
    }
}

fn fingerprint(method: &str, path: &str, body: &Bytes) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn replayed(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, headers, body).into_response()
}
