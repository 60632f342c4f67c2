//! A gateway that is killed goes on with its streams when it starts again (XEP-0198): on ejabberd. On
//! Prosody there are none, and a start is a log-in like any other.

use std::time::Duration;

use nocgate::simulator::{Behaviour, Silence};
use nocgate::store::StoredStream;
use serde_json::{Value, json};

use super::restart::Crash;
use crate::harness::api::send;
use crate::harness::database::Engine;
use crate::harness::eventually;
use crate::harness::site::{Field, SETPOINT, online, outcome, session, text, writing};
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};

/// The streams that the database holds.
async fn recorded(crash: &Crash) -> Vec<StoredStream> {
    let store = crash.database.open().await;
    let streams = store.streams().list().await.unwrap();
    store.close().await;
    streams
}

async fn until_recorded(crash: &Crash) -> StoredStream {
    eventually("the stream is recorded", async || recorded(crash).await.pop()).await
}

/// Kills the gateway, if it runs, and starts it again; whether its first session resumed a stream.
async fn restart(crash: &mut Crash) -> bool {
    crash.gateway.kill();
    let before = crash.gateway.log().len();
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    let log = crash.gateway.log().split_off(before);
    let line = log.lines().find(|line| line.contains("session online")).expect("it is online");
    line.contains("resumed=true")
}

async fn full_jid(crash: &Crash) -> String {
    online(&crash.api(), &crash.identity).await;
    text(&session(&crash.api(), &crash.identity).await["jid"])
}

#[tokio::test]
async fn a_stream_goes_on_in_the_next_run() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut crash = Crash::start(engine, ServerKind::Ejabberd).await;
        let before = until_recorded(&crash).await;
        let jid = full_jid(&crash).await;
        assert_eq!(before.jid.as_str(), jid);
        crash.gateway.kill();

        let (smartserver, noc) = (crash.field.smartserver().clone(), crash.field.noc());
        smartserver.set_value(SETPOINT, "17.5").unwrap();
        let push = tokio::spawn(async move { smartserver.push(&[SETPOINT], &noc).await });
        assert!(restart(&mut crash).await, "{}", crash.gateway.log());
        assert_eq!(full_jid(&crash).await, jid);
        assert_eq!(push.await.unwrap().unwrap().names, [SETPOINT]);
        let id = crash.point(SETPOINT).await;
        let cached = crash.api().get(&format!("/data-points/{id}?only_if_cached=true")).await.ok();
        assert_eq!(
            (&cached["reading"]["source"], &cached["reading"]["value"]),
            (&"push".into(), &17.5.into())
        );

        eventually("what was received is recorded", async || {
            recorded(&crash).await.pop().filter(|stream| stream.received > before.received)
        })
        .await;
        assert!(restart(&mut crash).await, "{}", crash.gateway.log());
        assert_eq!(full_jid(&crash).await, jid);
    }
}

#[tokio::test]
async fn a_stream_that_the_server_has_forgotten_is_begun_anew() {
    let mut server = XmppServer::start(ServerKind::Ejabberd).await;
    let mut crash = Crash::on(&server, Engine::Sqlite).await;
    let before = until_recorded(&crash).await;
    crash.gateway.kill();
    server.kill().await;
    server.restart().await;
    assert!(!restart(&mut crash).await);
    assert_eq!(full_jid(&crash).await, before.jid.as_str());
    eventually("the new stream is recorded", async || {
        recorded(&crash).await.pop().filter(|stream| stream.stream_id != before.stream_id)
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_was_ended_is_not_resumed() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Ejabberd).await;
    let before = until_recorded(&crash).await;
    let path = format!("/identities/{}/reconnect", crash.identity);
    crash.api().post(&path, json!({})).await.ok();
    let after = eventually("the stream is another", async || {
        recorded(&crash).await.pop().filter(|stream| stream.stream_id != before.stream_id)
    });
    let after = after.await;
    assert_eq!(after.jid, before.jid);

    crash.gateway.terminate().await;
    assert_eq!(recorded(&crash).await, []);
    assert!(!restart(&mut crash).await);
}

#[tokio::test]
async fn the_stream_of_an_identity_that_was_changed_is_not_used() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Ejabberd).await;
    until_recorded(&crash).await;
    crash.gateway.kill();
    assert_eq!(crash.database.execute("UPDATE identities SET resource = 'other'").await, 1);
    assert!(!restart(&mut crash).await);
    assert!(full_jid(&crash).await.ends_with("/other"));
}

#[tokio::test]
async fn prosody_has_nothing_to_record() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Prosody).await;
    assert!(!restart(&mut crash).await);
    assert_eq!(recorded(&crash).await, []);
}

/// Orders a value of the setpoint and waits until the SmartServer has it in hand.
async fn order(crash: &Crash, verify: bool) -> String {
    let id = crash.point(SETPOINT).await;
    let command = json!({"action": {"type": "write", "value": 20, "priority": 200}, "verify": verify,
        "deadline_ms": 60_000});
    let command = text(&send(writing(&crash.api(), &id, command)).await.ok()["id"]);
    eventually("it is there", async || (crash.writes() == 1).then_some(())).await;
    command
}

/// Nobody else's request met the command at the SmartServer, and it was sent once.
fn assert_sent_once(crash: &Crash) {
    let counts = crash.field.smartserver().counts();
    assert_eq!((counts.of("Write"), counts.max_in_flight), (1, 1), "{counts:?}");
}

