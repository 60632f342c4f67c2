//! Which ways to a SmartServer work.

use nocgate::simulator::{Behaviour, CHAT_ANSWER, Quirk};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::site::{Site, synced, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![every_way_is_tried, a_way_that_does_not_work_says_why];

async fn ping(site: &Site, timeout_ms: u32) -> Value {
    let path = format!("/smartservers/{}/ping?timeout_ms={timeout_ms}", site.key());
    site.api.post(&path, Value::Null).await.ok()
}

#[track_caller]
fn answers(way: &Value) {
    assert_eq!((&way["answered"], &way["error"]), (&json!(true), &Value::Null), "{way}");
    assert!(way["round_trip_ms"].as_f64() > Some(0.0), "{way}");
}

#[track_caller]
fn fails(way: &Value, code: &str) {
    assert_eq!((&way["answered"], &way["error"]["code"]), (&json!(false), &json!(code)), "{way}");
    assert!(!text(&way["error"]["message"]).is_empty() && way["round_trip_ms"].is_null(), "{way}");
}

async fn every_way_is_tried(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = synced(&site.api, &site.key()).await["health"]["last_answer_at"].take();
    let told = ping(&site, 60_000).await;
    ["chat", "disco", "soap"].iter().for_each(|way| answers(&told[way]));
    assert_eq!(told["chat"]["text"], CHAT_ANSWER);
    let identity = &told["disco"]["identities"][0];
    assert_eq!((&identity["category"], &identity["type"]), (&json!("automation"), &json!("soap")));
    let features = told["disco"]["features"].as_array().unwrap();
    assert!(features.contains(&json!("http://jabber.org/protocol/soap")), "{told}");
    assert!(told["soap"]["time"]["at"].is_string(), "{told}");
    let after = synced(&site.api, &site.key()).await["health"]["last_answer_at"].take();
    assert!(text(&after) > text(&before), "a ping is an answer");
}

async fn a_way_that_does_not_work_says_why(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::default().with(Quirk::NoDisco).with(Quirk::SilentChat));
    let told = ping(&site, 1_500).await;
    fails(&told["chat"], "deadline_exceeded");
    fails(&told["disco"], "smartserver_unreachable");
    answers(&told["soap"]);

    site.smartserver().set_behaviour(Behaviour::default().with(Quirk::SilentDisco));
    let told = ping(&site, 1_500).await;
    fails(&told["disco"], "deadline_exceeded");
    answers(&told["chat"]);
    answers(&told["soap"]);

    site.smartserver().go_offline().await;
    let told = ping(&site, 1_500).await;
    fails(&told["soap"], "smartserver_unreachable");
    fails(&told["disco"], "smartserver_unreachable");
    assert_eq!(told["chat"]["answered"], false, "{told}");
    let health = synced(&site.api, &site.key()).await["health"].take();
    assert_eq!(health["state"], "offline", "{health}");

    let path = format!("/identities/{}", site.identity);
    let mut wrong = site.field.identity();
    wrong["password"] = json!("guess");
    let put = site.api.request(reqwest::Method::PUT, &path).json(&wrong);
    crate::harness::api::send(put).await.ok();
    crate::harness::site::in_state(&site.api, &site.identity, "refused").await;
    let refused = site.api.post(&format!("/smartservers/{}/ping", site.key()), Value::Null).await;
    assert_eq!(refused.problem(), (503, "identity_refused".into()));
}
