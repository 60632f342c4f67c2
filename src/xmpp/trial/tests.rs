use jid::BareJid;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn account(url: &str) -> Account {
    Account {
        jid: BareJid::new("noc@xmpp.example").unwrap(),
        resource: "nocgate".into(),
        password: SecretString::from("geheim"),
        addresses: vec![url.parse().unwrap()],
        plain_on_loopback: false,
        ca_pem: Some(include_str!("../bosh/test_ca.pem").to_owned()),
    }
}

/// A server that answers whatever it is sent with `answer`.
async fn server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut some = [0; 4096];
                while stream.read(&mut some).await.is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    port
}

fn step(steps: &[Tested], step: TestStep) -> &Tested {
    steps.iter().find(|tested| tested.step == step).unwrap()
}

/// The account is tried at the address, and this step fails with these words.
async fn fails(url: &str, which: TestStep, words: &str) {
    let steps = test_account(&account(url), &[]).await;
    let tested = step(&steps, which);
    assert_eq!(tested.outcome, TestOutcome::Failed, "{url}: {steps:?}");
    assert!(tested.detail.contains(words), "{url}: {}", tested.detail);
    assert_eq!(step(&steps, TestStep::Login).outcome, TestOutcome::Skipped);
    assert_eq!(steps.len(), 4);
    assert!(steps.iter().all(|it| it.detail.ends_with(['.', '?', ')'])), "{steps:?}");
}

#[tokio::test]
async fn nobody_at_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    drop(listener);
    fails(&format!("http://{place}/http-bind"), TestStep::Bosh, "Nobody listens").await;
    fails(&format!("https://{place}/http-bind"), TestStep::Tls, "Nobody listens").await;
    fails("https://no-such-host.invalid/http-bind", TestStep::Name, "is not known").await;
}

#[tokio::test]
async fn something_else_at_the_address() {
    for (answer, words) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "no BOSH at the path /http-bind (HTTP 404)"),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "A proxy answers"),
        (
            "HTTP/1.1 301 Moved\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n",
            "give the address that it leads to",
        ),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "HTTP 403"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "is no BOSH server"),
        ("SSH-2.0-OpenSSH\r\n", "if the port is for TLS, give an https address"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n<body xmlns='http://jabber.org/protocol/httpbind' \
             type='terminate' condition='host-unknown'/>  ",
            "does not serve the domain xmpp.example",
        ),
    ] {
        let port = server(answer).await;
        fails(&format!("http://localhost:{port}/http-bind"), TestStep::Bosh, words).await;
    }
}

#[tokio::test]
async fn tls_asked_of_a_port_for_http() {
    let port = server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    fails(&format!("https://127.0.0.1:{port}/http-bind"), TestStep::Tls, "does not speak TLS").await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_waited_for_so_long() {
    let port = server("").await;
    fails(&format!("http://127.0.0.1:{port}/http-bind"), TestStep::Bosh, "within 10 s").await;
}

#[test]
fn foreign_texts_are_short_and_of_one_line() {
    let text = words::short(&format!("a\n\u{1b}b{}", "x".repeat(1_000)));
    assert!(text.starts_with("a  bxx") && text.chars().count() == 201, "{text}");
    assert_eq!(words::sentence("login failed."), "Login failed.");
}
