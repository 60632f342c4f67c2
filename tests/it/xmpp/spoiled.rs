//! What must hold when connections break, stall, and stanzas are bad.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use nocgate::xml::Element;
use nocgate::xmpp::{Account, Client, Inbound, IqError, IqKind, NotSent, Options, Status};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{ECHO, log_in, on_both_servers, online, options, payload, resuming, soon, state, until_it_polls};
use crate::harness::eventually;
use crate::harness::proxy::Proxy;
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};

on_both_servers![
    cut_connections_repeat_nothing_and_lose_nothing_silently,
    slow_handshakes_keep_the_order,
    a_stalled_network_tells_deadlines,
    a_malformed_stanza_fails_alone,
];

/// Answers each iq and counts how often each text arrived.
pub(super) fn count(
    client: &Client,
    mut inbound: mpsc::Receiver<Inbound>,
) -> Arc<Mutex<HashMap<String, usize>>> {
    let (client, seen) = (client.clone(), Arc::default());
    let counts: Arc<Mutex<HashMap<String, usize>>> = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Some(inbound) = inbound.recv().await {
            if let Inbound::Iq(iq) = inbound {
                *counts.lock().unwrap().entry(iq.payload.text()).or_default() += 1;
                let _ = client.reply(&iq, Ok(Some(iq.payload.clone()))).await;
            }
        }
    });
    seen
}

pub(super) async fn log_in_through(server: &XmppServer, proxy: &Proxy, user: &str) -> Client {
    server.register(user, "secret").await;
    let account =
        Account { addresses: vec![proxy.url(&server.bosh_url())], ..server.account(user, "secret") };
    let (client, mut inbound) = Client::start(account, resuming());
    tokio::spawn(async move { while inbound.recv().await.is_some() {} });
    online(&client).await;
    client
}

pub(super) fn snapshot(client: &Client) -> Status {
    client.status().borrow().clone()
}

async fn cut_connections_repeat_nothing_and_lose_nothing_silently(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let proxy = Proxy::start(&server.bosh_url()).await;
    let noc = log_in_through(&server, &proxy, "noc").await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let seen = count(&device, inbound);

    let cuts = async {
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            proxy.cut();
        }
    };
    let calls = stream::iter(0..2_000)
        .map(|n| {
            let (noc, to) = (&noc, &to);
            async move {
                let text = format!("n{n}");
                // Whoever finds the session down waits until it is back.
                loop {
                    match noc.iq(to, IqKind::Set, payload(&text), soon()).await {
                        Err(IqError::NotSent(_)) => online(noc).await,
                        other => return (text, other),
                    };
                }
            }
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>();
    let (outcomes, ()) = tokio::join!(calls, cuts);

    let seen = seen.lock().unwrap().clone();
    for (text, outcome) in &outcomes {
        let times = seen.get(text).copied().unwrap_or(0);
        match outcome {
            Ok(answer) => {
                assert_eq!(answer.as_ref().unwrap().text(), *text);
                assert_eq!(times, 1, "{text}");
            }
            Err(IqError::SessionLost) => assert!(times <= 1, "{text} arrived {times} times"),
            Err(other) => panic!("{text}: {other:?}"),
        }
    }
    let status = snapshot(&noc);
    assert!(status.resent > 0, "nothing was cut: {status:?}");
    if kind == ServerKind::Prosody {
        assert_eq!(status.logins, 1, "Prosody replays what was cut: {status:?}");
        assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
    }
}

async fn slow_handshakes_keep_the_order(kind: ServerKind) {
    let server = XmppServer::start_with(kind, Setup { tls: true, ..Setup::default() }).await;
    let url = server.bosh_tls_url();
    let proxy = Proxy::start(&url).await;
    server.register("noc", "secret").await;
    let account = Account {
        addresses: vec![proxy.url(&url)],
        ca_pem: Some(server.ca_pem()),
        ..server.account("noc", "secret")
    };
    let (noc, _inbound) = Client::start(account, options());
    online(&noc).await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let seen = count(&device, inbound);
    proxy.delay_connections(Duration::from_millis(100));
    for round in 0..10 {
        until_it_polls(&noc).await;
        let resent = snapshot(&noc).resent;
        proxy.cut();
        eventually("the poll is repeated", async || (snapshot(&noc).resent > resent).then_some(())).await;
        let calls = (0..20).map(|n| {
            let (noc, to) = (&noc, &to);
            async move { noc.iq(to, IqKind::Set, payload(&format!("{round}/{n}")), soon()).await }
        });
        for outcome in join_all(calls).await {
            assert!(outcome.is_ok(), "{outcome:?} {:?}", snapshot(&noc));
        }
    }
    let status = snapshot(&noc);
    assert_eq!((status.logins, status.parked), (1, 0), "{status:?}");
    assert!(proxy.connections() > 10);
    assert!(seen.lock().unwrap().values().all(|times| *times == 1));
}

async fn a_stalled_network_tells_deadlines(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let proxy = Proxy::start(&server.bosh_url()).await;
    let noc = log_in_through(&server, &proxy, "noc").await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let seen = count(&device, inbound);
    proxy.stall(true);
    let call = |text: &'static str, limit| {
        let (noc, to) = (noc.clone(), to.clone());
        async move { noc.iq(&to, IqKind::Set, payload(text), Instant::now() + limit).await }
    };
    // The window takes one or two of them, as a poll is out or not.
    let mut posted = Vec::new();
    for text in ["first", "second"] {
        let sent = snapshot(&noc).stanzas_sent;
        posted.push(tokio::spawn(call(text, Duration::from_secs(1))));
        let taken = async || {
            let now = snapshot(&noc);
            (now.stanzas_sent > sent || now.requests_out == 2).then_some(())
        };
        eventually("the stanza is posted, or the window full", taken).await;
    }
    let queued = call("third", Duration::from_millis(300)).await;
    assert_eq!(queued, Err(IqError::NotSent(NotSent::Deadline)));
    let first = posted.remove(0).await.unwrap();
    assert!(matches!(first, Err(IqError::Deadline | IqError::SessionLost)), "{first:?}");
    proxy.stall(false);
    loop {
        match noc.iq(&to, IqKind::Set, payload("after"), soon()).await {
            Err(IqError::NotSent(_) | IqError::SessionLost) => online(&noc).await,
            other => break assert!(other.is_ok(), "{other:?}"),
        };
    }
    assert!(!seen.lock().unwrap().contains_key("third"), "it was said not to be sent");
}

