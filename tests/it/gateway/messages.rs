//! Which messages the gateway sends; the harness holds every one against the schema.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::api::{query, send};
use crate::harness::site::{LEVEL, Needs, SETPOINT, SWITCH, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

const LOGGER: &str = "Net/LON/iLON App/Data Logger[0]";
const GENERATOR: &str = "Net/LON/iLON App/Alarm Generator[0]";
const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";
const DEVICE: &str = "Net/LON/Device 1";

/// Operations, and the types of their items where they name one. Points of other buses are held against
/// the schema where they are configured.
const ALL: [&str; 22] = [
    "Clear",
    "Delete",
    "Delete LON_Dp_Cfg",
    "Get",
    "Get Dp_Cfg",
    "Get LON_Dp_Cfg",
    "InvokeCmd",
    "InvokeCmd Dp_ResetPrio_Invoke",
    "InvokeCmd LON_Device_Command_Invoke",
    "List",
    "Read",
    "Read Dp_Data",
    "Set",
    "Set Dp_Cfg",
    "Set LON_Device_Cfg",
    "Set LON_Dp_Cfg",
    "Set UFPTalarmGenerator_Cfg",
    "Set UFPTalarmNotifier_Cfg",
    "Set UFPTdataLogger_Cfg",
    "Write",
    "Write Dp_Data",
    "Write UFPTalarmNotifier_Data",
];

#[tokio::test]
async fn every_kind_of_message_is_held_against_the_schema() {
    let needs = Needs { log_entries: Some(10), ..Needs::default() };
    let site = Site::with(ServerKind::Ejabberd, needs).await;
    values(&site).await;
    configuration(&site).await;
    logs(&site).await;
    alarms(&site).await;
    devices(&site).await;
    let seen: Vec<_> = site.field.watch.seen().into_iter().collect();
    assert_eq!(seen, ALL);
}

async fn values(site: &Site) {
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let id = site.point(SWITCH).await;
    site.api.get(&format!("/data-points/{id}/raw")).await.ok();
    for action in [
        json!({"type": "write", "preset": "ON", "priority": 240}),
        json!({"type": "write", "fields": {"value": 20, "state": 1}, "priority": 240}),
        json!({"type": "write", "raw_hex": "c801", "priority": 240, "propagate": false}),
        json!({"type": "release", "priority": 235}),
    ] {
        let done = site.order(SWITCH, json!({"action": action})).await;
        assert_eq!(done["outcome"], "verified", "{done}");
    }
    let warm = json!({"action": {"type": "write", "value": 68, "format": "us"}});
    assert_eq!(site.order(SETPOINT, warm).await["outcome"], "verified");
}

async fn configuration(site: &Site) {
    let id = site.point(LEVEL).await;
    let path = format!("/data-points/{id}/configuration");
    site.api.get(&path).await.ok();
    change(site, &path, json!({"description": "x", "bus": {"poll_rate_ms": 7_000}})).await;
    let new = json!({"name": "Net/LON/Device 1/VirtFb/nviNew", "driver": "lon", "configuration": {
        "format": "#0000000000000000[0].SNVT_switch", "direction": "in",
        "default_output": {"value": {"value": 0, "state": 0}},
        "presets": [{"name": "DIM", "value": {"value": 20, "state": 1}}],
    }});
    let made = site.api.post(&of(site, "data-points"), new).await.ok();
    let gone = site.api.delete(&format!("/data-points/{}", text(&made["data_point"]["id"]))).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
}

async fn logs(site: &Site) {
    change(site, &of(site, "data-loggers"), json!({"name": LOGGER, "level_alarm_percent": 80})).await;
    let entries = query(&of(site, "data-loggers/entries"), &[("name", LOGGER)]);
    site.api.get(&entries).await.ok();
    site.api.post(&of(site, "data-loggers/clear"), json!({"name": LOGGER})).await.ok();
}

async fn alarms(site: &Site) {
    change(site, &of(site, "alarm-generators"), json!({"name": GENERATOR, "poll_rate_s": 5})).await;
    change(site, &of(site, "alarm-notifiers"), json!({"name": NOTIFIER, "delay_s": 5})).await;
    site.smartserver().raise_alarm(TEMP, "AL_HIGH_LMT_ALM_1").unwrap();
    let active = query(&of(site, "alarm-notifiers/alarms"), &[("name", NOTIFIER), ("log", "summary")]);
    let alarm = site.api.get(&active).await.ok()["items"][0].take();
    let key = json!({"name": alarm["name"], "alarm_time": alarm["alarm_time"]});
    let order = json!({"notifier": NOTIFIER, "alarms": [key], "action": "acknowledge", "comment": "seen"});
    let done = site.api.post(&of(site, "alarm-notifiers/alarms/acknowledge"), order).await.ok();
    assert_eq!(done["counts"]["done"], 1, "{done}");
    let clear = json!({"name": NOTIFIER, "log": "historical"});
    site.api.post(&of(site, "alarm-notifiers/clear"), clear).await.ok();
}

async fn devices(site: &Site) {
    for list in ["networks", "channels", "devices", "functional-blocks"] {
        let page = site.api.get(&of(site, list)).await.ok();
        assert!(!page["items"].as_array().unwrap().is_empty(), "{list}");
    }
    for command in ["wink", "query_status"] {
        let order = json!({"device": DEVICE, "command": command});
        let post = site.api.request(Method::POST, &of(site, "devices/commands"));
        let done = send(post.header("prefer", "wait=60").json(&order)).await.ok();
        assert_eq!(done["outcome"], "done", "{done}");
    }
}

fn of(site: &Site, rest: &str) -> String {
    format!("/smartservers/{}/{rest}", site.key())
}

async fn change(site: &Site, path: &str, change: Value) {
    send(site.api.request(Method::PATCH, path).json(&change)).await.ok();
}
