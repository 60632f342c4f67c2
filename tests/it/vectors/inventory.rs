//! Names and configuration: 39 and 40.

use serde_json::{Value, json};

use super::NOW;
use super::answer::read;
use crate::harness::api::query;
use crate::harness::site::{Site, text};
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
