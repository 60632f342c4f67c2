use std::time::Duration;

use nocgate::simulator::{Behaviour, EnvelopeVersion, FaultCarrier, Malformed};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::site::{FLOAT, MODE, Needs, SETPOINT, SWITCH, Site, TEMP, TEXT, key_of, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    values_are_typed,
    a_point_before_its_first_poll_has_no_value,
    a_point_whose_device_is_cut_off_is_offline,
    a_point_that_is_gone_has_a_fault_of_its_own,
    every_point_has_an_outcome_of_its_own,
    outcomes_come_in_the_order_of_the_request,
    a_silent_smartserver_costs_the_others_nothing,
    a_soap_fault_is_told_however_it_travels,
    an_answer_that_is_none_is_told,
    answers_in_unusual_forms_are_understood,
    lists_come_in_pages,
    the_time_of_a_smartserver_is_told,
    the_console_takes_any_message,
    an_inventory_is_read_again,
];

async fn reading(site: &Site, name: &str) -> Value {
    site.read(name, &[("max_age_ms", "0")]).await.ok()["reading"].take()
}

async fn values_are_typed(kind: ServerKind) {
    let site = Site::start(kind).await;
    let shown = |name| site.smartserver().value(name).unwrap();

    let temp = reading(&site, TEMP).await;
    assert_eq!(temp["value"].as_f64(), shown(TEMP).parse().ok());
    assert_eq!((&temp["type"], &temp["raw"]), (&json!("SNVT_temp_p"), &json!(shown(TEMP))));
    assert!(temp["unit"].is_string());
    assert_eq!(
        (&temp["quality"], &temp["source"], &temp["priority"]),
        (&json!("good"), &json!("read"), &json!(255))
    );

    assert_eq!(reading(&site, MODE).await["value"], json!(shown(MODE)));
    assert_eq!(reading(&site, TEXT).await["value"], json!(shown(TEXT)));

    site.smartserver().set_value(SWITCH, "ON").unwrap();
    let switch = reading(&site, SWITCH).await;
    assert_eq!(switch["value"], json!({"value": 100.0, "state": 1.0}));
    assert_eq!(switch["preset"], "ON");
    assert_eq!(switch["fields"][0]["name"], "value");
    assert!(switch["fields"][0]["unit"].is_string());
}

async fn a_point_before_its_first_poll_has_no_value(kind: ServerKind) {
    let site = Site::start(kind).await;
    assert_eq!(site.cached(FLOAT).await, Value::Null, "nobody has read it");

    site.smartserver().forget(FLOAT).unwrap();
    site.smartserver().push(&[FLOAT], &site.field.noc()).await.unwrap();
    let never = site.cached(FLOAT).await;
    assert_eq!((&never["value"], &never["quality"]), (&Value::Null, &json!("never_read")));
    assert_eq!(never["raw"], "-3.402823e+38");

    let polled = reading(&site, FLOAT).await;
    assert_eq!(polled["quality"], "good");
    assert!(polled["value"].is_number());
}

async fn a_point_whose_device_is_cut_off_is_offline(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_device_reachable(TEMP, false).unwrap();
    let reading = reading(&site, TEMP).await;
    assert_eq!((&reading["quality"], &reading["status"]), (&json!("offline"), &json!("AL_OFFLINE")));
}

async fn a_point_that_is_gone_has_a_fault_of_its_own(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = reading(&site, TEMP).await;
    // Nothing tells that the inventory is out of date.
    site.smartserver().change_behaviour(|behaviour| behaviour.no_header = true);
    site.smartserver().remove_point(TEMP).unwrap();

    let answer = site.read(TEMP, &[("max_age_ms", "0")]).await;
    assert_eq!(answer.problem(), (502, "smartserver_fault".into()));

    let wanted = json!({"smartserver": site.key(), "names": [TEMP, FLOAT]});
    let read = site.reads(json!({"reads": [wanted], "max_age_ms": 0})).await;
    assert_eq!(read["counts"], json!({"ok": 1, "item_fault": 1}));
    let gone = read["results"].as_array().unwrap().iter().find(|r| r["name"] == TEMP).unwrap();
    assert_eq!(gone["reading"]["fault"]["code"], 14);
    assert_eq!((&gone["reading"]["quality"], &gone["reading"]["raw"]), (&json!("fault"), &before["raw"]));
}

async fn every_point_has_an_outcome_of_its_own(kind: ServerKind) {
    let site = Site::start(kind).await;
    let key = site.key();
    let read = site.reads(json!({"reads": [
        {"smartserver": key, "names": [TEMP, TEMP, "no such point"]},
        {"smartserver": key, "prefix": "Net/LON/Device 2/"},
        {"smartserver": "nobody", "names": ["x"]},
        {"smartserver": "nobody", "all": true},
    ]}));
    let read = read.await;
    assert_eq!(read["counts"], json!({"ok": 11, "data_point_unknown": 1, "smartserver_unknown": 2}));
    assert_eq!(site.smartserver().counts().of("Read"), 1);
}

