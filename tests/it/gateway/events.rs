use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::on_both_servers;
use super::restart::Crash;
use crate::harness::api::{Api, query, send};
use crate::harness::database::Engine;
use crate::harness::events::Events;
use crate::harness::site::{FLOAT, Needs, SETPOINT, Site, TEMP, key_of, online, text, writing};
use crate::harness::xmpp_server::ServerKind;
use crate::harness::{PATIENCE, eventually};

on_both_servers![
    events_come_by_kind_and_smartserver,
    filters_are_held_against_each_event,
    a_listener_cut_again_and_again_misses_nothing,
    the_journal_goes_on_over_a_restart_of_the_gateway,
    whoever_comes_too_late_is_told_of_a_gap,
    events_wait_for_a_database_that_is_away,
    a_listener_that_never_reads_costs_nobody_anything,
    a_command_is_told_at_each_step,
    health_and_session_are_told,
    a_stream_ends_when_the_gateway_stops,
    a_stream_ends_with_the_key_that_opened_it,
];

async fn events_come_by_kind_and_smartserver(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let [first, second] = site.field.fleet.smartservers() else { panic!("two") };
    let path = format!("/events?kinds=reading&smartserver={}", key_of(second));
    let mut events = Events::open(&site.api, &path).await;
    first.push(&[TEMP], &site.field.noc()).await.unwrap();
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    second.push(&[FLOAT], &site.field.noc()).await.unwrap();
    let (name, reading) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &reading["name"]), ("reading", &json!(FLOAT)));
    assert_eq!(reading["smartserver"], key_of(second));
}

async fn a_command_is_told_at_each_step(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events?kinds=command").await;
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 18}})).await;
    let sent = events.find("sent", |name, _| name == "command").await;
    let finished = events.find("finished", |name, _| name == "command").await;
    assert_eq!(sent["command_id"], finished["command_id"]);
    let command = site.api.get(&format!("/commands/{}", text(&sent["command_id"]))).await.ok();
    assert_eq!(command["counts"], json!({"verified": 1}));
}

async fn health_and_session_are_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events?kinds=session,health").await;
    site.api.post(&format!("/identities/{}/reconnect", site.identity), json!(null)).await.ok();
    events.find("offline", |name, data| name == "health" && data["state"] == "offline").await;
    let mine = |data: &serde_json::Value| data["identity_id"] == site.identity;
    events.find("online", |name, data| name == "session" && data["state"] == "online" && mine(data)).await;
    let health = events.find("well", |name, data| name == "health" && data["state"] == "online").await;
    assert_eq!(health["smartserver"], site.key());
    online(&site.api, &site.identity).await;
}

async fn a_stream_ends_with_the_key_that_opened_it(kind: ServerKind) {
    let site = Site::start(kind).await;
    let made = site.api.post("/api-keys", json!({"name": "listener"})).await.ok();
    let mut events = Events::open(&site.api.with_key(&text(&made["key"])), "/events").await;
    site.api.delete(&format!("/api-keys/{}", text(&made["id"]))).await;
    events.ends_within(Duration::from_secs(30)).await;
}

async fn a_stream_ends_when_the_gateway_stops(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events").await;
    site.gateway.begin_to_stop();
    events.ends_within(Duration::from_secs(5)).await;
    site.gateway.stop(Duration::from_secs(8)).await;
}

async fn write(site: &Site, value: f64) {
    site.order(SETPOINT, json!({"action": {"type": "write", "value": value}})).await;
}

/// A reading that has not been there before.
async fn push(site: &Site, name: &str) {
    site.smartserver().advance();
    site.smartserver().push(&[name], &site.field.noc()).await.unwrap();
}

