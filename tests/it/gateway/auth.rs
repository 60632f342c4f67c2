use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::{Value, json};

use crate::harness::api::{Answer, Api, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::{Gateway, GatewayProcess};
use crate::harness::site::{Field, PASSWORD, SETPOINT, TEMP, point_of, text, writing};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

async fn gateway() -> (TestDatabase, Gateway) {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    (database, gateway)
}

fn unauthenticated() -> (u16, String) {
    (401, "unauthenticated".into())
}

#[tokio::test]
async fn only_a_whole_key_opens_the_api() {
    let (_database, gateway) = gateway().await;
    let key = gateway.api.key.clone().unwrap();
    let (id, secret) = key.rsplit_once('_').unwrap();
    let other = format!("nocgate_01890000000070008000000000000000_{secret}");
    gateway.api.get("/auth/me").await.ok();
    for wrong in [
        String::new(),
        "x".to_owned(),
        format!("{id}_x"),
        format!("{id}_"),
        id.to_owned(),
        other,
        format!("{key}x"),
    ] {
        let api = gateway.api.with_key(&wrong);
        for path in ["/auth/me", "/identities", "/data-points", "/events", "/api-keys"] {
            let answer = api.get(path).await;
            assert_eq!(answer.problem(), unauthenticated(), "{wrong} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    let nobody = gateway.api.anonymous();
    assert_eq!(nobody.get("/smartservers").await.problem(), unauthenticated());
    assert_eq!(nobody.post("/reads", json!({})).await.problem(), unauthenticated());
    let keyed = nobody.request(Method::POST, "/identities").header("idempotency-key", "k").json(&json!({}));
    assert_eq!(send(keyed).await.problem(), unauthenticated());
}

#[tokio::test]
async fn what_is_for_all_needs_no_key() {
    let (_database, gateway) = gateway().await;
    let nobody = gateway.api.anonymous();
    for path in ["//healthz", "//readyz", "/openapi.json"] {
        nobody.get(path).await.ok();
    }
    for path in ["//metrics", "//api/docs/", "//"] {
        assert_eq!(nobody.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_ends_when_deleted() {
    let (_database, gateway) = gateway().await;
    let made = gateway.api.post("/api-keys", json!({"name": "demand response"})).await;
    assert_eq!(made.status, 201);
    let (id, key) = (text(&made.body["id"]), text(&made.body["key"]));
    let again = gateway.api.post("/api-keys", json!({"name": "demand response"})).await;
    assert_eq!(again.problem(), (409, "conflict".into()));
    let list = gateway.api.get("/api-keys").await;
    assert!(list.text.contains("demand response") && !list.text.contains(&key));

    let holder = gateway.api.with_key(&key);
    assert_eq!(holder.get("/auth/me").await.ok()["name"], "demand response");
    let cookie = sign_in(&gateway.api, &key).await.1;
    gateway.api.delete(&format!("/api-keys/{id}")).await.ok();
    assert_eq!(holder.get("/auth/me").await.problem(), unauthenticated());
    assert_eq!(with_cookie(&gateway.api, &cookie).await.problem(), unauthenticated());
}

/// Signs in; gives the header that sets the cookie, and the cookie.
async fn sign_in(api: &Api, key: &str) -> (String, String) {
    let answer = api.anonymous().post("/auth/login", json!({"key": key})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains(key));
    let header = answer.header("set-cookie").unwrap().to_owned();
    let cookie = header.split(';').next().unwrap().to_owned();
    (header, cookie)
}

async fn with_cookie(api: &Api, cookie: &str) -> Answer {
    send(api.anonymous().request(Method::GET, "/auth/me").header(COOKIE, cookie)).await
}

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    let (_database, gateway) = gateway().await;
    let key = gateway.api.key.clone().unwrap();
    let refused = gateway.api.anonymous().post("/auth/login", json!({"key": format!("{key}x")})).await;
    assert_eq!(refused.problem(), unauthenticated());

    let (header, cookie) = sign_in(&gateway.api, &key).await;
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(header.contains(flag), "{header}");
    }
    assert_eq!(with_cookie(&gateway.api, &cookie).await.ok()["name"], "it");
    let post = |path: &str| gateway.api.anonymous().request(Method::POST, path).header(COOKIE, &cookie);
    let out = send(post("/auth/logout")).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(with_cookie(&gateway.api, &cookie).await.problem(), unauthenticated());
}

#[tokio::test]
async fn a_cookie_from_another_site_is_refused() {
    let (_database, gateway) = gateway().await;
    let (_, cookie) = sign_in(&gateway.api, gateway.api.key.as_deref().unwrap()).await;
    let post = || gateway.api.anonymous().request(Method::POST, "/auth/logout").header(COOKIE, &cookie);
    let refused = (403, "cross_site_request".to_owned());
    assert_eq!(send(post().header(ORIGIN, "https://evil.test")).await.problem(), refused);
    assert_eq!(send(post().header(ORIGIN, "null")).await.problem(), refused);
    for site in ["cross-site", "same-site"] {
        assert_eq!(send(post().header("sec-fetch-site", site)).await.problem(), refused);
    }
    with_cookie(&gateway.api, &cookie).await.ok();
    assert_eq!(send(post().header("sec-fetch-site", "same-origin")).await.status, 204);
}

#[tokio::test]
async fn over_https_the_cookie_is_for_https_alone() {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[("HTTP__PUBLIC_URL", "https://noc.test")]).await;
    let (header, _) = sign_in(&gateway.api, gateway.api.key.as_deref().unwrap()).await;
    assert!(header.starts_with("__Host-nocgate=") && header.contains("Secure"), "{header}");
}

#[tokio::test]
async fn secrets_are_in_no_answer_and_no_log() {
    let server = XmppServer::shared(ServerKind::Prosody).await;
    let field = Field::start(server, 1, 40).await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let mut gateway = GatewayProcess::start(&database, &[("LOG__LEVEL", "trace")]).await;
    let api = gateway.api.clone();
    let key = api.key.clone().unwrap();
    let made = api.post("/api-keys", json!({"name": "second"})).await.ok();
    let second = text(&made["key"]);
    let identity = field.register(&api).await;
    let (_, cookie) = sign_in(&api, &second).await;
    with_cookie(&api, &cookie).await.ok();
    let id = point_of(&api, &field.key(), SETPOINT).await;
    send(writing(&api, &id, json!({"action": {"type": "write", "value": 20}})).header("prefer", "wait=30"))
        .await
        .ok();
    let mut wrong = field.identity();
    wrong["jid"] = json!(format!("nobody@{}", field.domain));
    let answers = [
        api.post("/identities", wrong).await,
        api.post("/identities", field.identity()).await,
        api.post("/identities", json!({"jid": 1, "password": PASSWORD})).await,
        api.get("/identities").await,
        api.get(&format!("/identities/{identity}")).await,
        api.get(&format!("/identities/{identity}/session")).await,
        api.get("/api-keys").await,
        api.get("/data-points").await,
        api.get("//metrics").await,
        api.with_key(&format!("{second}x")).get("/auth/me").await,
        api.post("/auth/login", json!({"key": format!("{second}x")})).await,
        api.post("/auth/login", json!({"kee": second})).await,
        api.delete(&format!("/data-points/{id}?{TEMP}")).await,
    ];
    gateway.restart().await;
    gateway.kill();

    let token = cookie.split_once('=').unwrap().1;
    let secret = |key: &str| key.rsplit_once('_').unwrap().1.to_owned();
    let secrets = [PASSWORD.to_owned(), secret(&key), secret(&second), token.to_owned()];
    let log = gateway.log();
    assert!(log.contains("DEBUG") && log.contains("session online"), "the log is there");
    for secret in &secrets {
        assert!(!log.contains(secret), "{secret} in the log: {}", around(&log, secret));
        assert!(answers.iter().all(|answer| !answer.text.contains(secret)), "{secret} in an answer");
    }
    // PLAIN would send it so.
    let plain = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, PASSWORD);
    assert!(!log.contains(&plain));
    assert_eq!(answers[0].body.get("password"), None::<&Value>);
}

fn around(log: &str, secret: &str) -> String {
    log.lines().find(|line| line.contains(secret)).unwrap_or_default().chars().take(600).collect()
}
