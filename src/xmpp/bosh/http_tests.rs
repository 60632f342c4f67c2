use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// The other end, played by the test.
struct Server(TcpListener);

impl Server {
    async fn start(scheme: &str) -> (Server, HttpTransport) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("{scheme}://{}/http-bind?a=b", listener.local_addr().unwrap());
        let ca = include_str!("test_ca.pem").to_owned();
        let transport = HttpTransport::new(Target::new(Dialer::new(Some(ca)), Url::parse(&address).unwrap()));
        (Server(listener), transport)
    }

    async fn accept(&self) -> TcpStream {
        timeout(PATIENCE, self.0.accept()).await.expect("nobody connects").unwrap().0
    }
}

/// Reads one request; its body ends with a full stop.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while text.last() != Some(&b'.') {
        let read = timeout(PATIENCE, stream.read_buf(&mut text)).await.expect("no request").unwrap();
        assert_ne!(read, 0, "closed in {:?}", String::from_utf8_lossy(&text));
    }
    String::from_utf8(text).unwrap()
}

async fn respond(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn post(rid: u64, body: &str) -> Post {
    let start = super::super::transport::Start::default();
    Post { rid, body: Bytes::from(body.to_owned()), start }
}

async fn event(transport: &mut HttpTransport) -> Event {
    timeout(PATIENCE, transport.event()).await.expect("no event")
}

fn answered(rid: u64, body: &str) -> Event {
    Event::Answered { rid, status: 200, body: body.into() }
}

#[tokio::test]
async fn a_request_is_written_then_answered() {
    let (server, mut transport) = Server::start("http").await;
    transport.post(post(7, "<body/>."));
    let play = async {
        let mut stream = server.accept().await;
        let text = request(&mut stream).await;
        respond(&mut stream, "<answer/>").await;
        (text, stream)
    };
    let (written, (text, _stream)) = tokio::join!(event(&mut transport), play);
    assert_eq!(written, Event::Written { rid: 7 });
    assert_eq!(event(&mut transport).await, answered(7, "<answer/>"));
    let text = text.to_lowercase();
    assert!(text.starts_with("post /http-bind?a=b http/1.1\r\n"), "{text}");
    assert!(text.contains("content-type: text/xml; charset=utf-8\r\n"), "{text}");
    assert!(text.contains("content-length: 8\r\n"), "{text}");
    assert!(text.contains("host: 127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn each_request_has_a_connection_and_connections_are_kept() {
    let (server, mut transport) = Server::start("http").await;
    transport.post(post(1, "one."));
    let (_, mut first) = tokio::join!(event(&mut transport), server.accept());
    transport.post(post(2, "two."));
    let (_, mut second) = tokio::join!(event(&mut transport), server.accept());
    assert!(request(&mut first).await.ends_with("one."));
    assert!(request(&mut second).await.ends_with("two."));
    respond(&mut second, "2").await;
    assert_eq!(event(&mut transport).await, answered(2, "2"));
    respond(&mut first, "1").await;
    assert_eq!(event(&mut transport).await, answered(1, "1"));
    transport.post(post(3, "three."));
    assert_eq!(event(&mut transport).await, Event::Written { rid: 3 });
    assert!(request(&mut second).await.ends_with("three."), "the one idle for longest is used");
}

#[tokio::test]
async fn a_large_request_counts_as_written_when_all_of_it_is() {
    let (server, mut transport) = Server::start("http").await;
    let large = format!("{}.", "x".repeat(20 << 20));
    transport.post(post(1, &large));
    let begin = async {
        let mut stream = server.accept().await;
        stream.read_exact(&mut [0; 1_000]).await.unwrap();
        stream
    };
    // Some of it has arrived, and the rest does not fit into the buffers of the kernel.
    let mut stream = tokio::select! {
        event = transport.event() => panic!("{event:?}"),
        stream = begin => stream,
    };
    let (written, text) = tokio::join!(event(&mut transport), request(&mut stream));
    assert_eq!(written, Event::Written { rid: 1 });
    assert!(text.len() > large.len() - 1_000);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_not_used() {
    let (server, mut transport) = Server::start("http").await;
    for rid in 1..4 {
        transport.post(post(rid, "one."));
        let (_, mut stream) = tokio::join!(event(&mut transport), server.accept());
        request(&mut stream).await;
        respond(&mut stream, "1").await;
        assert_eq!(event(&mut transport).await, answered(rid, "1"));
        drop(stream);
        while transport.idle.iter().any(|line| !line.is_closed()) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn nothing_is_written_before_the_tls_handshake_is_done() {
    let (server, mut transport) = Server::start("https").await;
    transport.post(post(1, "secret."));
    let play = async {
        let mut stream = server.accept().await;
        let mut hello = vec![0; 5];
        stream.read_exact(&mut hello).await.unwrap();
        assert_eq!(hello[0], 22, "a TLS handshake");
    };
    let (outcome, ()) = tokio::join!(event(&mut transport), play);
    assert!(matches!(outcome, Event::Failed { rid: 1, .. }), "{outcome:?}");
}

#[tokio::test]
async fn broken_answers_are_failures() {
    for answer in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n",
    ] {
        let (server, mut transport) = Server::start("http").await;
        transport.post(post(1, "one."));
        let (_, mut stream) = tokio::join!(event(&mut transport), server.accept());
        request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        drop(stream);
        let outcome = event(&mut transport).await;
        assert!(matches!(outcome, Event::Failed { rid: 1, .. }), "{answer:?}: {outcome:?}");
        assert!(transport.idle.is_empty());
    }
}

#[tokio::test]
async fn nothing_is_heard_of_an_aborted_request() {
    let (server, mut transport) = Server::start("http").await;
    transport.post(post(1, "one."));
    let (_, mut first) = tokio::join!(event(&mut transport), server.accept());
    transport.abort(1);
    transport.post(post(1, "one."));
    let (_, mut second) = tokio::join!(event(&mut transport), server.accept());
    request(&mut first).await;
    request(&mut second).await;
    // The first connection is gone by now, so its answer goes nowhere.
    let _ = first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1").await;
    respond(&mut second, "2").await;
    assert_eq!(event(&mut transport).await, answered(1, "2"));
}

#[tokio::test]
async fn a_connection_made_ahead_is_used() {
    let (server, mut transport) = Server::start("http").await;
    transport.prepare();
    let mut prepared = tokio::select! {
        event = transport.event() => panic!("{event:?}"),
        stream = server.accept() => stream,
    };
    while transport.idle.is_empty() {
        // Polls the work; no event comes of it.
        let _ = timeout(Duration::from_millis(1), transport.event()).await;
    }
    transport.post(post(1, "one."));
    assert_eq!(event(&mut transport).await, Event::Written { rid: 1 });
    assert!(request(&mut prepared).await.ends_with("one."));
}
