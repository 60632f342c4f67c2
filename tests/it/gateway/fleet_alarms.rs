//! The alarms of the fleet: collected, remembered, acknowledged through to the SmartServer.

use std::collections::BTreeMap;
use std::time::Duration;

use nocgate::simulator::{Behaviour, Handle, Profile, Silence};
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Api, query, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::events::Events;
use crate::harness::eventually;
use crate::harness::gateway::{Gateway, GatewayProcess};
use crate::harness::site::{Field, LEVEL, Needs, SETPOINT, Site, TEMP, key_of, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    an_alarm_is_collected_acknowledged_with_a_comment_and_cleared,
    many_alarms_in_a_circular_log_are_kept_once,
    a_restart_neither_loses_nor_doubles_alarms,
    of_a_log_never_read_before_the_last_alarms_are_taken,
    what_others_do_to_an_alarm_is_seen,
    a_notifier_added_later_is_found_and_one_removed_ends_its_alarms,
    what_is_raised_while_it_is_offline_comes_later,
    two_smartservers_are_told_apart,
    many_are_acknowledged_at_once_each_with_its_outcome,
    an_unanswered_acknowledgement_is_read_back_or_unknown,
    an_unreachable_smartserver_is_told_so,
    wrong_questions_get_clear_problems,
    the_demo_has_an_alarm,
];

const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";
const OTHER: &str = "Net/LON/iLON App/Alarm Notifier[1]";
const NEEDS: Needs = Needs {
    smartservers: 1,
    points: 40,
    overrides: &[("SMARTSERVER__DEADLINE_MS", "10000"), ("ALARMS__POLL_INTERVAL_S", "1")],
    log_entries: Some(0),
};

/// All alarms of a filter, page by page.
async fn list(api: &Api, filter: &[(&str, &str)]) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut parameters = [filter, &[("limit", "100")]].concat();
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = api.get(&query("/alarms", &parameters)).await.ok();
        all.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
    }
}

/// The only alarm of a filter, once there is one.
async fn only(api: &Api, filter: &[(&str, &str)]) -> Value {
    eventually("an alarm is collected", async || {
        let mut all = list(api, filter).await;
        assert!(all.len() <= 1, "{all:?}");
        all.pop()
    })
    .await
}

/// Each alarm that a SmartServer has logged, and how often the gateway has it.
fn compared(logged: &Handle, notifier: &str, alarms: &[Value]) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for alarm in logged.alarms(notifier).unwrap().iter().filter(|alarm| alarm.active) {
        counts.entry(format!("{} {:.3}", alarm.point, alarm.at)).or_default().0 += 1;
    }
    for alarm in alarms.iter().filter(|alarm| alarm["notifier"] == notifier) {
        let at: jiff::Timestamp = text(&alarm["alarm_time"]).parse().unwrap();
        counts.entry(format!("{} {at:.3}", text(&alarm["name"]))).or_default().1 += 1;
    }
    counts
}

async fn smartserver(api: &Api, key: &str) -> Value {
    api.get(&format!("/smartservers/{key}")).await.ok()
}

/// Waits until all of a SmartServer's notifiers were asked once more from the beginning.
async fn collected_again(api: &Api, key: &str) {
    for _ in 0..2 {
        let before = smartserver(api, key).await["alarms"]["collected_at"].clone();
        eventually("its alarms are collected again", async || {
            let now = smartserver(api, key).await["alarms"]["collected_at"].clone();
            (now.is_string() && now != before).then_some(())
        })
        .await;
    }
}

fn at_simulator(site: &Site) -> nocgate::simulator::LoggedAlarm {
    site.smartserver().alarms(NOTIFIER).unwrap().into_iter().find(|alarm| alarm.active).unwrap()
}

