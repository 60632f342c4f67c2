//! Poll groups on real servers. What is polled is counted at the simulated SmartServers, beside another one
//! that is polled once a second: nothing here depends on how fast the machine is.

use nocgate::simulator::{Behaviour, Handle};
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use super::restart::Crash;
use crate::harness::api::{Answer, Api, query, send};
use crate::harness::database::Engine;
use crate::harness::eventually;
use crate::harness::site::{Needs, Site, TEMP, key_of, online, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    many_groups_cost_what_the_shortest_interval_costs,
    a_group_that_is_disabled_or_removed_ends_at_once,
    an_offline_smartserver_is_skipped_and_not_made_up_for,
    a_fleet_comes_back_spread_over_the_interval,
    a_reading_that_no_poll_replaces_goes_stale,
    who_gets_the_tag_later_joins,
    a_data_point_that_vanished_is_missing,
    polls_go_on_after_a_restart_of_the_gateway,
];

const TWO: Needs = Needs { smartservers: 2, points: 40, overrides: &[], log_entries: None };

fn reads(handle: &Handle) -> u64 {
    handle.counts().of("Read")
}

/// Two SmartServers, the second of which is polled each second.
async fn pair(kind: ServerKind) -> Site {
    let site = Site::with(kind, TWO).await;
    let reference = json!({"smartserver": key_of(reference(&site))});
    make(&site.api, json!({"name": "reference", "selection": reference, "interval_ms": 1_000})).await;
    site
}

fn reference(site: &Site) -> &Handle {
    &site.field.fleet.smartservers()[1]
}

/// Waits until the reference was polled so often; gives how often the first SmartServer was meanwhile.
async fn while_reference_is_polled(site: &Site, times: u64) -> u64 {
    let (first, other) = (reads(site.smartserver()), reads(reference(site)));
    eventually("the reference is polled", async || (reads(reference(site)) >= other + times).then_some(()))
        .await;
    reads(site.smartserver()) - first
}

async fn make(api: &Api, group: Value) -> String {
    text(&api.post("/poll-groups", group).await.ok()["id"])
}

async fn put(api: &Api, id: &str, group: Value) -> Value {
    send(api.request(Method::PUT, &format!("/poll-groups/{id}")).json(&group)).await.ok()
}

async fn status(api: &Api, id: &str) -> Value {
    api.get(&format!("/poll-groups/{id}")).await.ok()["status"].take()
}

/// Waits until a member of a group's status has a value; gives the status.
async fn status_with(api: &Api, id: &str, member: &str, value: Value) -> Value {
    eventually(member, async || {
        let status = status(api, id).await;
        (status[member] == value).then_some(status)
    })
    .await
}

async fn many_groups_cost_what_the_shortest_interval_costs(kind: ServerKind) {
    let site = pair(kind).await;
    let key = site.key();
    let mut groups = Vec::new();
    for n in 0..10 {
        let (selection, interval) = (json!({"smartserver": key}), 1_000 * (1 + n / 3));
        groups.push(
            make(&site.api, json!({"name": n.to_string(), "selection": selection, "interval_ms": interval}))
                .await,
        );
    }
    while_reference_is_polled(&site, 2).await;
    let polled = while_reference_is_polled(&site, 6).await;
    assert!((4..=8).contains(&polled), "{polled} messages for ten groups beside 6 for one");

    let reading = site.cached(TEMP).await;
    assert_eq!((&reading["source"], &reading["quality"]), (&json!("poll"), &json!("good")));
    for id in &groups {
        let status = status(&site.api, id).await;
        assert_eq!((&status["smartservers"], &status["data_points"]), (&json!(1), &json!(40)), "{status}");
        assert_eq!(
            (&status["polled"], &status["reason"]),
            (&json!(1), &json!("All SmartServers are polled."))
        );
        assert!(status["lag_max_ms"].is_u64() && status["last_turn_at"].is_string(), "{status}");
    }
    let metrics = site.api.get("//metrics").await.text;
    for series in
        ["nocgate_polls_total{result=\"ok\"}", "nocgate_poll_lag_seconds_count", "nocgate_poll_groups "]
    {
        assert!(metrics.contains(series), "{series}");
    }
    assert!(site.smartserver().counts().max_in_flight <= 1);
}

