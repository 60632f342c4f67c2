//! What is told of a SmartServer's condition.

use nocgate::simulator::Behaviour;
use serde_json::Value;

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::GatewayProcess;
use crate::harness::site::{Field, Needs, Site, TEMP, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    a_silent_one_is_told_of_with_when_and_why,
    one_that_left_is_offline_until_it_says_something,
    it_is_known_after_a_restart_when_it_last_answered,
];

const NEEDS: Needs = Needs {
    smartservers: 1,
    points: 10,
    overrides: &[("SMARTSERVER__DEADLINE_MS", "500"), ("ALARMS__POLL_INTERVAL_S", "0")],
    log_entries: None,
};

async fn smartserver(site: &Site) -> Value {
    site.api.get(&format!("/smartservers/{}", site.key())).await.ok()
}

async fn a_silent_one_is_told_of_with_when_and_why(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let before = smartserver(&site).await;
    assert_eq!(
        (&before["health"]["state"], &before["health"]["last_failure_at"]),
        (&"online".into(), &Value::Null)
    );
    site.smartserver().set_behaviour(Behaviour::silent());
    eventually("it is offline", async || {
        site.read(TEMP, &[("max_age_ms", "0")]).await;
        (smartserver(&site).await["health"]["state"] == "offline").then_some(())
    })
    .await;
    let health = smartserver(&site).await["health"].take();
    let reason = text(&health["reason"]);
    assert!(
        reason.starts_with("No answer since ")
            && reason.contains(" UTC (3 calls failed; the last: no answer"),
        "{reason}"
    );
    assert!(
        health["last_failure_at"].is_string() && health["last_failure"] == "no answer within the deadline"
    );
    assert!(health["failures_in_a_row"].as_u64() >= Some(3));

    let page = site.api.get("/smartservers").await.ok();
    assert_eq!(page["items"][0].get("recent_checks"), None);
    let page = site.api.get(&query("/smartservers", &[("include", "checks")])).await.ok();
    let checks = page["items"][0]["recent_checks"].as_array().unwrap().clone();
    assert_eq!(smartserver(&site).await["recent_checks"], Value::from(checks.clone()));
    let results: Vec<_> = checks.iter().map(|check| text(&check["result"])).collect();
    assert!(results.len() > 3 && results[0] == "ok", "{results:?}");
    assert!(results.iter().rev().take(3).all(|result| result == "failed"), "{results:?}");
    assert!(checks.iter().all(|check| check["at"].is_string() && check["round_trip_ms"].is_number()));
    assert_eq!(site.api.get("/smartservers?include=all").await.problem().0, 400);
}

async fn one_that_left_is_offline_until_it_says_something(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let state = async |wanted: &str, beginning: &str| {
        eventually(wanted, async || {
            let health = smartserver(&site).await["health"].take();
            let is_so = health["state"] == wanted && text(&health["reason"]).starts_with(beginning);
            is_so.then_some(())
        })
        .await;
    };
    eventually("its presence is known", async || {
        (smartserver(&site).await["health"]["present"] == true).then_some(())
    })
    .await;
    site.smartserver().go_offline().await;
    state("offline", "It left the XMPP server at ").await;
    site.smartserver().come_back().await;
    state("online", "It came to the XMPP server at ").await;
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    state("online", "It answers.").await;
}

async fn it_is_known_after_a_restart_when_it_last_answered(kind: ServerKind) {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let field = Field::start(XmppServer::shared(kind).await, 1, 10).await;
    let mut gateway = GatewayProcess::start(&database, NEEDS.overrides).await;
    field.register(&gateway.api).await;
    let path = format!("/smartservers/{}", field.key());
    let before = gateway.api.get(&path).await.ok();
    gateway.kill();
    field.smartserver().go_offline().await;
    gateway.restart().await;
    let after = gateway.api.get(&path).await.ok();
    // No reading was ever taken: the inventory is what is known of it.
    assert_eq!(after["health"]["last_answer_at"], before["inventory_at"], "{after}");
    assert_ne!(after["health"]["state"], "never_seen");
    assert_eq!(after["recent_checks"], Value::Array(vec![]));
}
