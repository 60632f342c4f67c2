use super::body::Answer;
use super::profile::Profile;

/// What an HTTP answer means to the session (XEP-0124, section 17.1).
#[derive(Debug)]
pub(crate) enum Reply {
    /// A `<body/>` of the server.
    Body(Answer),
    /// The request was refused whole; its rid is still to be used.
    Refused,
    /// Somebody on the way could not pass it on: try again.
    Retry(String),
    /// The legacy spelling of item-not-found: the session is gone.
    Gone,
    /// Any other legacy error.
    Final(String),
}

impl Reply {
    pub(crate) fn read(status: u16, body: &str, profile: &Profile) -> Reply {
        match status {
            200 => Answer::read(body).map_or_else(|error| Reply::Retry(error.to_string()), Reply::Body),
            // 413 comes from a proxy that did not pass the request on, whatever the server.
            413 => Reply::Refused,
            400 | 403 if profile.refusal_keeps_rid => Reply::Refused,
            404 => Reply::Gone,
            408 | 429 | 500.. => Reply::Retry(format!("HTTP {status}")),
            _ => Reply::Final(format!("HTTP {status}")),
        }
    }
}
