//! Data logs: 24 and 25.

use jiff::{SignedDuration, Timestamp};
use nocgate::xml::Element;
use serde_json::{Value, json};

use super::blocks::{LOGGER, about, kind, member, with_logger};
use crate::harness::api::query;
use crate::harness::site::{FLOAT, Site};

const ENTRIES: i64 = 60;

/// Time of an entry of the log: one a minute.
fn at(n: i64) -> Timestamp {
    "2026-05-01T10:00:00.000Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(n)
}

fn ats(entries: std::ops::Range<i64>) -> Vec<Timestamp> {
    entries.map(at).collect()
}

/// A site with a log of sixty entries.
async fn logged() -> Site {
    let site = with_logger().await;
    for n in 0..ENTRIES {
        site.smartserver().append_log(LOGGER, FLOAT, at(n), &format!("{n}.5")).unwrap();
    }
    site
}

/// Times of the entries that a filter takes, after what the answer says about the log.
async fn selected(site: &Site, predicates: &str) -> Vec<Timestamp> {
    let select = format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{predicates}"#);
    let answer = about(site, "Read", LOGGER, &select).await;
    let items = answer.items();
    let (meta, entries) = items.split_first().unwrap();
    assert_eq!((kind(meta), member(meta, "UCPTname")), ("UFPTdataLogger_Meta_Data", LOGGER.to_owned()));
    assert_eq!(member(meta, "UCPTtotalCount"), ENTRIES.to_string(), "of the whole log");
    let path = format!(r#"//*[@xsi:type="UFPTdataLogger_Meta_Data"][UCPTname="{LOGGER}"]"#);
    let time = |entry: &&Element| {
        assert_eq!((kind(entry), member(entry, "UCPTname")), ("UFPTdataLogger_Data", FLOAT.to_owned()));
        assert_eq!(member(entry, "UCPTmetaDataPath"), path);
        member(entry, "UCPTlastUpdate").parse().unwrap()
    };
    entries.iter().map(time).collect()
}

/// A page of the log through the API.
async fn page(site: &Site, parameters: &[(&str, &str)]) -> Value {
    let parameters = [&[("name", LOGGER)], parameters].concat();
    let path = format!("/smartservers/{}/data-loggers/entries", site.key());
    let page = site.api.get(&query(&path, &parameters)).await.ok();
    assert_eq!(page["total"], ENTRIES, "of the whole log");
    page
}

fn times(page: &Value) -> Vec<Timestamp> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|entry| entry["logged_at"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn vector_24_a_data_log_by_time() {
    let site = logged().await;
    let window = r#"[UCPTlastUpdate>="2026-05-01T10:10:00.000+00:00"][UCPTlastUpdate<="2026-05-01T10:40:00.000+00:00"]"#;
    assert_eq!(selected(&site, &format!("{window}[position()<=10]")).await, ats(10..20));
    assert_eq!(selected(&site, window).await, ats(10..41));

    let window =
        [("since", "2026-05-01T10:10:00.000Z"), ("until", "2026-05-01T10:40:00.000Z"), ("limit", "10")];
    let mut page_now = page(&site, &window).await;
    assert_eq!(times(&page_now), ats(10..20));
    let first = &page_now["items"][0];
    for (member, expected) in [
        ("name", json!(FLOAT)),
        ("raw", json!("10.5")),
        ("value", json!(10.5)),
        ("priority", json!(255)),
        ("data_point_id", json!(site.point(FLOAT).await)),
    ] {
        assert_eq!(first[member], expected, "{member}");
    }
    let mut all = times(&page_now);
    while let Some(cursor) = page_now["next_cursor"].as_str() {
        let next = [&window[..], &[("cursor", cursor)]].concat();
        page_now = page(&site, &next).await;
        assert!(times(&page_now).len() <= 10);
        all.extend(times(&page_now));
    }
    assert_eq!(all, ats(10..41), "each once, in order, both ends included");
}

#[tokio::test]
async fn vector_25_the_newest_entries() {
    let site = logged().await;
    for positions_from_zero in [false, true] {
        site.smartserver().change_behaviour(|b| b.positions_from_zero = positions_from_zero);
        let newest = selected(&site, "[position()>=last()-4]").await;
        assert!(newest == ats(55..60) || newest == ats(56..60), "{newest:?}");
        let newest = page(&site, &[("newest", "5")]).await;
        assert_eq!((times(&newest), &newest["next_cursor"]), (ats(55..60), &Value::Null));
    }
}
