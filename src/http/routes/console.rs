use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::gateway::Gateway;
use crate::http::extract::{self, Path, Query, Xml};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{ChatView, ConsoleView, NewMessageView, PingView};

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitQuery {
    /// Milliseconds to wait for the answer.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
}

impl WaitQuery {
    fn timeout(&self) -> Result<Option<Duration>, HttpError> {
        extract::duration("timeout_ms", self.timeout_ms, 1, extract::LONGEST_WAIT_MS)
    }
}

const SOAP_EXAMPLE: &str = "<Read xmlns=\"http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/\">\
    <iLonItem><Item><UCPTname>Net/LON/AHU 1/Lamp[0]/nviLamp</UCPTname></Item></iLonItem></Read>";

/// Send any SOAP message to a SmartServer.
///
/// The body is a bare operation or a whole envelope; the answer is what the SmartServer says, a SOAP
/// fault included. Elements of the operation that are in no namespace are put into that of the
/// SmartServer's messages, so that printed samples can be pasted. A `Set` is refused when it does not tell
/// by `xsi:type` what it sets, or sets a LON device without its handle, ids and both statuses, which would
/// take the device out of its network.
#[utoipa::path(post, path = "/smartservers/{key}/soap", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id"), WaitQuery),
    request_body(content = String, content_type = "text/xml", example = json!(SOAP_EXAMPLE)),
    responses((status = OK, body = ConsoleView), Problems))]
pub(crate) async fn post_soap(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<WaitQuery>,
    Xml(document): Xml,
) -> Result<Json<ConsoleView>, HttpError> {
    Ok(Json(gateway.soap(&key, &document, query.timeout()?).await?.into()))
}

/// Say something to a SmartServer (chat) and get its answer.
///
/// A SmartServer answers any message with a sentence of its own and shows the message on its console. An
/// answer without a thread goes to whoever has waited longest.
#[utoipa::path(post, path = "/smartservers/{key}/messages", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id")), request_body = NewMessageView,
    responses((status = OK, body = ChatView), Problems))]
pub(crate) async fn post_message(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    extract::Json(message): extract::Json<NewMessageView>,
) -> Result<Json<ChatView>, HttpError> {
    let timeout = extract::duration("timeout_ms", message.timeout_ms, 1, extract::LONGEST_WAIT_MS)?;
    Ok(Json(gateway.chat(&key, &message.text, timeout).await?.into()))
}

/// Try each way to a SmartServer: chat, disco#info and a cheap SOAP call, all at once.
///
/// Without `timeout_ms` it takes at most 10 seconds.
#[utoipa::path(post, path = "/smartservers/{key}/ping", tag = "smartservers",
    params(("key" = String, Path, description = "Key or id"), WaitQuery),
    responses((status = OK, body = PingView), Problems))]
pub(crate) async fn ping_smartserver(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<WaitQuery>,
) -> Result<Json<PingView>, HttpError> {
    Ok(Json(gateway.ping(&key, query.timeout()?).await?.into()))
}