async fn an_alarm_is_collected_acknowledged_with_a_comment_and_cleared(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let mut events = Events::open(&site.api, "/events?kinds=alarm").await;
    site.smartserver().raise_alarm(TEMP, "AL_HIGH_LMT_ALM_1").unwrap();
    let raised = events.find("the alarm", |_, data| data["change"] == "raised").await;
    let alarm = only(&site.api, &[("state", "active")]).await;
    assert_eq!((&raised["id"], &raised["name"]), (&alarm["id"], &json!(TEMP)));
    assert_eq!((&alarm["name"], &alarm["notifier"]), (&json!(TEMP), &json!(NOTIFIER)), "{alarm}");
    assert_eq!((&alarm["status"], &alarm["acknowledged"]), (&json!("AL_HIGH_LMT_ALM_1"), &json!(false)));
    assert_eq!(alarm["data_point_id"], json!(site.point(TEMP).await));
    assert_eq!(alarm["smartserver"], json!(site.key()));
    let raised_at: jiff::Timestamp = text(&alarm["raised_at"]).parse().unwrap();
    assert!(at_simulator(&site).at.duration_since(raised_at).abs().as_secs() < 2, "its clock is ours");

    let path = format!("/alarms/{}", text(&alarm["id"]));
    let comment = json!({"comment": "valve <exchanged>"});
    let done = site.api.post(&format!("{path}/acknowledge"), comment).await.ok();
    assert_eq!((&done["outcome"], &done["alarm"]["acknowledged"]), (&json!("done"), &json!(true)), "{done}");
    assert_eq!((&done["alarm"]["state"], &done["alarm"]["user"]), (&json!("active"), &json!("it")));
    let logged = at_simulator(&site);
    assert_eq!((logged.status.as_str(), logged.user.as_str()), ("MANUAL_ACK", "it"));
    assert_eq!(logged.comment, "valve <exchanged>");
    let told = events.find("the acknowledgement", |_, data| data["change"] == "acknowledged").await;
    assert_eq!((&told["id"], &told["comment"]), (&alarm["id"], &json!("valve <exchanged>")));

    let done = site.api.post(&format!("{path}/clear"), json!({})).await.ok();
    assert_eq!((&done["outcome"], &done["alarm"]["state"]), (&json!("done"), &json!("cleared")), "{done}");
    assert_eq!(at_simulator(&site).comment, "valve <exchanged>", "the comment that there was");
    events.find("the end", |_, data| data["change"] == "cleared" && data["id"] == alarm["id"]).await;
    collected_again(&site.api, &site.key()).await;
    let after = site.api.get(&path).await.ok();
    assert_eq!(
        (&after["state"], &after["acknowledgement"]),
        (&json!("cleared"), &json!("MANUAL_ACK_MANUAL_CLEAR"))
    );
    assert!(after["cleared_at"].is_string() && after["acknowledged_at"].is_string(), "{after}");
    assert_eq!(list(&site.api, &[("state", "active")]).await, [] as [Value; 0]);
    assert_eq!(only(&site.api, &[("acknowledged", "true"), ("q", "VALVE <EX")]).await, after);
    assert_eq!(site.smartserver().counts().of("Write"), 2);
    let collection = smartserver(&site.api, &site.key()).await["alarms"].take();
    assert_eq!((&collection["notifiers"], &collection["active"]), (&json!(1), &json!(0)), "{collection}");
    assert_eq!(collection["reason"], "It is asked for alarms every 1 s.");
}

async fn many_alarms_in_a_circular_log_are_kept_once(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let small = json!({"name": NOTIFIER, "historical_size_kb": 8.0, "summary_size_kb": 4.0});
    let path = format!("/smartservers/{}/alarm-notifiers", site.key());
    send(site.api.request(Method::PATCH, &path).json(&small)).await.ok();
    let mut all = BTreeMap::new();
    // 480 alarms and their ends through a log that holds 128 entries; the other one holds 64.
    for _ in 0..8 {
        for _ in 0..60 {
            site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
            site.smartserver().clear_alarm(TEMP).unwrap();
        }
        eventually("they are collected", async || {
            let collected = list(&site.api, &[]).await;
            all.extend(compared(site.smartserver(), NOTIFIER, &collected));
            let here = compared(site.smartserver(), NOTIFIER, &collected);
            here.values().all(|(_, collected)| *collected == 1).then_some(())
        })
        .await;
    }
    assert_eq!(list(&site.api, &[]).await.len(), 480);
    assert_eq!(all.len(), 480);
}

