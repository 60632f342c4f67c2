//! Outages with compressed time: the XMPP server or the gateway is away while the data loggers of a simulated
//! SmartServer go on. Values are functions of point and sequence, so that a hole, a double and a swap show.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nocgate::simulator::{Behaviour, Handle, Logging};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use super::restart::Crash;
use crate::harness::api::{Api, query};
use crate::harness::database::Engine;
use crate::harness::eventually;
use crate::harness::site::{online, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

const LOGGER: &str = "Net/LON/iLON App/Data Logger[0]";
const TEMP: &str = "Net/LON/Device 1/Block[0]/nvoTemp_2";
const COUNT: &str = "Net/LON/Device 1/Block[1]/nvoCount_3";
const POWER: &str = "Net/LON/Device 1/Block[0]/nvoPower_8";
const ENERGY: &str = "Net/LON/Device 1/Block[1]/nvoEnergy_9";
const UNLOGGED: &str = "Net/LON/Device 2/Block[1]/nvoVolt_13";

const PUSHED: [&str; 3] = [TEMP, COUNT, UNLOGGED];
const POLLED: [&str; 2] = [POWER, ENERGY];
const LOGGED: [&str; 4] = [TEMP, COUNT, POWER, ENERGY];

/// Changes of each logged point in an outage.
const CHANGES: i64 = 300;

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod ejabberd {
            use crate::harness::{database::Engine, xmpp_server::ServerKind};
            $(#[tokio::test] async fn $test() {
                super::$test(Engine::Sqlite, ServerKind::Ejabberd).await;
            })+
        }

        mod prosody {
            use crate::harness::{database::Engine, xmpp_server::ServerKind};
            $(#[tokio::test] async fn $test() {
                super::$test(Engine::Postgres, ServerKind::Prosody).await;
            })+
        }
    };
}

on_both![
    an_outage_of_the_xmpp_server_leaves_no_hole_and_no_double,
    an_outage_of_the_gateway_leaves_no_hole_and_no_double,
    a_kill_while_a_gap_is_filled_leaves_no_hole_and_no_double,
    a_time_that_was_not_recorded_is_filled_on_request,
];

/// A SmartServer whose points are recorded, pushed or polled, and all but one logged.
async fn start(server: &XmppServer, engine: Engine) -> Crash {
    let crash = Crash::on(server, engine).await;
    crash.field.smartserver().keep_log(LOGGER, Logging::Historical(50_000), &LOGGED).unwrap();
    crash
}

/// Begins to record; the data logger has what the points are then.
async fn begin(crash: &Crash) {
    crash.field.smartserver().advance_at(&LOGGED, Timestamp::now()).unwrap();
    record(crash).await;
    live(crash, 5).await;
}

async fn record(crash: &Crash) {
    for (name, points, interval) in
        [("pushed", PUSHED.as_slice(), Value::Null), ("polled", POLLED.as_slice(), json!(1_000))]
    {
        let items: Vec<Value> =
            points.iter().map(|point| json!({"smartserver": crash.field.key(), "name": point})).collect();
        let group = json!({"name": name, "items": items, "interval_ms": interval,
            "history": {"record": "change", "backfill": true}});
        crash.api().post("/poll-groups", group).await.ok();
    }
}

/// The pushed points change and are pushed, so often; and the polled ones are polled.
async fn live(crash: &Crash, times: usize) {
    let smartserver = crash.field.smartserver();
    for _ in 0..times {
        smartserver.advance_at(&PUSHED, Timestamp::now()).unwrap();
        smartserver.push(&PUSHED, &crash.field.noc()).await.unwrap();
    }
    let reads = smartserver.counts().of("Read");
    eventually("it is polled", async || (smartserver.counts().of("Read") > reads + 1).then_some(())).await;
}

/// All points change many times, and nobody sees it but the data logger.
async fn change_unseen(smartserver: &Handle) {
    let start = Timestamp::now();
    for n in 0..CHANGES {
        let at = start + SignedDuration::from_millis(n);
        smartserver.advance_at(&LOGGED, at).unwrap();
        smartserver.advance_at(&[UNLOGGED], at).unwrap();
    }
    // Nobody sees a value before the time at which it is logged.
    let end = start + SignedDuration::from_millis(CHANGES);
    eventually("its time has come", async || (Timestamp::now() > end).then_some(())).await;
}

async fn gaps(crash: &Crash) -> Vec<Value> {
    let path = format!("/smartservers/{}/history-gaps", crash.field.key());
    crash.api().get(&path).await.ok()["items"].as_array().unwrap().clone()
}

/// Waits until no gap is left to be filled; gives all of them.
async fn filled(crash: &Crash) -> Vec<Value> {
    eventually("the gaps are filled", async || {
        let gaps = gaps(crash).await;
        let is_done = |gap: &Value| gap["state"] == "filled" || gap["state"] == "unfillable";
        (gaps.iter().any(|gap| gap["state"] == "filled") && gaps.iter().all(is_done)).then_some(gaps)
    })
    .await
}

