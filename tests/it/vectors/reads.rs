//! `Read` of points that are there, or are not: 6 to 9.

use nocgate::simulator::Behaviour;
use nocgate::xml::{Element, XSI};
use serde_json::json;

use super::answer::{error, fault, name, pair, read, send, values};
use super::device::Device;
use super::{MESSAGE, NOW, SOAP_11};
use crate::gateway::on_both_servers;
use crate::harness::site::{FLOAT, SWITCH, Site, TEMP};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![vector_09_read_with_unqualified_children];

const FORMAT: &str = "#0000000000000000[0].SNVT_switch";
const UNKNOWN: &str = "Net/LON/Device 1/Block[0]/nvoGone";

/// The item of a switch that is off.
fn assert_is_off(item: &Element) {
    assert_eq!(item.attr_ns(XSI, "type"), Some("Dp_Data"));
    assert_eq!(name(item), SWITCH);
    assert_eq!(values(item), [pair(FORMAT, "0.0 0"), pair("UCPTvalueDef", "OFF")]);
    assert_eq!(item.child_text("UCPTpointStatus").as_deref(), Some("AL_NUL"));
    assert_eq!(item.child_text("UCPTpriority").as_deref(), Some("255"));
}

/// Reads the switch as a caller does: it is off.
async fn assert_reads_off(site: &Site) {
    let reading = site.read(SWITCH, NOW).await.ok()["reading"].take();
    assert_eq!(reading["value"], json!({"value": 0.0, "state": 0.0}));
    for (member, expected) in [
        ("preset", json!("OFF")),
        ("raw", json!("0.0 0")),
        ("type", json!("SNVT_switch")),
        ("status", json!("AL_NUL")),
        ("priority", json!(255)),
        ("quality", json!("good")),
    ] {
        assert_eq!(reading[member], expected, "{member}");
    }
}

#[tokio::test]
async fn vector_06_read_of_a_switch() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = read(&site, &[SWITCH]).await;
    assert_eq!(answer.faults(), "0");
    assert_is_off(answer.only_item());
    assert_eq!(answer.only_item().child("UCPTvalue").unwrap().attr("Unit"), Some("value, state"));
    assert_reads_off(&site).await;

    site.smartserver().set_value(SWITCH, "ON").unwrap();
    let answer = read(&site, &[SWITCH]).await;
    assert_eq!(values(answer.only_item()), [pair(FORMAT, "100.0 1"), pair("UCPTvalueDef", "ON")]);
    let reading = site.read(SWITCH, NOW).await.ok()["reading"].take();
    assert_eq!(
        (&reading["value"], &reading["preset"]),
        (&json!({"value": 100.0, "state": 1.0}), &json!("ON"))
    );
}

#[tokio::test]
async fn vector_07_read_of_an_unknown_point() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = read(&site, &[UNKNOWN]).await;
    assert_eq!(answer.faults(), "1");
    let item = answer.only_item();
    assert_eq!((fault(item), name(item)), (error("14"), UNKNOWN.to_owned()));
    let members: Vec<&str> = item.elements().map(|member| member.name.as_str()).collect();
    assert_eq!(members, ["fault", "UCPTname"], "no value");
    assert_eq!(item.attr_ns(XSI, "type"), None);

    let requests = site.smartserver().counts().requests();
    let outcome = site.reads(json!({"reads": [{"smartserver": site.key(), "names": [UNKNOWN]}]})).await;
    assert_eq!(outcome["counts"], json!({"data_point_unknown": 1}));
    assert_eq!(outcome["results"][0]["name"], UNKNOWN);
    assert_eq!(site.smartserver().counts().requests(), requests, "the inventory tells");

    site.smartserver().remove_point(TEMP).unwrap();
    let answer = site.read(TEMP, NOW).await;
    assert_eq!(answer.problem(), (502, "smartserver_fault".into()));
    assert!(answer.body["detail"].as_str().unwrap().contains("14"), "{}", answer.text);
}

#[tokio::test]
async fn vector_08_read_of_a_known_and_an_unknown_point() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let answer = read(&site, &[TEMP, UNKNOWN]).await;
    assert_eq!((answer.faults().as_str(), answer.names()), ("1", vec![TEMP.to_owned(), UNKNOWN.to_owned()]));
    assert_eq!([fault(answer.items()[0]), fault(answer.items()[1])], [None, error("14")]);
    assert_eq!(values(answer.items()[0]).len(), 1);

    site.smartserver().remove_point(FLOAT).unwrap();
    for reversed_items in [false, true] {
        site.smartserver().set_behaviour(Behaviour { reversed_items, ..Behaviour::default() });
        assert_one_is_gone(&site).await;
    }
}

/// Of two points read in one message, one is there.
async fn assert_one_is_gone(site: &Site) {
    let before = site.smartserver().counts().of("Read");
    let wanted = json!({"smartserver": site.key(), "names": [TEMP, FLOAT]});
    let outcome = site.reads(json!({"reads": [wanted], "max_age_ms": 0})).await;
    assert_eq!(site.smartserver().counts().of("Read"), before + 1);
    assert_eq!(outcome["counts"], json!({"ok": 1, "item_fault": 1}));
    let of =
        |name| outcome["results"].as_array().unwrap().iter().find(|result| result["name"] == name).unwrap();
    assert_eq!((&of(TEMP)["outcome"], &of(FLOAT)["outcome"]), (&json!("ok"), &json!("item_fault")));
    assert_eq!(of(TEMP)["reading"]["raw"], json!(site.smartserver().value(TEMP).unwrap()));
    assert!(of(FLOAT)["reason"].as_str().unwrap().contains("fault 14"), "{outcome}");
}

/// ejabberd drops `xmlns=""`, so that nothing unqualified gets through it. The console puts such elements
/// into the namespace of messages; another client sends them as they are.
async fn vector_09_read_with_unqualified_children(kind: ServerKind) {
    let site = Site::start(kind).await;
    let unqualified = format!(
        "<ilon:Read xmlns:ilon='{MESSAGE}'><iLonItem><Item><UCPTname>{SWITCH}</UCPTname></Item></iLonItem></ilon:Read>"
    );
    let answer = send(&site, &unqualified).await;
    assert!(!answer.is_fault && answer.element.is(MESSAGE, "ReadResponse"), "{:?}", answer.element);
    assert_eq!(answer.faults(), "0");
    assert_is_off(answer.only_item());

    site.field.watch.allow_anything();
    let client = Device::log_in(kind, &format!("{}-other", site.field.user), "it").await;
    let answer = client.send(site.smartserver().jid().clone(), SOAP_11, &unqualified).await.unwrap().unwrap();
    let answer = answer.child("Body").unwrap().child_ns(MESSAGE, "ReadResponse").unwrap();
    let items = answer.child("iLonItem").unwrap();
    assert_eq!(items.child_text("UCPTfaultCount").as_deref(), Some("0"));
    assert_is_off(items.child("Item").unwrap());

    site.smartserver().set_behaviour(Behaviour { unqualified_children: true, ..Behaviour::default() });
    assert_reads_off(&site).await;
}
