use std::time::Duration;

use serde_json::json;

use super::on_both_servers;
use crate::harness::events::Events;
use crate::harness::site::{FLOAT, Needs, SETPOINT, Site, TEMP, key_of, online, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    events_come_by_kind_and_smartserver,
    a_command_is_told_at_each_step,
    health_and_session_are_told,
    a_stream_ends_when_the_gateway_stops,
    a_stream_ends_with_the_key_that_opened_it,
];

async fn events_come_by_kind_and_smartserver(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let [first, second] = site.field.fleet.smartservers() else { panic!("two") };
    let path = format!("/events?kinds=reading&smartserver={}", key_of(second));
    let mut events = Events::open(&site.api, &path).await;
    first.push(&[TEMP], &site.field.noc()).await.unwrap();
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    second.push(&[FLOAT], &site.field.noc()).await.unwrap();
    let (name, reading) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &reading["name"]), ("reading", &json!(FLOAT)));
    assert_eq!(reading["smartserver"], key_of(second));
}

async fn a_command_is_told_at_each_step(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events?kinds=command").await;
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    let sent = events.find("sent", |name, _| name == "command").await;
    let finished = events.find("finished", |name, _| name == "command").await;
    assert_eq!(sent["command_id"], finished["command_id"]);
    let command = site.api.get(&format!("/commands/{}", text(&sent["command_id"]))).await.ok();
    assert_eq!(command["counts"], json!({"verified": 1}));
}

async fn health_and_session_are_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events?kinds=session,health").await;
    site.api.post(&format!("/identities/{}/reconnect", site.identity), json!(null)).await.ok();
    events.find("offline", |name, data| name == "health" && data["state"] == "offline").await;
    let mine = |data: &serde_json::Value| data["identity_id"] == site.identity;
    events.find("online", |name, data| name == "session" && data["state"] == "online" && mine(data)).await;
    let health = events.find("well", |name, data| name == "health" && data["state"] == "online").await;
    assert_eq!(health["smartserver"], site.key());
    online(&site.api, &site.identity).await;
}

async fn a_stream_ends_with_the_key_that_opened_it(kind: ServerKind) {
    let site = Site::start(kind).await;
    let made = site.api.post("/api-keys", json!({"name": "listener"})).await.ok();
    let mut events = Events::open(&site.api.with_key(&text(&made["key"])), "/events").await;
    site.api.delete(&format!("/api-keys/{}", text(&made["id"]))).await;
    events.ends_within(Duration::from_secs(30)).await;
}

async fn a_stream_ends_when_the_gateway_stops(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events").await;
    site.gateway.begin_to_stop();
    events.ends_within(Duration::from_secs(5)).await;
    site.gateway.stop(Duration::from_secs(8)).await;
}
