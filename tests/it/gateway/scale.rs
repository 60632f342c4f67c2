use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::site::{Needs, Site, key_of};
use crate::harness::xmpp_server::ServerKind;

const SMARTSERVERS: usize = 200;
const POINTS: usize = 100;

/// One request reads a whole fleet through one identity, with two messages a SmartServer.
async fn a_fleet_is_read_at_once(kind: ServerKind) {
    let begun = Instant::now();
    let site =
        Site::with(kind, Needs { smartservers: SMARTSERVERS, points: POINTS, ..Needs::default() }).await;
    println!("{kind:?}: {SMARTSERVERS} SmartServers registered after {:.1?}", begun.elapsed());
    let handles = site.field.fleet.smartservers();
    let all: Vec<Value> = handles.iter().map(|h| json!({"smartserver": key_of(h), "all": true})).collect();
    let reads = || handles.iter().map(|handle| handle.counts().of("Read")).sum::<u64>();
    assert_eq!(reads(), 0, "nothing is cached");

    let begun = Instant::now();
    let read = site.reads(json!({"reads": all, "timeout_ms": 120_000})).await;
    println!("{kind:?}: {} data points read in {:.1?}", SMARTSERVERS * POINTS, begun.elapsed());
    assert_eq!(read["counts"], json!({"ok": SMARTSERVERS * POINTS}));
    assert_eq!(read["results"].as_array().unwrap().len(), SMARTSERVERS * POINTS);
    assert!(reads() <= 2 * SMARTSERVERS as u64, "{} calls", reads());
    assert!(handles.iter().all(|handle| handle.counts().max_in_flight == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_is_read_at_once_on_ejabberd() {
    a_fleet_is_read_at_once(ServerKind::Ejabberd).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_is_read_at_once_on_prosody() {
    a_fleet_is_read_at_once(ServerKind::Prosody).await;
}
