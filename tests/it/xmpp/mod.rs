//! The XMPP client against real servers.

mod returning;
mod spoiled;
mod streams;

use std::time::Duration;

use futures_util::future::join_all;
use jid::Jid;
use nocgate::xml::Element;
use nocgate::xmpp::{
    Account, Client, Common, Condition, ErrorType, Inbound, IqError, IqKind, IqRequest, NotSent,
    OfflineReason, Options, Server, StanzaError, State, Status,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};
use crate::harness::{PATIENCE, eventually};

const ECHO: &str = "urn:test:echo";

macro_rules! on_both_servers {
    ($($name:ident),* $(,)?) => {
        mod ejabberd {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::xmpp_server::ServerKind::Ejabberd).await;
            })*
        }
        mod prosody {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::harness::xmpp_server::ServerKind::Prosody).await;
            })*
        }
    };
}
use on_both_servers;

on_both_servers![
    logs_in_and_leaves,
    each_mechanism_logs_in,
    refuses_to_send_the_password_in_the_clear,
    a_wrong_password_is_tried_once,
    an_unknown_domain_is_told,
    iqs_go_both_ways,
    a_thousand_iqs_at_once,
    answers_that_are_late_foreign_or_unasked_change_nothing,
    who_leaves_with_a_request_in_hand_may_have_executed_it,
    unknown_requests_are_refused,
    a_device_that_is_not_there_is_told,
    the_own_server_answers,
    messages_arrive,
    a_private_ca_is_trusted_and_no_other,
    a_server_that_comes_back_is_found,
    the_second_client_of_a_resource_wins,
    the_last_handle_ends_the_session,
    addresses_are_tried_in_order,
];

fn options() -> Options {
    Options {
        wait: Duration::from_secs(30),
        max_stanzas: 32,
        max_body_bytes: 200_000,
        answered_namespaces: vec![ECHO],
        disco_identity: ("automation", "soap", "nocgate"),
        disco_features: vec![ECHO],
        resumes_streams: false,
        records_streams: false,
        plain_first: false,
        common: Common::new(16, Vec::new()),
        follows: None,
    }
}

/// As the gateway's are.
fn resuming() -> Options {
    Options { resumes_streams: true, ..options() }
}

fn soon() -> Instant {
    Instant::now() + PATIENCE
}

async fn state(client: &Client, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut status = client.status();
    let found = timeout(PATIENCE, status.wait_for(|s| wanted(s))).await;
    found.unwrap_or_else(|_| panic!("{:?}", client.status().borrow())).expect("the task runs").clone()
}

async fn online(client: &Client) -> Jid {
    match state(client, |s| matches!(s.state, State::Online(_))).await.state {
        State::Online(jid) => jid.into(),
        _ => unreachable!(),
    }
}

async fn log_in(server: &XmppServer, user: &str) -> (Client, Jid, mpsc::Receiver<Inbound>) {
    server.register(user, "secret").await;
    let (client, inbound) = Client::start(server.account(user, "secret"), options());
    let jid = online(&client).await;
    (client, jid, inbound)
}

/// Waits until an empty request is held by the server, as one is soon after all is answered.
async fn until_it_polls(client: &Client) {
    let domain: Jid = "nocgate.test".parse().unwrap();
    client.iq(&domain, IqKind::Get, Element::new("urn:xmpp:ping", "ping"), soon()).await.unwrap();
    eventually("a poll is out", async || (client.status().borrow().requests_out > 0).then_some(())).await;
}

/// Answers each iq with its own payload.
fn echo(client: &Client, mut inbound: mpsc::Receiver<Inbound>) {
    let client = client.clone();
    tokio::spawn(async move {
        while let Some(inbound) = inbound.recv().await {
            if let Inbound::Iq(iq) = inbound {
                let payload = iq.payload.clone();
                client.reply(&iq, Ok(Some(payload))).await.unwrap();
            }
        }
    });
}

/// The next of what arrives that is wanted.
async fn next<T>(inbound: &mut mpsc::Receiver<Inbound>, wanted: impl Fn(Inbound) -> Option<T>) -> T {
    let wait = async {
        loop {
            let arrived = inbound.recv().await.expect("the client runs");
            if let Some(found) = wanted(arrived) {
                return found;
            }
        }
    };
    timeout(PATIENCE, wait).await.expect("nothing arrived")
}

fn payload(text: &str) -> Element {
    Element::new(ECHO, "echo").with_text(text)
}

