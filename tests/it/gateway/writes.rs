use std::time::Duration;

use futures_util::future::join_all;
use nocgate::simulator::{Behaviour, RefusedWrite, Silence};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, send};
use crate::harness::eventually;
use crate::harness::site::{
    LEVEL, MODE, Needs, SETPOINT, SWITCH, Site, TEMP, TEXT, only_item, outcome, text, writing,
};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_write_by_value_is_read_back,
    a_preset_a_structure_an_enumeration_and_a_text_are_written,
    raw_text_is_written_as_it_is,
    a_release_frees_the_priority_and_leaves_the_value,
    a_stronger_holder_refuses_with_a_fault,
    a_stronger_holder_refuses_in_silence,
    a_release_by_the_weaker_is_refused,
    a_point_that_is_gone_is_not_found,
    without_reading_back_an_answer_is_all,
    an_unanswered_write_is_unknown_and_never_sent_again,
    an_unanswered_write_that_was_executed_is_verified,
    a_deadline_that_passes_after_sending_changes_nothing,
    nothing_reaches_a_smartserver_that_is_offline,
    a_write_that_waits_too_long_expires,
    a_write_without_waiting_is_under_way,
    a_repeated_key_gets_the_first_answer,
    a_key_serves_one_request_only,
    the_same_key_at_the_same_time_sends_once,
];

fn write(value: impl Into<Value>) -> Value {
    json!({"action": {"type": "write", "value": value.into()}})
}

fn writes(site: &Site) -> u64 {
    site.smartserver().counts().of("Write")
}

async fn a_write_by_value_is_read_back(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = site.read(SETPOINT, &[]).await.ok();
    assert_ne!(before["reading"]["value"], 19.5);
    let item = site.order(SETPOINT, write(19.5)).await;
    assert_eq!((&item["outcome"], &item["reason"]), (&json!("verified"), &Value::Null), "{item}");
    assert_eq!((&item["held_at"], &item["raw"]), (&json!(255), &json!("19.5")));
    assert_eq!(site.smartserver().value(SETPOINT).as_deref(), Some("19.5"));
    assert_eq!(site.cached(SETPOINT).await["value"], 19.5, "the cache knows it already");
    let after = site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok();
    assert_eq!(after["reading"]["value"], 19.5);
}

async fn a_preset_a_structure_an_enumeration_and_a_text_are_written(kind: ServerKind) {
    let site = Site::start(kind).await;
    for (name, action, raw) in [
        (SWITCH, json!({"preset": "ON"}), "100.0 1"),
        (SWITCH, json!({"value": {"value": 50.0, "state": 0}}), "50.0 0"),
        (MODE, json!({"value": "HVAC_COOL"}), "HVAC_COOL"),
        (LEVEL, json!({"preset": "HIGH"}), "80.000"),
        (TEXT, json!({"value": "Aula <2> & \"Foyer\""}), "Aula <2> & \"Foyer\""),
    ] {
        let mut action = action;
        action["type"] = json!("write");
        let item = site.order(name, json!({"action": action})).await;
        assert_eq!(item["outcome"], "verified", "{name} {item}");
        assert_eq!(site.smartserver().value(name).as_deref(), Some(raw));
    }
}

async fn raw_text_is_written_as_it_is(kind: ServerKind) {
    let site = Site::start(kind).await;
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "raw": "20.25"}})).await;
    assert_eq!(item["outcome"], "verified", "{item}");
    assert_eq!(site.smartserver().value(SETPOINT).as_deref(), Some("20.25"));
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "raw": "warm"}})).await;
    assert_eq!(item["outcome"], "refused");
    assert!(text(&item["reason"]).contains("fault 11"), "{item}");
}