/// The history of a point over all time.
async fn history(api: &Api, id: &str) -> Value {
    let parameters = [("from", "2026-01-01T00:00:00Z"), ("limit", "10000")];
    let now = (Timestamp::now() + SignedDuration::from_mins(1)).to_string();
    let parameters = [parameters.as_slice(), &[("to", now.as_str())]].concat();
    api.get(&query(&format!("/data-points/{id}/history"), &parameters)).await.ok()
}

fn numbers(readings: &Value) -> Vec<f64> {
    readings.as_array().unwrap().iter().map(|reading| reading["value"].as_f64().unwrap()).collect()
}

/// What the data logger has of a point.
fn logged(smartserver: &Handle, point: &str) -> Vec<f64> {
    let entries = smartserver.log_entries(LOGGER).unwrap();
    let own = entries.iter().filter(|entry| entry.point == point);
    own.map(|entry| entry.value.parse().unwrap()).collect()
}

/// The history of each logged point holds each value from the first that was recorded on, exactly once and in
/// order, up to the last.
async fn assert_whole(crash: &Crash, unseen: i64) {
    for point in LOGGED {
        let id = crash.point(point).await;
        let all = logged(crash.field.smartserver(), point);
        let (recorded, values) = eventually("the last value is recorded", async || {
            let recorded = history(&crash.api(), &id).await;
            let mut values = numbers(&recorded["readings"]);
            let end = values.iter().rposition(|value| Some(value) == all.last())?;
            values.truncate(end + 1);
            Some((recorded, values))
        })
        .await;
        let readings = recorded["readings"].as_array().unwrap();
        let times: BTreeSet<String> = readings.iter().map(|reading| text(&reading["at"])).collect();
        assert_eq!(times.len(), readings.len(), "{point}: two readings at one time");
        let first = all.iter().position(|value| *value == values[0]).expect("it is logged");
        let expected = &all[first..];
        let differs = values.iter().zip(expected).position(|(a, b)| a != b);
        assert!(
            values == expected,
            "{point}: {} of {}, other from {differs:?} on: {:?}",
            values.len(),
            expected.len(),
            readings.iter().skip(differs.unwrap_or(0).saturating_sub(2)).take(8).collect::<Vec<_>>()
        );
        let from_log = readings.iter().filter(|reading| reading["source"] == "log").count();
        // The last change of each outage may be what the first look at the SmartServer shows.
        assert!(from_log as i64 >= unseen - unseen / CHANGES, "{point}: {from_log} from the log");
        let gaps = recorded["gaps"].as_array().unwrap();
        assert!(!gaps.is_empty() && gaps.iter().all(|gap| gap["state"] == "filled"), "{point}: {gaps:?}");
    }
    let id = crash.point(UNLOGGED).await;
    let recorded = history(&crash.api(), &id).await;
    let gaps = recorded["gaps"].as_array().unwrap();
    assert!(!gaps.is_empty() && gaps.iter().all(|gap| gap["state"] == "unfillable"), "{gaps:?}");
    assert!(text(&gaps[0]["detail"]).contains("No data logger"), "{gaps:?}");
}

async fn an_outage_of_the_xmpp_server_leaves_no_hole_and_no_double(engine: Engine, kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let crash = start(&server, engine).await;
    begin(&crash).await;
    for round in 1..=2 {
        let before = gaps(&crash).await.len();
        server.kill().await;
        let smartserver = crash.field.smartserver();
        eventually("it sees that", async || (!smartserver.is_online()).then_some(())).await;
        change_unseen(smartserver).await;
        eventually("a gap is open", async || {
            let gaps = gaps(&crash).await;
            (gaps.len() > before && gaps[0]["state"] == "open" && gaps[0]["to"].is_null()).then_some(())
        })
        .await;
        server.restart().await;
        smartserver.online().await;
        online(&crash.api(), &crash.identity).await;
        let gaps = filled(&crash).await;
        assert_eq!(gaps[0]["reason"], "offline", "{gaps:?}");
        live(&crash, 3).await;
        assert_whole(&crash, round * CHANGES).await;
    }
}

async fn an_outage_of_the_gateway_leaves_no_hole_and_no_double(engine: Engine, kind: ServerKind) {
    let mut crash = start(XmppServer::shared(kind).await, engine).await;
    begin(&crash).await;
    crash.gateway.kill();
    change_unseen(crash.field.smartserver()).await;
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    let gaps = filled(&crash).await;
    assert!(gaps.iter().all(|gap| gap["reason"] == "stopped"), "{gaps:?}");
    live(&crash, 3).await;
    assert_whole(&crash, CHANGES).await;
}

