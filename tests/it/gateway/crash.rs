//! A gateway that is killed goes on with its streams when it starts again (XEP-0198): on ejabberd. On
//! Prosody there are none, and a start is a log-in like any other.

use nocgate::store::StoredStream;

use super::restart::Crash;
use crate::harness::database::Engine;
use crate::harness::eventually;
use crate::harness::site::{SETPOINT, online, session, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

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

/// Sessions that went on with a stream, by the gateway's log.
fn resumptions(crash: &Crash) -> usize {
    crash
        .gateway
        .log()
        .lines()
        .filter(|line| line.contains("session online") && line.contains("resumed=true"))
        .count()
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
        crash.restart().await;
        assert_eq!(full_jid(&crash).await, jid);
        assert_eq!(resumptions(&crash), 1, "{}", crash.gateway.log());
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
        crash.restart().await;
        assert_eq!(full_jid(&crash).await, jid);
        assert_eq!(resumptions(&crash), 2, "{}", crash.gateway.log());
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
    crash.restart().await;
    assert_eq!(full_jid(&crash).await, before.jid.as_str());
    assert_eq!(resumptions(&crash), 0);
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
    crash.api().post(&path, serde_json::json!({})).await.ok();
    let after = eventually("the stream is another", async || {
        recorded(&crash).await.pop().filter(|stream| stream.stream_id != before.stream_id)
    });
    let after = after.await;
    assert_eq!((after.jid, resumptions(&crash)), (before.jid, 0));

    crash.gateway.terminate().await;
    assert_eq!(recorded(&crash).await, []);
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    assert_eq!(resumptions(&crash), 0);
}

#[tokio::test]
async fn the_stream_of_an_identity_that_was_changed_is_not_used() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Ejabberd).await;
    until_recorded(&crash).await;
    crash.gateway.kill();
    assert_eq!(crash.database.execute("UPDATE identities SET resource = 'other'").await, 1);
    crash.restart().await;
    assert!(full_jid(&crash).await.ends_with("/other"));
    assert_eq!(resumptions(&crash), 0);
}

#[tokio::test]
async fn prosody_has_nothing_to_record() {
    let mut crash = Crash::start(Engine::Sqlite, ServerKind::Prosody).await;
    crash.restart().await;
    online(&crash.api(), &crash.identity).await;
    assert_eq!((recorded(&crash).await, resumptions(&crash)), (vec![], 0));
}
