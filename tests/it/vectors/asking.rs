//! What a `Read` asks for beside names: 10 to 14.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::NOW;
use super::answer::{ask, data, item, pair, read, select, values, x_select};
use crate::harness::site::{FLOAT, Needs, SWITCH, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

const FORMAT: &str = "#0000000000000000[0].SNVT_switch";

#[tokio::test]
async fn vector_10_read_of_fields() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let fields = format!(r#"//Item[@xsi:type="Dp_Cfg"][UCPTname="{SWITCH}"][UCPTvalueFormat="VF_FIELDS"]"#);
    let answer = select(&site, "Read", &fields).await;
    assert_eq!(answer.faults(), "0");
    let expected = [
        pair(FORMAT, "0.0 0"),
        pair(&format!("{FORMAT}.value"), "0.0"),
        pair(&format!("{FORMAT}.state"), "0"),
        pair("UCPTvalueDef", "OFF"),
    ];
    assert_eq!(values(answer.only_item()), expected);
    let units: Vec<_> = answer.only_item().children_named("UCPTvalue").map(|v| v.attr("Unit")).collect();
    assert_eq!(units, [Some("value, state"), Some("% of full level"), Some("state code"), None]);

    let forms = forms(&site).await;
    assert_eq!((&forms["raw"], &forms["preset"]), (&json!("0.0 0"), &json!("OFF")));
    let told = json!([
        {"name": "value", "raw": "0.0", "value": 0.0, "unit": "% of full level"},
        {"name": "state", "raw": "0", "value": 0.0, "unit": "state code"},
    ]);
    assert_eq!(forms["fields"], told);
}

/// The switch in all its forms.
async fn forms(site: &Site) -> Value {
    let id = site.point(SWITCH).await;
    site.api.get(&format!("/data-points/{id}/raw")).await.ok()
}

#[tokio::test]
async fn vector_11_read_of_raw_bytes() {
    let site = Site::start(ServerKind::Ejabberd).await;
    site.smartserver().set_value(SWITCH, "ON").unwrap();
    let bytes = format!(r#"//Item[@xsi:type="Dp_Data"][UCPTname="{SWITCH}"][UCPTvalueFormat="VF_RAW_HEX"]"#);
    let answer = select(&site, "Read", &bytes).await;
    assert_eq!(answer.faults(), "0");
    assert_eq!(answer.only_item().child_text("UCPTvalue").unwrap().to_lowercase(), "c801");

    let forms = forms(&site).await;
    assert_eq!(text(&forms["raw_hex"]).to_lowercase(), "c801");
    assert_eq!((&forms["raw"], &forms["preset"]), (&json!("100.0 1"), &json!("ON")));
}

#[tokio::test]
async fn vector_12_xselect_and_items_are_an_and() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let outputs = x_select(r#"//Item[@xsi:type="Dp_Cfg"][contains(UCPTname,"nvo")]"#);
    let answer = ask(&site, "Read", &format!("{outputs}{}{}", item(SWITCH), item(TEMP))).await;
    assert_eq!((answer.faults().as_str(), answer.names()), ("0", vec![TEMP.to_owned()]));
}

#[tokio::test]
async fn vector_13_an_age_of_nothing_polls_the_device() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let polls = || site.smartserver().counts().polls;
    let before = polls();
    let aged = |age: &str| data(TEMP, &format!("<UCPTmaxAge>{age}</UCPTmaxAge>"));
    let kept = values(read(&site, &[TEMP]).await.only_item());
    assert_eq!(polls(), before, "without an age nobody is asked");
    let polled = values(ask(&site, "Read", &aged("0")).await.only_item());
    assert_eq!(polls(), before + 1);
    assert_ne!(kept, polled);
    assert_eq!(values(ask(&site, "Read", &aged("3600.0")).await.only_item()), polled);
    assert_eq!(polls(), before + 1);

    let reading = site.read(TEMP, NOW).await.ok()["reading"].take();
    assert_eq!(polls(), before + 2);
    assert_eq!(reading["raw"], json!(site.smartserver().value(TEMP).unwrap()));
    site.read(FLOAT, &[("max_age_ms", "3600000")]).await.ok();
    assert_eq!(polls(), before + 2, "the SmartServer's own copy is young enough");
}

#[tokio::test]
async fn vector_14_a_read_of_more_points_than_advised_is_answered() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.subscriber());
    let site = Site::with(ServerKind::Ejabberd, Needs { points: 101, ..Needs::default() }).await;
    let names = site.smartserver().point_names();
    assert_eq!(names.len(), 101);

    let reads = site.smartserver().counts().of("Read");
    let all = json!({"smartserver": site.key(), "all": true});
    let outcome = site.reads(json!({"reads": [all], "max_age_ms": 0})).await;
    assert_eq!(outcome["counts"], json!({"ok": 101}));
    assert_eq!(site.smartserver().counts().of("Read"), reads + 3, "the gateway asks for 50 at once");
    assert!(!log.text().contains("more than advised"));

    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let hundred = read(&site, &names[..100]).await;
    assert_eq!((hundred.faults().as_str(), hundred.items().len()), ("0", 100));
    assert!(!log.text().contains("more than advised"));
    let answer = read(&site, &names).await;
    assert_eq!((answer.faults(), answer.names()), ("0".to_owned(), site.smartserver().point_names()));
    assert!(log.text().contains("more than advised"), "{}", log.text());
}

/// What this thread logs, all of the gateway and of the simulator.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let log = self.clone();
        let warnings = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN);
        warnings.with_writer(move || log.clone()).with_ansi(false).finish()
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