async fn a_restart_neither_loses_nor_doubles_alarms(kind: ServerKind) {
    let engine = if kind == ServerKind::Ejabberd { Engine::Postgres } else { Engine::Sqlite };
    let database = TestDatabase::start(engine).await;
    let field = Field::with(XmppServer::shared(kind).await, Profile::Deterministic, &NEEDS).await;
    let mut gateway = GatewayProcess::start(&database, NEEDS.overrides).await;
    field.register(&gateway.api).await;
    let burst = |count: usize| {
        for _ in 0..count {
            field.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
            field.smartserver().clear_alarm(TEMP).unwrap();
        }
    };
    burst(70);
    let all = async |api: &Api, count: usize| {
        eventually("all are collected", async || (list(api, &[]).await.len() == count).then_some(())).await;
        let alarms = list(api, &[]).await;
        let counts = compared(field.smartserver(), NOTIFIER, &alarms);
        assert!(counts.values().all(|count| *count == (1, 1)), "{counts:?}");
        alarms.into_iter().rev().map(|alarm| text(&alarm["id"])).collect::<Vec<_>>()
    };
    let mut before = all(&gateway.api, 70).await;
    for (n, crashes) in [true, false].into_iter().enumerate() {
        burst(20);
        match crashes {
            true => gateway.kill(),
            false => gateway.terminate().await,
        }
        burst(80);
        gateway.restart().await;
        let after = all(&gateway.api, 170 + 100 * n).await;
        assert_eq!(after[..before.len()], before, "the same as before");
        before = after;
    }
}

async fn of_a_log_never_read_before_the_last_alarms_are_taken(kind: ServerKind) {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let field = Field::with(XmppServer::shared(kind).await, Profile::Deterministic, &NEEDS).await;
    for _ in 0..400 {
        field.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
        field.smartserver().clear_alarm(TEMP).unwrap();
    }
    let gateway = Gateway::start(&database, NEEDS.overrides).await;
    let mut events = Events::open(&gateway.api, "/events?kinds=alarm").await;
    field.register(&gateway.api).await;
    let key = field.key();
    eventually("its alarms are collected", async || {
        let smartserver = smartserver(&gateway.api, &key).await;
        smartserver["alarms"]["collected_at"].is_string().then_some(())
    })
    .await;
    let alarms = list(&gateway.api, &[]).await;
    let counts = compared(field.smartserver(), NOTIFIER, &alarms);
    assert!(counts.values().all(|(logged, collected)| *logged == 1 && *collected <= 1));
    // The summary log holds the last 320, whatever of the other one is read.
    assert!((320..400).contains(&alarms.len()), "{}", alarms.len());
    field.smartserver().raise_alarm(TEMP, "AL_LOW_LMT_ALM_1").unwrap();
    events.find("what is new is told", |_, data| data["status"] == "AL_LOW_LMT_ALM_1").await;
    gateway.stop(Duration::from_secs(30)).await;
}

async fn what_others_do_to_an_alarm_is_seen(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let alarm = only(&site.api, &[("state", "active")]).await;
    let path = format!("/smartservers/{}/alarm-notifiers/alarms/acknowledge", site.key());
    let order = |action: &str| {
        json!({"notifier": NOTIFIER, "action": action, "user": "night shift", "comment": action,
            "alarms": [{"name": TEMP, "alarm_time": alarm["alarm_time"]}]})
    };
    site.api.post(&path, order("acknowledge")).await.ok();
    let seen = only(&site.api, &[("state", "active"), ("acknowledged", "true")]).await;
    assert_eq!((&seen["id"], &seen["user"]), (&alarm["id"], &json!("night shift")));
    site.api.post(&path, order("clear")).await.ok();
    let seen = only(&site.api, &[("state", "cleared")]).await;
    assert_eq!(seen["acknowledgement"], "MANUAL_ACK_MANUAL_CLEAR", "its last words are looked up: {seen}");
    assert_eq!(seen["comment"], "clear");
}

async fn a_notifier_added_later_is_found_and_one_removed_ends_its_alarms(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    collected_again(&site.api, &site.key()).await;
    site.smartserver().add_alarm_notifier(OTHER, &[SETPOINT]).unwrap();
    site.smartserver().raise_alarm(SETPOINT, "AL_ALM_CONDITION").unwrap();
    let alarm = only(&site.api, &[("state", "active")]).await;
    assert_eq!((&alarm["notifier"], &alarm["name"]), (&json!(OTHER), &json!(SETPOINT)));
    site.smartserver().remove_block(OTHER).unwrap();
    let over = only(&site.api, &[("state", "cleared")]).await;
    assert_eq!(over["id"], alarm["id"]);
}

async fn what_is_raised_while_it_is_offline_comes_later(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    collected_again(&site.api, &site.key()).await;
    site.smartserver().go_offline().await;
    eventually("that is said", async || {
        let reason = smartserver(&site.api, &site.key()).await["alarms"]["reason"].take();
        (reason == "It is not asked for alarms while it is offline.").then_some(())
    })
    .await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    site.smartserver().clear_alarm(TEMP).unwrap();
    site.smartserver().raise_alarm(TEMP, "AL_HIGH_LMT_ALM_2").unwrap();
    site.smartserver().come_back().await;
    eventually("both come", async || (list(&site.api, &[]).await.len() == 2).then_some(())).await;
    let counts = compared(site.smartserver(), NOTIFIER, &list(&site.api, &[]).await);
    assert!(counts.values().all(|count| *count == (1, 1)), "{counts:?}");
}

