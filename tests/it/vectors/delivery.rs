//! Answers that come from elsewhere, too late or not at all: 35 to 37.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::answer::{data, message};
use super::device::Device;
use super::{NOW, SOAP_11};
use crate::gateway::on_both_servers;
use crate::harness::api::{Answer, query};
use crate::harness::site::{FLOAT, Needs, SETPOINT, Site, session};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    vector_35_an_answer_of_somebody_else_is_ignored,
    vector_36_a_smartserver_that_is_offline_is_unreachable,
    vector_37_an_answer_after_the_deadline_is_dropped,
];

/// Asks for a point's value, beside the test.
async fn asked(site: &Site, name: &str) -> JoinHandle<Answer> {
    let path = query(&format!("/data-points/{}", site.point(name).await), NOW);
    let api = site.api.clone();
    tokio::spawn(async move { api.get(&path).await })
}

fn read_response(value: &str) -> String {
    let item = data(FLOAT, &format!("<UCPTvalue>{value}</UCPTvalue>"));
    message("ReadResponse", &format!("<UCPTfaultCount>0</UCPTfaultCount>{item}"))
}

async fn figure(site: &Site, name: &str) -> u64 {
    session(&site.api, &site.identity).await[name].as_u64().unwrap()
}

async fn vector_35_an_answer_of_somebody_else_is_ignored(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut device = Device::in_place_of_smartserver(&site).await;
    let stranger = Device::log_in(kind, &format!("{}-stranger", site.field.user), "ilon").await;
    // Another resource of the right account is somebody else too.
    let user = site.smartserver().jid().node().unwrap().to_string();
    let neighbour = Device::log_in(kind, &user, "other").await;

    let caller = asked(&site, FLOAT).await;
    let request = device.request().await;
    for forger in [&stranger, &neighbour] {
        forger.answer(&request, SOAP_11, &read_response("99")).await;
        forger.settle(&site.field.noc()).await;
    }
    assert_eq!(figure(&site, "foreign_answers").await, 2);
    assert!(!caller.is_finished());
    assert_eq!(site.cached(FLOAT).await, Value::Null);

    device.answer(&request, SOAP_11, &read_response("21.5")).await;
    let reading = caller.await.unwrap().ok()["reading"].take();
    assert_eq!((&reading["value"], &reading["source"]), (&json!(21.5), &json!("read")));
    assert_eq!(site.cached(FLOAT).await["value"], 21.5);
}

/// Presence does not tell the gateway: it has to ask, and the XMPP server answers for who is not there.
async fn vector_36_a_smartserver_that_is_offline_is_unreachable(kind: ServerKind) {
    let overrides = &[("SESSION__SUBSCRIBE_PRESENCE", "false")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    site.smartserver().go_offline().await;
    let requests = site.smartserver().counts().requests();
    let sent = figure(&site, "stanzas_sent").await;
    for _ in 0..3 {
        let answer = site.read(FLOAT, NOW).await;
        assert_eq!(answer.problem(), (503, "smartserver_unreachable".into()));
    }
    let all = json!({"smartserver": site.key(), "all": true});
    let outcome = site.reads(json!({"reads": [all], "max_age_ms": 0})).await;
    assert_eq!(outcome["counts"], json!({"smartserver_unreachable": 40}));
    assert_eq!(figure(&site, "stanzas_sent").await, sent + 4, "each call is sent once");
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 20}})).await;
    assert_eq!(item["outcome"], "not_sent", "{item}");

    site.smartserver().come_back().await;
    let online = Device::log_in(kind, &format!("{}-other", site.field.user), "it").await;
    online.settle(&site.field.noc()).await;
    let counts = site.smartserver().counts();
    assert_eq!((counts.requests(), counts.of("Write")), (requests, 0), "nothing was kept for it: {counts:?}");
    site.read(FLOAT, NOW).await.ok();
    assert_eq!(site.smartserver().counts().requests(), requests + 1);
}

async fn vector_37_an_answer_after_the_deadline_is_dropped(kind: ServerKind) {
    const DEADLINE: Duration = Duration::from_millis(3_000);
    let overrides = &[("SMARTSERVER__DEADLINE_MS", "3000")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    let mut device = Device::in_place_of_smartserver(&site).await;

    let begun = Instant::now();
    let caller = asked(&site, FLOAT).await;
    let request = device.request().await;
    let answer = caller.await.unwrap();
    assert_eq!(answer.problem(), (504, "deadline_exceeded".into()));
    assert!(begun.elapsed() >= DEADLINE, "not before it: {:?}", begun.elapsed());

    let late = figure(&site, "late_answers").await;
    device.answer(&request, SOAP_11, &read_response("99")).await;
    device.settle(&site.field.noc()).await;
    assert_eq!(figure(&site, "late_answers").await, late + 1);
    assert_eq!(site.cached(FLOAT).await, Value::Null, "it is dropped");

    let caller = asked(&site, FLOAT).await;
    let next = device.request().await;
    assert_ne!(next.id, request.id);
    device.answer(&next, SOAP_11, &read_response("21.5")).await;
    assert_eq!(caller.await.unwrap().ok()["reading"]["value"], 21.5);
}
