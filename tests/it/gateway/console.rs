//! The console: any message, chat, and what a SmartServer tells of itself.

use std::collections::HashSet;

use futures_util::future::join_all;
use nocgate::simulator::{Behaviour, CHAT_ANSWER, Silence};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::site::{Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    printed_samples_can_be_pasted,
    every_section_of_the_system_is_told,
    chat_is_answered_to_everybody_once,
    chat_that_cannot_be_is_told,
];

async fn soap(site: &Site, document: &str) -> Value {
    let path = format!("/smartservers/{}/soap", site.key());
    site.api.post_text(&path, "text/xml", document).await.ok()
}

async fn printed_samples_can_be_pasted(kind: ServerKind) {
    let site = Site::start(kind).await;
    let sample = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<!-- manual 4-12 -->\n<Read >\n<iLonItem >\n\
         <Item xsi:type=\"Dp_Data\" ><UCPTname>{TEMP}</UCPTname><UCPTmaxAge>0</UCPTmaxAge></Item>\n</iLonItem >\n</Read >"
    );
    let polls = site.smartserver().counts().polls;
    let answer = soap(&site, &sample).await;
    let item = &answer["body"]["ReadResponse"]["iLonItem"]["Item"];
    assert_eq!((&item["UCPTname"], &answer["is_fault"]), (&json!(TEMP), &json!(false)), "{answer}");
    assert_eq!(site.smartserver().counts().polls, polls + 1, "its members were understood");
    let timing = &answer["timing"];
    assert!(timing["round_trip_ms"].as_f64() > Some(0.0), "{timing}");
    assert!(timing["queued_ms"].is_number() && timing["processing_ms"].is_number(), "{timing}");

    site.smartserver().change_behaviour(|behaviour| behaviour.no_header = true);
    let envelope = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
         <Read><iLonItem><Item><UCPTname>{TEMP}</UCPTname></Item></iLonItem></Read></s:Body></s:Envelope>"
    );
    let answer = soap(&site, &envelope).await;
    assert_eq!(answer["body"]["ReadResponse"]["iLonItem"]["UCPTfaultCount"], "0", "{answer}");
    assert_eq!(answer["timing"]["processing_ms"], Value::Null);
}

async fn every_section_of_the_system_is_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut sections = HashSet::new();
    for section in ["time", "network", "security", "hardware", "real_time", "mail", "rtr", "rtr_stat", "lspa"]
    {
        let path = query(&format!("/smartservers/{}/system", site.key()), &[("section", section)]);
        let told = site.api.get(&path).await.ok();
        assert_eq!(told["section"], section);
        let entries = told["entries"].as_object().unwrap();
        assert!(entries.len() > 1, "{told}");
        assert!(sections.insert(entries.keys().cloned().collect::<Vec<_>>()), "that of another: {told}");
        for understood in ["time", "network", "real_time"] {
            assert_eq!(told[understood].is_object(), section == understood, "{told}");
        }
        match section {
            "time" => {
                let at: jiff::Timestamp = text(&told["time"]["at"]).parse().unwrap();
                let off = jiff::Timestamp::now().duration_since(at).abs();
                assert!(off < jiff::SignedDuration::from_secs(60), "{told}");
            }
            "network" => {
                let network = &told["network"];
                assert_eq!(network["mac"], site.smartserver().mac().to_string());
                assert_eq!(network["addresses"].as_array().unwrap().len(), 2, "{network}");
                assert_eq!(
                    (&network["gateway"], &network["dns"][1]),
                    (&json!("192.0.2.1"), &json!("192.0.2.3"))
                );
            }
            "real_time" => {
                let load = &told["real_time"];
                assert!(load["minutes_since_boot"].as_u64() >= Some(600), "{load}");
                for member in ["cpu_percent", "free_flash_bytes", "free_ram_bytes", "largest_ram_block_bytes"]
                {
                    assert!(load[member].as_f64() > Some(0.0), "{member}: {load}");
                }
            }
            _ => {}
        }
    }
}

async fn chat_is_answered_to_everybody_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/smartservers/{}/messages", site.key());
    for (round, echoes) in [(1, false), (2, true)] {
        site.smartserver().change_behaviour(|behaviour| behaviour.echoes_thread = echoes);
        let say = |n: usize| site.api.post(&path, json!({"text": format!("statement {n}")}));
        for answer in join_all((0..5).map(say)).await {
            let said = answer.ok();
            assert_eq!(said["text"], CHAT_ANSWER);
            assert_eq!(said["from"], site.smartserver().jid().to_string());
            assert!(said["round_trip_ms"].as_f64() > Some(0.0), "{said}");
        }
        assert_eq!(site.smartserver().counts().chats, 5 * round, "one answer each");
    }
}

async fn chat_that_cannot_be_is_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/smartservers/{}/messages", site.key());
    for wrong in [
        json!({"text": ""}),
        json!({"text": "a\u{7}b"}),
        json!({"text": "x".repeat(4_001)}),
        json!({"text": "x", "timeout_ms": 0}),
        json!({"words": "x"}),
        json!({}),
    ] {
        assert_eq!(
            site.api.post(&path, wrong.clone()).await.problem(),
            (422, "request_invalid".into()),
            "{wrong}"
        );
    }
    let unknown = site.api.post("/smartservers/nobody/messages", json!({"text": "x"})).await;
    assert_eq!(unknown.problem(), (404, "smartserver_unknown".into()));
    site.smartserver().set_behaviour(Behaviour { silence: Silence::Always, ..Behaviour::default() });
    let silent = site.api.post(&path, json!({"text": "hello", "timeout_ms": 300})).await;
    assert_eq!(silent.problem(), (504, "deadline_exceeded".into()));
    site.smartserver().set_behaviour(Behaviour::default());
    let said = site.api.post(&path, json!({"text": "hello"})).await.ok();
    assert_eq!(said["text"], CHAT_ANSWER, "who left is not answered in place of the next");
}
