use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::ApiKeyId;
use crate::gateway::{ApiKey, Gateway};
use crate::http::extract::{self, Path};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::time;

/// An API key, without the key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    id: Uuid,
    #[schema(example = "energy-management")]
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

/// All API keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyPage {
    items: Vec<ApiKeyView>,
    next_cursor: Option<String>,
}

/// An API key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What it is for; unique.
    #[schema(example = "energy-management", min_length = 1, max_length = 100)]
    name: String,
}

/// An API key just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    id: Uuid,
    name: String,
    /// The key. It is shown this once: only a hash is kept.
    key: String,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        ApiKeyView {
            id: key.id.0,
            name: key.name,
            created_at: time(key.created_at),
            last_used_at: key.last_used_at.map(time),
        }
    }
}

/// List API keys.
#[utoipa::path(get, path = "/api-keys", tag = "auth", responses((status = OK, body = ApiKeyPage), Problems))]
pub(crate) async fn list_api_keys(State(gateway): State<Gateway>) -> Result<Json<ApiKeyPage>, HttpError> {
    let items = gateway.api_keys().await?.into_iter().map(Into::into).collect();
    Ok(Json(ApiKeyPage { items, next_cursor: None }))
}

/// Make an API key.
///
/// The key is in the answer and nowhere else afterwards.
#[utoipa::path(post, path = "/api-keys", tag = "auth", request_body = NewApiKey, responses((status = CREATED, body = CreatedApiKey), Problems))]
pub(crate) async fn create_api_key(
    State(gateway): State<Gateway>,
    extract::Json(new): extract::Json<NewApiKey>,
) -> Result<(StatusCode, Json<CreatedApiKey>), HttpError> {
    let made = gateway.add_api_key(&new.name).await?;
    let key = made.key.expose_secret().to_owned();
    Ok((StatusCode::CREATED, Json(CreatedApiKey { id: made.record.id.0, name: made.record.name, key })))
}

/// Delete an API key.
///
/// Browser sessions opened with it end too.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the key")),
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn delete_api_key(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, HttpError> {
    gateway.remove_api_key(ApiKeyId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
