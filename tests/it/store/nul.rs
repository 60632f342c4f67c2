//! PostgreSQL does not store the character NUL. Whatever the engine, a request that holds one where
//! it would be stored is the caller's fault.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_engines;
use super::samples::stored_points;
use crate::harness::api::send;
use crate::harness::database::TestDatabase;
use crate::harness::gateway::Gateway;

on_both_engines!(a_request_with_a_nul_is_refused_and_nothing_stored);

async fn a_request_with_a_nul_is_refused_and_nothing_stored(db: &TestDatabase) {
    let store = db.open().await;
    let point = stored_points(&store, 1).await.remove(0);
    let identity = store.identities().list().await.unwrap().remove(0).id;
    let gateway = Gateway::start(db, &[]).await;
    let api = &gateway.api;

    let smartserver = json!({"jid": "b@xmpp.example/ilon", "identity_id": identity.to_string()});
    let account =
        json!({"jid": "b@xmpp.example", "bosh_urls": ["http://127.0.0.1:9/http-bind"], "password": "x"});
    let write = json!({"action": {"type": "write", "raw": "1"}});
    let registered = format!("/smartservers/{}", point.smartserver_id);
    let writes = format!("/data-points/{}/writes", point.id);
    for (method, path, body, field) in [
        (Method::POST, "/smartservers", &smartserver, "key"),
        (Method::POST, "/smartservers", &smartserver, "name"),
        (Method::POST, "/smartservers", &smartserver, "site"),
        (Method::POST, "/smartservers", &smartserver, "tags"),
        (Method::PATCH, &registered, &json!({}), "key"),
        (Method::PATCH, &registered, &json!({}), "name"),
        (Method::PATCH, &registered, &json!({}), "site"),
        (Method::PATCH, &registered, &json!({}), "tags"),
        (Method::POST, "/identities", &account, "ca_pem"),
        (Method::POST, "/api-keys", &json!({}), "name"),
        (Method::POST, &writes, &write, "reason"),
    ] {
        let answer = send(api.request(method, path).json(&with_a_nul(body, field))).await;
        assert_eq!(answer.problem(), (422, "request_invalid".to_owned()), "{path} {field}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("{field}: ")), "{path} {field}: {detail}");
    }
    assert_eq!(store.smartservers().all().await.unwrap().len(), 1);
    assert_eq!(store.identities().list().await.unwrap().len(), 1);
    assert_eq!(store.api_keys().list().await.unwrap().len(), 1);
    assert_eq!(db.execute("DELETE FROM commands").await, 0);
    gateway.stop(Duration::from_secs(30)).await;
}

fn with_a_nul(body: &Value, field: &str) -> Value {
    let mut body = body.clone();
    body[field] = if field == "tags" { json!(["a\0b"]) } else { json!("a\0b") };
    body
}
