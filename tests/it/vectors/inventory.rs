//! Names and configuration: 39 and 40.

use serde_json::{Value, json};

use super::NOW;
use super::answer::{ask, read};
use super::blocks::{LOGGER, with_logger};
use crate::harness::api::query;
use crate::harness::eventually;
use crate::harness::site::{FLOAT, SETPOINT, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

/// A name with blanks and brackets.
const NAME: &str = "Net/LON/iLON App/Data Logger[3]/nvi Dl  Clear";

#[tokio::test]
async fn vector_39_a_name_with_blanks_and_brackets_travels_unchanged() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert!(site.smartserver().add_point(NAME, "SNVT_switch"));
    site.api.post(&format!("/smartservers/{}/sync", site.key()), Value::Null).await.ok();

    let answer = read(&site, &[NAME]).await;
    assert_eq!((answer.faults().as_str(), answer.names()), ("0", vec![NAME.to_owned()]));
    let key = site.key();
    for parameter in [("name", NAME), ("prefix", "Net/LON/iLON App/Data Logger[3]"), ("q", "logger[3]")] {
        let page = site.api.get(&query("/data-points", &[("smartserver", &key), parameter])).await.ok();
        let names: Vec<_> = page["items"].as_array().unwrap().iter().map(|point| &point["name"]).collect();
        assert_eq!(names, [&json!(NAME)], "{parameter:?}");
    }
    for selection in [json!({"names": [NAME]}), json!({"prefix": "Net/LON/iLON App/Data Logger[3]/"})] {
        let mut wanted = selection;
        wanted["smartserver"] = json!(key);
        let outcome = site.reads(json!({"reads": [wanted], "max_age_ms": 0})).await;
        assert_eq!(outcome["counts"], json!({"ok": 1}));
        assert_eq!(outcome["results"][0]["name"], NAME);
        assert_eq!(outcome["results"][0]["reading"]["name"], NAME);
    }
    let item = site.order(NAME, json!({"action": {"type": "write", "raw": "100.0 1"}})).await;
    assert_eq!((text(&item["name"]), text(&item["outcome"])), (NAME.to_owned(), "verified".to_owned()));
    assert_eq!(site.smartserver().value(NAME).as_deref(), Some("100.0 1"));
    assert_eq!(site.read(NAME, NOW).await.ok()["reading"]["raw"], "100.0 1");
}

#[tokio::test]
async fn vector_39_a_blocks_name_travels_unchanged() {
    let site = with_logger().await;
    let at: jiff::Timestamp = "2026-05-01T10:00:00Z".parse().unwrap();
    site.smartserver().append_log(LOGGER, FLOAT, at, "1.5").unwrap();
    let path = |rest: &str| format!("/smartservers/{}/data-loggers{rest}", site.key());
    let logger = site.api.get(&query(&path(""), &[("name", LOGGER)])).await.ok()["items"].take();
    assert_eq!((logger.as_array().unwrap().len(), &logger[0]["name"]), (1, &json!(LOGGER)));
    let entries = site.api.get(&query(&path("/entries"), &[("name", LOGGER)])).await.ok();
    assert_eq!((&entries["total"], &entries["items"][0]["raw"]), (&json!(1), &json!("1.5")));
    let left = site.api.post(&path("/clear"), json!({"name": LOGGER})).await.ok();
    assert_eq!(left["log"]["total"], 0);
    assert_eq!(site.smartserver().log_entries(LOGGER).unwrap(), []);
}

/// What the gateway knows of a point of this name.
async fn known(site: &Site, name: &str) -> Option<Value> {
    let path = query("/data-points", &[("smartserver", &site.key()), ("name", name)]);
    site.api.get(&path).await.ok()["items"].as_array().unwrap().first().cloned()
}

#[tokio::test]
async fn vector_40_names_and_formats_of_a_changed_configuration_are_read_again() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let unchanged = known(&site, TEMP).await.unwrap();
    let lists = site.smartserver().counts().of("List");
    for _ in 0..3 {
        site.read(TEMP, NOW).await.ok();
    }
    assert_eq!(site.smartserver().counts().of("List"), lists, "nothing has changed");

    let renamed = FLOAT.replace("nvoTempF_4", "nvoRenamed [4]");
    assert!(site.smartserver().rename_point(FLOAT, &renamed).unwrap());
    let format = "<UCPTformatDescription>#0000000000000000[0].SNVT_temp_p</UCPTformatDescription>";
    let set = format!("<Item xsi:type='LON_Dp_Cfg'><UCPTname>{SETPOINT}</UCPTname>{format}</Item>");
    assert_eq!(ask(&site, "Set", &set).await.faults(), "0");
    eventually("the inventory is read again", async || {
        // Two changes within a second may look like one.
        site.smartserver().touch_configuration();
        site.read(TEMP, NOW).await.ok();
        known(&site, &renamed).await
    })
    .await;
    assert!(site.smartserver().counts().of("List") > lists);
    assert_eq!(known(&site, FLOAT).await, None);
    assert_eq!(known(&site, SETPOINT).await.unwrap()["type"], "SNVT_temp_p");
    assert_eq!(known(&site, TEMP).await.unwrap()["id"], unchanged["id"], "a point that stays keeps its id");

    let reading = site.read(&renamed, NOW).await.ok()["reading"].take();
    assert_eq!(reading["raw"], json!(site.smartserver().value(&renamed).unwrap()));
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 18.25}})).await;
    assert_eq!(
        (text(&item["outcome"]), text(&item["raw"])),
        ("verified".to_owned(), "18.25".to_owned()),
        "{item}"
    );
}
