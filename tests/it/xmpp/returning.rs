//! How a client comes back from what a server does to it.

use std::time::Duration;

use futures_util::future::join_all;
use nocgate::xmpp::{Account, Client, Common, OfflineReason, Options, State};
use serde_json::json;

use super::{log_in, on_both_servers, online, options, payload, soon, state, until_it_polls};
use crate::harness::eventually;
use crate::harness::proxy::Proxy;
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};

on_both_servers![
    a_second_holder_is_told_and_not_fought,
    many_clients_come_back_after_a_restart,
    a_log_in_that_hangs_is_begun_anew_when_the_server_wakes,
    an_address_that_comes_back_is_found,
];

async fn a_second_holder_is_told_and_not_fought(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (first, _, _inbound) = log_in(&server, "noc").await;
    // The server can only tell a client that has a request out.
    until_it_polls(&first).await;
    let (second, _, _inbound) = log_in(&server, "noc").await;
    let status = state(&first, |s| s.state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::Replaced), "{:?}", status.reason);
    let told =
        state(&first, |s| s.reason.as_ref().is_some_and(|reason| reason.contains("next attempt"))).await;
    assert!(told.reason.as_ref().is_some_and(|r| r.contains("Replaced by new connection")), "{told:?}");
    assert!(matches!(second.status().borrow().state, State::Online(_)));
    assert_eq!((first.status().borrow().logins, second.status().borrow().logins), (1, 1));
}

#[tokio::test]
async fn ejabberd_kicks_and_removes() {
    let server = XmppServer::start(ServerKind::Ejabberd).await;
    let (client, jid, _inbound) = log_in(&server, "noc").await;
    until_it_polls(&client).await;
    let who = json!({"user": "noc", "host": server.domain(), "resource": "it", "reason": "maintenance"});
    server.command("kick_session", who).await;
    let status = state(&client, |s| !matches!(s.state, State::Online(_))).await;
    assert_eq!(status.offline, Some(OfflineReason::Kicked), "{:?}", status.reason);
    assert!(status.reason.unwrap().contains("maintenance"));
    assert_eq!(online(&client).await, jid);
    assert_eq!(client.status().borrow().logins, 2);

    until_it_polls(&client).await;
    server.command("unregister", json!({"user": "noc", "host": server.domain()})).await;
    let status = state(&client, |s| s.state == State::Refused).await;
    let reason = status.reason.unwrap();
    assert!(reason.contains("removed") && reason.contains("not-authorized"), "{reason}");
    assert_eq!(status.logins, 2);
}

#[tokio::test]
async fn stored_scram_secrets_serve_every_log_in() {
    for (hash, mechanism) in
        [("sha", "SCRAM-SHA-1"), ("sha256", "SCRAM-SHA-256"), ("sha512", "SCRAM-SHA-512")]
    {
        let setup = Setup { scram: Some(hash), ..Setup::default() };
        let mut server = XmppServer::start_with(ServerKind::Ejabberd, setup).await;
        let (client, jid, _inbound) = log_in(&server, "noc").await;
        assert_eq!(client.status().borrow().mechanism, Some(mechanism));
        server.stop().await;
        state(&client, |s| !matches!(s.state, State::Online(_))).await;
        server.restart().await;
        state(&client, |s| s.logins == 2).await;
        assert_eq!(online(&client).await, jid);
        client.stop().await;
        let (client, _inbound) = Client::start(server.account("noc", "guess"), options());
        state(&client, |s| s.state == State::Refused).await;
    }
}

/// All of them through two places.
async fn many_clients_come_back_after_a_restart(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let common = Common::new(2, Vec::new());
    let users: Vec<String> = (0..20).map(|n| format!("noc{n}")).collect();
    server.register_all(users.clone(), "secret").await;
    let clients: Vec<_> = users
        .iter()
        .map(|user| {
            let options = Options { common: common.clone(), ..options() };
            Client::start(server.account(user, "secret"), options)
        })
        .collect();
    for logins in 1..3 {
        join_all(clients.iter().map(|(client, _)| state(client, |s| s.logins == logins))).await;
        if logins == 1 {
            server.kill().await;
            join_all(clients.iter().map(|(client, _)| state(client, |s| s.state == State::Offline))).await;
            server.restart().await;
        }
    }
    let account = server.account(&users[0], "secret");
    let to = account.jid.with_resource_str(&account.resource).unwrap().into();
    let ping = nocgate::xml::Element::new("urn:xmpp:ping", "ping");
    let answer = clients[1].0.iq(&to, nocgate::xmpp::IqKind::Get, ping, soon()).await;
    assert_eq!(answer, Ok(None));
}

