use std::collections::BTreeMap;

use nocgate::simulator::Behaviour;
use serde_json::{Value, json};

use crate::harness::api::{Api, query, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::{GatewayProcess, Overrides};
use crate::harness::site::{Field, SETPOINT, TEMP, online, only_item, outcome, point_of, text, writing};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            use crate::harness::{database::Engine, xmpp_server::ServerKind};
            $(#[tokio::test] async fn $test() {
                super::$test(Engine::Sqlite, ServerKind::Ejabberd).await;
            })+
        }

        mod postgres {
            use crate::harness::{database::Engine, xmpp_server::ServerKind};
            $(#[tokio::test] async fn $test() {
                super::$test(Engine::Postgres, ServerKind::Prosody).await;
            })+
        }
    };
}

on_both_engines![
    what_was_known_survives_a_kill,
    a_kill_leaves_the_truth_about_commands,
    a_command_asked_for_again_after_a_kill_is_not_sent_again,
];

const SAVE_INTERVAL: &Overrides = &[("READING__SAVE_INTERVAL_MS", "200")];

pub(super) struct Crash {
    pub(super) field: Field,
    pub(super) gateway: GatewayProcess,
    pub(super) identity: String,
    pub(super) database: TestDatabase,
}

impl Crash {
    pub(super) async fn start(engine: Engine, kind: ServerKind) -> Crash {
        Crash::on(XmppServer::shared(kind).await, engine).await
    }

    pub(super) async fn on(server: &XmppServer, engine: Engine) -> Crash {
        Crash::with(server, engine, SAVE_INTERVAL).await
    }

    pub(super) async fn with(server: &XmppServer, engine: Engine, overrides: &Overrides) -> Crash {
        let database = TestDatabase::start(engine).await;
        let gateway = GatewayProcess::start(&database, overrides).await;
        let field = Field::start(server, 1, 100).await;
        let identity = field.register(&gateway.api).await;
        Crash { field, gateway, identity, database }
    }

    pub(super) fn api(&self) -> Api {
        self.gateway.api.clone()
    }

    pub(super) async fn restart(&mut self) {
        self.gateway.restart().await;
    }

    pub(super) async fn point(&self, name: &str) -> String {
        point_of(&self.gateway.api, &self.field.key(), name).await
    }

    /// All points by their names.
    async fn points(&self) -> BTreeMap<String, Value> {
        let path = query("/data-points", &[("smartserver", &self.field.key()), ("limit", "1000")]);
        let mut page = self.gateway.api.get(&path).await.ok();
        let points = page["items"].as_array_mut().unwrap().drain(..);
        points.map(|point| (text(&point["name"]), point)).collect()
    }

    pub(super) fn writes(&self) -> u64 {
        self.field.smartserver().counts().of("Write")
    }
}

async fn read_all(api: &Api, key: &str) {
    let all = json!({"reads": [{"smartserver": key, "all": true}], "max_age_ms": 0});
    // The gateway may be killed in the middle of it.
    let _ = api.request(reqwest::Method::POST, "/reads").json(&all).send().await;
}

