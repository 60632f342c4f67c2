use std::time::Duration;

use futures_util::future::join_all;
use nocgate::simulator::Behaviour;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::eventually;
use crate::harness::site::{FLOAT, SETPOINT, Site, TEMP};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_fresh_reading_costs_no_call,
    a_reading_that_is_too_old_is_made_anew,
    an_age_of_nothing_polls_the_device,
    an_age_is_bounded_by_the_smartservers_own_time,
    what_is_cached_is_shown_without_a_call,
    readers_of_one_point_share_a_call,
    readers_of_several_points_share_the_next_call,
    one_request_is_in_flight_however_many_ask,
];

const NOW: &[(&str, &str)] = &[("max_age_ms", "0")];

fn calls(site: &Site) -> u64 {
    site.smartserver().counts().of("Read")
}

async fn a_fresh_reading_costs_no_call(kind: ServerKind) {
    let site = Site::start(kind).await;
    let read = site.read(TEMP, NOW).await.ok();
    assert_eq!(calls(&site), 1);
    let again = site.read(TEMP, &[]).await.ok();
    assert_eq!(calls(&site), 1);
    for member in ["raw", "received_at", "observed_at"] {
        assert_eq!(again["reading"][member], read["reading"][member]);
    }
}

async fn a_reading_that_is_too_old_is_made_anew(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.read(TEMP, NOW).await.ok();
    let limit = [("max_age_ms", "400")];
    eventually("the reading is too old", async || {
        site.read(TEMP, &limit).await.ok();
        (calls(&site) > 1).then_some(())
    })
    .await;
    let age = site.cached(TEMP).await["age_ms"].as_u64().unwrap();
    assert!(age >= 400, "the SmartServer may have held it for so long: {age}");
}

async fn an_age_of_nothing_polls_the_device(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = site.smartserver().counts().polls;
    let mut seen = Vec::new();
    for n in 1..=3 {
        let read = site.read(TEMP, NOW).await.ok();
        assert_eq!(site.smartserver().counts().polls, before + n);
        assert_eq!(read["reading"]["raw"], json!(site.smartserver().value(TEMP).unwrap()));
        seen.push(read["reading"]["raw"].clone());
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2], "{seen:?}");
}

async fn an_age_is_bounded_by_the_smartservers_own_time(kind: ServerKind) {
    let site = Site::start(kind).await;
    let age = |answer: &Value| answer["reading"]["age_ms"].as_u64().unwrap();
    let polls = site.smartserver().counts().polls;
    let read = site.read(TEMP, &[("max_age_ms", "3600000")]).await.ok();
    assert_eq!(site.smartserver().counts().polls, polls, "its own copy is young enough");
    let time = |name: &str| read["reading"][name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let told = time("received_at").duration_since(time("observed_at")).as_millis() as u64;
    assert!(age(&read) >= told && age(&read) < 3_600_000, "{} {told}", age(&read));
    let before = calls(&site);
    site.read(TEMP, &[("max_age_ms", "3600000")]).await.ok();
    assert_eq!(calls(&site), before, "what came is young enough for the next who asks the same");

    let polled = site.read(TEMP, NOW).await.ok();
    assert!(age(&polled) < 60_000);
    eventually("the reading grows old", async || {
        let older = site.cached(TEMP).await;
        let received: jiff::Timestamp = older["received_at"].as_str().unwrap().parse().unwrap();
        let since = jiff::Timestamp::now().duration_since(received).as_millis() as u64;
        let age = older["age_ms"].as_u64().unwrap();
        assert!(age <= since && age + 1_000 > since, "{age} {since}");
        (age > age_floor(&polled) + 200).then_some(())
    })
    .await;
}

fn age_floor(answer: &Value) -> u64 {
    answer["reading"]["age_ms"].as_u64().unwrap()
}

async fn what_is_cached_is_shown_without_a_call(kind: ServerKind) {
    let site = Site::start(kind).await;
    assert_eq!(site.cached(TEMP).await, Value::Null);
    site.read(TEMP, NOW).await.ok();
    site.smartserver().go_offline().await;
    let requests = site.smartserver().counts().requests();
    assert!(site.cached(TEMP).await["value"].is_number());
    assert_eq!(site.smartserver().counts().requests(), requests);
}

async fn readers_of_one_point_share_a_call(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(300)));
    for max_age in ["60000", "0"] {
        let before = calls(&site);
        let parameters = [("max_age_ms", max_age)];
        let readers = (0..10).map(|_| site.read(TEMP, &parameters));
        for answer in join_all(readers).await {
            answer.ok();
        }
        let cost = calls(&site) - before;
        assert!((1..=2).contains(&cost), "ten readers, max_age_ms={max_age}: {cost} calls");
    }
}

async fn readers_of_several_points_share_the_next_call(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(500)));
    let names = site.smartserver().point_names();
    let readers = names.iter().take(20).map(|name| site.read(name, NOW));
    for answer in join_all(readers).await {
        answer.ok();
    }
    assert!(calls(&site) <= 3, "{} calls for twenty points", calls(&site));
}

async fn one_request_is_in_flight_however_many_ask(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(5)));
    let readers = (0..25).map(|n| {
        let name = if n % 2 == 0 { TEMP } else { FLOAT };
        let site = &site;
        async move { drop(site.read(name, NOW).await.ok()) }
    });
    let writers = (0..25).map(|n| {
        let site = &site;
        async move {
            let item = site.order(SETPOINT, json!({"action": {"type": "write", "value": n}})).await;
            assert!(item["outcome"] == "verified" || item["outcome"] == "acknowledged", "{item}");
        }
    });
    tokio::join!(join_all(readers), join_all(writers));
    let counts = site.smartserver().counts();
    assert_eq!((counts.of("Write"), counts.max_in_flight), (25, 1));
}
