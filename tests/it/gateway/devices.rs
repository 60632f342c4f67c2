//! Networks, channels, devices and functional blocks, and commands to devices.

use std::collections::BTreeSet;
use std::time::Duration;

use nocgate::simulator::{Behaviour, DeviceState, Profile, Silence};
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use super::restart::Crash;
use crate::harness::api::{Answer, Api, query, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::events::Events;
use crate::harness::eventually;
use crate::harness::gateway::Gateway;
use crate::harness::site::{Field, Needs, SETPOINT, Site, online, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    vector_5_devices_are_listed_with_their_state,
    vector_30_a_device_is_asked_for_its_status,
    vector_31_no_command_of_ours_takes_a_device_out_of_its_network,
    a_command_is_followed_to_its_end,
    a_command_that_fails_says_so,
    an_unanswered_command_is_looked_after_and_sent_once,
];

const PUMP: &str = "Net/LON/Device 1";

/// A SmartServer gives up on a call soon.
const IMPATIENT: Needs = Needs {
    smartservers: 1,
    points: 40,
    overrides: &[("SMARTSERVER__DEADLINE_MS", "2000")],
    log_entries: None,
};

fn path(key: &str, rest: &str) -> String {
    format!("/smartservers/{key}/{rest}")
}

async fn get(api: &Api, key: &str, rest: &str, pairs: &[(&str, &str)]) -> Answer {
    api.get(&query(&path(key, rest), pairs)).await
}

/// All items of a list, through pages of `limit`.
async fn all(api: &Api, key: &str, rest: &str, pairs: &[(&str, &str)], limit: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut pairs = pairs.to_vec();
        pairs.push(("limit", limit));
        pairs.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = get(api, key, rest, &pairs).await.ok();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
}

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["name"])).collect()
}

fn ordering(api: &Api, key: &str, body: Value) -> reqwest::RequestBuilder {
    api.request(Method::POST, &path(key, "devices/commands")).json(&body)
}

