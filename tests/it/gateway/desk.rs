//! Many readers of one SmartServer.

use std::time::Duration;

use futures_util::future::join_all;
use nocgate::simulator::{Behaviour, Handle};
use serde_json::json;
use tokio::task::JoinHandle;

use super::on_both_servers;
use crate::harness::api::{Answer, Api};
use crate::harness::eventually;
use crate::harness::site::{FLOAT, LEVEL, Needs, SETPOINT, SWITCH, Site, TEMP, key_of, point_of};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    the_first_caller_may_go_away,
    a_stricter_reader_is_not_served_by_a_laxer_answer,
    a_write_goes_before_reads_that_wait,
    readers_beyond_the_bound_are_told_when_to_come_back,
];

const NOW: &str = "max_age_ms=0";

fn reads(site: &Site) -> u64 {
    site.smartserver().counts().of("Read")
}

fn slow(site: &Site, seconds: u64) {
    site.smartserver().set_behaviour(Behaviour::slow(Duration::from_secs(seconds)));
}

fn get(api: &Api, id: &str, query: &str) -> JoinHandle<Answer> {
    let (api, path) = (api.clone(), format!("/data-points/{id}?timeout_ms=60000&{query}"));
    tokio::spawn(async move { api.get(&path).await })
}

async fn sent(site: &Site, count: u64) {
    eventually("the request is out", async || (reads(site) == count).then_some(())).await;
}

async fn a_thousand_identical_reads_are_one_call(kind: ServerKind) {
    let site = Site::start(kind).await;
    // Forced polls must all come while the first is out; else the cache serves who comes late.
    for (calls, (name, query, seconds)) in (1..).zip([(TEMP, NOW, 10), (FLOAT, "", 1)]) {
        slow(&site, seconds);
        let id = site.point(name).await;
        let readers: Vec<_> = (0..1_000).map(|_| get(&site.api, &id, query)).collect();
        for answer in join_all(readers).await {
            let shown = json!(site.smartserver().value(name).unwrap());
            assert_eq!(answer.unwrap().ok()["reading"]["raw"], shown);
        }
        assert_eq!(reads(&site), calls, "{query}");
    }
    assert_eq!(site.smartserver().counts().max_in_flight, 1);
}

async fn a_hundred_points_are_three_calls(kind: ServerKind) {
    let site = Site::with(kind, Needs { points: 100, ..Needs::default() }).await;
    let (key, names) = (site.key(), site.smartserver().point_names());
    let ids = join_all(names.iter().map(|name| point_of(&site.api, &key, name))).await;
    assert_eq!(ids.len(), 100);
    slow(&site, 5);
    let before = reads(&site);
    let readers: Vec<_> = ids.iter().map(|id| get(&site.api, id, NOW)).collect();
    for (answer, name) in join_all(readers).await.into_iter().zip(&names) {
        assert_eq!(answer.unwrap().ok()["name"], **name);
    }
    let calls = reads(&site) - before;
    assert!((2..=3).contains(&calls), "{calls} calls");
}

async fn the_first_caller_may_go_away(kind: ServerKind) {
    let site = Site::start(kind).await;
    let id = site.point(TEMP).await;
    slow(&site, 4);
    let first = get(&site.api, &id, NOW);
    sent(&site, 1).await;
    let others: Vec<_> = (0..10).map(|_| get(&site.api, &id, NOW)).collect();
    first.abort();
    assert!(first.await.is_err());
    for other in others {
        other.await.unwrap().ok();
    }
    assert_eq!(reads(&site), 1, "the request outlives the one who caused it");
}

async fn a_stricter_reader_is_not_served_by_a_laxer_answer(kind: ServerKind) {
    let site = Site::start(kind).await;
    let id = site.point(TEMP).await;
    slow(&site, 2);
    let polls = || site.smartserver().counts().polls;
    let before = polls();
    // Its own copy is young enough for this one.
    let lax = get(&site.api, &id, "max_age_ms=3600000");
    sent(&site, 1).await;
    let strict = get(&site.api, &id, NOW);
    lax.await.unwrap().ok();
    let strict = strict.await.unwrap().ok();
    assert_eq!((reads(&site), polls()), (2, before + 1));
    assert_eq!(strict["reading"]["raw"], json!(site.smartserver().value(TEMP).unwrap()));
}

async fn a_write_goes_before_reads_that_wait(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/smartservers/{}/soap?timeout_ms=60000", site.key());
    let message = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
    let read = format!(
        "<Read xmlns='{message}'><iLonItem><Item><UCPTname>{TEMP}</UCPTname></Item></iLonItem></Read>"
    );
    slow(&site, 1);
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let (api, path, read) = (site.api.clone(), path.clone(), read.clone());
            tokio::spawn(async move { api.post_text(&path, "text/xml", &read).await })
        })
        .collect();
    eventually("five wait", async || {
        let smartserver = site.api.get(&format!("/smartservers/{}", site.key())).await.ok();
        (smartserver["health"]["queued"] == 5).then_some(())
    })
    .await;
    let write = json!({"action": {"type": "write", "value": 20}, "verify": false});
    let item = site.order(SETPOINT, write).await;
    assert_eq!(item["outcome"], "acknowledged", "{item}");
    assert!(reads(&site) <= 4, "{} reads went before", reads(&site));
    for call in calls {
        call.await.unwrap().ok();
    }
}