async fn filters_are_held_against_each_event(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 3, ..Needs::default() }).await;
    let all = site.field.fleet.smartservers();
    let keys: Vec<_> = all.iter().map(key_of).collect();
    let change = async |key: &str, change: Value| {
        send(site.api.request(Method::PATCH, &format!("/smartservers/{key}")).json(&change)).await.ok();
    };
    change(&keys[0], json!({"tags": ["roof", "old"]})).await;
    change(&keys[1], json!({"site": "North"})).await;
    let both = format!("{},{}", keys[0], keys[1]);
    let mut streams = Vec::new();
    for (name, value) in [("tag", "roof"), ("site", "North"), ("smartserver", &both), ("prefix", FLOAT)] {
        let path = query("/events", &[(name, value), ("kinds", "reading,command")]);
        streams.push(Events::open(&site.api, &path).await);
    }
    for smartserver in all {
        smartserver.push(&[TEMP], &site.field.noc()).await.unwrap();
        smartserver.push(&[FLOAT], &site.field.noc()).await.unwrap();
    }
    // Of the first SmartServer. Told after all readings.
    write(&site, 18.0).await;
    let mut heard = Vec::new();
    for (n, stream) in streams.iter_mut().enumerate() {
        let mut names = Vec::new();
        // No command is of the second SmartServer, whose listener has heard all with its two readings.
        let is_whole = |names: &[(String, usize, String)]| match n {
            1 => names.len() == 2,
            _ => names.iter().filter(|(name, ..)| name == "command").count() == 2,
        };
        while !is_whole(&names) {
            let (name, data) = timeout(PATIENCE, stream.next()).await.expect("in time").unwrap();
            assert!(data["at"].is_string(), "{data}");
            let subject = if name == "command" { &data["smartservers"][0] } else { &data };
            let index = keys.iter().position(|key| subject["smartserver"] == *key).unwrap();
            names.push((name, index, text_of(&data["name"])));
        }
        heard.push(names);
    }
    let readings = |names: &[(String, usize, String)]| {
        let of =
            names.iter().filter(|(name, _, point)| name == "reading" && (point == TEMP || point == FLOAT));
        of.map(|(_, index, point)| (*index, point.clone())).collect::<Vec<_>>()
    };
    let (temp, float) = (TEMP.to_owned(), FLOAT.to_owned());
    assert_eq!(readings(&heard[0]), [(0, temp.clone()), (0, float.clone())], "by tag");
    assert_eq!(readings(&heard[1]), [(1, temp.clone()), (1, float.clone())], "by site");
    let expected = [(0, temp.clone()), (0, float.clone()), (1, temp), (1, float.clone())];
    assert_eq!(readings(&heard[2]), expected, "by SmartServers");
    assert_eq!(readings(&heard[3]), [(0, float.clone()), (1, float.clone()), (2, float)], "by name");
    for (path, problem) in [
        ("/events?smartserver=nowhere", (404, "smartserver_unknown")),
        (&*format!("/events?smartserver={both},nowhere"), (404, "smartserver_unknown")),
        ("/events?kinds=weather", (400, "query_invalid")),
        ("/events?color=red", (400, "query_invalid")),
    ] {
        assert_eq!(site.api.get(path).await.problem(), (problem.0, problem.1.to_owned()), "{path}");
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An event without what depends on when it is told.
fn told(name: &str, data: &Value) -> (String, Value) {
    let mut data = data.clone();
    for member in ["age_ms", "quality"] {
        data.as_object_mut().unwrap().shift_remove(member);
    }
    (name.to_owned(), data)
}

/// What two listeners heard of a stream that ends with a reading of `FLOAT` and one more command.
#[derive(Default)]
struct Heard {
    events: Vec<(String, Value)>,
    has_last_reading: bool,
    commands_after: usize,
}

impl Heard {
    fn hear(&mut self, name: &str, data: &Value, last_command: &Value) {
        assert_ne!(name, "gap", "{data}");
        self.has_last_reading |= data["name"] == FLOAT;
        self.commands_after += usize::from(name == "command" && data["command_id"] == *last_command);
        self.events.push(told(name, data));
    }

    fn is_whole(&self) -> bool {
        self.has_last_reading && self.commands_after == 2
    }

    fn of_kind(&self, kinds: &[&str]) -> Vec<&(String, Value)> {
        self.events.iter().filter(|(name, _)| kinds.contains(&name.as_str())).collect()
    }
}

async fn a_listener_cut_again_and_again_misses_nothing(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut reference = Events::open(&site.api, "/events").await;
    let mut cut = Events::open(&site.api, "/events").await;
    let load = async {
        for round in 0..12 {
            let _ = site.smartserver().push(&[TEMP], &site.field.noc()).await;
            site.smartserver().advance();
            if round % 4 == 1 {
                let path = format!("/identities/{}/reconnect", site.identity);
                site.api.post(&path, json!(null)).await.ok();
                online(&site.api, &site.identity).await;
                site.smartserver().online().await;
            }
            write(&site, 18.0 + f64::from(round)).await;
        }
        push(&site, FLOAT).await;
        let id = site.point(SETPOINT).await;
        let last = writing(&site.api, &id, json!({"action": {"type": "write", "value": 17}}));
        send(last.header("prefer", "wait=60")).await.ok()["id"].clone()
    };
    let mut dice = StdRng::seed_from_u64(7);
    let mut buffered = Vec::new();
    let mut cuts = 0;
    let cutting = async {
        loop {
            for _ in 0..dice.random_range(0..6) {
                let Some((name, data)) = cut.next().await else { break };
                buffered.push((name, data));
            }
            cut = Events::open_after(&site.api, "/events", cut.last_id.take()).await;
            cuts += 1;
        }
    };
    let last = tokio::select! {
        last = load => last,
        () = cutting => unreachable!("it goes on for ever"),
    };
    let mut expected = Heard::default();
    while !expected.is_whole() {
        let (name, data) = timeout(PATIENCE, reference.next()).await.expect("in time").unwrap();
        expected.hear(&name, &data, &last);
    }
    let mut heard = Heard::default();
    for (name, data) in &buffered {
        heard.hear(name, data, &last);
    }
    while !heard.is_whole() {
        let (name, data) = timeout(PATIENCE, cut.next()).await.expect("in time").unwrap();
        heard.hear(&name, &data, &last);
    }
    assert!(cuts > 5, "{cuts}");
    for kinds in [&["reading"][..], &["health", "session", "command"]] {
        assert!(!expected.of_kind(kinds).is_empty());
        let (heard, expected) = (heard.of_kind(kinds), expected.of_kind(kinds));
        // One of them may have heard a little more after the end.
        let both = heard.len().min(expected.len());
        assert_eq!(heard[..both], expected[..both], "{kinds:?}, {cuts} cuts");
        assert!(heard.len().abs_diff(expected.len()) < 5, "{} {}", heard.len(), expected.len());
    }
}

async fn the_journal_goes_on_over_a_restart_of_the_gateway(kind: ServerKind) {
    let mut crash = Crash::start(Engine::Sqlite, kind).await;
    let point = crash.point(SETPOINT).await;
    let order = async |api: Api, value: u32| {
        let command = json!({"action": {"type": "write", "value": value}});
        send(writing(&api, &point, command).header("prefer", "wait=60")).await.ok()["id"].clone()
    };
    const PATH: &str = "/events?kinds=reading,command";
    let mut listener = Events::open(&crash.api(), PATH).await;
    let mut witness = Events::open(&crash.api(), PATH).await;
    let mut value = 18;
    for is_killed in [true, false] {
        order(crash.api(), value).await;
        listener.find("sent", |name, _| name == "command").await;
        let first = listener.find("finished", |name, _| name == "command").await;
        let last_id = listener.last_id.clone();
        drop(listener);
        let missed = order(crash.api(), value + 1).await;
        for _ in 0..2 {
            let of_missed = |name: &str, data: &Value| name == "command" && data["command_id"] == missed;
            witness.find("it is stored", of_missed).await;
        }
        if !is_killed {
            crash.gateway.terminate().await;
        }
        crash.restart().await;
        online(&crash.api(), &crash.identity).await;
        listener = Events::open_after(&crash.api(), PATH, last_id).await;
        let (name, gap) = listener.next().await.unwrap();
        assert_eq!((name.as_str(), &gap["kinds"]), ("gap", &json!(["reading"])), "{gap}");
        assert_eq!(gap["since"], first["at"]);
        for _ in 0..2 {
            let (name, told) = listener.next().await.unwrap();
            assert_eq!((name.as_str(), &told["command_id"]), ("command", &missed));
        }
        if is_killed {
            let (name, gap) = listener.next().await.unwrap();
            assert!(name == "gap" && gap["reason"].as_str().unwrap().contains("killed"), "{gap}");
        }
        witness = Events::open(&crash.api(), PATH).await;
        value += 2;
    }
    order(crash.api(), value).await;
    assert_ne!(listener.find("what is new", |name, _| name != "reading").await["command_id"], Value::Null);
}

async fn whoever_comes_too_late_is_told_of_a_gap(kind: ServerKind) {
    let overrides = &[("EVENTS__RING", "16"), ("EVENTS__JOURNAL_ROWS", "10")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    let mut events = Events::open(&site.api, "/events").await;
    push(&site, TEMP).await;
    events.find("a reading", |name, _| name == "reading").await;
    let late = events.last_id.clone();
    drop(events);
    for round in 0..10 {
        write(&site, 18.0 + f64::from(round)).await;
        push(&site, TEMP).await;
    }
    let gap = async |path: &str| {
        let mut events = Events::open_after(&site.api, path, late.clone()).await;
        let (name, gap) = events.next().await.unwrap();
        (name, gap["kinds"].clone(), events.last_id.clone())
    };
    let (name, kinds, after_gap) = gap("/events").await;
    assert_eq!(name, "gap");
    assert_eq!(
        kinds,
        json!(["reading", "health", "restart", "session", "command", "device_command", "alarm"])
    );
    for only in ["reading", "command"] {
        let (name, kinds, _) = gap(&format!("/events?kinds={only}")).await;
        assert_eq!((name.as_str(), kinds), ("gap", json!([only])));
    }
    let mut events = Events::open_after(&site.api, "/events", after_gap).await;
    let (mut name, mut data) = events.next().await.unwrap();
    if name == "gap" {
        // The journal was trimmed once more meanwhile, for what was stored last.
        (name, data) = events.next().await.unwrap();
    }
    assert_eq!(name, "command", "what the journal still has: {data}");
    push(&site, FLOAT).await;
    events.find("what is new", |name, data| name == "reading" && data["name"] == FLOAT).await;

    let mut strange = Events::open_after(&site.api, "/events?kinds=command", Some("ä??".into())).await;
    assert_eq!(strange.next().await.unwrap().0, "gap");
    let mut asked = Events::open(&site.api, "/events?kinds=command&last_event_id=x").await;
    assert_eq!(asked.next().await.unwrap().0, "gap");
}

async fn events_wait_for_a_database_that_is_away(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events").await;
    let mut other = SqliteConnection::connect(site.database.url()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    site.api.post(&format!("/identities/{}/reconnect", site.identity), json!(null)).await.ok();
    online(&site.api, &site.identity).await;
    site.smartserver().online().await;
    // None is answered before it is stored.
    let pushes = async {
        loop {
            site.smartserver().advance();
            let _ = site.smartserver().push(&[TEMP], &site.field.noc()).await;
        }
    };
    let told = async { timeout(PATIENCE, events.next()).await.expect("readings wait for nothing").unwrap() };
    let (name, _) = tokio::select! { told = told => told, () = pushes => unreachable!() };
    assert_eq!(name, "reading", "nothing is told before it is stored");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let mut states = Vec::new();
    while states.last() != Some(&json!("online")) {
        let (name, data) = timeout(PATIENCE, events.next()).await.expect("in time").unwrap();
        assert_ne!(name, "gap");
        if name == "session" {
            states.push(data["state"].clone());
        }
    }
    assert!(states.len() > 1, "all of it, in order: {states:?}");
}

/// A listener whose socket is never read, and takes little.
async fn deaf(api: &Api) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let address = api.base.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let key = api.key.as_deref().unwrap();
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 16]).await.unwrap();
    stream
}