/// Whatever they are: cached, read, refused, unknown, of one SmartServer or of another.
async fn outcomes_come_in_the_order_of_the_request(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let [one, other] = [0, 1].map(|n| key_of(&site.field.fleet.smartservers()[n]));
    site.read(SWITCH, &[]).await.ok();
    site.smartserver().change_behaviour(|behaviour| behaviour.no_header = true);
    site.smartserver().remove_point(TEMP).unwrap();
    let read = site.reads(json!({"reads": [
        {"smartserver": other, "names": [TEXT, FLOAT]},
        {"smartserver": "nobody", "names": ["x", "a"]},
        {"smartserver": one, "names": [TEXT, TEMP, "no such point", SWITCH, TEXT, FLOAT]},
        {"smartserver": other, "names": [SWITCH, TEXT]},
        {"smartserver": one, "prefix": "Net/LON/Device 2/"},
        {"smartserver": "nobody", "all": true},
    ]}));
    let results = read.await["results"].take();
    let place =
        |result: &Value| (text(&result["smartserver"]), text(&result["name"]), text(&result["outcome"]));
    let (last, named) = results.as_array().unwrap().split_last().unwrap();
    let places: Vec<_> = named.iter().map(place).collect();
    let (one, other) = (one.as_str(), other.as_str());
    let expected = [
        (other, TEXT, "ok"),
        (other, FLOAT, "ok"),
        ("nobody", "x", "smartserver_unknown"),
        ("nobody", "a", "smartserver_unknown"),
        (one, TEXT, "ok"),
        (one, TEMP, "item_fault"),
        (one, "no such point", "data_point_unknown"),
        (one, SWITCH, "ok"),
        (one, FLOAT, "ok"),
        (other, SWITCH, "ok"),
    ];
    let expected =
        expected.map(|(smartserver, name, outcome)| (smartserver.into(), name.into(), outcome.into()));
    assert_eq!(places[..expected.len()], expected);
    let names: Vec<_> = places[expected.len()..].iter().map(|place| &place.1).collect();
    assert!(names.len() > 1 && names.is_sorted(), "{names:?}");
    assert_eq!((&last["smartserver"], &last["name"]), (&json!("nobody"), &Value::Null));
}

async fn a_silent_smartserver_costs_the_others_nothing(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 3, ..Needs::default() }).await;
    let handles = site.field.fleet.smartservers();
    handles[1].set_behaviour(Behaviour::silent());
    handles[2].go_offline().await;
    let all: Vec<Value> = handles.iter().map(|h| json!({"smartserver": key_of(h), "all": true})).collect();
    let read = site.reads(json!({"reads": all, "max_age_ms": 0, "timeout_ms": 1_000})).await;
    let expected = json!({"ok": 40, "deadline_exceeded": 40, "smartserver_unreachable": 40});
    assert_eq!(read["counts"], expected);

    let wait = json!({"smartserver": key_of(&handles[1]), "names": [TEMP]});
    let silent = site.api.post("/reads", json!({"reads": [wait], "max_age_ms": 0, "timeout_ms": 60_000}));
    let other = site.read(TEMP, &[("max_age_ms", "0"), ("timeout_ms", "30000")]);
    tokio::select! {
        _ = silent => panic!("a silent SmartServer answers"),
        answer = other => drop(answer.ok()),
    }
}

async fn a_soap_fault_is_told_however_it_travels(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/smartservers/{}/system?section=mail", site.key());
    for fault_carrier in [FaultCarrier::IqError, FaultCarrier::IqResult] {
        for envelope in [EnvelopeVersion::V11, EnvelopeVersion::V12] {
            let unknown = Behaviour { no_system_info: true, ..Behaviour::default() };
            site.smartserver().set_behaviour(Behaviour { fault_carrier, envelope, ..unknown });
            let answer = site.api.get(&path).await;
            assert_eq!(answer.problem(), (502, "smartserver_fault".into()), "{fault_carrier:?} {envelope:?}");
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.contains("unknown UCPTsystemInfoType SI_MAIL"), "{detail}");
        }
    }
}

async fn an_answer_that_is_none_is_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    for malformed in [
        Malformed::NoEnvelope,
        Malformed::NotSoap,
        Malformed::NoBody,
        Malformed::EmptyBody,
        Malformed::OtherOperation,
        Malformed::NoItems,
    ] {
        site.smartserver().set_behaviour(Behaviour { malformed: Some(malformed), ..Behaviour::default() });
        let answer = site.read(TEMP, &[("max_age_ms", "0")]).await;
        assert_eq!(answer.problem(), (502, "smartserver_answer_malformed".into()), "{malformed:?}");
    }
    site.smartserver().set_behaviour(Behaviour::default());
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
}

