//! The gateway's API as a program uses it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::crypto;

/// A caller, with an API key or without.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) key: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body if it is JSON, else null.
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Api {
    pub(crate) fn new(base: String, key: Option<String>) -> Api {
        crypto();
        let http = Client::builder().timeout(Duration::from_secs(300)).no_proxy();
        Api { http: http.build().expect("a client"), base, key }
    }

    /// The same caller without a key.
    pub(crate) fn anonymous(&self) -> Api {
        Api { key: None, ..self.clone() }
    }

    /// The same address with another key.
    pub(crate) fn with_key(&self, key: &str) -> Api {
        Api { key: Some(key.to_owned()), ..self.clone() }
    }

    /// A request to a path below `/api/v1`; a path that begins with `//` is one of the whole server.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = match path.strip_prefix("//") {
            Some(path) => format!("{}/{path}", self.base),
            None => format!("{}/api/v1{path}", self.base),
        };
        let request = self.http.request(method, url);
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// Posts a text of some media type.
    pub(crate) async fn post_text(&self, path: &str, kind: &str, text: impl Into<String>) -> Answer {
        send(self.request(Method::POST, path).header(CONTENT_TYPE, kind).body(text.into())).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the gateway answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a whole body");
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answer { status, headers, body, text }
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// Status and code of a problem, which is a proper document.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        let Answer { status, headers, body, text } = self;
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json", "{text}");
        assert_eq!(body["status"], *status, "{text}");
        let code = body["code"].as_str().expect("a code").to_owned();
        assert_eq!(body["type"], format!("urn:nocgate:problem:{code}"));
        for member in ["title", "detail"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {text}");
        }
        (*status, code)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A path with a query string.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", query.extend_pairs(pairs).finish())
}
