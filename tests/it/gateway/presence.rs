//! What presence tells: a SmartServer that leaves ends the calls that wait for it.

use nocgate::simulator::Behaviour;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::send;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::Gateway;
use crate::harness::site::{
    Field, Needs, SETPOINT, Site, TEMP, in_state, online, only_item, point_of, register_identity,
    register_smartserver, session, synced, text, writing,
};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    a_read_ends_when_its_smartserver_leaves,
    a_write_is_unknown_when_its_smartserver_leaves,
    a_smartserver_that_tells_nothing_is_served_all_the_same,
    nobody_is_asked_who_is_not_to_be,
    a_smartserver_registered_while_offline_is_asked_later,
    a_smartserver_that_is_removed_tells_no_more,
];

async fn health(site: &Site) -> Value {
    let path = format!("/smartservers/{}", site.key());
    site.api.get(&path).await.ok()["health"].take()
}

async fn presence_is(site: &Site, present: &Value) -> Value {
    eventually("presence is told", async || {
        let health = health(site).await;
        (health["present"] == *present).then_some(health)
    })
    .await
}

/// Waits until the SmartServer has so many requests of this operation.
async fn in_hand(site: &Site, operation: &str, count: u64) {
    eventually("it has the request", async || {
        (site.smartserver().counts().of(operation) == count).then_some(())
    })
    .await;
}

async fn a_read_ends_when_its_smartserver_leaves(kind: ServerKind) {
    let site = Site::start(kind).await;
    presence_is(&site, &json!(true)).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let before = site.smartserver().counts().of("Read");
    let waiting = site.read(TEMP, &[("max_age_ms", "0"), ("timeout_ms", "60000")]);
    let leaving = async {
        in_hand(&site, "Read", before + 1).await;
        site.smartserver().go_offline().await;
    };
    let (answer, ()) = tokio::join!(waiting, leaving);
    assert_eq!(answer.problem(), (503, "smartserver_unreachable".into()), "not its deadline");
    let told = presence_is(&site, &json!(false)).await;
    assert_eq!(told["state"], "offline");

    site.smartserver().set_behaviour(Behaviour::default());
    site.smartserver().come_back().await;
    presence_is(&site, &json!(true)).await;
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let session = session(&site.api, &site.identity).await;
    assert_eq!((&session["logins"], &session["pending"]), (&json!(1), &json!(0)));
}

async fn a_write_is_unknown_when_its_smartserver_leaves(kind: ServerKind) {
    let site = Site::start(kind).await;
    presence_is(&site, &json!(true)).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let id = site.point(SETPOINT).await;
    let command = json!({"action": {"type": "write", "value": 20}});
    let waiting = send(writing(&site.api, &id, command).header("prefer", "wait=60"));
    let leaving = async {
        in_hand(&site, "Write", 1).await;
        site.smartserver().go_offline().await;
    };
    let (answer, ()) = tokio::join!(waiting, leaving);
    let item = only_item(&answer.ok());
    assert_eq!(item["outcome"], "unknown", "{item}");
    assert!(text(&item["reason"]).contains("left the XMPP server"), "{item}");
    assert_eq!(site.smartserver().counts().of("Write"), 1);
}

async fn a_smartserver_that_tells_nothing_is_served_all_the_same(kind: ServerKind) {
    let field = Field::start(XmppServer::shared(kind).await, 1, 40).await;
    field.smartserver().change_behaviour(|behaviour| behaviour.accepts_subscriptions = false);
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let identity = field.register(&gateway.api).await;
    let site = Site { kind, field, api: gateway.api.clone(), gateway, identity, database };
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let health = health(&site).await;
    assert_eq!((&health["present"], &health["state"]), (&Value::Null, &json!("online")), "{health}");
    site.smartserver().go_offline().await;
    let answer = site.read(TEMP, &[("max_age_ms", "0")]).await;
    assert_eq!(answer.problem(), (503, "smartserver_unreachable".into()), "the server tells");
}

async fn nobody_is_asked_who_is_not_to_be(kind: ServerKind) {
    let overrides = &[("SESSION__SUBSCRIBE_PRESENCE", "false"), ("SMARTSERVER__DEADLINE_MS", "3000")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let before = site.smartserver().counts().of("Read");
    let waiting = site.read(TEMP, &[("max_age_ms", "0"), ("timeout_ms", "2000")]);
    let leaving = async {
        in_hand(&site, "Read", before + 1).await;
        site.smartserver().go_offline().await;
    };
    let (answer, ()) = tokio::join!(waiting, leaving);
    // ejabberd gives the request back if the simulated SmartServer had not acknowledged it.
    let given_back = kind == ServerKind::Ejabberd && answer.problem().1 == "smartserver_unreachable";
    assert!(given_back || answer.problem().1 == "deadline_exceeded", "{}", answer.text);
    assert_eq!(health(&site).await["present"], Value::Null);
}

async fn a_smartserver_registered_while_offline_is_asked_later(kind: ServerKind) {
    let field = Field::start(XmppServer::shared(kind).await, 1, 40).await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let mut wrong = field.identity();
    wrong["password"] = json!("guess");
    let identity = register_identity(&gateway.api, wrong).await;
    in_state(&gateway.api, &identity, "refused").await;
    register_smartserver(&gateway.api, field.smartserver(), &identity).await;
    let path = format!("/identities/{identity}");
    send(gateway.api.request(reqwest::Method::PUT, &path).json(&field.identity())).await.ok();
    online(&gateway.api, &identity).await;
    synced(&gateway.api, &field.key()).await;
    let site = Site { kind, field, api: gateway.api.clone(), gateway, identity, database };
    presence_is(&site, &json!(true)).await;
    point_of(&site.api, &site.key(), TEMP).await;
}

async fn a_smartserver_that_is_removed_tells_no_more(kind: ServerKind) {
    let site = Site::start(kind).await;
    presence_is(&site, &json!(true)).await;
    let path = format!("/smartservers/{}", site.key());
    send(site.api.request(reqwest::Method::DELETE, &path)).await;
    // Registered anew it is a stranger, who does not answer this time.
    site.smartserver().change_behaviour(|behaviour| behaviour.accepts_subscriptions = false);
    eventually("its presence is not told any more", async || {
        register_smartserver(&site.api, site.smartserver(), &site.identity).await;
        synced(&site.api, &site.key()).await;
        site.smartserver().go_offline().await;
        site.smartserver().come_back().await;
        let told = health(&site).await["present"].clone();
        send(site.api.request(reqwest::Method::DELETE, &path)).await;
        (told == Value::Null).then_some(())
    })
    .await;
}
