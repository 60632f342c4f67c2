use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, send};
use crate::harness::site::{FLOAT, MODE, SETPOINT, SWITCH, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    vector_10_and_11_a_value_is_told_in_all_its_forms,
    vector_21_fields_go_to_the_network_at_once
];

const NS: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";

async fn forms(site: &Site, name: &str) -> Answer {
    let id = site.point(name).await;
    site.api.get(&format!("/data-points/{id}/raw")).await
}

fn write(mut action: Value) -> Value {
    action["type"] = json!("write");
    json!({"action": action})
}

/// Sends one message as it is; gives the answer's text.
async fn console(site: &Site, operation: &str, item: &str) -> String {
    let message = format!(
        "<{operation} xmlns=\"{NS}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><iLonItem>\
         <Item xsi:type=\"Dp_Data\">{item}</Item></iLonItem></{operation}>"
    );
    let path = format!("/smartservers/{}/soap", site.key());
    site.api.post_text(&path, "text/xml", message).await.ok().to_string()
}

async fn vector_10_and_11_a_value_is_told_in_all_its_forms(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().write(SWITCH, "100.0 1", 240).unwrap();
    let forms_of_switch = forms(&site, SWITCH).await.ok();
    for (member, expected) in [
        ("raw", json!("100.0 1")),
        ("value", json!({"value": 100.0, "state": 1.0})),
        ("preset", json!("ON")),
        ("priority", json!(240)),
        ("unit", json!("value, state")),
    ] {
        assert_eq!(forms_of_switch[member], expected, "{member}");
    }
    assert_eq!(text(&forms_of_switch["raw_hex"]).to_lowercase(), "c801");
    assert_eq!(
        forms_of_switch["fields"],
        json!([
            {"name": "value", "raw": "100.0", "value": 100.0, "unit": "% of full level"},
            {"name": "state", "raw": "1", "value": 1.0, "unit": "state code"},
        ])
    );
    let forms_of_mode = forms(&site, MODE).await.ok();
    assert_eq!((&forms_of_mode["fields"], &forms_of_mode["value"]), (&json!([]), &forms_of_mode["raw"]));

    site.smartserver().remove_point(MODE).unwrap();
    assert_eq!(forms(&site, MODE).await.problem(), (502, "smartserver_fault".into()));
}

async fn vector_21_fields_go_to_the_network_at_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().write(SWITCH, "0.0 0", 255).unwrap();
    let before = site.smartserver().counts().network_updates;
    let item = site.order(SWITCH, write(json!({"fields": {"value": 40}, "propagate": false}))).await;
    assert_eq!((&item["outcome"], &item["raw"]), (&json!("verified"), &json!("40.0 0")), "{item}");
    assert_eq!(site.smartserver().counts().network_updates, before, "the data server alone has it");
    let item = site.order(SWITCH, write(json!({"fields": {"state": 1}}))).await;
    assert_eq!((&item["outcome"], &item["raw"]), (&json!("verified"), &json!("40.0 1")), "{item}");
    assert_eq!(site.smartserver().counts().network_updates, before + 1);

    let off = json!({"value": 0, "state": 0});
    let item = site.order(SWITCH, write(json!({"value": off, "propagate": false}))).await;
    assert_eq!(item["outcome"], "verified", "the SmartServer has it: {item}");
    assert_eq!(site.cached(SWITCH).await["age_ms"], Value::Null, "the field has another value");
    assert_eq!(site.smartserver().counts().network_updates, before + 1);
    site.order(SWITCH, write(json!({"value": off}))).await;
    assert!(site.cached(SWITCH).await["age_ms"].is_number());
}

#[tokio::test]
async fn vector_20_a_text_in_another_unit_is_converted() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let value = "<UCPTvalue LonFormat=\"#0000000000000000[0].SNVT_temp_f#US\">68.0</UCPTvalue>";
    let answer = console(&site, "Write", &format!("<UCPTname>{SETPOINT}</UCPTname>{value}")).await;
    assert!(answer.contains("<UCPTfaultCount>0<"), "{answer}");
    assert_eq!(site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok()["reading"]["value"], 20.0);
}

