//! What headers tell of a SmartServer: its clock, changes of its configuration, restarts.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::events::Events;
use crate::harness::eventually;
use crate::harness::site::{Site, TEMP, synced, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    vector_40_a_changed_configuration_is_read_again_once,
    a_restart_is_noticed_and_told_from_a_change,
];

const NEW: &str = "Net/LON/Device 1/Block[0]/nvoNew";

async fn view(site: &Site) -> Value {
    synced(&site.api, &site.key()).await
}

async fn read(site: &Site) {
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
}

fn time(value: &Value) -> Timestamp {
    text(value).parse().unwrap()
}

#[track_caller]
fn near(value: &Value, expected: Timestamp, seconds: i64) {
    let apart = time(value).duration_since(expected).abs();
    assert!(apart <= SignedDuration::from_secs(seconds), "{value} is not about {expected}");
}

/// Reads until the point that was added is in the inventory.
async fn new_point_comes(site: &Site) {
    eventually("the inventory is read again", async || {
        read(site).await;
        let page = query("/data-points", &[("smartserver", &site.key()), ("name", NEW)]);
        site.api.get(&page).await.ok()["items"][0].is_object().then_some(())
    })
    .await;
}

async fn vector_40_a_changed_configuration_is_read_again_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = view(&site).await;
    assert_eq!(before["restart_known_by"], "header", "nothing was changed since: {before}");
    assert!(
        before["clock_measured_at"].is_string() && before["clock_offset_ms"].as_i64().unwrap().abs() < 2_000
    );
    let lists = site.smartserver().counts().of("List");
    let mut events = Events::open(&site.api, "/events?kinds=restart,health").await;

    // Its clock is set, and jitters after that.
    for error_ms in [300_000, 300_900, 299_200, 300_500] {
        site.smartserver().change_behaviour(|b| b.clock_error = SignedDuration::from_millis(error_ms));
        read(&site).await;
    }
    let offset = view(&site).await["clock_offset_ms"].as_i64().unwrap();
    assert!((298_000..302_000).contains(&offset), "{offset}");

    let changed = Timestamp::now();
    assert!(site.smartserver().add_point(NEW, "SNVT_temp_p"));
    new_point_comes(&site).await;
    for _ in 0..5 {
        read(&site).await;
    }
    assert_eq!(site.smartserver().counts().of("List"), lists + 1, "once a change, and not for a clock");
    let after = view(&site).await;
    near(&after["configured_at"], changed, 10);
    near(&after["restarted_at"], time(&before["restarted_at"]), 60);
    assert_eq!(after["restart_known_by"], "uptime", "the header tells of the change now");

    site.smartserver().go_offline().await;
    let event = events.find("an event", |name, _| name == "restart" || name == "health").await;
    assert!(event["state"].is_string(), "no restart was told before: {event}");
}

async fn a_restart_is_noticed_and_told_from_a_change(kind: ServerKind) {
    let site = Site::start(kind).await;
    read(&site).await;
    let path = format!("/events?kinds=restart&smartserver={}", site.key());
    let mut events = Events::open(&site.api, &path).await;
    let restarted = Timestamp::now();
    site.smartserver().restart().await;
    eventually("it is asked again, its old presence forgotten", async || {
        (site.read(TEMP, &[("max_age_ms", "0")]).await.status == 200).then_some(())
    })
    .await;
    let event = events.find("a restart", |name, _| name == "restart").await;
    assert_eq!(event["smartserver"], site.key());
    assert_eq!(event["restart_known_by"], "header");
    near(&event["restarted_at"], restarted, 10);
    let view = view(&site).await;
    assert_eq!(
        (&view["restarted_at"], &view["restart_known_by"]),
        (&event["restarted_at"], &event["restart_known_by"])
    );
    assert_eq!(view["configured_at"], view["restarted_at"]);
}