async fn a_release_frees_the_priority_and_leaves_the_value(kind: ServerKind) {
    let site = Site::start(kind).await;
    let hold = json!({"action": {"type": "write", "value": 18, "priority": 240}});
    assert_eq!(site.order(SETPOINT, hold).await["outcome"], "verified");
    assert_eq!(site.smartserver().priority(SETPOINT), Some(240));
    assert_eq!(site.cached(SETPOINT).await["priority"], 240);

    let item = site.order(SETPOINT, json!({"action": {"type": "release"}})).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("verified"), &json!(255)), "{item}");
    assert_eq!(site.cached(SETPOINT).await["age_ms"], Value::Null, "a release leaves a value of any age");
    let held = (site.smartserver().priority(SETPOINT), site.smartserver().value(SETPOINT));
    assert_eq!(held, (Some(255), Some("18".to_owned())));
}

async fn a_stronger_holder_refuses_with_a_fault(kind: ServerKind) {
    refused_by_a_holder(kind, RefusedWrite::Fault).await;
}

async fn a_stronger_holder_refuses_in_silence(kind: ServerKind) {
    refused_by_a_holder(kind, RefusedWrite::Silent).await;
}

async fn refused_by_a_holder(kind: ServerKind, refused_write: RefusedWrite) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour { refused_write, ..Behaviour::default() });
    site.smartserver().write(SETPOINT, "16", 100).unwrap();
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 25, "priority": 240}})).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(100)), "{item}");
    assert!(text(&item["reason"]).contains("100"), "{item}");
    assert_eq!(site.cached(SETPOINT).await["value"], 16.0);
    assert_eq!(site.smartserver().value(SETPOINT).as_deref(), Some("16"));

    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 25, "priority": 100}})).await;
    assert_eq!(item["outcome"], "verified", "an equal priority may: {item}");
}

async fn a_release_by_the_weaker_is_refused(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().write(SETPOINT, "16", 100).unwrap();
    let item = site.order(SETPOINT, json!({"action": {"type": "release", "priority": 240}})).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(100)), "{item}");
    assert_eq!(site.smartserver().priority(SETPOINT), Some(100));
}

async fn a_point_that_is_gone_is_not_found(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().remove_point(SETPOINT).unwrap();
    let item = site.order(SETPOINT, write(20)).await;
    assert_eq!(item["outcome"], "not_found", "{item}");
}

async fn without_reading_back_an_answer_is_all(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok();
    let reads = site.smartserver().counts().of("Read");
    let mut command = write(20);
    command["verify"] = json!(false);
    let item = site.order(SETPOINT, command).await;
    assert_eq!(item["outcome"], "acknowledged", "{item}");
    assert_eq!(site.smartserver().counts().of("Read"), reads);
    let read = site.read(SETPOINT, &[]).await.ok();
    assert_eq!(read["reading"]["value"], json!(20.0), "what was read before the write serves nobody");
}

/// Where nobody waits for a SmartServer's answer longer than some seconds.
const IMPATIENT: Needs = Needs {
    smartservers: 1,
    points: 40,
    overrides: &[("SMARTSERVER__DEADLINE_MS", "3000")],
    log_entries: None,
};

async fn an_unanswered_write_is_unknown_and_never_sent_again(kind: ServerKind) {
    let site = Site::with(kind, IMPATIENT).await;
    for (silence, verify) in [(Silence::Always, false), (Silence::For(vec!["Write".into()]), true)] {
        let before = writes(&site);
        let behaviour = Behaviour { silence, executes_in_silence: false, ..Behaviour::default() };
        site.smartserver().set_behaviour(behaviour);
        let mut command = write(20);
        (command["verify"], command["deadline_ms"]) = (json!(verify), json!(500));
        let item = site.order(SETPOINT, command).await;
        assert_eq!(item["outcome"], "unknown", "{item}");
        site.smartserver().set_behaviour(Behaviour::default());
        site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok();
        assert_eq!(writes(&site), before + 1);
    }
}

