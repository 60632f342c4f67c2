//! What is remembered, through the API: on SQLite and on PostgreSQL, recorded from simulated SmartServers and
//! put there by the store.

use std::time::Duration;

use jiff::Timestamp;
use nocgate::domain::{GapReason, HistoryRow, HistorySource, Quality, Series, SmartServerId, Value as Typed};
use nocgate::simulator::Profile;
use nocgate::store::{NewGap, NewSeries, Store};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::harness::api::{Answer, Api, query, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::eventually;
use crate::harness::gateway::{Gateway, Overrides};
use crate::harness::site::{Field, MODE, Needs, SWITCH, TEMP, point_of, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            use crate::harness::database::Engine;
            $(#[tokio::test] async fn $test() { super::$test(Engine::Sqlite).await; })+
        }

        mod postgres {
            use crate::harness::database::Engine;
            $(#[tokio::test] async fn $test() { super::$test(Engine::Postgres).await; })+
        }
    };
}

on_both_engines![
    changes_are_remembered_and_found_again,
    a_history_comes_in_pages_buckets_and_csv,
    many_points_come_in_one_stream,
    a_query_that_cannot_be_met_is_told_why,
    a_point_that_is_gone_keeps_its_history_and_a_removed_smartserver_none,
    nothing_is_lost_while_the_database_is_away_and_what_is_lost_later_is_told,
];

struct Scene {
    database: TestDatabase,
    gateway: Gateway,
    field: Field,
    api: Api,
    key: String,
}

async fn scene(engine: Engine, overrides: &'static Overrides) -> Scene {
    let database = TestDatabase::start(engine).await;
    let gateway = Gateway::start(&database, overrides).await;
    let server = XmppServer::shared(ServerKind::Ejabberd).await;
    let needs = Needs { overrides, ..Needs::default() };
    let field = Field::with(server, Profile::Deterministic, &needs).await;
    field.register(&gateway.api).await;
    let (api, key) = (gateway.api.clone(), field.key());
    Scene { database, gateway, field, api, key }
}

impl Scene {
    /// Makes a group that remembers all points of the SmartServer.
    async fn remember(&self, history: Value) {
        let group = json!({"name": "all", "selection": {"smartserver": self.key}, "history": history});
        self.api.post("/poll-groups", group).await.ok();
    }

    async fn point(&self, name: &str) -> String {
        point_of(&self.api, &self.key, name).await
    }

    /// Lets the point have this value, and reads it.
    async fn read(&self, name: &str, raw: &str) -> Value {
        self.field.smartserver().set_value(name, raw).unwrap();
        let id = self.point(name).await;
        self.api.get(&format!("/data-points/{id}?max_age_ms=0")).await.ok()["reading"].take()
    }

    async fn history(&self, name: &str, parameters: &[(&str, &str)]) -> Answer {
        let id = self.point(name).await;
        self.api.get(&query(&format!("/data-points/{id}/history"), parameters)).await
    }

    /// Waits until so many readings are remembered.
    async fn values(&self, name: &str, count: usize) -> Vec<Value> {
        eventually("it is remembered", async || {
            let readings = self.history(name, &[]).await.ok()["readings"].take();
            let values: Vec<_> = readings.as_array().unwrap().iter().map(|r| r["value"].clone()).collect();
            (values.len() >= count).then_some(values)
        })
        .await
    }

    async fn smartserver_id(&self) -> SmartServerId {
        text(&self.api.get(&format!("/smartservers/{}", self.key)).await.ok()["id"]).parse().unwrap()
    }

    /// Puts a history of a point into the database: a number each minute from the beginning of May 2026 on.
    async fn put(&self, store: &Store, name: &str, count: i64) -> Series {
        let new = NewSeries {
            smartserver_id: self.smartserver_id().await,
            name: name.parse().unwrap(),
            data_point_id: self.point(name).await.parse().unwrap(),
        };
        let series = store.series().make(&[new]).await.unwrap().remove(0);
        let rows: Vec<_> = (0..count).map(|n| row(&series, n, Typed::Number(n as f64))).collect();
        store.history().insert(&rows).await.unwrap();
        series
    }
}

/// Beginning of May 2026 and so many minutes.
fn minute(minutes: i64) -> Timestamp {
    let may: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    Timestamp::from_second(may.as_second() + minutes * 60).unwrap()
}

fn row(series: &Series, minutes: i64, value: Typed) -> HistoryRow {
    let (quality, source) = (Quality::Good, HistorySource::Poll);
    HistoryRow { series: series.id, at: minute(minutes), value, quality, source }
}

fn time(minutes: i64) -> String {
    format!("{:.3}", minute(minutes))
}

async fn changes_are_remembered_and_found_again(engine: Engine) {
    let scene = scene(engine, &[]).await;
    scene.remember(json!({"record": "change", "deadband": 0.5})).await;
    for raw in ["20.0", "20.1", "20.4", "20.5", "20.5", "19.0"] {
        scene.read(TEMP, raw).await;
    }
    assert_eq!(scene.values(TEMP, 3).await, [20.0, 20.5, 19.0].map(|n| json!(n)));
    scene.read(MODE, "HVAC_HEAT").await;
    scene.read(MODE, "HVAC_HEAT").await;
    scene.read(MODE, "HVAC_OFF").await;
    assert_eq!(scene.values(MODE, 2).await, ["HVAC_HEAT", "HVAC_OFF"].map(|word| json!(word)));
    let structure = scene.read(SWITCH, "50.0 1").await["value"].take();
    assert!(structure.is_object());
    assert_eq!(scene.values(SWITCH, 1).await, [structure]);

    let page = scene.history(TEMP, &[]).await.ok();
    let first = &page["readings"][0];
    assert_eq!((&first["quality"], &first["source"]), (&json!("good"), &json!("read")));
    assert_eq!(
        (&page["resolution_ms"], &page["next_cursor"], &page["gaps"]),
        (&json!(null), &json!(null), &json!([]))
    );
    assert_eq!((&page["unit"], &page["before"]), (&json!("°C"), &json!(null)));
    let later = page["readings"][2]["at"].as_str().unwrap();
    let later = scene.history(TEMP, &[("from", later)]).await.ok();
    assert_eq!((&later["before"], &later["readings"][0]), (&page["readings"][1], &page["readings"][2]));
    let hour = scene.history(TEMP, &[("resolution_ms", "86400000")]).await.ok();
    let counts: Vec<_> =
        hour["buckets"].as_array().unwrap().iter().map(|b| b["count"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 3);

    // Another run compares with what this one wrote.
    let Scene { database, gateway, field, key, .. } = scene;
    gateway.stop(Duration::from_secs(60)).await;
    let gateway = Gateway::start(&database, &[]).await;
    let api = gateway.api.clone();
    let scene = Scene { database, gateway, field, api, key };
    eventually("the identity is online", async || {
        let id = scene.point(TEMP).await;
        let answer = scene.api.get(&format!("/data-points/{id}?max_age_ms=0")).await;
        (answer.status == 200).then_some(())
    })
    .await;
    scene.read(TEMP, "19.1").await;
    scene.read(TEMP, "25.0").await;
    assert_eq!(scene.values(TEMP, 4).await, [20.0, 20.5, 19.0, 25.0].map(|n| json!(n)));
}

async fn a_history_comes_in_pages_buckets_and_csv(engine: Engine) {
    let scene = scene(engine, &[]).await;
    let store = scene.database.open().await;
    let series = scene.put(&store, TEMP, 250).await;
    store.history().insert(&[row(&series, 250, Typed::Text("=1+1".to_owned()))]).await.unwrap();
    let gap = NewGap {
        smartserver_id: series.smartserver_id,
        from: minute(10),
        to: Some(minute(20)),
        reason: GapReason::Offline,
        detail: None,
    };
    store.gaps().open(gap).await.unwrap();
    let (from, to) = (time(0), time(251));
    let span = [("from", from.as_str()), ("to", to.as_str())];

    let (mut values, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![span[0], span[1], ("limit", "100")];
        if !cursor.is_empty() {
            parameters.push(("cursor", cursor.as_str()));
        }
        let page = scene.history(TEMP, &parameters).await.ok();
        let readings = page["readings"].as_array().unwrap();
        assert!(readings.len() <= 100);
        values.extend(readings.iter().map(|reading| reading["value"].clone()));
        let gap =
            json!({"from": time(10), "to": time(20), "reason": "offline", "state": "open", "detail": null});
        assert_eq!(page["gaps"], json!([gap]));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(values.len(), 251);
    assert!(values[..250].iter().zip(0..).all(|(value, n)| value.as_f64() == Some(f64::from(n))));

    let page = scene.history(TEMP, &[span[0], span[1], ("resolution_ms", "3600000")]).await.ok();
    let buckets = page["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 5);
    assert_eq!(
        buckets[1],
        json!({"from": time(60), "min": 60.0, "max": 119.0, "mean": 89.5, "last": 119.0, "count": 60})
    );
    assert_eq!((&buckets[4]["last"], &buckets[4]["max"]), (&json!("=1+1"), &json!(249.0)));
    assert!(page["readings"].is_null());
    let beyond =
        scene.history(TEMP, &[("from", &time(1_000)), ("to", &time(2_000)), ("buckets", "5")]).await.ok();
    assert_eq!(beyond["buckets"], json!([]), "empty ones are left out");

    let csv = scene.history(TEMP, &[span[0], span[1], ("format", "csv")]).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<_> = csv.text.lines().collect();
    assert_eq!(lines[0], "smartserver,name,at,value,quality,source,gap_until,gap_reason,gap_state");
    let start = format!("{},{TEMP}", scene.key);
    assert_eq!(lines[1], format!("{start},{},,,,{},offline,open", time(10), time(20)));
    assert_eq!(lines[2], format!("{start},{},0,good,poll,,,", time(0)));
    assert_eq!(lines[252], format!("{start},{},'=1+1,good,poll,,,", time(250)));
    assert_eq!(lines.len(), 253);
    let csv = scene.history(TEMP, &[span[0], span[1], ("format", "csv"), ("resolution_ms", "3600000")]).await;
    let lines: Vec<_> = csv.text.lines().collect();
    assert_eq!(lines[0], "smartserver,name,from,min,max,mean,last,count,gap_until,gap_reason,gap_state");
    assert_eq!(lines[3], format!("{start},{},60,119,89.5,119,60,,,", time(60)));
    store.close().await;
}

async fn many_points_come_in_one_stream(engine: Engine) {
    let scene = scene(engine, &[]).await;
    let store = scene.database.open().await;
    scene.put(&store, TEMP, 12_000).await;
    scene.put(&store, SWITCH, 3).await;
    let id = scene.point(TEMP).await;
    let targets = json!([{"id": id}, {"smartserver": scene.key, "name": SWITCH}, {"smartserver": scene.key, "name": MODE}]);
    let ask = |more: Value| {
        let mut query = json!({"data_points": targets, "from": time(0), "to": time(12_000)});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };
    let raw = scene.api.post("/history/query", ask(json!({"raw": true}))).await.ok();
    let items = raw["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, [TEMP, SWITCH, MODE]);
    let counts: Vec<_> = items.iter().map(|item| item["readings"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [12_000, 3, 0]);
    let readings = items[0]["readings"].as_array().unwrap();
    assert!(readings.iter().zip(0..).all(|(r, n)| r["value"].as_f64() == Some(f64::from(n))));

    let buckets = scene.api.post("/history/query", ask(json!({"buckets": 100}))).await.ok();
    assert_eq!(buckets["resolution_ms"], 7_200_000);
    assert_eq!(buckets["items"][0]["buckets"].as_array().unwrap().len(), 100);
    assert_eq!(buckets["items"][1]["buckets"][0]["count"], 3);
    let usual = scene.api.post("/history/query", ask(json!({}))).await.ok();
    assert_eq!(usual["resolution_ms"], 1_440_000);

    let request = scene.api.request(Method::POST, "/history/query").header("accept", "text/csv");
    let csv = send(request.json(&ask(json!({"raw": true})))).await;
    assert_eq!(csv.text.lines().count(), 12_004);
    store.close().await;
}

async fn a_query_that_cannot_be_met_is_told_why(engine: Engine) {
    let scene = scene(engine, &[]).await;
    let id = scene.point(TEMP).await;
    let (from, to) = (time(0), time(60));
    let both = [("from", from.as_str()), ("to", to.as_str())];
    for (parameters, status, word) in [
        (vec![("from", to.as_str()), ("to", from.as_str())], 422, "before"),
        (vec![("from", "1990-01-01T00:00:00Z"), ("to", to.as_str())], 422, "days apart"),
        (vec![("from", "yesterday")], 422, "from"),
        (vec![both[0], both[1], ("resolution_ms", "1799")], 422, "at least 1800"),
        (vec![both[0], both[1], ("buckets", "2001")], 422, "1 to 2000"),
        (vec![both[0], both[1], ("buckets", "5"), ("resolution_ms", "60000")], 422, "not together"),
        (vec![both[0], both[1], ("limit", "10001")], 400, "limit"),
        (vec![both[0], both[1], ("cursor", "x")], 400, "cursor"),
        (vec![both[0], both[1], ("cursor", "LTE")], 400, "cursor"),
        (vec![both[0], both[1], ("format", "csv"), ("limit", "5")], 400, "limit"),
        (vec![("form", "csv")], 400, "form"),
    ] {
        let answer = scene.api.get(&query(&format!("/data-points/{id}/history"), &parameters)).await;
        assert_eq!(answer.status, status, "{parameters:?} {}", answer.text);
        assert!(answer.body["detail"].as_str().unwrap().contains(word), "{}", answer.text);
    }
    let one = json!([{"id": id}]);
    for (body, status, code) in [
        (json!({"data_points": []}), 422, "request_invalid"),
        (json!({"data_points": vec![json!({"id": id}); 1_001]}), 422, "request_invalid"),
        (json!({"data_points": one, "raw": true, "buckets": 5}), 422, "request_invalid"),
        (json!({"data_points": [{"id": id, "name": TEMP}]}), 422, "request_invalid"),
        (json!({"data_points": [{"smartserver": scene.key, "name": "a\u{0}b"}]}), 422, "request_invalid"),
        (json!({"data_points": one, "form": "csv"}), 422, "request_invalid"),
        (json!({"data_points": [{"smartserver": "nobody", "name": TEMP}]}), 422, "request_invalid"),
        (json!({"data_points": [{"smartserver": scene.key, "name": "Net/no"}]}), 422, "request_invalid"),
    ] {
        let answer = scene.api.post("/history/query", body.clone()).await;
        assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{body}");
    }
    let unknown = format!("/data-points/{}/history", uuid::Uuid::new_v4());
    assert_eq!(scene.api.get(&unknown).await.status, 404);
    assert_eq!(scene.api.anonymous().get(&unknown).await.status, 401);
}

async fn a_point_that_is_gone_keeps_its_history_and_a_removed_smartserver_none(engine: Engine) {
    let scene = scene(engine, &[]).await;
    let store = scene.database.open().await;
    let series = scene.put(&store, TEMP, 3).await;
    let gone = NewSeries {
        name: "Net/gone".parse().unwrap(),
        data_point_id: nocgate::domain::DataPointId::new(),
        smartserver_id: series.smartserver_id,
    };
    let made = store.series().make(std::slice::from_ref(&gone)).await.unwrap().remove(0);
    store.history().insert(&[row(&made, 1, Typed::Number(7.0))]).await.unwrap();
    let span = query("", &[("from", &time(0)), ("to", &time(60))]);
    let by_id = format!("/data-points/{}/history{span}", gone.data_point_id);
    let page = scene.api.get(&by_id).await.ok();
    assert_eq!((&page["name"], &page["readings"][0]["value"]), (&json!("Net/gone"), &json!(7.0)));
    let by_name = json!({"data_points": [{"smartserver": scene.key, "name": "Net/gone"}], "from": time(0), "to": time(60)});
    assert_eq!(scene.api.post("/history/query", by_name).await.ok()["items"][0]["buckets"][0]["last"], 7.0);

    scene.api.delete(&format!("/smartservers/{}", scene.key)).await.ok();
    assert_eq!(scene.api.get(&by_id).await.status, 404);
    store.close().await;
}

/// Keeps everybody from writing to the history.
enum Blockade {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Blockade {
    async fn begin(database: &TestDatabase) -> Blockade {
        match database.engine() {
            Engine::Sqlite => {
                let mut db = SqliteConnection::connect(database.url()).await.unwrap();
                // The gateway may be writing just now.
                sqlx::query("PRAGMA busy_timeout = 30000").execute(&mut db).await.unwrap();
                sqlx::query("BEGIN IMMEDIATE").execute(&mut db).await.unwrap();
                Blockade::Sqlite(db)
            }
            Engine::Postgres => {
                let mut db = PgConnection::connect(database.url()).await.unwrap();
                sqlx::query("BEGIN").execute(&mut db).await.unwrap();
                sqlx::query("LOCK TABLE history IN EXCLUSIVE MODE").execute(&mut db).await.unwrap();
                Blockade::Postgres(db)
            }
        }
    }

    async fn end(self) {
        match self {
            Blockade::Sqlite(mut db) => drop(sqlx::query("ROLLBACK").execute(&mut db).await.unwrap()),
            Blockade::Postgres(mut db) => drop(sqlx::query("ROLLBACK").execute(&mut db).await.unwrap()),
        }
    }
}

async fn gauge(api: &Api, name: &str) -> f64 {
    let metrics = api.get("//metrics").await.text;
    let line = metrics.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

async fn nothing_is_lost_while_the_database_is_away_and_what_is_lost_later_is_told(engine: Engine) {
    let scene = scene(engine, &[("HISTORY__BUFFER_S", "600")]).await;
    scene.remember(json!({"record": "change"})).await;
    scene.read(TEMP, "1.0").await;
    scene.values(TEMP, 1).await;
    let blockade = Blockade::begin(&scene.database).await;
    for n in 2..=20 {
        scene.read(TEMP, &format!("{n}.0")).await;
    }
    eventually("they wait", async || {
        (gauge(&scene.api, "nocgate_history_buffer_seconds").await > 1.0).then_some(())
    })
    .await;
    assert_eq!(scene.values(TEMP, 1).await.len(), 1);
    blockade.end().await;
    let expected: Vec<_> = (1..=20).map(|n| json!(f64::from(n))).collect();
    assert_eq!(scene.values(TEMP, 20).await, expected);
    scene.gateway.stop(Duration::from_secs(60)).await;

    // The same with a buffer that lasts for a second.
    let gateway = Gateway::start(&scene.database, &[("HISTORY__BUFFER_S", "1")]).await;
    let scene = Scene { api: gateway.api.clone(), gateway, ..scene };
    eventually("the identity is online", async || {
        let id = scene.point(TEMP).await;
        (scene.api.get(&format!("/data-points/{id}?max_age_ms=0")).await.status == 200).then_some(())
    })
    .await;
    let before = gauge(&scene.api, "nocgate_history_lost_total").await;
    let blockade = Blockade::begin(&scene.database).await;
    for n in 21..=25 {
        scene.read(TEMP, &format!("{n}.0")).await;
    }
    eventually("they are lost", async || {
        (gauge(&scene.api, "nocgate_history_lost_total").await >= before + 4.0).then_some(())
    })
    .await;
    blockade.end().await;
    let gap = eventually("the gap is told", async || {
        let gaps = scene.history(TEMP, &[]).await.ok()["gaps"].take();
        gaps.as_array().unwrap().iter().find(|gap| gap["reason"] == "database").cloned()
    })
    .await;
    // Whoever fills gaps may have looked at it.
    let detail = text(&gap["detail"]);
    assert!(detail.contains("readings lost") || gap["state"] == "unfillable", "{gap}");
    // What was lost does not stand for what is known: the same value is remembered when it is seen again.
    scene.read(TEMP, "25.0").await;
    assert_eq!(scene.values(TEMP, 21).await.last(), Some(&json!(25.0)));
}