async fn readers_beyond_the_bound_are_told_when_to_come_back(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__QUEUE", "2"), ("SMARTSERVER__BATCH_ITEMS", "1")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    let (one, two, three) = (site.point(TEMP).await, site.point(FLOAT).await, site.point(LEVEL).await);
    slow(&site, 6);
    let first = get(&site.api, &one, NOW);
    sent(&site, 1).await;
    let others = [&one, &one, &one, &two].map(|id| get(&site.api, id, NOW));
    let refused = eventually("the desk is full", async || {
        let answer = site.api.get(&format!("/data-points/{three}?{NOW}&timeout_ms=20")).await;
        (answer.problem().1 == "smartserver_busy").then_some(answer)
    });
    let refused = refused.await;
    assert_eq!(refused.status, 503);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    first.await.unwrap().ok();
    for other in others {
        other.await.unwrap().ok();
    }
    assert_eq!(reads(&site), 2, "what is asked for already costs nothing more");
}

/// Random reads while one SmartServer in ten is silent for some time.
async fn no_smartserver_sees_more_than_it_may(
    kind: ServerKind,
    overrides: &'static [(&str, &str)],
    at_once: usize,
) {
    const SMARTSERVERS: usize = 40;
    const CLIENTS: usize = 500;
    let site = Site::with(kind, Needs { smartservers: SMARTSERVERS, overrides, ..Needs::default() }).await;
    let handles = site.field.fleet.smartservers();
    let is_silent = |n: usize| n % 10 == 3;
    let mut ids = Vec::new();
    for key in handles.iter().map(key_of) {
        ids.push(join_all([TEMP, FLOAT, LEVEL, SWITCH].map(|name| point_of(&site.api, &key, name))).await);
    }
    let silent = || handles.iter().enumerate().filter(|(n, _)| is_silent(*n)).map(|(_, handle)| handle);
    silent().for_each(|handle| handle.set_behaviour(Behaviour::silent()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (smartserver, point) = ((n * 7 + n / SMARTSERVERS) % SMARTSERVERS, n * 3 % 4);
            let reading = get(&site.api, &ids[smartserver][point], NOW);
            (smartserver, reading)
        })
        .collect();
    let mut waiting = Vec::new();
    for (smartserver, reading) in clients {
        match is_silent(smartserver) {
            false => drop(reading.await.unwrap().ok()),
            true => waiting.push(reading),
        }
    }
    assert!(silent().all(|handle: &Handle| handle.counts().of("Read") == 1), "one request to each is out");
    silent().for_each(|handle| handle.set_behaviour(Behaviour::default()));
    for reading in waiting {
        let answer = reading.await.unwrap();
        assert!(matches!(answer.status, 200 | 504), "{}", answer.text);
    }
    for handle in handles {
        assert!(handle.counts().max_in_flight <= at_once, "{} {:?}", handle.jid(), handle.counts());
    }
}

macro_rules! on_two_threads {
    ($($test:ident: $run:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            $run.await;
        }
    )+};
}

const TWO: &[(&str, &str)] = &[("SMARTSERVER__IN_FLIGHT", "2"), ("SMARTSERVER__DEADLINE_MS", "8000")];
const ONE: &[(&str, &str)] = &[("SMARTSERVER__DEADLINE_MS", "8000")];

on_two_threads! {
    a_thousand_identical_reads_are_one_call_on_ejabberd: a_thousand_identical_reads_are_one_call(ServerKind::Ejabberd);
    a_thousand_identical_reads_are_one_call_on_prosody: a_thousand_identical_reads_are_one_call(ServerKind::Prosody);
    a_hundred_points_are_three_calls_on_ejabberd: a_hundred_points_are_three_calls(ServerKind::Ejabberd);
    a_hundred_points_are_three_calls_on_prosody: a_hundred_points_are_three_calls(ServerKind::Prosody);
    one_request_is_in_flight_on_ejabberd: no_smartserver_sees_more_than_it_may(ServerKind::Ejabberd, ONE, 1);
    one_request_is_in_flight_on_prosody: no_smartserver_sees_more_than_it_may(ServerKind::Prosody, ONE, 1);
    two_requests_are_in_flight_at_most_on_ejabberd: no_smartserver_sees_more_than_it_may(ServerKind::Ejabberd, TWO, 2);
    two_requests_are_in_flight_at_most_on_prosody: no_smartserver_sees_more_than_it_may(ServerKind::Prosody, TWO, 2);
}
