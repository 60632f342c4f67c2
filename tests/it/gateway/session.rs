use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::on_both_servers;
use crate::harness::api::send;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::Gateway;
use crate::harness::site::{
    Field, Needs, PASSWORD, Site, TEMP, in_state, online, register_identity, register_smartserver, session,
    synced, text,
};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    a_session_tells_what_was_negotiated,
    a_wrong_password_is_tried_once,
    a_right_password_ends_the_refusal,
    a_smartserver_registered_too_early_is_asked_later,
    an_unknown_domain_is_told,
    a_server_that_is_down_at_the_start_is_found_later,
    a_session_comes_back_after_its_server_was_killed,
];

async fn a_session_tells_what_was_negotiated(kind: ServerKind) {
    let site = Site::start(kind).await;
    let session = session(&site.api, &site.identity).await;
    assert_eq!(session["server"], format!("{kind:?}").to_lowercase());
    assert_eq!((&session["hold"], &session["requests"]), (&json!(1), &json!(2)));
    assert_eq!((&session["logins"], &session["code"]), (&json!(1), &Value::Null));
    assert_eq!(session["jid"], site.field.noc().to_string());
    assert!(text(&session["mechanism"]).starts_with("SCRAM-"));
}

/// What a call by way of an identity whose session is in trouble is answered.
async fn trouble(site: &Site, identity: &str) -> (u16, String) {
    let (key, jid) = (format!("of-{identity}"), format!("{identity}@{}/ilon", site.field.domain));
    let new = json!({"jid": jid, "identity_id": identity, "key": key});
    // Registered already: fine.
    site.api.post("/smartservers", new).await;
    site.api.get(&format!("/smartservers/{key}/system")).await.problem()
}

async fn a_wrong_password_is_tried_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    let user = format!("{}-b", site.field.user);
    XmppServer::shared(kind).await.register(&user, PASSWORD).await;
    let mut wrong = site.field.identity();
    (wrong["jid"], wrong["password"]) = (json!(format!("{user}@{}", site.field.domain)), json!("guess"));
    let wrong = register_identity(&site.api, wrong).await;
    let refused = in_state(&site.api, &wrong, "refused").await;
    assert_eq!(refused["code"], "identity_refused");
    assert_eq!(trouble(&site, &wrong).await, (503, "identity_refused".into()));

    // By the time that an account of an unknown domain was tried three times, this one was not again.
    let mut hopeless = site.field.identity();
    hopeless["jid"] = json!("x@nowhere.test");
    let hopeless = register_identity(&site.api, hopeless).await;
    eventually("it was tried three times", async || {
        let session = session(&site.api, &hopeless).await;
        (session["failed_logins"]["domain_unknown"].as_u64() >= Some(3)).then_some(())
    })
    .await;
    let later = session(&site.api, &wrong).await;
    for member in ["state", "since", "bodies", "rid"] {
        assert_eq!(later[member], refused[member], "{member}");
    }
    assert_eq!((&later["logins"], &later["failed_logins"]), (&json!(0), &json!({"refused": 1})));
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
}

async fn a_right_password_ends_the_refusal(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/identities/{}", site.identity);
    let put = async |password: &str| {
        let mut identity = site.field.identity();
        identity["password"] = json!(password);
        send(site.api.request(Method::PUT, &path).json(&identity)).await.ok()
    };
    put("guess").await;
    in_state(&site.api, &site.identity, "refused").await;
    let answer = site.read(TEMP, &[("max_age_ms", "0")]).await;
    assert_eq!(answer.problem(), (503, "identity_refused".into()));
    assert_eq!(answer.header("retry-after"), None, "trying again is no use");
    put(PASSWORD).await;
    online(&site.api, &site.identity).await;
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
}