async fn two_smartservers_are_told_apart(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..NEEDS }).await;
    let (one, two) = (&site.field.fleet.smartservers()[0], &site.field.fleet.smartservers()[1]);
    let keys = [key_of(one), key_of(two)];
    for (key, tag, place) in [(&keys[0], "north", "Town hall"), (&keys[1], "south", "School")] {
        let change = json!({"tags": [tag], "site": place, "key": format!("{key}-{tag}")});
        send(site.api.request(Method::PATCH, &format!("/smartservers/{key}")).json(&change)).await.ok();
    }
    one.raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    two.raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    eventually("both are collected", async || (list(&site.api, &[]).await.len() == 2).then_some(())).await;
    let north = format!("{}-north", keys[0]);
    let of_one = only(&site.api, &[("smartserver", &north)]).await;
    assert_eq!(of_one["smartserver"], json!(north));
    assert_eq!(only(&site.api, &[("tag", "north"), ("state", "active")]).await, of_one);
    assert_eq!(only(&site.api, &[("site", "Town hall"), ("q", "nvotemp")]).await, of_one);
    assert_eq!(list(&site.api, &[("tag", "north"), ("site", "School")]).await, [] as [Value; 0]);
    let raised = text(&of_one["raised_at"]);
    assert_eq!(only(&site.api, &[("tag", "north"), ("since", &raised)]).await, of_one);
    assert_eq!(list(&site.api, &[("tag", "north"), ("until", &raised)]).await, [] as [Value; 0]);
    site.api.delete(&format!("/smartservers/{north}")).await.ok();
    let left = only(&site.api, &[]).await;
    assert_eq!(left["smartserver"], json!(format!("{}-south", keys[1])));
    let gone = site.api.get(&format!("/alarms/{}", text(&of_one["id"]))).await;
    assert_eq!(gone.problem(), (404, "alarm_unknown".into()));
}

async fn many_are_acknowledged_at_once_each_with_its_outcome(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..NEEDS }).await;
    let (one, two) = (&site.field.fleet.smartservers()[0], &site.field.fleet.smartservers()[1]);
    for _ in 0..3 {
        one.raise_alarm(LEVEL, "AL_ALM_CONDITION").unwrap();
        one.clear_alarm(LEVEL).unwrap();
    }
    two.raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let open = [("state", "active"), ("acknowledged", "false")];
    eventually("all are collected", async || (list(&site.api, &open).await.len() == 4).then_some(())).await;
    let alarms = list(&site.api, &open).await;
    let mut ids: Vec<_> = alarms.iter().map(|alarm| alarm["id"].clone()).collect();
    ids.push(json!("01920000-0000-7000-8000-000000000000"));
    two.set_behaviour(Behaviour {
        silence: Silence::For(vec!["Write".into()]),
        executes_in_silence: false,
        ..Behaviour::default()
    });
    let order = json!({"ids": ids, "comment": "seen"});
    let done = site.api.post("/alarms/acknowledge", order).await.ok();
    let counts = json!({"total": 5, "done": 3, "not_found": 1, "refused": 0, "unknown": 1, "not_sent": 0});
    assert_eq!(done["counts"], counts, "{done}");
    for (alarm, judged) in alarms.iter().zip(done["alarms"].as_array().unwrap()) {
        let is_there = alarm["smartserver"] == json!(key_of(one));
        let expected = if is_there { ("done", true) } else { ("unknown", false) };
        assert_eq!(judged["id"], alarm["id"]);
        assert_eq!(judged["outcome"], expected.0);
        assert_eq!(judged["alarm"]["acknowledged"], expected.1, "{judged}");
    }
    // They are over, and somebody has seen them.
    assert_eq!(list(&site.api, &[("state", "active")]).await.len(), 1);
    assert_eq!(one.alarms(NOTIFIER).unwrap().iter().filter(|alarm| alarm.comment == "seen").count(), 3);
    assert_eq!(one.counts().of("Write"), 3, "one message each");
}

