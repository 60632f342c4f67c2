//! Problem documents (RFC 9457). The only place where failures become status codes.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::SessionTrouble;
use crate::gateway::{GatewayError, Thing};

/// A failure, told as JSON.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:nocgate:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:nocgate:problem:smartserver_unknown")]
    pub kind: String,
    /// Stable code that programs may rely on.
    #[schema(example = "smartserver_unknown")]
    pub code: &'static str,
    /// The code's meaning in words.
    #[schema(example = "SmartServer not registered")]
    pub title: &'static str,
    /// HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened this time.
    #[schema(example = "this SmartServer is not known here")]
    pub detail: String,
}

/// Everything that can end a request without success.
#[derive(Debug, Clone, PartialEq)]
pub enum HttpError {
    /// The gateway could not do it.
    Gateway(GatewayError),
    /// No valid key or session.
    Unauthenticated,
    /// A request from another site with the browser's cookie.
    CrossSite,
    /// No such route.
    NoRoute,
    /// The route does not take this method.
    Method,
    /// The path holds something that cannot be.
    Path(String),
    /// The query string cannot be understood.
    Query(String),
    /// The body is not JSON.
    Json(String),
    /// The body is JSON of the wrong shape.
    Shape(String),
    /// The body is of a type that is not taken.
    MediaType(String),
    /// The body is too large.
    BodyTooLarge,
    /// The body did not arrive.
    Body(String),
    /// A header cannot be understood.
    Header(String),
    /// The idempotency key was used for another request.
    IdempotencyMismatch,
    /// The same request is being worked on.
    IdempotencyInProgress,
    /// A defect of ours.
    Internal,
}

impl From<GatewayError> for HttpError {
    fn from(error: GatewayError) -> Self {
        HttpError::Gateway(error)
    }
}

/// Seconds after which it makes sense to try again.
const RETRY_SOON: u64 = 1;
const RETRY_LATER: u64 = 5;

impl HttpError {
    /// Status, code and title: one line a failure.
    fn classify(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            HttpError::Gateway(error) => classify(error),
            HttpError::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, "unauthenticated", "API key or session needed")
            }
            HttpError::CrossSite => {
                (StatusCode::FORBIDDEN, "cross_site_request", "Request from another site")
            }
            HttpError::NoRoute => (StatusCode::NOT_FOUND, "route_unknown", "No such route"),
            HttpError::Method => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed here")
            }
            HttpError::Path(_) => (StatusCode::BAD_REQUEST, "path_invalid", "Path not understood"),
            HttpError::Query(_) => (StatusCode::BAD_REQUEST, "query_invalid", "Query not understood"),
            HttpError::Json(_) => (StatusCode::BAD_REQUEST, "json_malformed", "Body is not JSON"),
            HttpError::Shape(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "request_invalid", "Request not acceptable")
            }
            HttpError::MediaType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported", "Content type not taken")
            }
            HttpError::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large"),
            HttpError::Body(_) => (StatusCode::BAD_REQUEST, "body_incomplete", "Body did not arrive"),
            HttpError::Header(_) => (StatusCode::BAD_REQUEST, "header_invalid", "Header not understood"),
            HttpError::IdempotencyMismatch => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency key used before")
            }
            HttpError::IdempotencyInProgress => {
                (StatusCode::CONFLICT, "idempotency_in_progress", "The same request is being worked on")
            }
            HttpError::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "A defect of the gateway"),
        }
    }

    fn detail(&self) -> String {
        match self {
            HttpError::Gateway(error) => error.to_string(),
            HttpError::Unauthenticated => {
                "send `Authorization: Bearer <API key>`, or sign in to the dashboard".into()
            }
            HttpError::CrossSite => "browsers may send their cookie from the gateway's own pages only".into(),
            HttpError::NoRoute => "see /api/docs for what there is".into(),
            HttpError::Method => "see /api/docs for what the route takes".into(),
            HttpError::BodyTooLarge => "send less at once".into(),
            HttpError::IdempotencyMismatch => "the key was sent with another request before".into(),
            HttpError::IdempotencyInProgress => "wait for its answer".into(),
            HttpError::Internal => "the gateway's log knows more".into(),
            HttpError::Path(detail)
            | HttpError::Query(detail)
            | HttpError::Json(detail)
            | HttpError::Shape(detail)
            | HttpError::MediaType(detail)
            | HttpError::Body(detail)
            | HttpError::Header(detail) => detail.clone(),
        }
    }

    /// Seconds after which it makes sense to try again.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            HttpError::Gateway(
                GatewayError::Busy { retry_after, .. }
                | GatewayError::NotAsked { retry_after, .. }
                | GatewayError::PollBudget { retry_after, .. },
            ) => Some(retry_after.as_secs_f64().ceil().max(1.0) as u64),
            HttpError::Gateway(GatewayError::Wait { .. }) => Some(RETRY_SOON),
            HttpError::IdempotencyInProgress => Some(RETRY_SOON),
            HttpError::Gateway(
                GatewayError::Store(_)
                | GatewayError::Stopping
                | GatewayError::SessionLost { .. }
                | GatewayError::TooManyListeners { .. }
                | GatewayError::TooManyTrafficListeners { .. }
                | GatewayError::TooManyTests { .. }
                | GatewayError::Unreachable { .. }
                | GatewayError::PeerGone,
            ) => Some(RETRY_LATER),
            HttpError::Gateway(GatewayError::Session { cause, .. }) if *cause != SessionTrouble::Refused => {
                Some(RETRY_LATER)
            }
            _ => None,
        }
    }

    /// The problem as a document.
    pub fn problem(&self) -> Problem {
        let (status, code, title) = self.classify();
        let kind = format!("urn:nocgate:problem:{code}");
        Problem { kind, code, title, status: status.as_u16(), detail: self.detail() }
    }
}

