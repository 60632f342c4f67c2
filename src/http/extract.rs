//! Axum's extractors with our problem documents in place of their plain-text rejections.

use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection, StringRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer};

use super::problem::HttpError;

/// JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// Query string.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

/// Path parameters.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

/// A body of XML.
#[derive(Debug)]
pub(super) struct Xml(pub(super) String);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let axum::extract::Query(value) =
            axum::extract::Query::from_request_parts(parts, state).await.map_err(query_problem)?;
        Ok(Query(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let axum::extract::Path(value) =
            axum::extract::Path::from_request_parts(parts, state).await.map_err(path_problem)?;
        Ok(Path(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let axum::Json(value) = axum::Json::from_request(request, state).await?;
        Ok(Json(value))
    }
}

impl<S: Send + Sync> FromRequest<S> for Xml {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let media = media_type(request.headers());
        if !matches!(media.as_deref(), Some("text/xml" | "application/xml" | "application/soap+xml")) {
            return Err(HttpError::MediaType("send the message as text/xml".into()));
        }
        String::from_request(request, state).await.map(Xml).map_err(text_problem)
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn query_problem(rejection: QueryRejection) -> HttpError {
    HttpError::Query(rejection.body_text())
}

fn path_problem(rejection: PathRejection) -> HttpError {
    HttpError::Path(rejection.body_text())
}

fn text_problem(rejection: StringRejection) -> HttpError {
    match &rejection {
        _ if is_too_large(rejection.status().as_u16()) => HttpError::BodyTooLarge,
        StringRejection::InvalidUtf8(_) => HttpError::Body("the body is not UTF-8".into()),
        _ => HttpError::Body(rejection.body_text()),
    }
}

impl From<JsonRejection> for HttpError {
    fn from(rejection: JsonRejection) -> Self {
        match &rejection {
            JsonRejection::JsonDataError(_) => HttpError::Shape(rejection.body_text()),
            JsonRejection::JsonSyntaxError(_) => HttpError::Json(rejection.body_text()),
            JsonRejection::MissingJsonContentType(_) => {
                HttpError::MediaType("send the body as application/json".into())
            }
            _ if is_too_large(rejection.status().as_u16()) => HttpError::BodyTooLarge,
            _ => HttpError::Body(rejection.body_text()),
        }
    }
}

fn is_too_large(status: u16) -> bool {
    status == 413
}

/// A structure that is an object in JSON; serde would take an array of its fields too.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let object = serde_json::Map::deserialize(deserializer)?;
    T::deserialize(serde_json::Value::Object(object)).map_err(serde::de::Error::custom)
}

/// The same where it may be absent.
pub(super) fn optional_object<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let object = Option::<serde_json::Map<_, _>>::deserialize(deserializer)?;
    let read = |object| T::deserialize(serde_json::Value::Object(object)).map_err(serde::de::Error::custom);
    object.map(read).transpose()
}

/// A day in milliseconds.
pub(super) const DAY_MS: u64 = 86_400_000;
/// Longest time that a request may be let wait, in milliseconds.
pub(super) const LONGEST_WAIT_MS: u64 = 600_000;

/// A duration in milliseconds within its bounds.
pub(super) fn duration(
    name: &str,
    ms: Option<u64>,
    least: u64,
    most: u64,
) -> Result<Option<Duration>, HttpError> {
    match ms {
        Some(ms) if !(least..=most).contains(&ms) => {
            Err(HttpError::Shape(format!("{name}: {least} to {most}")))
        }
        ms => Ok(ms.map(Duration::from_millis)),
    }
}