async fn a_group_that_is_disabled_or_removed_ends_at_once(kind: ServerKind) {
    let site = pair(kind).await;
    let mut group = json!({"name": "g", "selection": {"smartserver": site.key()}, "interval_ms": 1_000});
    let id = make(&site.api, group.clone()).await;
    status_with(&site.api, &id, "polled", json!(1)).await;
    let set = async |enabled: bool| {
        let mut group = group.clone();
        group["enabled"] = json!(enabled);
        put(&site.api, &id, group).await
    };
    let off = set(false).await;
    assert_eq!((&off["enabled"], &off["status"]["reason"]), (&json!(false), &json!("It is disabled.")));
    assert_eq!(off["status"]["data_points"], 40, "it can be seen what it would poll");
    assert!(while_reference_is_polled(&site, 3).await <= 1, "but for one that was under way");
    assert_eq!(while_reference_is_polled(&site, 2).await, 0);
    set(true).await;
    assert!(while_reference_is_polled(&site, 4).await >= 2);

    site.api.delete(&format!("/poll-groups/{id}")).await.ok();
    assert!(while_reference_is_polled(&site, 3).await <= 1);
    assert_eq!(while_reference_is_polled(&site, 2).await, 0);
    let gone = site.api.get(&format!("/poll-groups/{id}")).await;
    assert_eq!(gone.problem(), (404, "poll_group_unknown".into()));
    group["interval_ms"] = json!(86_400_000);
    make(&site.api, group).await;
}

async fn an_offline_smartserver_is_skipped_and_not_made_up_for(kind: ServerKind) {
    let site = pair(kind).await;
    let id = make(&site.api, json!({"name": "all", "selection": {}, "interval_ms": 1_000})).await;
    status_with(&site.api, &id, "polled", json!(2)).await;
    site.smartserver().go_offline().await;
    let status = status_with(&site.api, &id, "skipped_offline", json!(1)).await;
    assert_eq!(status["reason"], "1 of 2 SmartServers are skipped: offline.");
    assert_eq!(while_reference_is_polled(&site, 5).await, 0);

    site.smartserver().come_back().await;
    let before = (reads(site.smartserver()), reads(reference(&site)));
    status_with(&site.api, &id, "polled", json!(2)).await;
    while_reference_is_polled(&site, 4).await;
    let since = (reads(site.smartserver()) - before.0, reads(reference(&site)) - before.1);
    assert!(since.0 >= 2 && since.0 <= since.1 + 2, "{since:?}: what was skipped is not made up for");
}

/// Times at which the last reading of a point came, of all SmartServers.
async fn received(site: &Site, name: &str) -> Vec<jiff::Timestamp> {
    let page = site.api.get(&query("/data-points", &[("name", name), ("limit", "1000")])).await.ok();
    let times = page["items"].as_array().unwrap().iter().filter(|point| point["reading"]["source"] == "poll");
    times.map(|point| text(&point["reading"]["received_at"]).parse().unwrap()).collect()
}

async fn a_fleet_comes_back_spread_over_the_interval(kind: ServerKind) {
    const FLEET: usize = 30;
    let mut server = XmppServer::start(kind).await;
    let site = Site::on(&server, Needs { smartservers: FLEET, points: 40, ..Needs::default() }).await;
    let id =
        make(&site.api, json!({"name": "all", "selection": {"prefix": "Net/"}, "interval_ms": 5_000})).await;
    status_with(&site.api, &id, "polled", json!(FLEET)).await;

    server.kill().await;
    status_with(&site.api, &id, "skipped_offline", json!(FLEET)).await;
    let away = jiff::Timestamp::now();
    let before: Vec<_> = site.field.fleet.smartservers().iter().map(reads).collect();
    server.restart().await;
    site.field.fleet.online().await;
    online(&site.api, &site.identity).await;
    let mut times = eventually("everything is polled again", async || {
        let times = received(&site, TEMP).await;
        (times.iter().filter(|time| **time > away).count() == FLEET).then_some(times)
    })
    .await;
    times.sort();
    let at_once = |window: &[jiff::Timestamp]| window[FLEET / 2].duration_since(window[0]).as_millis() > 500;
    assert!(
        times.windows(FLEET / 2 + 1).all(at_once),
        "half of the fleet within a tenth of the interval: {times:?}"
    );
    let handles = site.field.fleet.smartservers().iter().map(reads).zip(before);
    let most = handles.map(|(now, before)| now - before).max();
    assert!(most <= Some(4), "{most:?} polls of one SmartServer before all had their first");
}

