//! The cap on polls that callers force.

use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::site::{FLOAT, Needs, Site, TEMP};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    forced_polls_are_capped_for_each_smartserver,
    an_age_below_a_second_counts_as_forced,
    what_callers_share_costs_one_poll,
];

const NOW: &[(&str, &str)] = &[("max_age_ms", "0")];

/// As configured by default.
async fn site(kind: ServerKind) -> Site {
    let overrides = &[("SMARTSERVER__FORCED_POLLS_PER_MINUTE", "60")];
    Site::with(kind, Needs { points: 100, overrides, ..Needs::default() }).await
}

async fn forced_polls_are_capped_for_each_smartserver(kind: ServerKind) {
    let site = site(kind).await;
    let polls = || site.smartserver().counts().polls;
    let before = polls();
    let all = json!({"smartserver": site.key(), "all": true});
    let read = site.reads(json!({"reads": [all], "max_age_ms": 0})).await;
    assert_eq!(read["counts"], json!({"ok": 60, "poll_budget_exceeded": 40}));
    assert_eq!(polls() - before, 60);
    let results = read["results"].as_array().unwrap();
    let refused = results.iter().find(|result| result["outcome"] != "ok").unwrap();
    let seconds = refused["retry_after_s"].as_u64().unwrap();
    assert!((1..=60).contains(&seconds), "{refused}");
    assert!(refused["reason"].as_str().unwrap().contains("60 data points a minute"), "{refused}");

    let one = site.read(refused["name"].as_str().unwrap(), NOW).await;
    assert_eq!(one.problem(), (429, "poll_budget_exceeded".into()));
    let seconds: u64 = one.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(polls() - before, 60);

    let read = site.reads(json!({"reads": [all], "max_age_ms": 60_000})).await;
    assert_eq!(read["counts"], json!({"ok": 100}), "who does not force anything is served");
}

async fn an_age_below_a_second_counts_as_forced(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__FORCED_POLLS_PER_MINUTE", "1")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    site.read(TEMP, &[("max_age_ms", "1")]).await.ok();
    let answer = site.read(FLOAT, &[("max_age_ms", "999")]).await;
    assert_eq!(answer.problem(), (429, "poll_budget_exceeded".into()));
    site.read(FLOAT, &[("max_age_ms", "1000")]).await.ok();
}

async fn what_callers_share_costs_one_poll(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__FORCED_POLLS_PER_MINUTE", "1")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    let two = json!({"smartserver": site.key(), "names": [TEMP, TEMP]});
    let reads = json!({"reads": [two, two], "max_age_ms": 0});
    assert_eq!(site.reads(reads).await["counts"], json!({"ok": 1}));
    assert_eq!(site.read(TEMP, NOW).await.problem().0, 429);
    assert!(site.read(TEMP, &[]).await.ok()["reading"] != Value::Null, "the cache is free");
}