async fn a_smartserver_registered_too_early_is_asked_later(kind: ServerKind) {
    let field = Field::start(XmppServer::shared(kind).await, 1, 40).await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let mut wrong = field.identity();
    wrong["password"] = json!("guess");
    let identity = register_identity(&gateway.api, wrong).await;
    in_state(&gateway.api, &identity, "refused").await;
    let new = register_smartserver(&gateway.api, field.smartserver(), &identity).await;
    assert_eq!((&new["data_points"], &new["health"]["state"]), (&json!(0), &json!("never_seen")));
    let path = format!("/identities/{identity}");
    send(gateway.api.request(Method::PUT, &path).json(&field.identity())).await.ok();
    assert_eq!(synced(&gateway.api, &field.key()).await["data_points"], 40);
}

async fn an_unknown_domain_is_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut elsewhere = site.field.identity();
    elsewhere["jid"] = json!(format!("{}@elsewhere.test", site.field.user));
    let elsewhere = register_identity(&site.api, elsewhere).await;
    let told = eventually("the domain is unknown", async || {
        let session = session(&site.api, &elsewhere).await;
        (session["code"] == "xmpp_domain_unknown").then_some(session)
    });
    assert!(text(&told.await["reason"]).len() > 5);
    let found = eventually("a call tells so", async || {
        let (status, code) = trouble(&site, &elsewhere).await;
        (code == "xmpp_domain_unknown").then_some(status)
    });
    assert_eq!(found.await, 503);
}

async fn a_server_that_is_down_at_the_start_is_found_later(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let field = Field::start(&server, 1, 40).await;
    server.kill().await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let identity = register_identity(&gateway.api, field.identity()).await;
    register_smartserver(&gateway.api, field.smartserver(), &identity).await;
    let told = eventually("it is told", async || {
        let session = session(&gateway.api, &identity).await;
        (session["code"] == "xmpp_server_unreachable" && session["state"] == "offline").then_some(session)
    });
    assert!(told.await["reason"].is_string());
    let path = format!("/smartservers/{}/system?section=time", field.key());
    let answer = eventually("a call tells so", async || {
        let answer = gateway.api.get(&path).await;
        (answer.problem().1 == "xmpp_server_unreachable").then_some(answer)
    });
    let answer = answer.await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));

    server.restart().await;
    online(&gateway.api, &identity).await;
    // The SmartServer may log in after the gateway: its inventory is asked for again and again.
    assert_eq!(synced(&gateway.api, &field.key()).await["data_points"], 40);
    gateway.api.get(&path).await.ok();
}

async fn a_session_comes_back_after_its_server_was_killed(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let site = Site::on(&server, Needs::default()).await;
    let id = site.point(TEMP).await;
    let read = async |timeout_ms: u64| {
        let begun = Instant::now();
        let path = format!("/data-points/{id}?max_age_ms=0&timeout_ms={timeout_ms}");
        let answer = site.api.get(&path).await;
        (answer, begun.elapsed())
    };
    read(10_000).await.0.ok();
    let reads = async {
        let mut codes = std::collections::BTreeSet::new();
        // Each read starts when the one before has ended, until one was answered after the loss.
        eventually("reads work again", async || {
            let limit = 2_000;
            for (answer, took) in join_all((0..4).map(|_| read(limit))).await {
                assert!(took < Duration::from_millis(limit + 3_000), "{took:?}");
                if answer.status != 200 {
                    codes.insert(answer.problem().1);
                } else if !codes.is_empty() {
                    return Some(());
                }
            }
            None
        })
        .await;
        codes
    };
    let loss = async {
        server.kill().await;
        eventually("the loss is seen", async || {
            (session(&site.api, &site.identity).await["state"] != "online").then_some(())
        })
        .await;
        server.restart().await;
    };
    let (codes, ()) = tokio::join!(reads, loss);
    for code in &codes {
        let honest = [
            "session_lost",
            "xmpp_server_unreachable",
            "identity_offline",
            "deadline_exceeded",
            "smartserver_unreachable",
        ];
        assert!(honest.contains(&code.as_str()), "{codes:?}");
    }
    online(&site.api, &site.identity).await;
}