async fn a_reading_that_no_poll_replaces_goes_stale(kind: ServerKind) {
    let site = Site::start(kind).await;
    let id =
        make(&site.api, json!({"name": "g", "selection": {}, "interval_ms": 1_000, "max_age_ms": 1_000}))
            .await;
    status_with(&site.api, &id, "polled", json!(1)).await;
    assert_eq!(site.cached(TEMP).await["quality"], "good");
    // Each poll waits for its whole deadline: it is too early to call the SmartServer offline.
    site.smartserver().set_behaviour(Behaviour::silent());
    let stale = eventually("the reading is stale", async || {
        let reading = site.cached(TEMP).await;
        (reading["quality"] == "stale").then_some(reading)
    });
    assert!(stale.await["age_ms"].as_u64() > Some(2_000), "older than interval and age together");
    let listed = site.api.get(&query("/data-points", &[("quality", "stale"), ("limit", "1")])).await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let status = status_with(&site.api, &id, "behind", json!(1)).await;
    assert!(text(&status["reason"]).contains("1 of 1 SmartServers are behind"), "{status}");
}

async fn who_gets_the_tag_later_joins(kind: ServerKind) {
    let site = pair(kind).await;
    let id =
        make(&site.api, json!({"name": "roof", "selection": {"tag": "roof"}, "interval_ms": 1_000})).await;
    assert_eq!(status(&site.api, &id).await["reason"], "No data point is chosen.");
    let tagged = async |tags: Value| {
        let path = format!("/smartservers/{}", site.key());
        send(site.api.request(Method::PATCH, &path).json(&json!({"tags": tags}))).await.ok()
    };
    assert_eq!(while_reference_is_polled(&site, 2).await, 0);
    tagged(json!(["roof"])).await;
    assert_eq!(status_with(&site.api, &id, "polled", json!(1)).await["data_points"], 40);
    tagged(json!([])).await;
    assert_eq!(status(&site.api, &id).await["smartservers"], 0);
    assert!(while_reference_is_polled(&site, 3).await <= 1);
    assert_eq!(while_reference_is_polled(&site, 2).await, 0);
}

async fn a_data_point_that_vanished_is_missing(kind: ServerKind) {
    let site = Site::start(kind).await;
    let names = site.smartserver().point_names();
    let items: Vec<_> = [&names[0], &names[1], &names[0]]
        .iter()
        .map(|name| json!({"smartserver": site.key(), "name": name}))
        .collect();
    let group = json!({"name": "two", "items": items, "interval_ms": 1_000});
    let id = make(&site.api, group.clone()).await;
    let polled = status_with(&site.api, &id, "polled", json!(1)).await;
    assert_eq!((&polled["data_points"], &polled["missing"]), (&json!(2), &json!(0)), "each once");

    site.smartserver().remove_point(&names[0]).unwrap();
    site.api.post(&format!("/smartservers/{}/sync", site.key()), json!({})).await.ok();
    let status = status(&site.api, &id).await;
    assert_eq!((&status["data_points"], &status["missing"]), (&json!(1), &json!(1)));
    assert_eq!(status["missing_items"], json!([{"smartserver": site.key(), "name": names[0]}]));
    assert!(text(&status["reason"]).ends_with("1 data point is missing."), "{status}");
    put(&site.api, &id, group).await;

    site.api.delete(&format!("/smartservers/{}", site.key())).await.ok();
    let known = site.api.get(&format!("/poll-groups/{id}")).await.ok();
    assert_eq!(known["status"]["missing"], 2);
    let same = json!({"name": "renamed", "items": known["items"], "interval_ms": 1_000});
    assert_eq!(put(&site.api, &id, same.clone()).await["items"], known["items"], "kept by id");
    let new =
        site.api.post("/poll-groups", json!({"name": "x", "items": known["items"], "interval_ms": 1_000}));
    assert_eq!(new.await.problem(), (422, "request_invalid".into()));
}

async fn polls_go_on_after_a_restart_of_the_gateway(kind: ServerKind) {
    let mut crash = Crash::start(Engine::Sqlite, kind).await;
    let group = json!({
        "name": "g", "selection": {"prefix": "Net/", "type": "SNVT_temp_p"}, "interval_ms": 1_000, "max_age_ms": 2_000,
        "history": {"record": "change", "min_interval_ms": 500, "deadband": 0.25, "retention_days": 7, "backfill": true},
    });
    let made = crash.api().post("/poll-groups", group.clone()).await.ok();
    let id = text(&made["id"]);
    status_with(&crash.api(), &id, "polled", json!(1)).await;
    crash.restart().await;
    let again = crash.api().get(&format!("/poll-groups/{id}")).await.ok();
    for member in
        ["name", "enabled", "selection", "items", "interval_ms", "max_age_ms", "history", "created_at"]
    {
        assert_eq!(again[member], made[member], "{member}");
    }
    let before = reads(crash.field.smartserver());
    eventually("it is polled again", async || (reads(crash.field.smartserver()) > before + 1).then_some(()))
        .await;
    assert_eq!(
        status_with(&crash.api(), &id, "polled", json!(1)).await["data_points"],
        made["status"]["data_points"]
    );
}