async fn logs_in_and_leaves(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (client, jid, _inbound) = log_in(&server, "noc-gw").await;
    assert_eq!(jid.as_str(), "noc-gw@nocgate.test/it");
    let status = client.status().borrow().clone();
    let expected = match kind {
        ServerKind::Ejabberd => (Server::Ejabberd, "SCRAM-SHA-512"),
        ServerKind::Prosody => (Server::Prosody, "SCRAM-SHA-256"),
    };
    assert_eq!((status.server, status.mechanism), (Some(expected.0), Some(expected.1)));
    assert_eq!((status.hold, status.requests), (Some(1), Some(2)));
    assert_eq!(status.wait, Some(Duration::from_secs(30)));
    assert_eq!(status.logins, 1);
    client.stop().await;
    client.stop().await;
    assert_eq!(client.status().borrow().state, State::Stopped);
    let late = client.iq(&jid, IqKind::Get, payload(""), soon()).await;
    assert_eq!(late, Err(IqError::NotSent(NotSent::Offline)));
}

async fn each_mechanism_logs_in(kind: ServerKind) {
    for mechanism in ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] {
        if kind == ServerKind::Prosody && mechanism == "SCRAM-SHA-512" {
            continue;
        }
        let setup = Setup { mechanisms: mechanism, ..Setup::default() };
        let server = XmppServer::start_with(kind, setup).await;
        let (client, _, _inbound) = log_in(&server, "noc").await;
        assert_eq!(client.status().borrow().mechanism, Some(mechanism));
        client.stop().await;
    }
}

async fn refuses_to_send_the_password_in_the_clear(kind: ServerKind) {
    let setup = Setup { mechanisms: "PLAIN", ..Setup::default() };
    let server = XmppServer::start_with(kind, setup).await;
    server.register("noc", "secret").await;
    let account = Account { plain_on_loopback: false, ..server.account("noc", "secret") };
    let (client, _inbound) = Client::start(account, options());
    let status = state(&client, |s| s.state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::Other));
    assert!(status.reason.unwrap().contains("PLAIN"));
}

async fn a_wrong_password_is_tried_once(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    server.register("noc", "secret").await;
    let (client, _inbound) = Client::start(server.account("noc", "guess"), options());
    let status = state(&client, |s| s.state == State::Refused).await;
    assert_eq!(status.offline, Some(OfflineReason::Refused));
    assert!(status.reason.unwrap().contains("not-authorized"));
    client.stop().await;
}

async fn an_unknown_domain_is_told(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let account = Account { jid: "noc@elsewhere.test".parse().unwrap(), ..server.account("noc", "secret") };
    let (client, _inbound) = Client::start(account, options());
    let status = state(&client, |s| s.state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::DomainUnknown));
}

async fn iqs_go_both_ways(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, noc_jid, noc_inbound) = log_in(&server, "noc").await;
    let (device, device_jid, device_inbound) = log_in(&server, "device").await;
    echo(&noc, noc_inbound);
    echo(&device, device_inbound);
    for round in 0..20 {
        let text = format!("{round} <&> \"quoted\" \u{e4}\u{20ac}");
        let there = noc.iq(&device_jid, IqKind::Set, payload(&text), soon()).await.unwrap();
        assert_eq!(there.unwrap().text(), text);
        let back = device.iq(&noc_jid, IqKind::Get, payload(&text), soon()).await.unwrap();
        assert_eq!(back.unwrap().text(), text);
    }
    noc.stop().await;
    device.stop().await;
}

async fn a_thousand_iqs_at_once(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, _, _noc_inbound) = log_in(&server, "noc").await;
    let (device, device_jid, device_inbound) = log_in(&server, "device").await;
    echo(&device, device_inbound);
    let calls = (0..1_000).map(|n| {
        let (noc, to) = (&noc, &device_jid);
        async move {
            let text = format!("number {n} {}", "x".repeat(n % 500));
            let answer = noc.iq(to, IqKind::Set, payload(&text), soon()).await;
            assert_eq!(answer.unwrap().unwrap().text(), text);
        }
    });
    join_all(calls).await;
    let status = noc.status().borrow().clone();
    assert_eq!((status.pending, status.queued), (0, 0));
    assert_eq!((status.logins, status.late_answers, status.foreign_answers), (1, 0, 0));
}