fn signal(server: &XmppServer, name: &str) {
    let done = std::process::Command::new("kill").args([name, &server.pid().to_string()]).status().unwrap();
    assert!(done.success());
}

async fn a_log_in_that_hangs_is_begun_anew_when_the_server_wakes(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    server.register("noc", "secret").await;
    signal(&server, "-STOP");
    let (client, _inbound) = Client::start(server.account("noc", "secret"), options());
    let status = state(&client, |s| s.offline == Some(OfflineReason::ServerUnreachable)).await;
    assert!(status.reason.as_ref().is_some_and(|reason| reason.contains("no answer")), "{status:?}");
    signal(&server, "-CONT");
    online(&client).await;
}

async fn an_address_that_comes_back_is_found(kind: ServerKind) {
    let (mut one, other) = (XmppServer::start(kind).await, XmppServer::start(kind).await);
    let proxy = Proxy::start(&other.bosh_url()).await;
    let user = "noc";
    one.register(user, "secret").await;
    other.register(user, "secret").await;
    let addresses = vec![one.bosh_url(), proxy.url(&other.bosh_url())];
    let account = Account { addresses: addresses.clone(), ..one.account(user, "secret") };
    let (client, _inbound) = Client::start(account, options());
    online(&client).await;
    assert_eq!(client.status().borrow().address.as_ref(), Some(&addresses[0]));
    one.kill().await;
    let moved = state(&client, |s| s.logins == 2).await;
    assert_eq!(moved.address.as_ref(), Some(&addresses[1]));
}

/// Answers beyond 8 KiB, of which Prosody holds the rest back until the first part is acknowledged.
#[tokio::test]
async fn large_answers_come_whole_from_a_prosody_with_nagle() {
    let server = XmppServer::start_with(ServerKind::Prosody, Setup { nagle: true, ..Setup::default() }).await;
    let (noc, _, _inbound) = log_in(&server, "noc").await;
    let (device, to, inbound) = log_in(&server, "device").await;
    super::echo(&device, inbound);
    let begun = std::time::Instant::now();
    for round in 0..20 {
        let text = format!("{round} {}", "x".repeat(50_000));
        let answer = noc.iq(&to, nocgate::xmpp::IqKind::Set, payload(&text), soon()).await;
        assert_eq!(answer.unwrap().unwrap().text(), text);
    }
    println!("20 answers of 50 kB in {:.0?}", begun.elapsed());
}

#[tokio::test]
#[ignore = "a measurement: how long a thousand identities take"]
async fn a_thousand_clients_come_back_after_a_restart() {
    for kind in [ServerKind::Ejabberd, ServerKind::Prosody] {
        measure(kind, Setup::default()).await;
    }
    measure(ServerKind::Ejabberd, Setup { scram: Some("sha512"), ..Setup::default() }).await;
}

async fn measure(kind: ServerKind, setup: Setup) {
    let stored = setup.scram;
    let mut server = XmppServer::start_with(kind, setup).await;
    let common = Common::new(16, Vec::new());
    let users: Vec<String> = (0..1_000).map(|n| format!("noc{n}")).collect();
    server.register_all(users.clone(), "secret").await;
    let begun = std::time::Instant::now();
    let clients: Vec<_> = users
        .iter()
        .map(|user| {
            let options = Options { common: common.clone(), ..options() };
            Client::start(server.account(user, "secret"), options)
        })
        .collect();
    let all = |logins| {
        let clients = &clients;
        eventually("all are online", async move || {
            let back = |client: &Client| client.status().borrow().logins >= logins;
            clients.iter().all(|(client, _)| back(client)).then_some(())
        })
    };
    all(1).await;
    println!("{kind:?} {stored:?}: 1000 online after {:.1?}", begun.elapsed());
    server.kill().await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    server.restart().await;
    let begun = std::time::Instant::now();
    all(2).await;
    println!("{kind:?} {stored:?}: 1000 online {:.1?} after the restart", begun.elapsed());
}
