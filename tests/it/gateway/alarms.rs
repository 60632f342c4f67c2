use nocgate::simulator::{Behaviour, Silence};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, query, send};
use crate::harness::site::{LEVEL, Needs, SETPOINT, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    an_alarm_is_seen_acknowledged_with_a_comment_and_cleared,
    many_alarms_are_read_once_and_in_order,
    each_alarm_has_its_own_outcome,
    an_unanswered_acknowledgement_is_unknown_and_never_sent_again,
    an_alarm_log_is_cleared,
    generators_and_notifiers_are_configured,
    wrong_questions_get_clear_problems,
];

const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";
const GENERATOR: &str = "Net/LON/iLON App/Alarm Generator[0]";
const NEEDS: Needs = Needs {
    smartservers: 1,
    points: 40,
    overrides: &[("SMARTSERVER__DEADLINE_MS", "10000")],
    log_entries: Some(10),
};

fn path(site: &Site, rest: &str) -> String {
    format!("/smartservers/{}/{rest}", site.key())
}

async fn alarms(site: &Site, log: &str) -> Vec<Value> {
    let path = query(&path(site, "alarm-notifiers/alarms"), &[("name", NOTIFIER), ("log", log)]);
    site.api.get(&path).await.ok()["items"].as_array().unwrap().clone()
}

fn key(alarm: &Value) -> Value {
    json!({"name": alarm["name"], "alarm_time": alarm["alarm_time"]})
}

async fn acknowledge(site: &Site, order: Value) -> Answer {
    site.api.post(&path(site, "alarm-notifiers/alarms/acknowledge"), order).await
}

async fn an_alarm_is_seen_acknowledged_with_a_comment_and_cleared(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    assert_eq!(alarms(&site, "summary").await, [] as [Value; 0], "no log before the first alarm");
    site.smartserver().raise_alarm(TEMP, "AL_HIGH_LMT_ALM_1").unwrap();
    let active = alarms(&site, "summary").await;
    assert_eq!(active.len(), 1);
    let alarm = &active[0];
    assert_eq!((&alarm["name"], &alarm["notifier"]), (&json!(TEMP), &json!(NOTIFIER)), "{alarm}");
    assert_eq!((&alarm["status"], &alarm["alarm_type"]), (&json!("AL_HIGH_LMT_ALM_1"), &json!("ACTIVE")));
    assert_eq!(alarm["data_point_id"], json!(site.point(TEMP).await));
    assert!(alarm["value"].is_number() && alarm["alarm_at"].is_string(), "{alarm}");

    let mut order = json!({"notifier": NOTIFIER, "alarms": [key(alarm)], "action": "acknowledge",
        "comment": "valve <exchanged>", "user": "night shift"});
    let done = acknowledge(&site, order.clone()).await.ok();
    assert_eq!(
        (&done["alarms"][0]["outcome"], &done["counts"]["done"]),
        (&json!("done"), &json!(1)),
        "{done}"
    );
    let alarm = alarms(&site, "summary").await.remove(0);
    assert_eq!(alarm["acknowledgement"], "MANUAL_ACK", "{alarm}");
    assert_eq!((&alarm["comment"], &alarm["user"]), (&json!("valve <exchanged>"), &json!("night shift")));

    (order["action"], order["comment"], order["user"]) = (json!("clear"), json!("done"), Value::Null);
    assert_eq!(acknowledge(&site, order).await.ok()["counts"]["done"], 1);
    assert_eq!(alarms(&site, "summary").await, [] as [Value; 0]);
    let history = alarms(&site, "historical").await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["acknowledgement"], "MANUAL_ACK_MANUAL_CLEAR");
    assert_eq!((&history[0]["comment"], &history[0]["user"]), (&json!("done"), &json!("it")));
}

async fn many_alarms_are_read_once_and_in_order(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    for _ in 0..160 {
        site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
        site.smartserver().clear_alarm(TEMP).unwrap();
    }
    for zero in [false, true] {
        site.smartserver().change_behaviour(|behaviour| behaviour.positions_from_zero = zero);
        let (mut read, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = vec![("name", NOTIFIER), ("log", "historical"), ("limit", "70")];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = site.api.get(&query(&path(&site, "alarm-notifiers/alarms"), &parameters)).await.ok();
            assert_eq!(page["gap"], false);
            read.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
            // The comment on an alarm that was read already moves nothing.
            let order = json!({"notifier": NOTIFIER, "alarms": [key(read.last().unwrap())],
                "action": "comment", "comment": "seen"});
            assert_eq!(acknowledge(&site, order).await.ok()["counts"]["done"], 1);
        }
        let all = site.smartserver().alarms(NOTIFIER).unwrap();
        let logged: Vec<_> = all.iter().filter(|a| a.in_history).map(|a| (a.point.clone(), a.at)).collect();
        assert!(logged.len() >= 160);
        let at = |alarm: &Value| text(&alarm["alarm_at"]).parse().unwrap();
        let read: Vec<(String, jiff::Timestamp)> = read.iter().map(|a| (text(&a["name"]), at(a))).collect();
        assert!(read == logged, "{} of {}", read.len(), logged.len());
    }
}

async fn each_alarm_has_its_own_outcome(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let alarm = alarms(&site, "summary").await.remove(0);
    let nobody = json!({"name": LEVEL, "alarm_time": alarm["alarm_time"]});
    let order = json!({"notifier": NOTIFIER, "alarms": [nobody, key(&alarm)], "action": "acknowledge"});
    let done = acknowledge(&site, order).await.ok();
    let outcome = |n: usize| text(&done["alarms"][n]["outcome"]);
    assert_eq!((outcome(0).as_str(), outcome(1).as_str()), ("not_found", "done"), "{done}");
    assert!(done["alarms"][0]["fault_code"].is_number() && done["alarms"][0]["reason"].is_string());
    assert_eq!(done["counts"], json!({"total": 2, "done": 1, "not_found": 1, "refused": 0, "unknown": 0}));
}