#[tokio::test]
async fn vector_22_a_text_that_is_no_value_is_refused() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let item = site.order(TEMP, write(json!({"raw": "abc"}))).await;
    assert_eq!(item["outcome"], "refused", "{item}");
    assert!(text(&item["reason"]).contains("fault 11"), "{item}");
}

#[tokio::test]
async fn vector_23_a_preset_that_is_unknown_leaves_the_value() {
    let site = Site::start(ServerKind::Ejabberd).await;
    site.smartserver().write(SWITCH, "100.0 1", 255).unwrap();
    let values = "<UCPTvalue LonFormat=\"#0000000000000000[0].SNVT_switch\">0.0 0</UCPTvalue>\
                  <UCPTvalue LonFormat=\"UCPTvalueDef\">FOO</UCPTvalue>";
    let answer = console(&site, "Write", &format!("<UCPTname>{SWITCH}</UCPTname>{values}")).await;
    assert!(answer.contains("<UCPTfaultCount>0<"), "{answer}");
    let read = site.read(SWITCH, &[("max_age_ms", "0")]).await.ok();
    assert_eq!(read["reading"]["raw"], "0.0 0");
    let id = site.point(SWITCH).await;
    let path = format!("/data-points/{id}/writes");
    let unknown = site.api.post(&path, write(json!({"preset": "FOO"}))).await;
    assert_eq!(unknown.problem(), (422, "request_invalid".into()), "through the API it is known beforehand");
}

#[tokio::test]
async fn vector_39_a_name_with_blanks_and_brackets_goes_there_and_back() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert!(FLOAT.contains(' ') && FLOAT.contains('['));
    let read = site.read(FLOAT, &[("max_age_ms", "0")]).await.ok();
    assert_eq!(read["name"], FLOAT, "found by its name in a query");
    let body = json!({"reads": [{"smartserver": site.key(), "names": [FLOAT]}]});
    let read = site.reads(body).await;
    assert_eq!((&read["counts"], &read["results"][0]["name"]), (&json!({"ok": 1}), &json!(FLOAT)), "{read}");
    assert_eq!(forms(&site, FLOAT).await.ok()["name"], FLOAT);
}

#[tokio::test]
async fn bytes_are_written_and_read_back() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let item = site.order(SWITCH, write(json!({"raw_hex": "6401", "priority": 240}))).await;
    assert_eq!((&item["outcome"], &item["raw"]), (&json!("verified"), &json!("50.0 1")), "{item}");
    assert_eq!(site.cached(SWITCH).await["value"], json!({"value": 50.0, "state": 1.0}));

    site.smartserver().write(SWITCH, "0.0 0", 100).unwrap();
    let item = site.order(SWITCH, write(json!({"raw_hex": "6401", "priority": 240}))).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(100)), "{item}");
}

#[tokio::test]
async fn a_value_has_exactly_one_form_and_fits() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let id = site.point(SWITCH).await;
    for (action, code) in [
        (json!({"raw": "0.0 0", "raw_hex": "0000"}), "request_invalid"),
        (json!({"fields": {}}), "request_invalid"),
        (json!({"fields": {"state": 1}, "preset": "ON"}), "request_invalid"),
        (json!({"fields": {"st ate": 1}}), "request_invalid"),
        (json!({"fields": {"level": 1}}), "value_invalid"),
        (json!({"fields": {"value": 101}}), "value_invalid"),
        (json!({"raw_hex": "c80"}), "request_invalid"),
        (json!({"raw_hex": "xy"}), "request_invalid"),
        (json!({"raw_hex": ""}), "request_invalid"),
        (json!({"raw_hex": "00".repeat(257)}), "request_invalid"),
        (json!({}), "request_invalid"),
    ] {
        let request = site.api.request(Method::POST, &format!("/data-points/{id}/writes"));
        let refused = send(request.json(&write(action.clone()))).await;
        assert_eq!(refused.problem(), (422, code.into()), "{action} {}", refused.text);
    }
    assert_eq!(site.smartserver().counts().of("Write"), 0);
}
