//! The stream of events (SSE) as a program reads it.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use tokio::time::timeout;

use super::PATIENCE;
use super::api::Api;

/// An open stream of events.
pub(crate) struct Events {
    response: Response,
    buffer: String,
}

impl Events {
    /// Opens the stream; events from now on come out of it.
    pub(crate) async fn open(api: &Api, path: &str) -> Events {
        let response = api.request(Method::GET, path).send().await.expect("the gateway answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { response, buffer: String::new() }
    }

    /// The next event: its name and data; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (parse(event), rest.to_owned());
                self.buffer = rest;
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.buffer += std::str::from_utf8(&chunk).expect("events are small, and UTF-8");
        }
    }

    /// The next event that `wanted` takes.
    pub(crate) async fn find(&mut self, what: &str, wanted: impl Fn(&str, &Value) -> bool) -> Value {
        let search = async {
            while let Some((name, data)) = self.next().await {
                if wanted(&name, &data) {
                    return data;
                }
            }
            panic!("the stream ended before {what}");
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// Waits for the end of the stream.
    pub(crate) async fn ends_within(&mut self, limit: Duration) {
        let end = async { while self.next().await.is_some() {} };
        timeout(limit, end).await.expect("the stream ends");
    }
}

/// `None` for a comment, which only keeps the connection alive.
fn parse(event: &str) -> Option<(String, Value)> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = serde_json::from_str(field("data")?).expect("data is JSON");
    Some((field("event")?.to_owned(), data))
}