/// After a start the SmartServer is heard of before anybody comes to look for gaps: the database is slow.
#[tokio::test]
async fn what_is_heard_before_gaps_are_looked_for_hides_no_outage() {
    let mut crash = start(XmppServer::shared(ServerKind::Prosody).await, Engine::Postgres).await;
    begin(&crash).await;
    crash.gateway.kill();
    change_unseen(crash.field.smartserver()).await;
    let mut blockade = PgConnection::connect(crash.database.url()).await.unwrap();
    let lock = "BEGIN; LOCK TABLE history_gaps IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut blockade).await.unwrap();
    // What was last heard is a minute old: a gap begins some seconds before that, whatever it was.
    for age in [
        "UPDATE readings SET received_at = received_at - 60000",
        "UPDATE smartservers SET inventory_at = inventory_at - 60000",
    ] {
        assert!(crash.database.execute(age).await > 0);
    }
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    live(&crash, 3).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut blockade).await.unwrap();
    let gaps = filled(&crash).await;
    let length = |gap: &Value| {
        let [from, to] = ["from", "to"].map(|end| text(&gap[end]).parse::<Timestamp>().unwrap());
        to.duration_since(from)
    };
    assert!(gaps.iter().any(|gap| length(gap) > SignedDuration::from_secs(60)), "{gaps:?}");
}

async fn a_kill_while_a_gap_is_filled_leaves_no_hole_and_no_double(engine: Engine, kind: ServerKind) {
    let mut crash = start(XmppServer::shared(kind).await, engine).await;
    begin(&crash).await;
    crash.gateway.kill();
    change_unseen(crash.field.smartserver()).await;
    crash.field.smartserver().set_behaviour(Behaviour::slow(Duration::from_millis(500)));
    crash.restart().await;
    eventually("the gap is being filled", async || {
        gaps(&crash).await.iter().any(|gap| gap["state"] == "filling").then_some(())
    })
    .await;
    crash.gateway.kill();
    crash.field.smartserver().set_behaviour(Behaviour::default());
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    filled(&crash).await;
    live(&crash, 3).await;
    assert_whole(&crash, CHANGES).await;

    // As if it had been killed between two of its rows.
    crash.gateway.kill();
    let lost = crash.database.execute("DELETE FROM history WHERE source = 3 AND at % 3 = 0").await;
    assert!(lost > 100, "{lost}");
    crash.database.execute("UPDATE history_gaps SET state = 'open' WHERE state = 'filled'").await;
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    filled(&crash).await;
    live(&crash, 3).await;
    assert_whole(&crash, CHANGES).await;
}

/// Hours of changes from before recording was switched on, by a clock that is an hour wrong.
async fn a_time_that_was_not_recorded_is_filled_on_request(engine: Engine, kind: ServerKind) {
    let crash = start(XmppServer::shared(kind).await, engine).await;
    let smartserver = crash.field.smartserver();
    smartserver.change_behaviour(|behaviour| behaviour.clock_error = SignedDuration::from_hours(-1));
    let begin = Timestamp::now() - SignedDuration::from_hours(3);
    for minute in 0..150 {
        smartserver.advance_at(&LOGGED, begin + SignedDuration::from_mins(minute)).unwrap();
    }
    // An answer tells the gateway of the clock.
    let id = crash.point(UNLOGGED).await;
    crash.api().get(&format!("/data-points/{id}?max_age_ms=0")).await.ok();
    record(&crash).await;
    live(&crash, 2).await;
    let path = format!("/smartservers/{}/backfill", crash.field.key());
    let (from, end) = (begin - SignedDuration::from_secs(1), begin + SignedDuration::from_mins(150));
    let asked = crash.api().post(&path, json!({"from": from.to_string(), "to": end.to_string()})).await;
    assert_eq!((asked.status, &asked.body["reason"]), (202, &json!("asked")), "{}", asked.text);
    filled(&crash).await;
    for point in LOGGED {
        let id = crash.point(point).await;
        let recorded = history(&crash.api(), &id).await;
        let readings = recorded["readings"].as_array().unwrap();
        let from_log: Vec<_> = readings.iter().filter(|reading| reading["source"] == "log").collect();
        let minutes: Vec<i64> = from_log
            .iter()
            .map(|reading| text(&reading["at"]).parse::<Timestamp>().unwrap().duration_since(begin))
            .map(|since| (since.as_secs_f64() / 60.0).round() as i64)
            .collect();
        assert_eq!(minutes, (0..150).collect::<Vec<_>>(), "{point}: at their times by our clock");
        assert_eq!(numbers(&recorded["readings"])[..150], logged(smartserver, point)[..150], "{point}");
    }
    let wrong = json!({"from": end.to_string(), "to": begin.to_string()});
    assert_eq!(crash.api().post(&path, wrong).await.problem().0, 422);
}
