//! System information: 29.

use nocgate::xml::Element;
use serde_json::json;

use super::MESSAGE;
use super::answer::send;
use crate::harness::site::Site;
use crate::harness::xmpp_server::ServerKind;

const ELEMENTS: [&str; 5] =
    ["UCPTtimeServer1", "UCPTtimeServer2", "UCPTtimeLastSynched", "UCPTsystemTime", "UCPTtimeZone"];

#[tokio::test]
async fn vector_29_system_time() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let request = format!(
        "<SystemService_Read_Info xmlns='{MESSAGE}'><iLONSystemService><UCPTsystemInfoType>SI_TIME\
         </UCPTsystemInfoType></iLONSystemService></SystemService_Read_Info>"
    );
    for (with_response, root) in
        [(false, "SystemService_Read_Info"), (true, "SystemService_Read_InfoResponse")]
    {
        site.smartserver().change_behaviour(|behaviour| behaviour.system_root_with_response = with_response);
        let answer = send(&site, &request).await;
        assert!(answer.element.is(MESSAGE, root) && !answer.is_fault, "{:?}", answer.element);
        let time = answer.element.child("iLONSystemService").unwrap().child("TIME").unwrap();
        assert_eq!(time.elements().map(|element| element.name.as_str()).collect::<Vec<_>>(), ELEMENTS);
        is_local(&time.child("UCPTsystemTime").map(Element::text).unwrap());
        as_the_api_shows_it(&site).await;
    }
}

/// A time without offset.
#[track_caller]
fn is_local(text: &str) {
    assert!(text.parse::<jiff::civil::DateTime>().is_ok(), "{text}");
    assert!(text.parse::<jiff::Timestamp>().is_err(), "{text}");
}

async fn as_the_api_shows_it(site: &Site) {
    let path = format!("/smartservers/{}/system?section=time", site.key());
    let system = site.api.get(&path).await.ok();
    let entries = system["entries"].as_object().unwrap();
    assert_eq!(entries.len(), 5);
    assert!(ELEMENTS.iter().all(|name| entries[*name].as_str().is_some_and(|text| !text.is_empty())));
    let time = &system["time"];
    is_local(time["system_time"].as_str().unwrap());
    assert_eq!(time["system_time"], entries["UCPTsystemTime"]);
    assert_eq!(time["last_synchronised"], entries["UCPTtimeLastSynched"]);
    assert_eq!(time["time_servers"], json!([entries["UCPTtimeServer1"], entries["UCPTtimeServer2"]]));
    let zone = entries["UCPTtimeZone"].as_str().unwrap().split(':').collect::<Vec<_>>();
    assert_eq!(time["time_zone"], zone[0]);
    assert_eq!(time["offset_minutes"].as_i64().unwrap().to_string(), zone[1]);
    assert_eq!(time["daylight_saving"], json!(zone[2] == "1"));
}
