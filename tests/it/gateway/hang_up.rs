//! Callers who hang up before the answer.

use std::time::Duration;

use nocgate::simulator::Behaviour;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::harness::api::Api;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::Gateway;
use crate::harness::site::{Site, TEMP, register_identity};
use crate::harness::xmpp_server::ServerKind;

/// Sends a request and closes the connection at once.
async fn post_and_hang_up(api: &Api, path: &str, body: &str) {
    let authority = api.base.strip_prefix("http://").unwrap();
    let key = api.key.as_deref().unwrap();
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

super::on_both_servers!(a_request_that_was_given_up_is_still_in_flight);

async fn a_request_that_was_given_up_is_still_in_flight(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(300)));
    for _ in 0..10 {
        // Given up, or answered by what came late for the one before.
        site.read(TEMP, &[("max_age_ms", "0"), ("timeout_ms", "50")]).await;
    }
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let smartserver = site.api.get(&format!("/smartservers/{}", site.key())).await.ok();
    assert_eq!(smartserver["health"]["state"], "online", "{smartserver}");
    assert_eq!(site.smartserver().counts().max_in_flight, 1);
}

#[tokio::test]
async fn what_a_caller_began_is_not_left_half_done() {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let api = &gateway.api;
    let nowhere = json!({"jid": "noc@nocgate.test", "bosh_urls": ["http://127.0.0.1:1/"], "password": "x"});
    let identity = register_identity(api, nowhere).await;

    for n in 0..20 {
        let key = format!("unit-{n}");
        let new = json!({"jid": format!("{key}@nocgate.test/ilon"), "identity_id": identity});
        post_and_hang_up(api, "/smartservers", &new.to_string()).await;
        let again = api.post("/smartservers", new).await;
        assert!(matches!(again.status, 201 | 409), "{}", again.text);
        eventually("what is in the way can be seen", async || {
            (api.get(&format!("/smartservers/{key}")).await.status == 200).then_some(())
        })
        .await;
    }
}