async fn a_listener_that_never_reads_costs_nobody_anything(kind: ServerKind) {
    let overrides = &[("EVENTS__LISTENERS", "2"), ("HTTP__WRITE_TIMEOUT_S", "1")];
    let site = Site::with(kind, Needs { overrides, points: 100, ..Needs::default() }).await;
    let names = site.smartserver().point_names();
    // Outputs: their values change, so that each is told.
    let outputs = names.iter().map(String::as_str).filter(|name| name.contains("/nvo") && *name != FLOAT);
    let names: Vec<_> = outputs.take(60).collect();
    let mut good = Events::open(&site.api, "/events").await;
    let deaf = deaf(&site.api).await;
    let full = site.api.get("/events").await;
    assert_eq!(full.problem(), (503, "too_many_listeners".to_owned()));
    assert!(full.header("retry-after").is_some());

    let mut pushed = 0;
    let mut heard = 0;
    let third = eventually("the deaf listener's place is free", async || {
        site.smartserver().advance();
        site.smartserver().push(&names, &site.field.noc()).await.unwrap();
        pushed += names.len();
        while heard < pushed {
            let (name, _) =
                timeout(PATIENCE, good.next()).await.expect("it is told all").expect("and not cut off");
            heard += usize::from(name == "reading");
        }
        let response = site.api.request(Method::GET, "/events").send().await.unwrap();
        (response.status() == 200).then_some(response)
    })
    .await;
    drop((third, deaf));
}
