use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Api, send};
use crate::harness::eventually;
use crate::harness::site::{Needs, Site, TEMP, in_state, online, register_identity, session, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    a_session_shows_what_it_does,
    a_restart_is_counted_with_its_reason,
    figures_go_on_with_the_next_session,
    series_vanish_with_their_identity,
];

const COUNTERS: &[&str] =
    &["bodies", "stanzas_sent", "stanzas_received", "logins", "resumed", "lost_streams"];

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number expected, not {value}"))
}

/// The value of a series without labels of its own.
fn sample(metrics: &str, name: &str, labels: &str) -> Option<f64> {
    let series = format!("nocgate_session_{name}{{{labels}}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&series)).and_then(|value| value.parse().ok())
}

async fn metrics(api: &Api) -> String {
    api.get("//metrics").await.text
}

async fn a_session_shows_what_it_does(kind: ServerKind) {
    let site = Site::start(kind).await;
    let seen = eventually("the figures tell of reads", async || {
        for _ in 0..3 {
            site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
        }
        let session = session(&site.api, &site.identity).await;
        let measured = ["call_round_trip", "request_round_trip"].iter().all(|trip| session[trip].is_object());
        (measured && session["bodies_per_second"] != 0.0).then_some(session)
    })
    .await;
    for trip in ["call_round_trip", "request_round_trip"] {
        let [p50, p95, p99] = ["p50_ms", "p95_ms", "p99_ms"].map(|name| number(&seen[trip][name]));
        assert!(0.0 < p50 && p50 <= p95 && p95 <= p99, "{trip}: {}", seen[trip]);
    }
    assert!(seen["call_round_trip"]["samples"].as_u64() >= Some(3));
    assert!(number(&seen["mean_batch"]) >= 1.0, "{seen}");
    for rate in ["stanzas_sent_per_second", "stanzas_received_per_second"] {
        assert!(number(&seen[rate]) > 0.0, "{rate}: {seen}");
    }
    assert!(number(&seen["last_login_ms"]) > 0.0);
    assert_eq!(seen["resumable"], kind == ServerKind::Ejabberd);
    assert_eq!((&seen["restarts"], &seen["failed_logins"]), (&json!({}), &json!({})));
    let states: Vec<_> = seen["transitions"].as_array().unwrap().iter().map(|t| text(&t["state"])).collect();
    assert_eq!(states, ["connecting", "online"]);
    assert_eq!(seen["transitions"][1]["at"], seen["since"]);

    let metrics = metrics(&site.api).await;
    let identity = format!("identity=\"{}\"", site.field.noc().to_bare());
    let of = |name: &str, more: &str| sample(&metrics, name, &format!("{identity}{more}"));
    assert_eq!(of("state", ",state=\"online\""), Some(1.0));
    assert_eq!(of("state", ",state=\"offline\""), Some(0.0));
    for name in ["bodies_total", "batches_total", "call_seconds_count", "request_seconds_sum"] {
        assert!(of(name, "").is_some_and(|value| value > 0.0), "{name} in {metrics}");
    }
    let quantiles = ["0.5", "0.95", "0.99"].map(|q| of("call_seconds", &format!(",quantile=\"{q}\"")));
    assert!(quantiles[0].is_some() && quantiles.is_sorted(), "{quantiles:?}");
}

async fn a_restart_is_counted_with_its_reason(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let site = Site::on(&server, Needs::default()).await;
    let logins = async |least: u64| {
        eventually("the session is back", async || {
            let session = session(&site.api, &site.identity).await;
            let back = session["state"] == "online" && session["logins"].as_u64() >= Some(least);
            back.then_some(session)
        })
        .await
    };
    if kind == ServerKind::Ejabberd {
        let (user, resource) = (&site.field.user, site.field.noc());
        let resource = resource.resource().unwrap().as_str();
        let who = json!({"user": user, "host": server.domain(), "resource": resource, "reason": "tidying"});
        server.command("kick_session", who).await;
        let back = logins(2).await;
        assert_eq!(back["restarts"], json!({"kicked": 1}));
        assert!(why(&back).contains("tidying"), "{back}");
    }
    let before = session(&site.api, &site.identity).await;
    server.kill().await;
    eventually("the loss is told", async || {
        (session(&site.api, &site.identity).await["state"] != "online").then_some(())
    })
    .await;
    server.restart().await;
    let back = logins(before["logins"].as_u64().unwrap() + 1).await;
    let total = |session: &Value| session["restarts"].as_object().unwrap().values().map(number).sum::<f64>();
    assert_eq!(total(&back), total(&before) + 1.0, "{back}");
    assert!(!why(&back).is_empty(), "{back}");
    let ends = metrics(&site.api).await;
    for (reason, count) in back["restarts"].as_object().unwrap() {
        let labels = format!("identity=\"{}\",reason=\"{reason}\"", site.field.noc().to_bare());
        assert_eq!(sample(&ends, "restarts_total", &labels), count.as_f64());
    }
}

/// Why the session left the state `online` the last time, as its transitions tell it.
fn why(session: &Value) -> String {
    let transitions = session["transitions"].as_array().unwrap();
    let left = transitions.windows(2).rfind(|pair| pair[0]["state"] == "online").expect("it was online");
    assert_ne!(left[1]["state"], "online");
    text(&left[1]["reason"])
}

async fn figures_go_on_with_the_next_session(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/identities/{}", site.identity);
    let fell = |before: &Value, after: &Value| {
        COUNTERS.iter().find(|name| after[**name].as_u64() < before[**name].as_u64()).copied()
    };
    let first = session(&site.api, &site.identity).await;
    site.api.post(&format!("{path}/reconnect"), json!({})).await.ok();
    let second = online(&site.api, &site.identity).await;
    assert_eq!(fell(&first, &second), None, "{first} {second}");
    assert_eq!((&second["logins"], &second["restarts"]), (&json!(2), &json!({"requested": 1})));
    send(site.api.request(Method::PUT, &path).json(&site.field.identity())).await.ok();
    let third = online(&site.api, &site.identity).await;
    assert_eq!(fell(&second, &third), None, "{second} {third}");
    assert_eq!((&third["logins"], &third["restarts"]), (&json!(3), &json!({"requested": 2})));
    let states: Vec<_> = third["transitions"].as_array().unwrap().iter().map(|t| text(&t["state"])).collect();
    let one = ["connecting", "online", "offline"];
    assert_eq!(states, [&one[..], &one, &one[..2]].concat());
}

async fn series_vanish_with_their_identity(kind: ServerKind) {
    let site = Site::start(kind).await;
    let jid = format!("{}-gone@{}", site.field.user, site.field.domain);
    let mut gone = site.field.identity();
    gone["jid"] = json!(jid);
    let gone = register_identity(&site.api, gone).await;
    in_state(&site.api, &gone, "refused").await;
    let label = format!("identity=\"{jid}\"");
    let before = metrics(&site.api).await;
    assert_eq!(sample(&before, "state", &format!("{label},state=\"refused\"")), Some(1.0));
    assert_eq!(sample(&before, "failed_logins_total", &format!("{label},reason=\"refused\"")), Some(1.0));
    site.api.delete(&format!("/identities/{gone}")).await.ok();
    let after = metrics(&site.api).await;
    assert!(!after.contains(&jid), "{after}");
    assert!(after.contains(&format!("identity=\"{}\"", site.field.noc().to_bare())));
}
