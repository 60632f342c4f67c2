//! What a value may look like in a `Write`: 20 to 23.

use serde_json::json;

use super::answer::{ask, data, error, fault, pair, read, value, values};
use super::{NOW, SCENE, TEMP_WIDE};
use crate::harness::api::send;
use crate::harness::site::{SETPOINT, SWITCH, Site, text, writing};
use crate::harness::xmpp_server::ServerKind;

#[tokio::test]
async fn vector_20_a_value_in_fahrenheit_is_converted() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let format = "#0000000000000000[0].SNVT_temp_f";
    let answer = ask(&site, "Write", &data(SETPOINT, &value(&format!("{format}#US"), "68.0"))).await;
    assert_eq!(answer.faults(), "0");
    assert_eq!(values(read(&site, &[SETPOINT]).await.only_item()), [pair(format, "20")]);
    let reading = site.read(SETPOINT, NOW).await.ok()["reading"].take();
    assert_eq!((&reading["value"], &reading["raw"]), (&json!(20.0), &json!("20")));

    let hotter = json!({"type": "write", "value": 86, "format": "us"});
    let item = site.order(SETPOINT, json!({"action": hotter})).await;
    assert_eq!(item["outcome"], "verified", "{item}");
    assert_eq!(site.smartserver().value(SETPOINT).as_deref(), Some("30"));
    for (units, value) in [("si", 30.0), ("us", 86.0)] {
        let reading =
            site.read(SETPOINT, &[("max_age_ms", "0"), ("format", units)]).await.ok()["reading"].take();
        assert_eq!(reading["value"], value, "{reading}");
    }
}

#[tokio::test]
async fn vector_21_fields_without_propagation_make_one_network_update() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let updates = || site.smartserver().counts().network_updates;
    let before = updates();
    for (field, text, propagate) in
        [("function", "SC_LEARN", 0), ("scene_number", "4", 0), ("scene_number", "5", 1)]
    {
        let members = value(&format!("SNVT_scene.{field}"), text);
        let members = format!("{members}<UCPTpropagate>{propagate}</UCPTpropagate>");
        let answer = ask(&site, "Write", &data(SCENE, &members)).await;
        assert_eq!(answer.faults(), "0");
        assert_eq!(values(answer.only_item()).last(), Some(&pair(&format!("SNVT_scene.{field}"), text)));
        assert_eq!(updates(), before + propagate, "{field} {text}");
    }
    let reading = site.read(SCENE, NOW).await.ok()["reading"].take();
    assert_eq!(reading["raw"], "SC_LEARN 5");
    assert_eq!(reading["value"], json!({"function": "SC_LEARN", "scene_number": 5.0}));

    let before = updates();
    for (fields, propagate, raw) in [
        (json!({"function": "SC_RECALL"}), false, "SC_RECALL 5"),
        (json!({"scene_number": 6}), false, "SC_RECALL 6"),
        (json!({"scene_number": 7}), true, "SC_RECALL 7"),
    ] {
        let action = json!({"type": "write", "fields": fields, "propagate": propagate});
        let item = site.order(SCENE, json!({"action": action})).await;
        assert_eq!((&item["outcome"], &item["raw"]), (&json!("verified"), &json!(raw)), "{item}");
        assert_eq!(updates(), before + u64::from(propagate), "{raw}");
    }
}

#[tokio::test]
async fn vector_22_a_text_that_does_not_fit_is_a_format_error() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let shown = site.smartserver().value(TEMP_WIDE);
    let wrong = data(TEMP_WIDE, &value("#0000000000000000[0].SNVT_temp", "abc"));
    let answer = ask(&site, "Write", &wrong).await;
    assert_eq!((answer.faults().as_str(), fault(answer.only_item())), ("1", error("11")));

    let id = site.point(TEMP_WIDE).await;
    let command = json!({"action": {"type": "write", "value": "abc"}});
    let refused = send(writing(&site.api, &id, command)).await;
    assert_eq!(refused.problem(), (422, "value_invalid".into()), "it is not even sent");
    assert_eq!(site.smartserver().counts().of("Write"), 1);
    let item = site.order(TEMP_WIDE, json!({"action": {"type": "write", "raw": "abc"}})).await;
    assert_eq!(item["outcome"], "refused", "{item}");
    assert!(text(&item["reason"]).contains("fault 11"), "{item}");
    assert_eq!(site.smartserver().value(TEMP_WIDE), shown);
}

#[tokio::test]
async fn vector_23_the_value_counts_when_the_preset_is_unknown() {
    let site = Site::start(ServerKind::Ejabberd).await;
    site.smartserver().write(SWITCH, "ON", 255).unwrap();
    let both = |preset: &str| {
        let whole = value("#0000000000000000[0].SNVT_switch", "0.0 0");
        data(SWITCH, &format!("{whole}{}", value("UCPTvalueDef", preset)))
    };
    for (preset, raw) in [("FOO", "0.0 0"), ("ON", "100.0 1")] {
        let answer = ask(&site, "Write", &both(preset)).await;
        assert_eq!(answer.faults(), "0");
        let reading = site.read(SWITCH, NOW).await.ok()["reading"].take();
        assert_eq!(reading["raw"], raw, "{preset}");
    }

    // The gateway's callers say one thing, and say it right.
    let id = site.point(SWITCH).await;
    for action in [json!({"preset": "FOO"}), json!({"preset": "FOO", "value": {"value": 0, "state": 0}})] {
        let mut action = action;
        action["type"] = json!("write");
        let refused = send(writing(&site.api, &id, json!({"action": action}))).await;
        assert_eq!(refused.problem(), (422, "request_invalid".into()), "{action}");
    }
    assert_eq!(site.smartserver().counts().of("Write"), 2);
}