async fn an_unanswered_acknowledgement_is_read_back_or_unknown(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__DEADLINE_MS", "1500"), ("ALARMS__POLL_INTERVAL_S", "1")];
    let site = Site::with(kind, Needs { overrides, ..NEEDS }).await;
    for executes in [false, true] {
        site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
        let alarm = only(&site.api, &[("state", "active"), ("acknowledged", "false")]).await;
        let silence = Silence::For(vec!["Write".into()]);
        site.smartserver().set_behaviour(Behaviour {
            silence,
            executes_in_silence: executes,
            ..Behaviour::default()
        });
        let path = format!("/alarms/{}/acknowledge", text(&alarm["id"]));
        let done = site.api.post(&path, json!({"comment": "seen"})).await.ok();
        let expected = if executes { "done" } else { "unknown" };
        assert_eq!(
            (&done["outcome"], &done["alarm"]["acknowledged"]),
            (&json!(expected), &json!(executes)),
            "{done}"
        );
        assert_eq!(done["reason"].is_string(), !executes, "{done}");
        site.smartserver().set_behaviour(Behaviour::default());
    }
    assert_eq!(site.smartserver().counts().of("Write"), 2, "never sent again");
}

async fn an_unreachable_smartserver_is_told_so(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    site.smartserver().raise_alarm(TEMP, "AL_ALM_CONDITION").unwrap();
    let alarm = only(&site.api, &[("state", "active")]).await;
    site.smartserver().go_offline().await;
    // Else a message may go out before its leaving is known.
    eventually("it is offline", async || {
        let smartserver = site.api.get(&format!("/smartservers/{}", site.key())).await.ok();
        (smartserver["health"]["state"] == "offline").then_some(())
    })
    .await;
    let path = format!("/alarms/{}/acknowledge", text(&alarm["id"]));
    let refused = site.api.post(&path, json!({})).await;
    assert_eq!(refused.problem(), (503, "smartserver_unreachable".into()));
    let many = site.api.post("/alarms/acknowledge", json!({"ids": [alarm["id"]]})).await.ok();
    assert_eq!(many["alarms"][0]["outcome"], "not_sent", "{many}");
    let after = only(&site.api, &[]).await;
    assert_eq!((&after["state"], &after["acknowledged"]), (&json!("active"), &json!(false)), "as it was");
}

async fn wrong_questions_get_clear_problems(kind: ServerKind) {
    let site = Site::with(kind, NEEDS).await;
    let nobody = "/alarms/01920000-0000-7000-8000-000000000000";
    assert_eq!(site.api.get(nobody).await.problem(), (404, "alarm_unknown".into()));
    let acknowledge = format!("{nobody}/acknowledge");
    assert_eq!(site.api.post(&acknowledge, json!({})).await.problem(), (404, "alarm_unknown".into()));
    for (body, code) in [
        (json!({"comment": "x".repeat(81)}), 422),
        (json!({"text": "x"}), 422),
        (json!({"comment": "a\u{0}b"}), 422),
    ] {
        assert_eq!(site.api.post(&acknowledge, body).await.status, code);
    }
    let none = site.api.post("/alarms/acknowledge", json!({"ids": []})).await;
    assert_eq!(none.problem(), (422, "request_invalid".into()));
    for (name, value) in
        [("state", "old"), ("since", "now"), ("cursor", "x"), ("limit", "0"), ("colour", "red")]
    {
        assert_eq!(site.api.get(&query("/alarms", &[(name, value)])).await.problem().0, 400, "{name}");
    }
    let unknown = site.api.get(&query("/alarms", &[("smartserver", "nobody")])).await;
    assert_eq!(unknown.problem(), (404, "smartserver_unknown".into()));
    let nul = site.api.get(&query("/alarms", &[("q", "a\u{0}")])).await;
    assert_eq!(nul.problem(), (422, "request_invalid".into()));
    assert_eq!(list(&site.api, &[("q", "100%_\\")]).await, [] as [Value; 0]);
}

async fn the_demo_has_an_alarm(kind: ServerKind) {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, NEEDS.overrides).await;
    let needs = Needs { points: 60, ..NEEDS };
    let field = Field::with(XmppServer::shared(kind).await, Profile::Demo, &needs).await;
    field.register(&gateway.api).await;
    let alarm = only(&gateway.api, &[("state", "active")]).await;
    assert_eq!(alarm["text"], "Return air is too warm", "{alarm}");
    assert_eq!((&alarm["acknowledged"], &alarm["unit"].is_string()), (&json!(false), &true), "{alarm}");
    gateway.stop(Duration::from_secs(30)).await;
}