fn classify(error: &GatewayError) -> (StatusCode, &'static str, &'static str) {
    match error {
        GatewayError::Unknown { what } => unknown(*what),
        GatewayError::Conflict(_) => (StatusCode::CONFLICT, "conflict", "In conflict with what is there"),
        GatewayError::Invalid { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "request_invalid", "Request not acceptable")
        }
        GatewayError::Value(_) => {
            (StatusCode::UNPROCESSABLE_ENTITY, "value_invalid", "Value does not fit the data point's type")
        }
        GatewayError::Soap(_) => (StatusCode::BAD_REQUEST, "soap_malformed", "SOAP document cannot be sent"),
        GatewayError::Session { cause, .. } => session(*cause),
        GatewayError::Unreachable { .. } | GatewayError::PeerGone | GatewayError::NotAsked { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "smartserver_unreachable", "SmartServer not reachable")
        }
        GatewayError::NoSuchAddress { .. } => {
            (StatusCode::NOT_FOUND, "xmpp_address_unknown", "The XMPP server knows no such address")
        }
        GatewayError::Wait { .. } => (StatusCode::SERVICE_UNAVAILABLE, "try_later", "Asked to wait"),
        GatewayError::Forbidden { .. } => {
            (StatusCode::FORBIDDEN, "xmpp_forbidden", "The XMPP server does not allow this")
        }
        GatewayError::Rejected { .. } => (StatusCode::BAD_GATEWAY, "xmpp_rejected", "Rejected by XMPP"),
        GatewayError::Fault { .. } => {
            (StatusCode::BAD_GATEWAY, "smartserver_fault", "The SmartServer answered with a fault")
        }
        GatewayError::Malformed(_) => (
            StatusCode::BAD_GATEWAY,
            "smartserver_answer_malformed",
            "The SmartServer's answer is not understood",
        ),
        GatewayError::Busy { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "smartserver_busy", "Too many calls wait for this SmartServer")
        }
        GatewayError::PollBudget { .. } => {
            (StatusCode::TOO_MANY_REQUESTS, "poll_budget_exceeded", "Devices are polled too often")
        }
        GatewayError::Deadline { .. } => {
            (StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", "No answer within the deadline")
        }
        GatewayError::TooLarge { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "message_too_large", "Larger than the XMPP server takes")
        }
        GatewayError::SessionLost { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "session_lost", "The session ended")
        }
        GatewayError::OutcomeUnknown(_) => {
            (StatusCode::GATEWAY_TIMEOUT, "outcome_unknown", "Whether it was done is not known")
        }
        GatewayError::Store(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", "The database failed")
        }
        GatewayError::TooManyListeners { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners", "Too many listeners to events")
        }
        GatewayError::TooManyTrafficListeners { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_traffic_listeners",
            "Too many listeners to the messages of SmartServers",
        ),
        GatewayError::TooManyTests { .. } => {
            (StatusCode::TOO_MANY_REQUESTS, "too_many_tests", "Too many identities are being tested")
        }
        GatewayError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "The gateway is stopping"),
    }
}

fn unknown(what: Thing) -> (StatusCode, &'static str, &'static str) {
    match what {
        Thing::Identity => (StatusCode::NOT_FOUND, "identity_unknown", "Identity not registered"),
        Thing::SmartServer => (StatusCode::NOT_FOUND, "smartserver_unknown", "SmartServer not registered"),
        Thing::DataPoint => (StatusCode::NOT_FOUND, "data_point_unknown", "Data point not known"),
        Thing::Command => (StatusCode::NOT_FOUND, "command_unknown", "Command not known"),
        Thing::Device => (StatusCode::NOT_FOUND, "device_unknown", "The SmartServer has no such device"),
        Thing::DeviceCommand => (StatusCode::NOT_FOUND, "device_command_unknown", "Device command not known"),
        Thing::ApiKey => (StatusCode::NOT_FOUND, "api_key_unknown", "API key not known"),
        Thing::PubsubSubscription => {
            (StatusCode::NOT_FOUND, "pubsub_subscription_unknown", "Pubsub subscription not known")
        }
        Thing::DataLogger => (StatusCode::NOT_FOUND, "data_logger_unknown", "Data logger not known"),
        Thing::AlarmGenerator => {
            (StatusCode::NOT_FOUND, "alarm_generator_unknown", "Alarm generator not known")
        }
        Thing::AlarmNotifier => (StatusCode::NOT_FOUND, "alarm_notifier_unknown", "Alarm notifier not known"),
        Thing::Alarm => (StatusCode::NOT_FOUND, "alarm_unknown", "Alarm not known"),
        Thing::PollGroup => (StatusCode::NOT_FOUND, "poll_group_unknown", "Poll group not known"),
    }
}

fn session(cause: SessionTrouble) -> (StatusCode, &'static str, &'static str) {
    (StatusCode::SERVICE_UNAVAILABLE, session_code(cause), session_title(cause))
}

/// The stable code for a session that is not online.
pub(super) fn session_code(cause: SessionTrouble) -> &'static str {
    match cause {
        SessionTrouble::Refused => "identity_refused",
        SessionTrouble::DomainUnknown => "xmpp_domain_unknown",
        SessionTrouble::ServerUnreachable => "xmpp_server_unreachable",
        SessionTrouble::Offline => "identity_offline",
    }
}

fn session_title(cause: SessionTrouble) -> &'static str {
    match cause {
        SessionTrouble::Refused => "The XMPP server refuses the identity's credentials",
        SessionTrouble::DomainUnknown => "The XMPP server does not serve the identity's domain",
        SessionTrouble::ServerUnreachable => "The XMPP server does not answer",
        SessionTrouble::Offline => "The identity's session is not online",
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == HttpError::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