async fn answers_that_are_late_foreign_or_unasked_change_nothing(kind: ServerKind) {
    let server = XmppServer::shared(kind).await;
    let (noc, noc_jid, _noc_inbound) = log_in(server, "answers-noc").await;
    let (device, device_jid, mut inbound) = log_in(server, "answers-device").await;
    let (stranger, _, _stranger_inbound) = log_in(server, "answers-stranger").await;
    let forged = |id: &str| IqRequest {
        from: noc_jid.clone(),
        id: id.to_owned(),
        kind: IqKind::Set,
        payload: payload(""),
    };
    let counted = async |late: u64, foreign: u64| {
        eventually("they are counted", async || {
            let status = noc.status().borrow().clone();
            ((status.late_answers, status.foreign_answers) == (late, foreign)).then_some(())
        })
        .await;
    };
    let next_iq = async |inbound: &mut _| {
        next(inbound, |inbound| match inbound {
            Inbound::Iq(iq) => Some(iq),
            _ => None,
        })
        .await
    };

    let call = noc.iq(&device_jid, IqKind::Set, payload("asked"), soon());
    let answers = async {
        let iq = next_iq(&mut inbound).await;
        stranger.reply(&forged(&iq.id), Ok(Some(payload("foreign")))).await.unwrap();
        device.reply(&forged("unasked"), Ok(Some(payload("unasked")))).await.unwrap();
        counted(0, 2).await;
        for text in ["true", "twice"] {
            device.reply(&iq, Ok(Some(payload(text)))).await.unwrap();
        }
    };
    let (answer, ()) = tokio::join!(call, answers);
    assert_eq!(answer, Ok(Some(payload("true"))));
    counted(1, 2).await;

    let short = Instant::now() + Duration::from_millis(500);
    let late = noc.iq(&device_jid, IqKind::Set, payload("hurry"), short).await;
    assert_eq!(late, Err(IqError::Deadline));
    let iq = next_iq(&mut inbound).await;
    device.reply(&iq, Ok(None)).await.unwrap();
    counted(2, 2).await;
    assert_eq!(noc.status().borrow().pending, 0);
}

/// ejabberd gives back what the stream of who left had not acknowledged, also what was executed; else
/// nobody says anything.
async fn who_leaves_with_a_request_in_hand_may_have_executed_it(kind: ServerKind) {
    let server = XmppServer::shared(kind).await;
    let (noc, _, _noc_inbound) = log_in(server, "leaving-noc").await;
    let (device, device_jid, mut inbound) = log_in(server, "leaving-device").await;
    let limit = Instant::now() + Duration::from_secs(2);
    let call = noc.iq(&device_jid, IqKind::Set, payload("x"), limit);
    let leave = async {
        next(&mut inbound, |inbound| matches!(inbound, Inbound::Iq(_)).then_some(())).await;
        device.stop().await;
    };
    let (answer, ()) = tokio::join!(call, leave);
    let honest: &[IqError] = match kind {
        ServerKind::Ejabberd => &[IqError::PeerGone, IqError::Deadline],
        ServerKind::Prosody => &[IqError::Deadline],
    };
    assert!(answer.as_ref().is_err_and(|error| honest.contains(error)), "{answer:?}");
}

async fn unknown_requests_are_refused(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, noc_jid, mut noc_inbound) = log_in(&server, "noc").await;
    let (device, _, _device_inbound) = log_in(&server, "device").await;
    let ask = async |payload| device.iq(&noc_jid, IqKind::Get, payload, soon()).await;

    let error = ask(Element::new("urn:test:unknown", "x")).await.unwrap_err();
    let IqError::Stanza(error) = error else { panic!("{error:?}") };
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Cancel, "service-unavailable"));

    assert_eq!(ask(Element::new("urn:xmpp:ping", "ping")).await, Ok(None));

    let disco = "http://jabber.org/protocol/disco#info";
    let info = ask(Element::new(disco, "query")).await.unwrap().unwrap();
    assert_eq!(info.child("identity").unwrap().attr("type"), Some("soap"));

    let answer = async {
        let iq = next(&mut noc_inbound, |inbound| match inbound {
            Inbound::Iq(iq) => Some(iq),
            _ => None,
        });
        let iq = iq.await;
        let error = StanzaError {
            kind: ErrorType::Wait,
            condition: Condition("resource-constraint".into()),
            text: Some("later".into()),
            application: Some(Element::new("urn:test:why", "why")),
            payload: None,
        };
        noc.reply(&iq, Err(error)).await.unwrap();
    };
    let (answered, ()) = tokio::join!(ask(payload("x")), answer);
    let IqError::Stanza(error) = answered.unwrap_err() else { panic!() };
    assert_eq!(error.text.as_deref(), Some("later"));
    assert_eq!(error.application.unwrap().name, "why");
}

