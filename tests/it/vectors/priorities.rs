//! Who may write, and who gives a point back: 15 to 19.

use nocgate::simulator::{Behaviour, RefusedWrite};
use serde_json::{Value, json};

use super::NOW;
use super::answer::{ask, data, error, fault, name, pair, read, value, values};
use crate::harness::site::{SWITCH, Site, text};
use crate::harness::xmpp_server::ServerKind;

const FORMAT: &str = "#0000000000000000[0].SNVT_switch";

/// Orders a preset at a priority; gives the command's item.
async fn switch(site: &Site, preset: &str, priority: u8) -> Value {
    let action = json!({"type": "write", "preset": preset, "priority": priority});
    site.order(SWITCH, json!({"action": action})).await
}

async fn release(site: &Site, priority: u8) -> Value {
    site.order(SWITCH, json!({"action": {"type": "release", "priority": priority}})).await
}

/// A site whose switch is on, held at 240.
async fn held_at_240() -> Site {
    let site = Site::start(ServerKind::Ejabberd).await;
    let item = switch(&site, "ON", 240).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("verified"), &json!(240)), "{item}");
    site
}

/// Value and priority, here and there.
async fn assert_shows(site: &Site, raw: &str, priority: u8) {
    let shown = (site.smartserver().value(SWITCH), site.smartserver().priority(SWITCH));
    assert_eq!(shown, (Some(raw.to_owned()), Some(priority)));
    let reading = site.read(SWITCH, NOW).await.ok()["reading"].take();
    assert_eq!((&reading["raw"], &reading["priority"]), (&json!(raw), &json!(priority)));
    let answer = read(site, &[SWITCH]).await;
    assert_eq!(answer.only_item().child_text("UCPTvalue").as_deref(), Some(raw));
    assert_eq!(answer.only_item().child_text("UCPTpriority"), Some(priority.to_string()));
}

#[tokio::test]
async fn vector_15_write_of_a_preset() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert_shows(&site, "0.0 0", 255).await;
    let item = switch(&site, "ON", 240).await;
    assert_eq!((&item["outcome"], &item["reason"]), (&json!("verified"), &Value::Null), "{item}");
    assert_eq!((&item["held_at"], &item["raw"]), (&json!(240), &json!("100.0 1")));
    assert_shows(&site, "100.0 1", 240).await;
    let reading = site.cached(SWITCH).await;
    assert_eq!(
        (&reading["preset"], &reading["value"]),
        (&json!("ON"), &json!({"value": 100.0, "state": 1.0}))
    );

    let on = data(SWITCH, &format!("{}<UCPTpriority>240</UCPTpriority>", value("UCPTvalueDef", "ON")));
    let answer = ask(&site, "Write", &on).await;
    assert_eq!((answer.faults().as_str(), name(answer.only_item())), ("0", SWITCH.to_owned()));
    assert_eq!(answer.only_item().child_text("UCPTvalue").as_deref(), Some("100.0 1"));
    let read = read(&site, &[SWITCH]).await;
    assert_eq!(values(read.only_item()), [pair(FORMAT, "100.0 1"), pair("UCPTvalueDef", "ON")]);
}

#[tokio::test]
async fn vector_16_a_weaker_write_is_refused() {
    let site = held_at_240().await;
    let item = switch(&site, "OFF", 250).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(240)), "{item}");
    assert!(text(&item["reason"]).contains("240"), "{item}");
    assert_shows(&site, "100.0 1", 240).await;

    let off = data(SWITCH, &format!("{}<UCPTpriority>250</UCPTpriority>", value("UCPTvalueDef", "OFF")));
    let answer = ask(&site, "Write", &off).await;
    assert_eq!((answer.faults().as_str(), fault(answer.only_item())), ("1", error("12")));
    assert_shows(&site, "100.0 1", 240).await;
}

#[tokio::test]
async fn vector_16_a_weaker_write_is_refused_in_silence() {
    let site = held_at_240().await;
    site.smartserver()
        .set_behaviour(Behaviour { refused_write: RefusedWrite::Silent, ..Behaviour::default() });
    let item = switch(&site, "OFF", 250).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(240)), "{item}");
    assert_shows(&site, "100.0 1", 240).await;
}

#[tokio::test]
async fn vector_17_stronger_and_equal_writes_are_taken() {
    let site = held_at_240().await;
    for (preset, raw) in [("OFF", "0.0 0"), ("ON", "100.0 1")] {
        let item = switch(&site, preset, 230).await;
        assert_eq!((&item["outcome"], &item["held_at"]), (&json!("verified"), &json!(230)), "{item}");
        assert_shows(&site, raw, 230).await;
    }
}

#[tokio::test]
async fn vector_18_a_reset_frees_the_priority_and_leaves_the_value() {
    let site = held_at_240().await;
    let item = release(&site, 235).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("verified"), &json!(255)), "{item}");
    assert_eq!(site.smartserver().counts().of("InvokeCmd"), 1);
    assert_shows(&site, "100.0 1", 255).await;

    switch(&site, "ON", 240).await;
    let answer = ask(&site, "InvokeCmd", &reset(235)).await;
    assert_eq!((answer.faults().as_str(), name(answer.only_item())), ("0", SWITCH.to_owned()));
    assert_eq!(fault(answer.only_item()), None);
    assert_shows(&site, "100.0 1", 255).await;
}

#[tokio::test]
async fn vector_19_a_weaker_reset_fails() {
    let site = held_at_240().await;
    let item = release(&site, 245).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(240)), "{item}");
    assert!(text(&item["reason"]).contains("fault 12"), "{item}");
    let answer = ask(&site, "InvokeCmd", &reset(245)).await;
    assert_eq!((answer.faults().as_str(), fault(answer.only_item())), ("1", error("12")));
    assert_shows(&site, "100.0 1", 240).await;
}

fn reset(priority: u8) -> String {
    format!(
        "<Item xsi:type='Dp_ResetPrio_Invoke'><UCPTname>{SWITCH}</UCPTname>\
         <UCPTpriority>{priority}</UCPTpriority></Item>"
    )
}
