//! `List`: 1 to 5.

use nocgate::xml::XSI;
use serde_json::{Value, json};

use super::answer::{ask, error, select};
use crate::harness::api::query;
use crate::harness::site::{Site, text};
use crate::harness::xmpp_server::ServerKind;

const ALL: &str = r#"//Item[@xsi:type="Dp_Cfg"]"#;

/// Names in the gateway's inventory.
async fn inventory(site: &Site) -> Vec<String> {
    let path = query("/data-points", &[("smartserver", &site.key()), ("limit", "1000")]);
    let page = site.api.get(&path).await.ok();
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
}

async fn sync(site: &Site) -> Value {
    site.api.post(&format!("/smartservers/{}/sync", site.key()), Value::Null).await.ok()
}

#[tokio::test]
async fn vector_01_list_of_all_points() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = select(&site, "List", ALL).await;
    assert_eq!(answer.faults(), "0");
    assert_eq!(answer.text("UCPTcurrentConfig").as_deref(), Some("4.0"));
    let mut names = answer.names();
    assert_eq!(names.len(), 40);
    for item in answer.items() {
        assert_eq!(item.attr_ns(XSI, "type"), None);
        let members: Vec<&str> = item.elements().map(|member| member.name.as_str()).collect();
        assert_eq!(members, ["UCPTname", "UCPTannotation", "UCPThidden"]);
        let annotation = item.child_text("UCPTannotation").unwrap();
        assert!(annotation.ends_with(r#";xsi:type="LON_Dp_Cfg""#), "{annotation}");
    }
    names.sort();
    assert_eq!(inventory(&site).await, names);
    assert_eq!(sync(&site).await["total"], 40);
}

#[tokio::test]
async fn vector_02_list_with_a_filter_that_matches_nothing() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = select(&site, "List", &format!(r#"{ALL}[starts-with(UCPTname,"Net/MOD")]"#)).await;
    assert_eq!((answer.faults().as_str(), answer.items().len()), ("0", 0));
    assert_eq!(answer.global_fault(), None);

    for name in site.smartserver().point_names() {
        site.smartserver().remove_point(&name).unwrap();
    }
    let report = sync(&site).await;
    assert_eq!((&report["total"], &report["removed"]), (&json!(0), &json!(40)), "no point is no failure");
    assert!(inventory(&site).await.is_empty());
}

#[tokio::test]
async fn vector_03_list_without_xselect() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = ask(&site, "List", "").await;
    assert_eq!((answer.faults().as_str(), answer.items().len()), ("1", 0));
    assert_eq!(answer.global_fault(), error("4"));
    let shown = &answer.json["ListResponse"]["iLonItem"];
    assert_eq!(shown["fault"]["faultcode"], json!({"@faultType": "_error", "#text": "4"}));
    assert_eq!((&shown["UCPTfaultCount"], &shown["Item"]), (&json!("1"), &Value::Null));
}

#[tokio::test]
async fn vector_04_list_with_a_broken_xselect() {
    let site = Site::start(ServerKind::Ejabberd).await;
    for broken in ["//Item[@xsi:type=", r#"//Item[@xsi:type="Dp_Cfg"#, r#"//Item[@xsi:type="Dp_Cfg"]]"#] {
        let answer = select(&site, "List", broken).await;
        assert_eq!((answer.faults().as_str(), answer.items().len()), ("1", 0), "{broken}");
        assert_eq!(answer.global_fault(), error("3"), "{broken}");
    }
}

#[tokio::test]
async fn vector_05_list_of_devices() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = select(&site, "List", r#"//Item[@xsi:type="LON_Device_Cfg"]"#).await;
    assert_eq!(answer.faults(), "0");
    let expected = ["iLON App", "Device 1", "Device 2", "Device 3", "Device 4"];
    assert_eq!(answer.names(), expected.map(|device| format!("Net/LON/{device}")));
    let annotation = |item: &&nocgate::xml::Element| item.child_text("UCPTannotation").unwrap();
    let annotations: Vec<String> = answer.items().iter().map(annotation).collect();
    assert!(annotations.iter().all(|a| a.contains(r#";xsi:type="LON_Device_Cfg""#)), "{annotations:?}");
    let local: Vec<_> = annotations.iter().map(|a| a.ends_with(";local")).collect();
    assert_eq!(local, [true, false, false, false, false], "the SmartServer itself");

    let page = site.api.get(&format!("/smartservers/{}/devices", site.key())).await.ok();
    let devices = page["items"].as_array().unwrap();
    let mut names = answer.names();
    names.sort();
    assert_eq!(devices.iter().map(|device| text(&device["name"])).collect::<Vec<_>>(), names);
    let local: Vec<_> = devices.iter().filter(|device| device["local"] == true).collect();
    assert_eq!(local.iter().map(|device| &device["name"]).collect::<Vec<_>>(), ["Net/LON/iLON App"]);
    assert!(devices.iter().all(|device| device["bus"] == "lon"), "{page}");
}