async fn a_device_that_is_not_there_is_told(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, _, _inbound) = log_in(&server, "noc").await;
    let nobody: Jid = "nobody@nocgate.test/soap".parse().unwrap();
    let error = noc.iq(&nobody, IqKind::Set, payload("x"), soon()).await.unwrap_err();
    let IqError::Stanza(error) = error else { panic!("{error:?}") };
    assert_eq!(error.condition.0, "service-unavailable");
}

async fn the_own_server_answers(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, jid, _inbound) = log_in(&server, "noc").await;
    let ping = || Element::new("urn:xmpp:ping", "ping");
    let domain: Jid = server.domain().parse().unwrap();
    assert_eq!(noc.iq(&domain, IqKind::Get, ping(), soon()).await, Ok(None));
    let roster = Element::new("jabber:iq:roster", "query");
    let bare: Jid = jid.to_bare().into();
    assert!(noc.iq(&bare, IqKind::Get, roster, soon()).await.unwrap().is_some());
}

async fn messages_arrive(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (noc, noc_jid, _noc_inbound) = log_in(&server, "noc").await;
    let (device, device_jid, mut inbound) = log_in(&server, "device").await;
    noc.message(&device_jid, "are you <there>?\u{1}").await.unwrap();
    let message = next(&mut inbound, |inbound| match inbound {
        Inbound::Message(message) => Some(message),
        _ => None,
    });
    let message = message.await;
    assert_eq!((message.from, message.body.as_deref()), (noc_jid, Some("are you <there>?")));
    device.stop().await;
}

async fn a_private_ca_is_trusted_and_no_other(kind: ServerKind) {
    let setup = Setup { tls: true, mechanisms: "PLAIN", ..Setup::default() };
    let server = XmppServer::start_with(kind, setup.clone()).await;
    server.register("noc", "secret").await;
    let account = |ca_pem| Account {
        addresses: vec![server.bosh_tls_url()],
        plain_on_loopback: false,
        ca_pem: Some(ca_pem),
        ..server.account("noc", "secret")
    };
    let (client, _inbound) = Client::start(account(server.ca_pem()), options());
    let jid = online(&client).await;
    assert_eq!(client.iq(&jid, IqKind::Get, Element::new("urn:xmpp:ping", "ping"), soon()).await, Ok(None));
    client.stop().await;

    let other = XmppServer::start_with(ServerKind::Prosody, setup).await;
    let (client, _inbound) = Client::start(account(other.ca_pem()), options());
    let status = state(&client, |s| s.state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::ServerUnreachable));
    assert!(status.reason.unwrap().contains("certificate"));
}

async fn a_server_that_comes_back_is_found(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let (noc, jid, _inbound) = log_in(&server, "noc").await;
    server.kill().await;
    let down = state(&noc, |s| s.state == State::Offline).await;
    assert_eq!(down.offline, Some(OfflineReason::ServerUnreachable), "{:?}", down.reason);
    let call = noc.iq(&jid, IqKind::Get, payload("x"), soon()).await;
    assert_eq!(call, Err(IqError::NotSent(NotSent::Offline)));
    server.restart().await;
    assert_eq!(online(&noc).await, jid);
    server.stop().await;
    state(&noc, |s| !matches!(s.state, State::Online(_))).await;
    server.restart().await;
    online(&noc).await;
    assert_eq!(noc.status().borrow().logins, 3);
}

async fn the_second_client_of_a_resource_wins(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (first, _, _first_inbound) = log_in(&server, "noc").await;
    // The server can only tell a client that has a request out.
    until_it_polls(&first).await;
    let (second, _, _second_inbound) = log_in(&server, "noc").await;
    let status = state(&first, |s| s.state == State::Offline).await;
    assert!(status.reason.as_ref().is_some_and(|reason| reason.contains("conflict")), "{status:?}");
    assert!(matches!(second.status().borrow().state, State::Online(_)));
}

async fn the_last_handle_ends_the_session(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    let (client, _, mut inbound) = log_in(&server, "noc").await;
    drop(client);
    let closed = timeout(PATIENCE, async { while inbound.recv().await.is_some() {} }).await;
    assert!(closed.is_ok(), "the task goes on");
}

async fn addresses_are_tried_in_order(kind: ServerKind) {
    let server = XmppServer::start(kind).await;
    server.register("noc", "secret").await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dead = format!("http://{nobody}/http-bind").parse().unwrap();
    let elsewhere = server.bosh_url().join("/nothing-here").unwrap();
    let addresses = vec![dead, elsewhere, server.bosh_url()];
    let account = Account { addresses, ..server.account("noc", "secret") };
    let (client, _inbound) = Client::start(account, options());
    online(&client).await;
    assert_eq!(client.status().borrow().address, Some(server.bosh_url()));
}
