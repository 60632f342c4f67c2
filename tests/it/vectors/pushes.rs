//! What a SmartServer sends unasked: 33 and 34.

use nocgate::xml::Element;
use serde_json::{Value, json};

use super::answer::message;
use super::device::Device;
use super::{MESSAGE, SOAP_11, SOAP_12};
use crate::harness::site::{SETPOINT, Site, synced};
use crate::harness::xmpp_server::ServerKind;

/// A push as the manual prints it (2-17).
fn push() -> String {
    let now = jiff::Timestamp::now();
    let format = "#0000000000000000[0].SNVT_temp_f";
    let item = format!(
        "<UCPTfaultCount>0</UCPTfaultCount><Item xsi:type='Dp_Data'><UCPTname>{SETPOINT}</UCPTname>\
         <UCPTannotation>Dp_In;xsi:type=&quot;LON_Dp_Cfg&quot;</UCPTannotation><UCPThidden>0</UCPThidden>\
         <UCPTaliasName>nviSetpoint_5</UCPTaliasName><UCPTlastUpdate>{now:.3}</UCPTlastUpdate>\
         <UCPTvalue LonFormat='{format}'>17.5</UCPTvalue>\
         <UCPTpointStatus LonFormat='UCPTpointStatus'>AL_NO_CONDITION</UCPTpointStatus>\
         <UCPTpriority>255</UCPTpriority></Item>"
    );
    message("Write", &item)
}

/// The gateway's answer is in this version of SOAP, without faults, and names what came.
#[track_caller]
fn assert_taken(envelope: &Element, version: &str) {
    assert!(envelope.is(version, "Envelope"), "{envelope:?}");
    let body = envelope.child_ns(version, "Body").unwrap();
    let items = body.child_ns(MESSAGE, "WriteResponse").unwrap().child_ns(MESSAGE, "iLonItem").unwrap();
    assert_eq!(items.child_text("UCPTfaultCount").as_deref(), Some("0"));
    let names: Vec<_> = items.children_named("Item").map(|item| item.child_text("UCPTname")).collect();
    assert_eq!(names, [Some(SETPOINT.to_owned())]);
}

/// The cached reading without the times that go on.
async fn kept(site: &Site) -> Value {
    let mut reading = site.cached(SETPOINT).await;
    for moving in ["age_ms", "received_at"] {
        reading.as_object_mut().unwrap().remove(moving);
    }
    reading
}

/// The answer is one to the request's id: nothing else ends the call that waits for it.
async fn pushed_twice(version: &str) {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert_eq!(site.cached(SETPOINT).await, Value::Null);
    let device = Device::in_place_of_smartserver(&site).await;
    let push = push();
    let answer = device.send(site.field.noc(), version, &push).await.unwrap().unwrap();
    assert_taken(&answer, version);
    let first = kept(&site).await;
    for (member, expected) in [
        ("value", json!(17.5)),
        ("raw", json!("17.5")),
        ("source", json!("push")),
        ("status", json!("AL_NO_CONDITION")),
        ("priority", json!(255)),
    ] {
        assert_eq!(first[member], expected, "{member}");
    }
    let pushed_at = synced(&site.api, &site.key()).await["health"]["last_push_at"].take();
    assert!(pushed_at.is_string());

    let answer = device.send(site.field.noc(), version, &push).await.unwrap().unwrap();
    assert_taken(&answer, version);
    assert_eq!(kept(&site).await, first);
}

#[tokio::test]
async fn vector_33_a_push_is_answered_and_kept() {
    pushed_twice(SOAP_11).await;
}

#[tokio::test]
async fn vector_33_a_push_of_the_simulated_smartserver() {
    let site = Site::start(ServerKind::Ejabberd).await;
    site.smartserver().set_value(SETPOINT, "17.5").unwrap();
    for count in 1..=2 {
        let pushed = site.smartserver().push(&[SETPOINT], &site.field.noc()).await.unwrap();
        assert_eq!((pushed.fault_count, pushed.names), (0, vec![SETPOINT.to_owned()]));
        assert_eq!(site.smartserver().counts().pushes, count);
        assert_eq!(site.cached(SETPOINT).await["value"], 17.5);
    }
}

#[tokio::test]
async fn vector_34_a_push_in_soap_12_is_answered_in_soap_12() {
    pushed_twice(SOAP_12).await;
}