/// Orders something of the pump and waits for the outcome.
async fn order(site: &Site, command: &str, more: Value) -> Value {
    let mut body = json!({"device": PUMP, "command": command});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let answer = send(ordering(&site.api, &site.key(), body).header("prefer", "wait=60")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

async fn ended(api: &Api, id: &str) -> Value {
    eventually("the command ends", async || {
        let command = api.get(&format!("/device-commands/{id}")).await.ok();
        (command["phase"] == "finished").then_some(command)
    })
    .await
}

fn pump(field: &Field) -> DeviceState {
    field.smartserver().device_state(PUMP).unwrap()
}

/// Whether the pump is as it was.
#[track_caller]
fn assert_takes_part(field: &Field) {
    let pump = pump(field);
    assert!(pump.running && pump.commissioned, "{pump:?}");
}

async fn vector_5_devices_are_listed_with_their_state(kind: ServerKind) {
    let server = XmppServer::shared(kind).await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let field = Field::of(server, Profile::Demo, 1, 200).await;
    let (api, key) = (gateway.api.clone(), field.key());
    field.register(&api).await;

    let devices = all(&api, &key, "devices", &[], "3").await;
    let mut known = field.smartserver().device_names();
    known.sort();
    assert_eq!(names(&devices), known, "each once, in order, through pages");
    let buses: BTreeSet<_> = devices.iter().map(|device| text(&device["bus"])).collect();
    assert_eq!(buses.len(), 4, "{buses:?}");
    let local: Vec<_> = devices.iter().filter(|device| device["local"] == true).collect();
    assert_eq!(local.len(), 1);
    assert!(text(&local[0]["name"]).ends_with("/iLON App"));
    for device in devices.iter().filter(|device| device["bus"] == "lon") {
        assert_eq!(device["application_status"], "APP_RUNNING", "{device}");
        assert_eq!(device["commission_status"], "COMMISSIONED", "{device}");
        assert_eq!(text(&device["neuron_id"]).len(), 12);
        assert_eq!(text(&device["program_id"]).len(), 16);
        assert!(device["addresses"][0]["node"].is_number() && device["handle"].is_number(), "{device}");
    }
    let only = all(&api, &key, "devices", &[("bus", "modbus")], "100").await;
    assert!(!only.is_empty() && only.iter().all(|device| device["bus"] == "modbus"));

    for (list, field) in [("networks", "domains"), ("channels", "channel_type")] {
        let items = all(&api, &key, list, &[], "2").await;
        let places: BTreeSet<_> =
            items.iter().map(|item| (text(&item["name"]), text(&item["bus"]))).collect();
        assert_eq!(places.len(), items.len(), "each once");
        let lon = items.iter().find(|item| item["bus"] == "lon").unwrap();
        assert!(!lon[field].is_null() && lon[field] != json!([]), "{lon}");
    }

    let blocks = all(&api, &key, "functional-blocks", &[], "7").await;
    let held: u64 = blocks.iter().map(|block| block["data_points"].as_u64().unwrap()).sum();
    let points = api.get("/data-points?limit=1000").await.ok()["items"].as_array().unwrap().len();
    assert!(points > 100 && held as usize == points, "every data point stands in one block: {held} {points}");
    let device = text(&only[0]["name"]);
    let of_one = all(&api, &key, "functional-blocks", &[("device", &device)], "100").await;
    assert!(!of_one.is_empty());
    assert!(names(&of_one).iter().all(|name| name.starts_with(&format!("{device}/"))));

    let unknown = get(&api, &key, "devices", &[("name", "Net/LON/No such [1]")]).await;
    assert_eq!(unknown.problem(), (404, "device_unknown".to_owned()));
    let order = send(ordering(&api, &key, json!({"device": device, "command": "wink"}))).await;
    assert_eq!(order.problem(), (422, "request_invalid".to_owned()));
    assert!(text(&order.body["detail"]).contains("only LON devices"), "{}", order.text);
    let order = send(ordering(&api, &key, json!({"device": "Net/LON/x", "command": "wink"}))).await;
    assert_eq!(order.problem(), (404, "device_unknown".to_owned()));
    let none = get(&api, &key, "devices/commands", &[]).await.ok();
    assert_eq!(none["items"], json!([]), "what was refused is not stored");
}

async fn vector_30_a_device_is_asked_for_its_status(kind: ServerKind) {
    let site = Site::start(kind).await;
    let status = async || {
        let asked = [("name", PUMP), ("status", "true")];
        get(&site.api, &site.key(), "devices", &asked).await.ok()["items"][0].take()
    };
    let device = status().await;
    assert_eq!(device["status"]["type"], "status");
    assert_eq!(device["status"]["online_status"], "DST_CONFIGURED_ONLINE");
    assert_eq!(device["status"]["unique_id"], device["neuron_id"]);
    let all = get(&site.api, &site.key(), "devices", &[("status", "true")]).await;
    assert_eq!(all.problem().0, 400);

    let told = order(&site, "query_status", json!({})).await;
    assert_eq!((&told["outcome"], &told["mode"]), (&json!("done"), &json!("invoke")), "{told}");
    assert_eq!(told["result"]["error_log"], "DELT_NO_ERROR");
    for (command, result) in [
        ("clear_status", None),
        ("send_service_pin", None),
        ("repeating_data", Some("repeating")),
        ("powerline_data", Some("powerline")),
        ("proxy_data", Some("proxy")),
        ("ppn_data", Some("ppn")),
    ] {
        let told = order(&site, command, json!({})).await;
        assert_eq!(told["outcome"], "done", "{told}");
        assert_eq!(told["result"]["type"].as_str(), result, "{told}");
    }
    assert_eq!(pump(&site.field).service_pins, 1);

    let stopped = order(&site, "offline", json!({})).await;
    assert_eq!(stopped["result"]["application_status"], "APP_STOPPED", "{stopped}");
    assert_eq!(status().await["status"]["online_status"], "DST_CONFIGURED_SOFT_OFFLINE");
    site.smartserver().set_device_reachable(SETPOINT, false).unwrap();
    assert_eq!(status().await["status"]["online_status"], "DST_CONFIGURED_HARD_OFFLINE");
    let failed = order(&site, "clear_status", json!({})).await;
    assert_eq!(failed["outcome"], "failed", "{failed}");
    assert!(text(&failed["detail"]).contains("fault 12"), "{failed}");
}

async fn vector_31_no_command_of_ours_takes_a_device_out_of_its_network(kind: ServerKind) {
    let site = Site::start(kind).await;
    for command in
        ["wink", "reset", "online", "commission", "fetch_program_id", "fetch_neuron_id", "update_cp_defaults"]
    {
        let done = order(&site, command, json!({"reason": "it"})).await;
        assert_eq!((&done["outcome"], &done["mode"]), (&json!("done"), &json!("set")), "{done}");
        assert_eq!(done["result"]["commission_status"], "COMMISSIONED", "{done}");
        assert_takes_part(&site.field);
    }
    let state = pump(&site.field);
    assert_eq!((state.winks, state.resets), (1, 1), "nothing was asked for twice");

    // Whoever writes messages by hand is held to it too.
    let ns = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
    let set = |members: &str| {
        format!(
            "<Set xmlns='{ns}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><iLonItem>\
             <Item xsi:type='LON_Device_Cfg'><UCPTname>{PUMP}</UCPTname><UCPThandle>{}</UCPThandle>{members}\
             <Command><UCPTcommand>Wink</UCPTcommand><UCPTstatus LonFormat='UCPTstatus'>STATUS_REQUEST</UCPTstatus>\
             </Command></Item></iLonItem></Set>",
            state.handle
        )
    };
    let application =
        "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_RUNNING</UCPTapplicationStatus>";
    let ids = "<UCPTuniqueId>00a1457915ff</UCPTuniqueId><UCPTprogramId>80000105288a0403</UCPTprogramId>";
    for members in [String::new(), ids.to_owned(), format!("{ids}{application}")] {
        let answer = site.api.post_text(&path(&site.key(), "soap"), "text/xml", set(&members)).await;
        assert_eq!(answer.problem(), (400, "soap_malformed".to_owned()));
        assert!(text(&answer.body["detail"]).contains("decommissions"), "{}", answer.text);
    }
    assert_takes_part(&site.field);
    assert_eq!(pump(&site.field).winks, 1);

    let unconfirmed = ordering(&site.api, &site.key(), json!({"device": PUMP, "command": "decommission"}));
    assert_eq!(send(unconfirmed).await.problem(), (422, "request_invalid".to_owned()));
    assert_takes_part(&site.field);
    let out = order(&site, "decommission", json!({"confirm": true})).await;
    assert_eq!(out["outcome"], "done", "{out}");
    let state = pump(&site.field);
    assert!(state.running && !state.commissioned, "{state:?}");
    assert_eq!(order(&site, "commission", json!({})).await["outcome"], "done");
    assert_takes_part(&site.field);
}

async fn a_command_is_followed_to_its_end(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver()
        .set_behaviour(Behaviour { command_time: Duration::from_secs(2), ..Behaviour::default() });
    let mut events = Events::open(&site.api, "/events?kinds=device_command").await;
    let keyed = || {
        ordering(&site.api, &site.key(), json!({"device": PUMP, "command": "wink", "reason": "which?"}))
            .header("idempotency-key", "one")
    };
    let first = send(keyed()).await;
    assert_eq!(first.status, 202, "{}", first.text);
    let id = text(&first.body["id"]);
    let event = events.find("an event of the command", |_, event| event["command_id"] == id.as_str()).await;
    assert_eq!(event["smartserver"], site.key());
    let other = send(ordering(&site.api, &site.key(), json!({"device": PUMP, "command": "reset"}))).await;
    assert_eq!(other.problem(), (409, "conflict".to_owned()));
    eventually("the SmartServer is at work on it", async || {
        let command = site.api.get(&format!("/device-commands/{id}")).await.ok();
        (command["phase"] == "pending").then_some(())
    })
    .await;
    assert_eq!(pump(&site.field).winks, 0);
    let done = ended(&site.api, &id).await;
    assert_eq!((&done["outcome"], &done["reason"]), (&json!("done"), &json!("which?")), "{done}");
    assert_eq!(pump(&site.field).winks, 1);
    let again = send(keyed()).await;
    assert_eq!((again.status, text(&again.body["id"])), (202, id.clone()));
    assert_eq!(site.smartserver().counts().of("Set"), 1);

    let second = order(&site, "wink", json!({})).await;
    assert_eq!(second["outcome"], "done", "the end of the first is not that of the second: {second}");
    assert_eq!((pump(&site.field).winks, site.smartserver().counts().of("Set")), (2, 2));
    assert_takes_part(&site.field);
    let listed = all(&site.api, &site.key(), "devices/commands", &[], "1").await;
    let ids: Vec<_> = listed.iter().map(|command| text(&command["id"])).collect();
    assert_eq!(ids, [text(&second["id"]), id], "newest first");
}

async fn a_command_that_fails_says_so(kind: ServerKind) {
    let site = Site::start(kind).await;
    let failing_commands = vec!["Wink".to_owned(), "ChangeApplicationStatus".to_owned()];
    site.smartserver().set_behaviour(Behaviour { failing_commands, ..Behaviour::default() });
    for command in ["wink", "offline"] {
        let failed = order(&site, command, json!({})).await;
        assert_eq!(failed["outcome"], "failed", "{failed}");
        assert!(text(&failed["detail"]).contains("fault 12"), "{failed}");
        assert_takes_part(&site.field);
    }

    site.smartserver()
        .set_behaviour(Behaviour { command_time: Duration::from_secs(3600), ..Behaviour::default() });
    let late = order(&site, "reset", json!({"deadline_ms": 1000})).await;
    assert_eq!(late["outcome"], "unknown", "{late}");
    assert!(text(&late["detail"]).contains("STATUS_PENDING"), "{late}");
    let busy = order(&site, "wink", json!({})).await;
    assert_eq!(busy["outcome"], "refused", "what is under way would be asked for again: {busy}");
    assert!(text(&busy["detail"]).contains("Reset (STATUS_PENDING)"), "{busy}");
    site.smartserver().go_offline().await;
    let gone = send(ordering(&site.api, &site.key(), json!({"device": PUMP, "command": "wink"}))).await;
    assert_eq!(gone.problem(), (503, "smartserver_unreachable".to_owned()));
}

async fn an_unanswered_command_is_looked_after_and_sent_once(kind: ServerKind) {
    let site = Site::with(kind, IMPATIENT).await;
    let silent = |executes_in_silence: bool| {
        let silence = Silence::For(vec!["Set".into(), "InvokeCmd".into()]);
        site.smartserver().set_behaviour(Behaviour { silence, executes_in_silence, ..Behaviour::default() });
    };
    silent(true);
    let done = order(&site, "wink", json!({"deadline_ms": 60_000})).await;
    assert_eq!(done["outcome"], "done", "{done}");
    let unknown = order(&site, "clear_status", json!({"deadline_ms": 60_000})).await;
    assert_eq!(unknown["outcome"], "unknown", "{unknown}");
    silent(false);
    let unknown = order(&site, "reset", json!({"deadline_ms": 4_000})).await;
    assert_eq!(unknown["outcome"], "unknown", "{unknown}");
    assert!(text(&unknown["detail"]).contains("shows nothing of it"), "{unknown}");
    let state = pump(&site.field);
    assert_eq!((state.winks, state.resets), (1, 0));
    assert_eq!((site.smartserver().counts().of("Set"), site.smartserver().counts().of("InvokeCmd")), (2, 1));
    assert_takes_part(&site.field);
}

#[tokio::test]
async fn an_outcome_that_the_database_refuses_is_stored_later() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON device_commands WHEN NEW.phase = 'finished' \
                  BEGIN SELECT RAISE(ABORT, 'no'); END";
    site.database.execute(refuse).await;
    let body = json!({"device": PUMP, "command": "query_status"});
    let open = send(ordering(&site.api, &site.key(), body.clone())).await;
    let id = text(&open.body["id"]);
    eventually("it is carried out", async || {
        (site.smartserver().counts().of("InvokeCmd") == 1).then_some(())
    })
    .await;
    assert_eq!(send(ordering(&site.api, &site.key(), body)).await.problem(), (409, "conflict".to_owned()));
    site.database.execute("DROP TRIGGER refuse").await;
    assert_eq!(ended(&site.api, &id).await["outcome"], "done");
    assert_eq!(order(&site, "query_status", json!({})).await["outcome"], "done", "the device is free");
}

#[tokio::test]
async fn a_kill_leaves_the_truth_about_device_commands() {
    for (engine, kind) in [(Engine::Sqlite, ServerKind::Ejabberd), (Engine::Postgres, ServerKind::Prosody)] {
        let mut crash = Crash::start(engine, kind).await;
        let key = crash.field.key();
        let smartserver = crash.field.smartserver().clone();
        smartserver.set_behaviour(Behaviour { command_time: Duration::from_secs(4), ..Behaviour::default() });
        let order = async |device: &str, command: &str| {
            let body = json!({"device": device, "command": command});
            text(&send(ordering(&crash.gateway.api, &key, body)).await.ok()["id"])
        };
        let pending = order(PUMP, "wink").await;
        let phase =
            async |api: &Api, id: &str| text(&api.get(&format!("/device-commands/{id}")).await.ok()["phase"]);
        eventually("the first is pending", async || {
            (phase(&crash.gateway.api, &pending).await == "pending").then_some(())
        })
        .await;
        // From here on only what a Get tells before a command is accepted is answered.
        smartserver.change_behaviour(|now| {
            now.silence = Silence::For(vec!["InvokeCmd".into()]);
        });
        let sent = order("Net/LON/Device 2", "query_status").await;
        eventually("the second is sent", async || {
            (phase(&crash.gateway.api, &sent).await == "sent").then_some(())
        })
        .await;
        crash.gateway.kill();
        smartserver.change_behaviour(|now| now.silence = Silence::Never);
        crash.restart().await;
        let api = crash.api();
        assert_eq!(ended(&api, &sent).await["outcome"], "unknown");
        let done = ended(&api, &pending).await;
        assert_eq!(done["outcome"], "done", "it was followed by the next run: {done}");
        online(&api, &crash.identity).await;
        assert_eq!(
            (pump(&crash.field).winks, smartserver.counts().of("Set")),
            (1, 1),
            "nothing is sent again"
        );
    }
}