async fn an_unanswered_acknowledgement_is_unknown_and_never_sent_again(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__DEADLINE_MS", "1500")];
    let site = Site::with(kind, Needs { overrides, ..NEEDS }).await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let alarm = alarms(&site, "summary").await.remove(0);
    let silence = Silence::For(vec!["Write".into()]);
    site.smartserver().set_behaviour(Behaviour { silence, ..Behaviour::default() });
    let order = json!({"notifier": NOTIFIER, "alarms": [key(&alarm)], "action": "acknowledge"});
    let done = acknowledge(&site, order).await.ok();
    assert_eq!(done["counts"], json!({"total": 1, "done": 0, "not_found": 0, "refused": 0, "unknown": 1}));
    assert_eq!(alarms(&site, "summary").await[0]["acknowledgement"], "MANUAL_ACK", "it was done after all");
    assert_eq!(site.smartserver().counts().of("Write"), 1);
}

async fn an_alarm_log_is_cleared(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let clear = json!({"name": NOTIFIER, "log": "historical"});
    let cleared = site.api.post(&path(&site, "alarm-notifiers/clear"), clear).await.ok();
    assert_eq!(cleared["log"]["total"], 0, "{cleared}");
    assert_eq!(alarms(&site, "historical").await, [] as [Value; 0]);
    assert_eq!(alarms(&site, "summary").await.len(), 1, "the other log stays");
}

async fn change(site: &Site, kind: &str, change: Value) -> Value {
    send(site.api.request(reqwest::Method::PATCH, &path(site, kind)).json(&change)).await.ok()
}

async fn generators_and_notifiers_are_configured(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let before = site.api.get(&path(&site, "alarm-generators")).await.ok()["items"][0].take();
    assert_eq!((&before["name"], &before["comparison"]), (&json!(GENERATOR), &json!("FN_GT")), "{before}");
    let new = json!({"name": GENERATOR, "comparison": "FN_LIMIT", "set_time_s": 2.5, "poll_rate_s": 10,
        "limits": {"high_limit_1_offset": 3.5, "low_limit_1_offset": null},
        "points": [{"role": "Compare", "name": TEMP}]});
    let changed = change(&site, "alarm-generators", new).await;
    let after = &changed["configuration"];
    assert_eq!(
        (&changed["read_back"], &after["comparison"]),
        (&json!(true), &json!("FN_LIMIT")),
        "{changed}"
    );
    assert_eq!((&after["set_time_s"], &after["limits"]["high_limit_1_offset"]), (&json!(2.5), &json!(3.5)));
    assert_eq!(after["alarm_priority"], before["alarm_priority"]);
    let role = |block: &Value, role: &str| {
        let points = block["points"].as_array().unwrap().clone();
        points.into_iter().find(|point| point["role"] == role).unwrap()["name"].clone()
    };
    assert_eq!((role(&before, "Compare"), role(after, "Compare")), (json!(SETPOINT), json!(TEMP)));
    assert_eq!(role(&before, "Input"), role(after, "Input"));

    let before = site.api.get(&path(&site, "alarm-notifiers")).await.ok()["items"][0].take();
    assert_eq!(before["inputs"].as_array().unwrap().len(), 2, "{before}");
    let input = json!({"name": TEMP, "log": true, "invisible": false, "clear_required": false,
        "ack_required": true, "disabled": false, "on_change": false, "group": 3, "priority": 7,
        "description": "too warm"});
    let mail = json!({"index": 0, "nick_name": "on call", "address": "a@example.org", "format": "%t",
        "subject": "alarm", "attachment": null});
    let destination = json!({"index": 0, "enable_path": null, "passive": null, "active": {
        "mail_path": "Mail[UCPTnickName=\"on call\"]", "point_path": null, "point_value": null,
        "min_level": 0, "max_level": 255, "nack_delay": 60}});
    let new = json!({"name": NOTIFIER, "delay_s": 1.0, "inputs": [input], "mails": [mail],
        "destinations": [destination]});
    let changed = change(&site, "alarm-notifiers", new).await;
    let after = &changed["configuration"];
    assert_eq!(
        (&after["inputs"], &after["mails"], &after["destinations"]),
        (&json!([input]), &json!([mail]), &json!([destination]))
    );
    for same in ["active_alarms", "passive_alarms", "summary_size_kb", "historical_file_name", "points"] {
        assert_eq!(after[same], before[same], "{same}");
    }
}

async fn wrong_questions_get_clear_problems(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let nobody = "Net/LON/iLON App/Alarm Notifier[9]";
    let read = query(&path(&site, "alarm-notifiers/alarms"), &[("name", nobody)]);
    assert_eq!(site.api.get(&read).await.problem(), (404, "alarm_notifier_unknown".into()));
    let good = json!({"notifier": NOTIFIER, "action": "clear",
        "alarms": [{"name": TEMP, "alarm_time": "2026-01-01T00:00:00.000-8:00"}]});
    let with = |member: &str, value: Value| {
        let mut order = good.clone();
        order[member] = value;
        order
    };
    for wrong in [
        with("alarms", json!([])),
        with("alarms", json!([{"name": TEMP, "alarm_time": "now"}])),
        with("comment", json!("x".repeat(81))),
        with("user", json!("x".repeat(32))),
        with("action", json!("forget")),
    ] {
        assert_eq!(acknowledge(&site, wrong).await.problem(), (422, "request_invalid".into()));
    }
    assert_eq!(site.smartserver().counts().of("Write"), 0);
}
