//! Streams with the readings of some data points, and every other kind of event.

use serde_json::json;

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::events::Events;
use crate::harness::eventually;
use crate::harness::site::{FLOAT, Needs, SETPOINT, Site, TEMP, key_of, point_of, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_stream_has_the_readings_of_those_it_names,
    it_stays_so_for_a_listener_that_comes_back,
    those_are_polled_for_it,
    wrong_names_get_clear_problems,
];

async fn push(site: &Site, index: usize, name: &str) {
    let smartserver = &site.field.fleet.smartservers()[index];
    smartserver.advance();
    smartserver.push(&[name], &site.field.noc()).await.unwrap();
}

/// Readings that come before a command has its outcome, by SmartServer and name.
async fn readings(stream: &mut Events) -> Vec<(String, String)> {
    let (mut readings, mut commands) = (Vec::new(), 0);
    while commands < 2 {
        let (name, data) = stream.next().await.unwrap();
        match &*name {
            "command" => commands += 1,
            _ => readings.push((text(&data["smartserver"]), text(&data["name"]))),
        }
    }
    readings
}

async fn a_stream_has_the_readings_of_those_it_names(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let keys: Vec<_> = site.field.fleet.smartservers().iter().map(key_of).collect();
    let id = site.api.get(&format!("/smartservers/{}", keys[1])).await.ok()["id"].clone();
    let float = point_of(&site.api, &keys[0], FLOAT).await;
    let temp = point_of(&site.api, &keys[1], TEMP).await;
    let reading = |index: usize, name: &str| (keys[index].clone(), name.to_owned());
    let cases = [
        (keys[1].clone(), "", vec![reading(1, TEMP), reading(1, FLOAT)]),
        (text(&id), "", vec![reading(1, TEMP), reading(1, FLOAT)]),
        (float.clone(), "", vec![reading(0, FLOAT)]),
        (format!("{float}, {temp}"), "", vec![reading(0, FLOAT), reading(1, TEMP)]),
        (format!("{float},{}", keys[1]), FLOAT, vec![reading(0, FLOAT), reading(1, FLOAT)]),
    ];
    let mut streams = Vec::new();
    for (names, prefix, _) in &cases {
        let parameters = [("readings_of", &**names), ("prefix", prefix), ("kinds", "reading,command")];
        streams.push(Events::open(&site.api, &query("/events", &parameters)).await);
    }
    for index in [0, 1] {
        push(&site, index, TEMP).await;
        push(&site, index, FLOAT).await;
    }
    // Commands are for everybody; this one is of the first SmartServer.
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    for (stream, (names, _, expected)) in streams.iter_mut().zip(cases) {
        assert_eq!(readings(stream).await, expected, "{names}");
    }
}

async fn it_stays_so_for_a_listener_that_comes_back(kind: ServerKind) {
    let site = Site::start(kind).await;
    let float = site.point(FLOAT).await;
    let path = query("/events", &[("readings_of", &float), ("kinds", "reading,command")]);
    let mut stream = Events::open(&site.api, &path).await;
    push(&site, 0, FLOAT).await;
    let (_, first) = stream.next().await.unwrap();
    let last_id = stream.last_id.clone();
    drop(stream);
    for name in [TEMP, FLOAT, TEMP] {
        push(&site, 0, name).await;
    }
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    let mut stream = Events::open_after(&site.api, &path, last_id).await;
    let missed = readings(&mut stream).await;
    assert_eq!((&first["name"], missed), (&json!(FLOAT), vec![(site.key(), FLOAT.to_owned())]));
}

async fn those_are_polled_for_it(kind: ServerKind) {
    let site = Site::start(kind).await;
    let polled = async || {
        let metrics = site.api.get("//metrics").await.text;
        let line = metrics.lines().find_map(|line| line.strip_prefix("nocgate_poll_demand_data_points "));
        line.unwrap().parse::<f64>().unwrap() as usize
    };
    let (float, temp) = (site.point(FLOAT).await, site.point(TEMP).await);
    let all = site.api.get("/data-points?limit=1000").await.ok()["items"].as_array().unwrap().len();
    for (names, smartserver, expected) in [
        (float.clone(), None, 1),
        (format!("{float},{temp}"), Some(site.key()), 2),
        (format!("{float},{}", site.key()), None, all),
    ] {
        let mut parameters = vec![("readings_of", &*names), ("poll_every_ms", "1000")];
        parameters.extend(smartserver.as_deref().map(|key| ("smartserver", key)));
        let mut stream = Events::open(&site.api, &query("/events", &parameters)).await;
        assert_eq!(polled().await, expected, "{names}");
        let reading = stream.find("a poll", |name, _| name == "reading").await;
        assert!(names.contains(&site.key()) || names.contains(&text(&reading["data_point_id"])), "{reading}");
        drop(stream);
        eventually("nobody wants them any more", async || (polled().await == 0).then_some(())).await;
    }
}

async fn wrong_names_get_clear_problems(kind: ServerKind) {
    let site = Site::start(kind).await;
    let nobody = uuid::Uuid::new_v4().to_string();
    let many = vec![site.key(); 101].join(",");
    for (names, status, code) in [
        ("nowhere", 404, "smartserver_unknown"),
        (&*format!("{},nowhere", site.key()), 404, "smartserver_unknown"),
        (&nobody, 404, "data_point_unknown"),
        ("", 400, "query_invalid"),
        (",", 400, "query_invalid"),
        (&many, 400, "query_invalid"),
    ] {
        let answer = site.api.get(&query("/events", &[("readings_of", names)])).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{names}");
    }
}
