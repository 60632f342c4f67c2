use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jid::Jid;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::IdentityId;
use crate::gateway::{Approach, Gateway, UnknownSenderPlace};
use crate::http::cursor;
use crate::http::extract::Query;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::UnknownSenderPage;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnknownSenderQuery {
    /// Page size, 100 if absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The last of a page.
#[derive(Serialize, Deserialize)]
struct Last(Uuid, String, u8);

/// List who talks to an identity and is not registered with it.
///
/// They are not served: a push is answered `forbidden`. A SmartServer that stands here can be registered with
/// the address of its push; it leaves the list then. The list is kept in memory, 256 entries per identity, the
/// oldest go first.
#[utoipa::path(get, path = "/unknown-senders", tag = "smartservers", params(UnknownSenderQuery),
    responses((status = OK, body = UnknownSenderPage), Problems))]
pub(crate) async fn list_unknown_senders(
    State(gateway): State<Gateway>,
    Query(query): Query<UnknownSenderQuery>,
) -> Result<Json<UnknownSenderPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let after = cursor::decode(query.cursor.as_deref())?.map(place).transpose()?;
    let mut senders = gateway.unknown_senders(after.as_ref());
    let is_last = senders.len() <= limit;
    senders.truncate(limit);
    let last = senders.last().filter(|_| !is_last).map(|sender| {
        let (identity, jid, approach) = sender.place();
        cursor::encode(&Last(identity.0, jid.to_string(), approach as u8))
    });
    let items = senders.into_iter().map(Into::into).collect();
    Ok(Json(UnknownSenderPage { items, next_cursor: last }))
}

/// Forget who talked to identities and is not registered.
#[utoipa::path(delete, path = "/unknown-senders", tag = "smartservers",
    responses((status = NO_CONTENT), Problems))]
pub(crate) async fn clear_unknown_senders(State(gateway): State<Gateway>) -> StatusCode {
    gateway.clear_unknown_senders();
    StatusCode::NO_CONTENT
}

fn place(Last(identity, jid, approach): Last) -> Result<UnknownSenderPlace, HttpError> {
    let all = [Approach::Push, Approach::Subscription, Approach::Message];
    let approach = all.into_iter().find(|known| *known as u8 == approach);
    match (Jid::new(&jid), approach) {
        (Ok(jid), Some(approach)) => Ok((IdentityId(identity), jid, approach)),
        _ => Err(cursor::not_ours()),
    }
}
