//! A SmartServer that does not answer is left alone until it does.

use nocgate::simulator::{Behaviour, Silence};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::Answer;
use crate::harness::eventually;
use crate::harness::site::{Needs, SETPOINT, Site, TEMP, synced};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_silent_smartserver_is_probed_and_not_asked,
    a_faulty_answer_is_an_answer,
    one_that_comes_back_is_probed_at_once,
];

const NOW: &[(&str, &str)] = &[("max_age_ms", "0")];
const PROBE: &str = "SystemService_Read_Info";

async fn site(kind: ServerKind, overrides: &'static [(&str, &str)]) -> Site {
    Site::with(kind, Needs { overrides, ..Needs::default() }).await
}

/// Reads until calls are not let through any more.
async fn until_it_is_left_alone(site: &Site) -> Answer {
    eventually("it is left alone", async || {
        let answer = site.read(TEMP, NOW).await;
        let (status, code) = answer.problem();
        assert!(matches!(status, 503 | 504), "{}", answer.text);
        (code == "smartserver_unreachable").then_some(answer)
    })
    .await
}

async fn a_silent_smartserver_is_probed_and_not_asked(kind: ServerKind) {
    let site = site(kind, &[("SMARTSERVER__DEADLINE_MS", "1000"), ("SMARTSERVER__PROBE_MAX_S", "1")]).await;
    let count = |operation: &str| site.smartserver().counts().of(operation);
    let before = count("Read");
    site.smartserver().set_behaviour(Behaviour::silent());
    let refused = until_it_is_left_alone(&site).await;
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("calls in a row failed") && detail.contains("prob"), "{detail}");
    let asked = count("Read");
    assert_eq!(asked - before, 3);

    let probes = count(PROBE);
    eventually("it is probed more than once", async || {
        assert_eq!(site.read(TEMP, NOW).await.problem(), (503, "smartserver_unreachable".into()));
        (count(PROBE) >= probes + 2).then_some(())
    })
    .await;
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 20}})).await;
    assert_eq!(item["outcome"], "not_sent", "{item}");
    assert_eq!((count("Read"), count("Write")), (asked, 0));
    let health = synced(&site.api, &site.key()).await["health"].take();
    assert_eq!(health["state"], "offline", "{health}");

    let message = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
    let read = format!(
        "<Read xmlns='{message}'><iLonItem><Item><UCPTname>{TEMP}</UCPTname></Item></iLonItem></Read>"
    );
    let console = site.api.post_text(&format!("/smartservers/{}/soap", site.key()), "text/xml", &read).await;
    assert_eq!(console.problem().0, 504, "an operator may ask: {}", console.text);
    assert_eq!(count("Read"), asked + 1);

    site.smartserver().set_behaviour(Behaviour::default());
    let read = eventually("a probe is answered", async || {
        let answer = site.read(TEMP, NOW).await;
        (answer.status == 200).then_some(answer)
    });
    assert!(read.await.body["reading"]["value"].is_number());
    let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": 20}})).await;
    assert_eq!(item["outcome"], "verified", "{item}");
}

async fn a_faulty_answer_is_an_answer(kind: ServerKind) {
    let site = site(kind, &[("SMARTSERVER__DEADLINE_MS", "1000"), ("SMARTSERVER__PROBE_MAX_S", "1")]).await;
    let silent = Behaviour { silence: Silence::For(vec!["Read".into()]), ..Behaviour::default() };
    let unknown = Behaviour { no_system_info: true, ..silent };
    site.smartserver().set_behaviour(unknown);
    until_it_is_left_alone(&site).await;
    eventually("the fault to a probe lets calls through again", async || {
        (site.read(TEMP, NOW).await.problem().0 == 504).then_some(())
    })
    .await;
}

async fn one_that_comes_back_is_probed_at_once(kind: ServerKind) {
    // The first probe by itself comes after 5 s.
    let site = site(kind, &[("SMARTSERVER__DEADLINE_MS", "1000")]).await;
    let present = async |present: bool| {
        eventually("presence is told", async || {
            let health = synced(&site.api, &site.key()).await["health"].take();
            (health["present"] == Value::Bool(present)).then_some(())
        })
        .await;
    };
    present(true).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    until_it_is_left_alone(&site).await;
    let probes = site.smartserver().counts().of(PROBE);
    site.smartserver().go_offline().await;
    present(false).await;
    site.smartserver().set_behaviour(Behaviour::default());
    site.smartserver().come_back().await;
    eventually("calls go through again", async || (site.read(TEMP, NOW).await.status == 200).then_some(()))
        .await;
    assert!(site.smartserver().counts().of(PROBE) > probes);
}
