//! Who makes a request: an API key as bearer token, or the dashboard's session cookie.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use secrecy::{ExposeSecret as _, SecretString};

use super::AppState;
use super::problem::HttpError;
use crate::gateway::Caller;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets only known callers through and tells handlers who calls.
pub(super) async fn require_caller(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, HttpError> {
    let caller = find_caller(&state, request.method(), request.headers()).await?;
    request.extensions_mut().insert(caller.ok_or(HttpError::Unauthenticated)?);
    Ok(next.run(request).await)
}

/// Who makes a request with these headers; `None` if nobody who may.
pub(super) async fn find_caller(
    state: &AppState,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Caller>, HttpError> {
    if let Some(key) = bearer(headers) {
        return Ok(state.gateway.caller_by_key(&key).await?);
    }
    let Some(token) = session_token(state, headers) else { return Ok(None) };
    if !method.is_safe() && is_cross_site(headers) {
        return Err(HttpError::CrossSite);
    }
    Ok(state.gateway.caller_by_session(&token).await?)
}

fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned().into())
}

/// The session token in the request's cookies.
pub(super) fn session_token(state: &AppState, headers: &HeaderMap) -> Option<SecretString> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(state)).map(|cookie| cookie.value().to_owned().into())
}

/// Whether a browser says that a page of another site made the request. `SameSite=Strict` on the
/// cookie keeps it away already; this holds where that is not honoured.
fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(FETCH_SITE), text(header::ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority != text(header::HOST)
        }
        (None, None) => false,
    }
}

/// The cookie that carries a browser's session. Scripts cannot read it.
pub(super) fn session_cookie(
    state: &AppState,
    token: &SecretString,
    life: Duration,
) -> Result<SetCookie, HttpError> {
    set_cookie(state, token.expose_secret(), life)
}

/// The cookie that ends it.
pub(super) fn no_session_cookie(state: &AppState) -> Result<SetCookie, HttpError> {
    set_cookie(state, "", Duration::ZERO)
}

/// The header that sets a cookie, to be put into a response.
pub(super) type SetCookie = [(HeaderName, HeaderValue); 1];

fn set_cookie(state: &AppState, value: &str, life: Duration) -> Result<SetCookie, HttpError> {
    let cookie = Cookie::build((cookie_name(state), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.settings.secure_cookies)
        .build();
    let text = format!("{cookie}; Max-Age={}", life.as_secs());
    let mut header = HeaderValue::try_from(text).map_err(|_| HttpError::Internal)?;
    header.set_sensitive(true);
    Ok([(header::SET_COOKIE, header)])
}

/// Browsers take a `__Host-` cookie only over https, and then from this host alone.
fn cookie_name(state: &AppState) -> &'static str {
    if state.settings.secure_cookies { "__Host-nocgate" } else { "nocgate" }
}

/// Trades an API key for its holder.
pub(super) async fn sign_in(state: &AppState, key: &SecretString) -> Result<Caller, HttpError> {
    state.gateway.caller_by_key(key).await.map_err(HttpError::from)?.ok_or(HttpError::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn tells_other_sites_from_our_own_pages() {
        for (pairs, cross) in [
            (&[("sec-fetch-site", "same-origin")][..], false),
            (&[("sec-fetch-site", "none")][..], false),
            (&[("sec-fetch-site", "cross-site")][..], true),
            (&[("sec-fetch-site", "same-site")][..], true),
            (&[("origin", "http://evil.test"), ("host", "noc.test")][..], true),
            (&[("origin", "http://noc.test:80"), ("host", "noc.test:80")][..], false),
            (&[("origin", "null"), ("host", "noc.test")][..], true),
            (&[][..], false),
        ] {
            assert_eq!(is_cross_site(&headers(pairs)), cross, "{pairs:?}");
        }
    }

    #[test]
    fn takes_a_bearer_token_whatever_the_case_of_its_scheme() {
        let key = bearer(&headers(&[("authorization", "bearer abc")])).map(|k| k.expose_secret().to_owned());
        assert_eq!(key.as_deref(), Some("abc"));
        assert!(bearer(&headers(&[("authorization", "Basic abc")])).is_none());
    }
}
