//! A SmartServer with every oddity of units in use at once.

use nocgate::simulator::Behaviour;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::Gateway;
use crate::harness::site::{FLOAT, Field, MODE, SETPOINT, SWITCH, Site, TEMP, synced, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![a_quirky_smartserver_is_served_like_any_other];

async fn quirky(kind: ServerKind) -> Site {
    let field = Field::start(XmppServer::shared(kind).await, 1, 40).await;
    let unit = field.smartserver();
    unit.set_behaviour(Behaviour::quirky());
    unit.point_names().iter().for_each(|name| unit.forget(name).unwrap());
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let identity = field.register(&gateway.api).await;
    Site { kind, field, api: gateway.api.clone(), gateway, identity, database }
}

async fn reading(site: &Site, name: &str) -> Value {
    site.read(name, &[("max_age_ms", "0")]).await.ok()["reading"].take()
}

async fn a_quirky_smartserver_is_served_like_any_other(kind: ServerKind) {
    let site = quirky(kind).await;
    let seen = synced(&site.api, &site.key()).await;
    assert_eq!((&seen["data_points"], &seen["restart_known_by"]), (&json!(40), &json!("header")), "{seen}");
    reads(&site).await;

    let report = site.api.post(&format!("/smartservers/{}/sync", site.key()), Value::Null).await.ok();
    let changes = ["total", "added", "removed", "changed"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(changes, [40, 0, 0, 0]);
    let system = site.api.get(&format!("/smartservers/{}/system", site.key())).await.ok();
    assert!(system["time"]["at"].is_string(), "{system}");
    let pushed = site.smartserver().push(&[SWITCH, TEMP], &site.field.noc()).await.unwrap();
    assert_eq!(pushed.fault_count, 0);
    assert_eq!(site.cached(SWITCH).await["source"], "push");
    writes(&site).await;
    it_is_quirky(&site).await;
}

/// What comes from it is as odd as it can be behind a server.
async fn it_is_quirky(site: &Site) {
    let path = format!("/smartservers/{}/soap", site.key());
    let ask = async |body: &str| site.api.post_text(&path, "text/xml", body).await.ok();
    let answer =
        ask("<Read><iLonItem><Item><UCPTname>Net/LON/Pump/Fb/nvo</UCPTname></Item></iLonItem></Read>").await;
    let items = answer["body"]["Read"]["iLonItem"]["Item"].as_array().expect("a root without Response");
    assert_eq!(items[0]["fault"]["faultstring"]["#text"], "Name not found Net/LON/Pump/Fb/");
    assert_eq!(items[1]["UCPTname"], "");
    let envelope = text(&answer["envelope"]);
    let update = envelope.split("UCPTlastUpdate>").nth(1).unwrap();
    let offset = &update[update.find('<').unwrap() - 5..][..5];
    assert!(offset.starts_with(['+', '-']), "{update}");
    if site.kind == ServerKind::Prosody {
        assert!(envelope.contains("<iLonItem xmlns=\"\""), "in no namespace: {envelope}");
    }
    site.field.watch.allow_anything();
    let fault = ask("<Foo/>").await;
    assert_eq!(fault["is_fault"], true, "in a result: {fault}");
}

async fn reads(site: &Site) {
    let all = json!({"reads": [{"smartserver": site.key(), "all": true}], "max_age_ms": 0});
    let first = site.reads(all.clone()).await;
    let second = site.reads(all).await;
    let results = |answer: &Value| answer["results"].as_array().unwrap().clone();
    assert_eq!(results(&second).len(), 40);
    for (first, second) in results(&first).iter().zip(results(&second)) {
        assert!(first["reading"].is_object() && second["reading"].is_object(), "{first} {second}");
        if first["name"] == FLOAT {
            assert_eq!(first["reading"]["quality"], "never_read", "{first}");
        }
        assert_ne!(second["reading"]["quality"], "never_read", "{second}");
    }
    let temp = reading(site, TEMP).await;
    assert_eq!(temp["raw"], site.smartserver().value(TEMP).unwrap(), "items are found by their names");
    let age = temp["observed_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(jiff::Timestamp::now().duration_since(age).abs() < jiff::SignedDuration::from_secs(30), "{temp}");
}

async fn writes(site: &Site) {
    let write = |value: Value, priority: u8| json!({"action": {"type": "write", "value": value, "priority": priority}});
    let item = site.order(SETPOINT, write(json!(21.5), 240)).await;
    assert_eq!(item["outcome"], "verified", "{item}");
    assert_eq!(site.smartserver().value(SETPOINT).unwrap(), "21.5");
    let weak = site.order(SETPOINT, write(json!(18), 250)).await;
    assert_eq!(weak["outcome"], "refused", "without a fault: {weak}");
    let release = json!({"action": {"type": "release", "priority": 240}});
    let released = site.order(SETPOINT, release).await;
    assert_eq!(released["outcome"], "verified", "{released}");
    let mode = site.order(MODE, write(json!("HVAC_COOL"), 255)).await;
    assert_eq!(mode["outcome"], "verified", "{mode}");

    site.smartserver().remove_point(SWITCH).unwrap();
    let gone = site.order(SWITCH, json!({"action": {"type": "write", "preset": "ON"}})).await;
    assert_eq!(gone["outcome"], "not_found", "its fault was cut short: {gone}");
}
