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
    /// Id of what came last.
    pub(crate) last_id: Option<String>,
}

impl Events {
    /// Opens the stream; events from now on come out of it.
    pub(crate) async fn open(api: &Api, path: &str) -> Events {
        Events::open_after(api, path, None).await
    }

    /// Opens the stream as a listener that comes back.
    pub(crate) async fn open_after(api: &Api, path: &str, last_id: Option<String>) -> Events {
        let request = api.request(Method::GET, path);
        let request = match &last_id {
            Some(id) => request.header("last-event-id", id),
            None => request,
        };
        let response = request.send().await.expect("the gateway answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { response, buffer: String::new(), last_id }
    }

    /// The next event: its name and data; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                if let Some(id) = field(event, "id") {
                    self.last_id = Some(id.to_owned());
                }
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

/// `None` for a block without event, which only keeps the connection alive.
fn parse(event: &str) -> Option<(String, Value)> {
    let data = serde_json::from_str(field(event, "data")?).expect("data is JSON");
    Some((field(event, "event")?.to_owned(), data))
}

fn field<'a>(event: &'a str, name: &str) -> Option<&'a str> {
    event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
