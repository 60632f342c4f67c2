//! Devices: 30 and 31.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{Answer, ask, name};
use super::blocks::{kind, member};
use crate::harness::api::{query, send};
use crate::harness::site::{SETPOINT, Site};
use crate::harness::xmpp_server::ServerKind;

/// The device of most points that tests use.
const DEVICE: &str = "Net/LON/Device 1";

const STOPPED: &str = "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_STOPPED</UCPTapplicationStatus>\
                       <UCPTcommissionStatus LonFormat='UCPTcommissionStatus'>COMMISSIONED</UCPTcommissionStatus>";
const WINK: &str = "<Command><UCPTcommand>Wink</UCPTcommand>\
                    <UCPTstatus LonFormat='UCPTstatus'>STATUS_REQUEST</UCPTstatus></Command>";

/// Sets what stands of a device in its configuration, and more.
async fn set(site: &Site, device: &str, more: &str) -> Answer {
    let asked = format!("<Item xsi:type='LON_Device_Cfg'><UCPTname>{device}</UCPTname></Item>");
    let now = ask(site, "Get", &asked).await;
    let same = |name: &str| format!("<{name}>{}</{name}>", member(now.only_item(), name));
    let key = ["UCPTname", "UCPThandle", "UCPTuniqueId", "UCPTprogramId"].map(same).concat();
    let answer = ask(site, "Set", &format!("<Item xsi:type='LON_Device_Cfg'>{key}{more}</Item>")).await;
    assert_eq!((answer.faults().as_str(), name(answer.only_item())), ("0", device.to_owned()));
    answer
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
    set(&site, DEVICE, STOPPED).await;
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

#[tokio::test]
async fn vector_31_a_set_without_the_two_statuses_decommissions_a_device() {
    let site = Site::start(ServerKind::Ejabberd).await;
    assert!(takes_part(&site, DEVICE).await);
    set(&site, DEVICE, WINK).await;
    assert!(!takes_part(&site, DEVICE).await, "the SmartServer's trap");

    let other = "Net/LON/Device 2";
    assert!(takes_part(&site, other).await);
    let told = wink(&site, other).await;
    assert_eq!((&told["outcome"], &told["phase"]), (&json!("done"), &json!("finished")), "{told}");
    assert!(takes_part(&site, other).await, "the gateway does not step into it");
    assert_eq!(site.smartserver().winks(other), Some(1));
}
