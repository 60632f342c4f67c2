//! Devices: 30 and 31.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{ask, message, name};
use super::blocks::{kind, member};
use super::device::Device;
use super::{MESSAGE, SOAP_11};
use crate::harness::api::{query, send};
use crate::harness::site::{SETPOINT, Site};
use crate::harness::xmpp_server::ServerKind;

/// The device of most points that tests use.
const DEVICE: &str = "Net/LON/Device 1";

const STOPPED: &str = "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_STOPPED</UCPTapplicationStatus>\
                       <UCPTcommissionStatus LonFormat='UCPTcommissionStatus'>COMMISSIONED</UCPTcommissionStatus>";
const WINK: &str = "<Command><UCPTcommand>Wink</UCPTcommand>\
                    <UCPTstatus LonFormat='UCPTstatus'>STATUS_REQUEST</UCPTstatus></Command>";

/// A Set of what stands of a device in its configuration, and more.
async fn set_of(site: &Site, device: &str, more: &str) -> String {
    let asked = format!("<Item xsi:type='LON_Device_Cfg'><UCPTname>{device}</UCPTname></Item>");
    let now = ask(site, "Get", &asked).await;
    let same = |name: &str| format!("<{name}>{}</{name}>", member(now.only_item(), name));
    let key = ["UCPTname", "UCPThandle", "UCPTuniqueId", "UCPTprogramId"].map(same).concat();
    format!("<Item xsi:type='LON_Device_Cfg'>{key}{more}</Item>")
}

/// What the device itself says, by a message and through the API.
async fn online_status(site: &Site) -> String {
    let query_status = format!(
        "<Item xsi:type='LON_Device_Command_Invoke' Command='QueryStatus'><UCPTname>{DEVICE}</UCPTname></Item>"
    );
    let answer = ask(site, "InvokeCmd", &query_status).await;
    let told = answer.only_item();
    assert_eq!((answer.faults().as_str(), kind(told)), ("0", "LON_Device_StatusData_InvokeResponse"));
    assert_eq!(name(told), DEVICE);
    let status = member(told, "UCPTonlineStatus");

    let asked = [("name", DEVICE), ("status", "true")];
    let path = format!("/smartservers/{}/devices", site.key());
    let device = site.api.get(&query(&path, &asked)).await.ok()["items"][0].take();
    assert_eq!(
        (&device["name"], &device["status"]["online_status"]),
        (&json!(DEVICE), &json!(status)),
        "{device}"
    );
    status
}

#[tokio::test]
async fn vector_30_status_of_a_device() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert_eq!(online_status(&site).await, "DST_CONFIGURED_ONLINE");
    let answer = ask(&site, "Set", &set_of(&site, DEVICE, STOPPED).await).await;
    assert_eq!((answer.faults().as_str(), name(answer.only_item())), ("0", DEVICE.to_owned()));
    assert_eq!(online_status(&site).await, "DST_CONFIGURED_SOFT_OFFLINE");
    site.smartserver().set_device_reachable(SETPOINT, false).unwrap();
    assert_eq!(online_status(&site).await, "DST_CONFIGURED_HARD_OFFLINE");
}

/// Whether a device runs and belongs to the network, there and as the API shows it.
async fn takes_part(site: &Site, device: &str) -> bool {
    let state = site.smartserver().device_state(device).unwrap();
    let path = query(&format!("/smartservers/{}/devices", site.key()), &[("name", device)]);
    let shown = site.api.get(&path).await.ok()["items"][0].take();
    assert_eq!(shown["application_status"] == "APP_RUNNING", state.running, "{shown}");
    assert_eq!(shown["commission_status"] == "COMMISSIONED", state.commissioned, "{shown}");
    assert_eq!(state.running, state.commissioned);
    state.running
}

async fn wink(site: &Site, device: &str) -> Value {
    let path = format!("/smartservers/{}/devices/commands", site.key());
    let request = site.api.request(Method::POST, &path).header("prefer", "wait=60");
    send(request.json(&json!({"device": device, "command": "wink"}))).await.ok()
}

/// The SmartServer's trap, into which only others can step: the console does not send such a message.
#[tokio::test]
async fn vector_31_a_set_without_the_two_statuses_decommissions_a_device() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert!(takes_part(&site, DEVICE).await);
    let told = wink(&site, DEVICE).await;
    assert_eq!((&told["outcome"], &told["phase"]), (&json!("done"), &json!("finished")), "{told}");
    assert!(takes_part(&site, DEVICE).await);
    assert_eq!(site.smartserver().winks(DEVICE), Some(1));

    let trap = message("Set", &set_of(&site, DEVICE, WINK).await);
    let path = format!("/smartservers/{}/soap", site.key());
    let refused = site.api.post_text(&path, "text/xml", trap.clone()).await;
    assert_eq!(refused.problem(), (400, "soap_malformed".into()));
    assert!(takes_part(&site, DEVICE).await);

    site.field.watch.allow_anything();
    let other = Device::log_in(site.kind, &format!("{}-other", site.field.user), "it").await;
    let answer = other.send(site.smartserver().jid().clone(), SOAP_11, &trap).await.unwrap().unwrap();
    let answer = answer.child("Body").unwrap().child_ns(MESSAGE, "SetResponse").unwrap();
    assert_eq!(answer.child("iLonItem").unwrap().child_text("UCPTfaultCount").as_deref(), Some("0"));
    assert!(!takes_part(&site, DEVICE).await);
    assert_eq!(site.smartserver().winks(DEVICE), Some(1));
}