async fn an_unanswered_write_that_was_executed_is_verified(kind: ServerKind) {
    let site = Site::with(kind, IMPATIENT).await;
    let silence = Silence::For(vec!["Write".into()]);
    site.smartserver().set_behaviour(Behaviour { silence, ..Behaviour::default() });
    let mut command = write(20);
    command["deadline_ms"] = json!(500);
    let item = site.order(SETPOINT, command).await;
    assert_eq!((&item["outcome"], writes(&site)), (&json!("verified"), 1), "{item}");
}

async fn a_deadline_that_passes_after_sending_changes_nothing(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(700)));
    let mut command = write(20);
    command["deadline_ms"] = json!(300);
    let item = site.order(SETPOINT, command).await;
    assert_eq!((&item["outcome"], writes(&site)), (&json!("verified"), 1), "{item}");
    let counts = site.smartserver().counts();
    assert_eq!(counts.max_in_flight, 1, "reading back waited for the answer: {counts:?}");
}

async fn nothing_reaches_a_smartserver_that_is_offline(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().go_offline().await;
    let item = site.order(SETPOINT, write(20)).await;
    assert_eq!((&item["outcome"], writes(&site)), (&json!("not_sent"), 0), "{item}");
}

async fn a_write_that_waits_too_long_expires(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let id = site.point(TEMP).await;
    let path = format!("/data-points/{id}?max_age_ms=0&timeout_ms=60000");
    let holder = tokio::spawn({
        let api = site.api.clone();
        async move { api.get(&path).await }
    });
    eventually("somebody holds the turn", async || {
        (site.smartserver().counts().of("Read") == 1).then_some(())
    })
    .await;
    let mut command = write(20);
    command["deadline_ms"] = json!(300);
    let item = site.order(SETPOINT, command).await;
    assert_eq!((&item["outcome"], writes(&site)), (&json!("expired"), 0), "{item}");
    holder.abort();
}

async fn a_write_without_waiting_is_under_way(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(300)));
    let id = site.point(SETPOINT).await;
    for prefer in ["respond-async", "wait=0"] {
        let answer = send(writing(&site.api, &id, write(20)).header("prefer", prefer)).await;
        assert_eq!((answer.status, &answer.body["finished"]), (202, &json!(false)), "{prefer}");
        assert_eq!(only_item(&answer.body)["outcome"], Value::Null);
        let item = outcome(&site.api, &text(&answer.body["id"])).await;
        assert_eq!((&item["phase"], &item["outcome"]), (&json!("finished"), &json!("verified")));
    }
}

async fn keyed(site: &Site, key: &str, command: Value) -> Answer {
    let id = site.point(SETPOINT).await;
    send(writing(&site.api, &id, command).header("prefer", "wait=60").header("idempotency-key", key)).await
}

async fn a_repeated_key_gets_the_first_answer(kind: ServerKind) {
    let site = Site::start(kind).await;
    let first = keyed(&site, "k1", write(20)).await;
    let again = keyed(&site, "k1", write(20)).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(writes(&site), 1);
    let other = keyed(&site, "k2", write(20)).await;
    assert_ne!(other.ok()["id"], first.body["id"]);
    assert_eq!(writes(&site), 2);
}

async fn a_key_serves_one_request_only(kind: ServerKind) {
    let site = Site::start(kind).await;
    keyed(&site, "k1", write(20)).await.ok();
    let other = keyed(&site, "k1", write(21)).await;
    assert_eq!(other.problem(), (422, "idempotency_key_reused".into()));
    assert_eq!(writes(&site), 1);
}

async fn the_same_key_at_the_same_time_sends_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(300)));
    let answers = join_all((0..8).map(|_| keyed(&site, "k1", write(20)))).await;
    let (done, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!done.is_empty() && done.iter().all(|answer| answer.body["id"] == done[0].body["id"]));
    for other in others {
        assert_eq!(other.problem(), (409, "idempotency_in_progress".into()));
        assert_eq!(other.header("retry-after"), Some("1"));
    }
    assert_eq!(writes(&site), 1);
}
