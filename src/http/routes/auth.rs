use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::gateway::Caller;
use crate::http::extract;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::{AppState, auth};

/// An API key to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The key.
    #[schema(format = Password, example = "nocgate_0198f0c2_secret")]
    key: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// Id of the API key.
    id: Uuid,
    /// Its name.
    #[schema(example = "operator")]
    name: String,
}

impl From<Caller> for Me {
    fn from(caller: Caller) -> Self {
        Me { id: caller.key_id.0, name: caller.name }
    }
}

/// Sign in.
///
/// Trades an API key for a session cookie, which browsers send by themselves.
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = SignIn, responses((status = OK, body = Me), Problems))]
pub(crate) async fn login(
    State(state): State<AppState>,
    extract::Json(sign_in): extract::Json<SignIn>,
) -> Result<(auth::SetCookie, Json<Me>), HttpError> {
    let caller = auth::sign_in(&state, &SecretString::from(sign_in.key)).await?;
    let (token, life) = state.gateway.open_web_session(&caller).await?;
    Ok((auth::session_cookie(&state, &token, life)?, Json(caller.into())))
}

/// Sign out.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses((status = NO_CONTENT), Problems))]
pub(crate) async fn logout(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<(StatusCode, auth::SetCookie), HttpError> {
    if let Some(token) = auth::session_token(&state, &headers) {
        state.gateway.close_web_session(&token).await?;
    }
    Ok((StatusCode::NO_CONTENT, auth::no_session_cookie(&state)?))
}

/// Who am I.
#[utoipa::path(get, path = "/auth/me", tag = "auth", responses((status = OK, body = Me), Problems))]
pub(crate) async fn me(Extension(caller): Extension<Caller>) -> Json<Me> {
    Json(caller.into())
}