async fn answers_in_unusual_forms_are_understood(kind: ServerKind) {
    let site = Site::start(kind).await;
    let key = site.key();
    for (n, behaviour) in [
        Behaviour { envelope: EnvelopeVersion::V12, ..Behaviour::default() },
        Behaviour { reversed_items: true, ..Behaviour::default() },
        Behaviour { no_header: true, ..Behaviour::default() },
        Behaviour { unqualified_children: true, ..Behaviour::default() },
    ]
    .into_iter()
    .enumerate()
    {
        site.smartserver().set_behaviour(behaviour.clone());
        let read = site.reads(json!({"reads": [{"smartserver": key, "all": true}], "max_age_ms": 0})).await;
        assert_eq!(read["counts"], json!({"ok": 40}), "{behaviour:?}");
        let number = 15.0 + n as f64;
        let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": number}})).await;
        assert_eq!(item["outcome"], "verified", "{behaviour:?} {item}");
    }
}

async fn lists_come_in_pages(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 3, points: 10, ..Needs::default() }).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = site.api.get(&format!("/data-points?limit=7{cursor}")).await.ok();
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|point| format!("{}{}", point["smartserver"], point["name"])));
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!(items.len(), 7);
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names.len(), 30);
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");

    let page = site.api.get("/smartservers?limit=2").await.ok();
    let next = page["next_cursor"].as_str().unwrap();
    let page = site.api.get(&format!("/smartservers?limit=2&cursor={next}")).await.ok();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["next_cursor"]), (1, &Value::Null));
}

async fn the_time_of_a_smartserver_is_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    for with_response in [false, true] {
        site.smartserver().change_behaviour(|b| b.system_root_with_response = with_response);
        let path = format!("/smartservers/{}/system?section=time", site.key());
        let system = site.api.get(&path).await.ok();
        let time = &system["time"];
        let local: jiff::civil::DateTime = time["system_time"].as_str().unwrap().parse().unwrap();
        let minutes = time["offset_minutes"].as_i64().unwrap();
        let offset = jiff::tz::Offset::from_seconds(60 * minutes as i32).unwrap();
        let told = offset.to_timestamp(local).unwrap();
        assert!(told.duration_since(jiff::Timestamp::now()).unsigned_abs() < Duration::from_secs(30));
        assert_eq!(time["time_servers"], json!(["192.0.2.21", "192.0.2.22"]));
        assert_eq!(system["entries"]["UCPTsystemTime"], time["system_time"]);
    }
    let network = site.api.get(&format!("/smartservers/{}/system?section=network", site.key())).await.ok();
    assert_eq!(network["entries"]["UCPThostName"], "SmartServer");
}

async fn the_console_takes_any_message(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.field.watch.allow_anything();
    let path = format!("/smartservers/{}/soap", site.key());
    let message = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
    let read = format!(
        "<Read xmlns='{message}'><iLonItem><Item><UCPTname>{TEMP}</UCPTname></Item></iLonItem></Read>"
    );
    let answer = site.api.post_text(&path, "text/xml; charset=utf-8", &read).await.ok();
    assert_eq!(answer["is_fault"], false);
    assert_eq!(answer["body"]["ReadResponse"]["iLonItem"]["Item"]["UCPTname"], TEMP);

    for version in ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"] {
        let unknown =
            format!("<e:Envelope xmlns:e='{version}'><e:Body><Foo xmlns='{message}'/></e:Body></e:Envelope>");
        let answer = site.api.post_text(&path, "application/soap+xml", &unknown).await.ok();
        assert_eq!(answer["is_fault"], true);
        assert!(answer["envelope"].as_str().unwrap().contains("Fault"));
    }
}

async fn an_inventory_is_read_again(kind: ServerKind) {
    let site = Site::start(kind).await;
    let id = site.point(TEMP).await;
    assert!(site.smartserver().add_point("Net/LON/Device 1/Block[0]/nvoNew", "SNVT_temp_p"));
    site.smartserver().remove_point(FLOAT).unwrap();
    let report = site.api.post(&format!("/smartservers/{}/sync", site.key()), Value::Null).await.ok();
    assert_eq!((&report["total"], &report["added"], &report["removed"]), (&json!(40), &json!(1), &json!(1)));
    assert_eq!(site.point(TEMP).await, id, "a point that stays keeps its id");
    reading(&site, "Net/LON/Device 1/Block[0]/nvoNew").await;
}