/// Waits until the readings that the API shows now are in the database: a later one of another point
/// is only saved with or after them, and that is seen in the metrics.
async fn saved(api: &Api) {
    let count = async || {
        let metrics = api.get("//metrics").await.text;
        let batches = metrics.lines().find_map(|line| line.strip_prefix("nocgate_readings_batch_count "));
        batches.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    let before = count().await;
    eventually("another batch is saved", async || (count().await > before + 1).then_some(())).await;
}

async fn what_was_known_survives_a_kill(engine: Engine, kind: ServerKind) {
    let mut crash = Crash::start(engine, kind).await;
    let (api, key) = (crash.api(), crash.field.key());
    read_all(&api, &key).await;
    let before = crash.points().await;
    let reads = tokio::spawn({
        let (api, key) = (api.clone(), key.clone());
        async move {
            loop {
                read_all(&api, &key).await;
            }
        }
    });
    saved(&api).await;
    crash.gateway.kill();
    reads.abort();

    // What is shown now comes from the database alone.
    crash.field.smartserver().go_offline().await;
    crash.restart().await;
    let after = crash.points().await;
    assert_eq!(after.len(), 100);
    for (name, point) in &after {
        assert_eq!(point["id"], before[name]["id"], "{name}");
        assert_eq!(point["presets"], before[name]["presets"], "{name}");
        let (old, new) = (&before[name]["reading"], &point["reading"]);
        assert!(text(&new["received_at"]) >= text(&old["received_at"]), "{name} is lost: {old} {new}");
        assert!(new["value"] != Value::Null && new["priority"] == 255, "{name} {new}");
        let received: jiff::Timestamp = text(&new["received_at"]).parse().unwrap();
        let since = jiff::Timestamp::now().duration_since(received).as_millis() as u64;
        let age = new["age_ms"].as_u64().unwrap();
        assert!(age <= since && age + 5_000 > since, "{name}: {age} {since}");
    }
    let again = crash.points().await;
    assert!(again[TEMP]["reading"]["age_ms"].as_u64() > after[TEMP]["reading"]["age_ms"].as_u64());
    assert_eq!(again[TEMP]["reading"]["received_at"], after[TEMP]["reading"]["received_at"]);

    crash.field.smartserver().come_back().await;
    online(&crash.api(), &crash.identity).await;
    let id = crash.point(TEMP).await;
    crash.api().get(&format!("/data-points/{id}?max_age_ms=0")).await.ok();
}

async fn a_kill_leaves_the_truth_about_commands(engine: Engine, kind: ServerKind) {
    let mut crash = Crash::start(engine, kind).await;
    let id = crash.point(SETPOINT).await;
    crash.field.smartserver().set_behaviour(Behaviour::silent());
    let order = async |value: f64| {
        let command =
            json!({"action": {"type": "write", "value": value}, "verify": false, "deadline_ms": 30_000});
        text(&send(writing(&crash.gateway.api, &id, command)).await.ok()["id"])
    };
    let sent = order(20.0).await;
    eventually("the first is sent", async || (crash.writes() == 1).then_some(())).await;
    let queued = order(21.0).await;
    let phase = async |command: &str| {
        let command = crash.gateway.api.get(&format!("/commands/{command}")).await.ok();
        text(&only_item(&command)["phase"])
    };
    assert_eq!((phase(&sent).await, phase(&queued).await), ("sent".to_owned(), "queued".to_owned()));

    crash.gateway.kill();
    crash.field.smartserver().set_behaviour(Behaviour::default());
    crash.restart().await;
    let api = crash.api();
    assert_eq!(outcome(&api, &sent).await["outcome"], "unknown");
    assert_eq!(outcome(&api, &queued).await["outcome"], "not_sent");
    online(&api, &crash.identity).await;
    api.get(&format!("/data-points/{id}?max_age_ms=0")).await.ok();
    assert_eq!(crash.writes(), 1, "nothing is sent again");
}

async fn a_command_asked_for_again_after_a_kill_is_not_sent_again(engine: Engine, kind: ServerKind) {
    let mut crash = Crash::start(engine, kind).await;
    let id = crash.point(SETPOINT).await;
    crash.field.smartserver().set_behaviour(Behaviour::silent());
    let command = json!({"action": {"type": "write", "value": 20}, "verify": false, "deadline_ms": 30_000});
    let keyed = |api: &Api, wait: &str| {
        writing(api, &id, command.clone()).header("idempotency-key", "k").header("prefer", wait.to_owned())
    };
    let caller = tokio::spawn(keyed(&crash.api(), "wait=60").send());
    eventually("it is sent", async || (crash.writes() == 1).then_some(())).await;
    crash.gateway.kill();
    assert!(caller.await.unwrap().is_err(), "the caller never got an answer");

    crash.field.smartserver().set_behaviour(Behaviour::default());
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    let again = send(keyed(&crash.api(), "wait=0")).await;
    let command = text(&again.ok()["id"]);
    assert_eq!(outcome(&crash.api(), &command).await["outcome"], "unknown");
    assert_eq!(crash.writes(), 1);
}