async fn a_malformed_stanza_fails_alone(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, _, _inbound) = log_in(&server, "noc").await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let _seen = count(&device, inbound);
    let calls = (0..40).map(|n| {
        let (noc, to) = (&noc, &to);
        async move {
            let name = if n == 17 { "not a name" } else { "echo" };
            noc.iq(to, IqKind::Set, Element::new(ECHO, name).with_text(n.to_string()), soon()).await
        }
    });
    let outcomes = join_all(calls).await;
    match kind {
        ServerKind::Ejabberd => {
            let Err(IqError::Stanza(error)) = &outcomes[17] else { panic!("{:?}", outcomes[17]) };
            assert_eq!(error.condition.0, "bad-request");
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 39);
            assert_eq!((snapshot(&noc).logins, snapshot(&noc).refused_stanzas), (1, 1));
        }
        // Prosody ends the session; whoever was posted cannot know.
        ServerKind::Prosody => {
            assert_eq!(outcomes[17], Err(IqError::SessionLost));
            state(&noc, |s| s.logins == 2).await;
        }
    }
}

#[tokio::test]
async fn a_stanza_too_large_for_ejabberd_fails_alone() {
    let server = XmppServer::start(ServerKind::Ejabberd).await;
    server.register("noc", "secret").await;
    let wide = Options { max_body_bytes: 6 << 20, ..options() };
    let (noc, _inbound) = Client::start(server.account("noc", "secret"), wide);
    online(&noc).await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let _seen = count(&device, inbound);
    let size = |n| if n == 5 { 5 << 20 } else { 100 };
    let outcomes = join_all((0..10).map(|n| {
        let (noc, to) = (&noc, &to);
        async move { noc.iq(to, IqKind::Set, payload(&"x".repeat(size(n))), soon()).await }
    }));
    let outcomes = outcomes.await;
    let Err(IqError::Stanza(error)) = &outcomes[5] else { panic!("{:?}", outcomes[5].is_ok()) };
    assert_eq!(error.condition.0, "policy-violation");
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 9);

    let too_large = noc.iq(&to, IqKind::Set, payload(&"x".repeat(6 << 20)), soon()).await;
    assert!(matches!(too_large, Err(IqError::NotSent(NotSent::TooLarge { .. }))));
    let no_character = noc.iq(&to, IqKind::Set, payload("\u{1}"), soon()).await;
    assert!(matches!(no_character, Err(IqError::Stanza(error)) if error.condition.0 == "bad-request"));
}
