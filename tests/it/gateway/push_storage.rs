//! What a push was answered is in the database: at volume, after a kill, and not while the database is away.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use nocgate::simulator::Handle;
use nocgate::xmpp::{ErrorType, IqError};
use tokio::time::timeout;

use super::on_both_servers;
use super::pushes::{Device, SOAP_11, value};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::{Gateway, GatewayProcess, Overrides};
use crate::harness::site::{FLOAT, Field, Needs, Site, key_of};
use crate::harness::xmpp_server::{ServerKind, XmppServer};
use crate::harness::{PATIENCE, eventually};

on_both_servers![many_smartservers_push_at_once];

/// What is saved is saved since somebody waits for it.
const SELDOM: &Overrides = &[("READING__SAVE_INTERVAL_MS", "60000")];
const SMARTSERVERS: usize = 20;
const POINTS: usize = 40;
const PUSHES: usize = 15;

/// Values by the names of points.
type Values = BTreeMap<String, String>;

/// Twenty outputs of a SmartServer.
fn outputs(smartserver: &Handle) -> Vec<String> {
    let names = smartserver.point_names().into_iter().filter(|name| name.contains("/nvo"));
    names.take(20).collect()
}

fn values(smartserver: &Handle, names: &[String]) -> Values {
    names.iter().map(|name| (name.clone(), smartserver.value(name).unwrap())).collect()
}

/// What the database holds, by the keys of SmartServers.
async fn stored(database: &TestDatabase) -> HashMap<String, Values> {
    let store = database.open().await;
    let readings = store.readings().load_latest().await.unwrap();
    let raw: HashMap<_, _> =
        readings.into_iter().map(|reading| (reading.data_point_id, reading.raw)).collect();
    let mut all = HashMap::new();
    for smartserver in store.smartservers().all().await.unwrap() {
        let points = store.data_points().of_smartserver(smartserver.id).await.unwrap();
        let values =
            points.iter().filter_map(|point| Some((point.name.to_string(), raw.get(&point.id)?.clone())));
        all.insert(smartserver.key, values.collect());
    }
    store.close().await;
    all
}

async fn many_smartservers_push_at_once(kind: ServerKind) {
    let needs = Needs { smartservers: SMARTSERVERS, points: POINTS, overrides: SELDOM, ..Needs::default() };
    let site = Site::with(kind, needs).await;
    let push_all = async |smartserver: &Handle| {
        let names = outputs(smartserver);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for _ in 0..PUSHES {
            smartserver.advance();
            let pushed = smartserver.push(&names, &site.field.noc()).await.unwrap();
            assert_eq!((pushed.fault_count, pushed.names.len()), (0, names.len()));
        }
    };
    join_all(site.field.fleet.smartservers().iter().map(push_all)).await;
    let stored = stored(&site.database).await;
    for smartserver in site.field.fleet.smartservers() {
        let (key, names) = (key_of(smartserver), outputs(smartserver));
        assert_eq!(names.len(), 20);
        let of_database = &stored[&key];
        for (name, value) in values(smartserver, &names) {
            assert_eq!(of_database.get(&name), Some(&value), "{key} {name}");
        }
        let page = site.api.get(&format!("/data-points?smartserver={key}&limit=1000")).await.ok();
        for point in page["items"].as_array().unwrap() {
            let name = point["name"].as_str().unwrap();
            if names.iter().any(|pushed| pushed == name) {
                assert_eq!(point["reading"]["raw"], of_database[name], "{key} {name}");
            }
        }
    }
}

/// What a SmartServer sent, and was told.
#[derive(Debug, Default, Clone)]
struct Told {
    sent: Values,
    answered: Values,
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    for (engine, kind) in [(Engine::Sqlite, ServerKind::Ejabberd), (Engine::Postgres, ServerKind::Prosody)] {
        let database = TestDatabase::start(engine).await;
        let mut gateway = GatewayProcess::start(&database, SELDOM).await;
        let field = Field::start(XmppServer::shared(kind).await, SMARTSERVERS, POINTS).await;
        field.register(&gateway.api).await;
        let told: Arc<Mutex<HashMap<String, Told>>> = Arc::default();
        let pushing: Vec<_> = field
            .fleet
            .smartservers()
            .iter()
            .map(|smartserver| {
                let (smartserver, noc, told) = (smartserver.clone(), field.noc(), Arc::clone(&told));
                tokio::spawn(async move {
                    let (key, names) = (key_of(&smartserver), outputs(&smartserver));
                    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
                    loop {
                        smartserver.advance();
                        let values = values(&smartserver, &names);
                        told.lock().unwrap().entry(key.clone()).or_default().sent.clone_from(&values);
                        if smartserver.push(&borrowed, &noc).await.is_err() {
                            return;
                        }
                        told.lock().unwrap().entry(key.clone()).or_default().answered = values;
                    }
                })
            })
            .collect();
        let enough = || field.fleet.smartservers().iter().map(|s| s.counts().pushes).min() >= Some(10);
        eventually("each has pushed often", async || enough().then_some(())).await;
        gateway.kill();
        pushing.iter().for_each(tokio::task::JoinHandle::abort);
        let told = told.lock().unwrap().clone();
        let stored = stored(&database).await;
        assert_eq!(told.len(), SMARTSERVERS);
        for (key, Told { sent, answered }) in told {
            for (name, value) in answered {
                let kept = stored[&key].get(&name);
                assert!(
                    kept == Some(&value) || kept == sent.get(&name),
                    "{key} {name}: {kept:?}, not {value}"
                );
            }
        }
    }
}

/// Told to wait, and whether there was no place for it.
fn waits(answer: Result<Option<nocgate::xml::Element>, IqError>) -> bool {
    let Err(IqError::Stanza(error)) = answer else { panic!("{answer:?}") };
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Wait, "resource-constraint"));
    error.text.unwrap_or_default().contains("too many")
}

#[tokio::test]
async fn without_the_database_a_push_is_to_be_sent_again() {
    for (engine, kind) in [(Engine::Sqlite, ServerKind::Ejabberd), (Engine::Postgres, ServerKind::Prosody)] {
        let database = TestDatabase::start(engine).await;
        let gateway = Gateway::start(&database, SELDOM).await;
        let field = Field::start(XmppServer::shared(kind).await, 1, POINTS).await;
        let identity = field.register(&gateway.api).await;
        let api = gateway.api.clone();
        let site = Site { kind, field, gateway, api, identity, database };
        let device = Device::log_in_as(&site).await;

        let outage = site.database.take_away().await;
        let items: Vec<_> = (0..40).map(|n| value(FLOAT, &format!("1.{n:02}"))).collect();
        let answers = join_all(items.iter().map(|item| device.push(&site, SOAP_11, item))).await;
        let no_place = answers.into_iter().map(waits).filter(|no_place| *no_place).count();
        // A server that refuses connections fails at once, which makes place.
        let expected = if engine == Engine::Sqlite { 8..=8 } else { 0..=8 };
        assert!(expected.contains(&no_place), "one SmartServer has 32 under way: {no_place}");
        outage.end().await;

        let again = value(FLOAT, "2.50");
        let taken = async || device.push(&site, SOAP_11, &again).await.ok();
        timeout(PATIENCE, eventually("it is taken", taken)).await.unwrap();
        let key = site.key();
        assert_eq!(stored(&site.database).await[&key].get(FLOAT).map(String::as_str), Some("2.50"));
        site.gateway.stop(Duration::from_secs(30)).await;
    }
}