#[tokio::test]
async fn what_cannot_be_a_group_is_refused_in_words() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let (key, api) = (site.key(), &site.api);
    let good = json!({"name": "good", "selection": {}, "interval_ms": 60_000});
    let id = make(api, good.clone()).await;
    let with = |member: &str, value: Value| {
        let mut group = good.clone();
        group["name"] = json!("other");
        group[member] = value;
        group
    };
    let item = |smartserver: &str, name: &str| json!({"name": "i", "items": [{"smartserver": smartserver, "name": name}], "interval_ms": 60_000});
    let rule = |member: &str, value: Value| {
        let mut rule = json!({"record": "change"});
        rule[member] = value;
        with("history", rule)
    };
    for (group, word) in [
        (with("name", json!("")), "name"),
        (with("name", json!("a\u{0}b")), "name"),
        (with("interval_ms", json!(999)), "1000 to 86400000"),
        (with("interval_ms", json!(86_400_001)), "1000 to 86400000"),
        (with("interval_ms", Value::Null), "history"),
        (with("max_age_ms", json!(999)), "max_age_ms"),
        (with("items", json!([])), "selection` or `items"),
        (with("selection", Value::Null), "selection` or `items"),
        (with("selection", json!({"tags": "x"})), "tags"),
        (with("selection", json!([])), "sequence"),
        (with("selection", json!({"tag": ""})), "selection"),
        (with("selection", json!({"q": "a\u{0}"})), "selection"),
        (rule("record", json!("some")), "some"),
        (rule("deadband", json!(-1.0)), "history.deadband"),
        (rule("retention_days", json!(0)), "1 to 3650"),
        (rule("min_interval_ms", json!(86_400_001)), "history.min_interval_ms"),
        (item("nobody", TEMP), "nobody is not registered"),
        (item(&key, "Net/none"), "no data point Net/none"),
        (item(&key, ""), "items"),
        (json!({"name": "i", "items": [], "interval_ms": 60_000}), "1 to 10000"),
    ] {
        for answer in [api.post("/poll-groups", group.clone()).await, replaced(api, &id, &group).await] {
            assert_eq!(answer.problem(), (422, "request_invalid".into()), "{group}");
            assert!(text(&answer.body["detail"]).contains(word), "{word}: {}", answer.text);
        }
    }
    let elsewhere = with("selection", json!({"smartserver": "nobody"}));
    assert_eq!(api.post("/poll-groups", elsewhere).await.problem(), (404, "smartserver_unknown".into()));
    assert_eq!(api.post("/poll-groups", good.clone()).await.problem(), (409, "conflict".into()));
    let other = make(api, with("enabled", json!(false))).await;
    assert_eq!(replaced(api, &other, &good).await.problem(), (409, "conflict".into()));
    let nobody = "00000000-0000-7000-8000-000000000000";
    assert_eq!(replaced(api, nobody, &good).await.problem(), (404, "poll_group_unknown".into()));
    assert_eq!(
        api.delete(&format!("/poll-groups/{nobody}")).await.problem(),
        (404, "poll_group_unknown".into())
    );
}

async fn replaced(api: &Api, id: &str, group: &Value) -> Answer {
    send(api.request(Method::PUT, &format!("/poll-groups/{id}")).json(group)).await
}

#[tokio::test]
async fn a_group_is_made_once_per_idempotency_key_and_listed_by_name() {
    let site = Site::start(ServerKind::Prosody).await;
    let group = json!({"name": "b", "selection": {"tag": "none"}, "interval_ms": 60_000});
    let keyed =
        || send(site.api.request(Method::POST, "/poll-groups").header("idempotency-key", "k").json(&group));
    let made = keyed().await.ok();
    let again = keyed().await;
    assert_eq!((again.header("idempotency-replayed"), &again.body["id"]), (Some("true"), &made["id"]));
    for name in ["c", "a"] {
        make(&site.api, json!({"name": name, "selection": {"tag": "none"}, "interval_ms": 60_000})).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = site.api.get(&format!("/poll-groups?limit=2{cursor}")).await.ok();
        names.extend(page["items"].as_array().unwrap().iter().map(|group| text(&group["name"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
}
