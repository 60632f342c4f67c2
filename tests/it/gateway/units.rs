use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::site::{FLOAT, SETPOINT, SWITCH, Site, TEMP, outcome, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    readings_are_given_in_the_units_asked_for,
    a_write_in_fahrenheit_is_checked_sent_and_read_back,
];

const SETPOINTS: &str = "Net/LON/Device 2/Block[1]/nviSetpoints_19";
/// Shown in °F by the SmartServer itself.
const TEMP_US: &str = "Net/LON/Device 4/Block[0]/nviTempUs_32";

fn in_units(value: Value, format: &str) -> Value {
    json!({"action": {"type": "write", "value": value, "format": format}})
}

fn fahrenheit(celsius: &Value) -> f64 {
    celsius.as_f64().unwrap() * 1.8 + 32.0
}

/// Whether a figure is what it should be, to six significant digits.
fn close(figure: &Value, expected: f64) -> bool {
    (figure.as_f64().unwrap() - expected).abs() <= expected.abs().max(1.0) * 1e-6
}

async fn readings_are_given_in_the_units_asked_for(kind: ServerKind) {
    let site = Site::start(kind).await;
    for name in [TEMP, FLOAT] {
        let own = site.read(name, &[("max_age_ms", "60000")]).await.ok();
        let us = site.read(name, &[("max_age_ms", "60000"), ("format", "us")]).await.ok();
        assert!(close(&us["reading"]["value"], fahrenheit(&own["reading"]["value"])), "{own} {us}");
        assert_eq!(us["reading"]["raw"], own["reading"]["raw"], "raw stays as it came");
        for units in [&us["unit"], &us["reading"]["unit"], &us["type_info"]["unit"]] {
            assert_eq!(units, "°F", "{us}");
        }
        assert!(us["type_info"]["minimum"].as_f64().unwrap() < -459.6, "{us}");
        let si = site.read(name, &[("format", "si")]).await.ok();
        assert_eq!((&si["reading"]["value"], &si["unit"]), (&own["reading"]["value"], &json!("°C")));
    }
    // What the SmartServer shows in °F comes as it is, or converted.
    let own = site.read(TEMP_US, &[]).await.ok();
    let us = site.read(TEMP_US, &[("format", "us")]).await.ok();
    let si = site.read(TEMP_US, &[("format", "si")]).await.ok();
    assert_eq!((&own["reading"]["unit"], &own["reading"]["value"]), (&json!("°F"), &us["reading"]["value"]));
    assert!(close(&own["reading"]["value"], fahrenheit(&si["reading"]["value"])), "{own} {si}");
    assert_eq!((&si["reading"]["unit"], &si["type_info"]["unit"]), (&json!("°C"), &json!("°C")));

    let target = json!([{"smartserver": site.key(), "names": [SETPOINTS, SWITCH]}]);
    let own = site.api.post("/reads", json!({"reads": target})).await.ok();
    let us = site.api.post("/reads", json!({"reads": target, "format": "us"})).await.ok();
    let of = |answer: &Value, name: &str| {
        let results = answer["results"].as_array().unwrap();
        results.iter().find(|result| result["name"] == name).unwrap()["reading"].clone()
    };
    let (celsius, shown) = (of(&own, SETPOINTS), of(&us, SETPOINTS));
    for (celsius, shown) in
        celsius["fields"].as_array().unwrap().iter().zip(shown["fields"].as_array().unwrap())
    {
        assert!(close(&shown["value"], fahrenheit(&celsius["value"])), "{celsius} {shown}");
        assert_eq!(shown["unit"], "°F");
    }
    assert!(close(&shown["value"]["standby_cool"], fahrenheit(&celsius["value"]["standby_cool"])));
    assert_eq!(of(&us, SWITCH)["value"], of(&own, SWITCH)["value"], "it has no other units");

    let list = site.api.get(&query("/data-points", &[("name", TEMP), ("format", "us")])).await.ok();
    assert_eq!(
        (&list["items"][0]["unit"], &list["items"][0]["reading"]["unit"]),
        (&json!("°F"), &json!("°F"))
    );
    let wrong = site.api.get(&query("/data-points", &[("format", "metric")])).await;
    assert_eq!(wrong.problem().0, 400);
}

async fn a_write_in_fahrenheit_is_checked_sent_and_read_back(kind: ServerKind) {
    let site = Site::start(kind).await;
    let setpoints = |heat: f64| {
        json!({"occupied_cool": 73.4, "standby_cool": 77, "unoccupied_cool": 82.4,
            "occupied_heat": heat, "standby_heat": 66.2, "unoccupied_heat": 60.8})
    };
    for (name, value, format, held) in [
        (SETPOINT, json!(68), "us", "20"),
        (SETPOINT, json!(70.1), "us", "21.16667"),
        (SETPOINT, json!(21.5), "si", "21.5"),
        (SETPOINTS, setpoints(69.8), "us", "23.00 25.00 28.00 21.00 19.00 16.00"),
        (SETPOINTS, setpoints(69.81), "us", "23.00 25.00 28.00 21.01 19.00 16.00"),
        (TEMP_US, json!(68), "us", "68"),
        (TEMP_US, json!(25), "si", "77"),
        (SWITCH, json!({"value": 50, "state": 1}), "us", "50.0 1"),
    ] {
        let item = site.order(name, in_units(value.clone(), format)).await;
        assert_eq!((&item["outcome"], &item["raw"]), (&json!("verified"), &json!(held)), "{value} {item}");
        assert_eq!(site.smartserver().value(name).as_deref(), Some(held));
    }
    let notes = site.smartserver().counts().of("Write");
    for (name, value, format, told) in [
        (SETPOINT, json!(-460), "us", "-460 is outside -459.706"),
        (SETPOINTS, setpoints(700.0), "us", "field occupied_heat: 700 is outside -459.70 to 621.78 (°F)"),
        (SETPOINTS, setpoints(400.0), "si", "field occupied_heat: 400 is outside -273.17 to 327.66 (°C)"),
    ] {
        let id = site.point(name).await;
        let refused = site.api.post(&format!("/data-points/{id}/writes"), in_units(value, format)).await;
        assert_eq!(refused.problem().0, 422, "{name}");
        assert!(text(&refused.body["detail"]).contains(told), "{:?}", refused.body);
    }
    assert_eq!(site.smartserver().counts().of("Write"), notes, "nothing of it was sent");
    let id = site.point(SETPOINT).await;
    let answer = site
        .api
        .post(
            &format!("/data-points/{id}/writes"),
            json!({"action": {"type": "write", "raw": "20", "format": "us"}}),
        )
        .await;
    assert_eq!(answer.problem().0, 422);

    // The command says what was asked.
    let answer = site.api.post(&format!("/data-points/{id}/writes"), in_units(json!(68), "us")).await;
    let id = text(&answer.body["id"]);
    outcome(&site.api, &id).await;
    let command = site.api.get(&format!("/commands/{id}")).await.ok();
    assert_eq!((&command["action"]["value"], &command["action"]["format"]), (&json!(68), &json!("us")));
}
