//! Callers who hang up before the answer.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::harness::api::Api;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::Gateway;
use crate::harness::site::register_identity;

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