#[tokio::test]
async fn an_answer_that_found_nobody_settles_the_command() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut crash = Crash::start(engine, ServerKind::Ejabberd).await;
        until_recorded(&crash).await;
        crash.field.smartserver().set_behaviour(Behaviour::slow(Duration::from_secs(2)));
        let command = order(&crash, true).await;
        crash.gateway.kill();
        let answered = || (crash.field.smartserver().counts().in_flight == 0).then_some(());
        eventually("it is answered", async || answered()).await;
        assert!(restart(&mut crash).await);
        let item = outcome(&crash.api(), &command).await;
        assert_eq!((&item["outcome"], &item["reason"]), (&json!("verified"), &Value::Null), "{item}");
        assert_sent_once(&crash);
    }
}

#[tokio::test]
async fn an_answer_is_waited_for_across_a_crash() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Ejabberd).await;
    until_recorded(&crash).await;
    crash.field.smartserver().set_behaviour(Behaviour::slow(Duration::from_secs(8)));
    let command = order(&crash, false).await;
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    crash.field.smartserver().set_behaviour(Behaviour::default());
    let id = crash.point(SETPOINT).await;
    let read = crash.api().get(&format!("/data-points/{id}?max_age_ms=0&timeout_ms=60000")).await.ok();
    assert_eq!(read["reading"]["value"], 20.0, "it waited for its turn");
    let item = outcome(&crash.api(), &command).await;
    assert_eq!((&item["outcome"], &item["reason"]), (&json!("acknowledged"), &Value::Null), "{item}");
    assert_sent_once(&crash);
}

/// An answer that came, and was not on disk when the gateway died, comes again: it was not acknowledged,
/// although other streams were recorded meanwhile.
#[tokio::test]
async fn an_answer_is_not_acknowledged_before_it_is_settled() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Ejabberd).await;
    let own = until_recorded(&crash).await.identity_id;
    let other = Field::start(XmppServer::shared(ServerKind::Ejabberd).await, 1, 10).await;
    other.register(&crash.api()).await;
    let smartserver = crash.field.smartserver();
    smartserver.write(SETPOINT, "5", 10).unwrap();
    let reads = smartserver.counts().of("Read");
    smartserver.change_behaviour(|behaviour| behaviour.silence = Silence::For(vec!["Read".into()]));
    let command = order(&crash, true).await;
    eventually("it is read back", async || (smartserver.counts().of("Read") > reads).then_some(())).await;

    let count = async || {
        let of_other = recorded(&crash).await.into_iter().find(|stream| stream.identity_id != own);
        of_other.map_or(0, |stream| stream.received)
    };
    for _ in 0..3 {
        let before = count().await;
        other.smartserver().push(&[SETPOINT], &other.noc()).await.unwrap();
        eventually("the other stream is recorded", async || (count().await > before).then_some(())).await;
    }
    crash.gateway.kill();
    crash.field.smartserver().set_behaviour(Behaviour::default());
    crash.restart().await;
    let item = outcome(&crash.api(), &command).await;
    assert_eq!((&item["outcome"], &item["held_at"]), (&json!("refused"), &json!(10)), "{item}");
    assert!(text(&item["reason"]).contains("fault 12"), "{item}");
    assert_eq!(crash.writes(), 1);
}

/// The server lost the stream: nobody knows, unless the point tells.
#[tokio::test]
async fn without_its_stream_a_command_ends_unknown() {
    for (verify, expected) in [(false, "unknown"), (true, "verified")] {
        let mut server = XmppServer::start(ServerKind::Ejabberd).await;
        let mut crash = Crash::on(&server, Engine::Sqlite).await;
        until_recorded(&crash).await;
        crash.field.smartserver().set_behaviour(Behaviour::silent());
        let command = order(&crash, verify).await;
        crash.gateway.kill();
        crash.field.smartserver().set_behaviour(Behaviour::default());
        server.kill().await;
        server.restart().await;
        eventually("it sees that", async || (!crash.field.smartserver().is_online()).then_some(())).await;
        crash.field.smartserver().online().await;
        assert!(!restart(&mut crash).await);
        let item = outcome(&crash.api(), &command).await;
        assert_eq!(item["outcome"], expected, "{item}");
        if !verify {
            assert!(text(&item["reason"]).contains("the session could not go on"), "{item}");
        }
        assert_eq!(crash.writes(), 1);
    }
}

#[tokio::test]
async fn after_the_life_of_its_stream_a_command_ends_unknown() {
    let setup = Setup { inactivity: Some(2), resume_timeout: Some(1), ..Setup::default() };
    let server = XmppServer::start_with(ServerKind::Ejabberd, setup).await;
    // A session is given up only when its last poll has been held for so long.
    let mut crash = Crash::with(&server, Engine::Sqlite, &[("SESSION__WAIT_S", "5")]).await;
    until_recorded(&crash).await;
    crash.field.smartserver().set_behaviour(Behaviour::silent());
    let command = order(&crash, false).await;
    crash.gateway.kill();
    crash.field.smartserver().set_behaviour(Behaviour::default());
    let account = json!({"user": crash.field.user, "host": crash.field.domain});
    eventually("the server gives the stream up", async || {
        (server.command("user_resources", account.clone()).await == "[]").then_some(())
    })
    .await;
    assert!(!restart(&mut crash).await);
    let item = outcome(&crash.api(), &command).await;
    assert_eq!(item["outcome"], "unknown", "{item}");
    assert!(text(&item["reason"]).contains("the session could not go on"), "{item}");
    assert_eq!(crash.writes(), 1);
}

#[tokio::test]
async fn on_prosody_a_command_ends_unknown() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Prosody).await;
    crash.field.smartserver().set_behaviour(Behaviour::silent());
    let command = order(&crash, false).await;
    crash.gateway.kill();
    crash.field.smartserver().set_behaviour(Behaviour::default());
    crash.restart().await;
    assert_eq!(outcome(&crash.api(), &command).await["outcome"], "unknown");
    assert_eq!(crash.writes(), 1);
}
