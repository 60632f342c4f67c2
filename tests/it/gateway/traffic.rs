//! The messages to and from a SmartServer, as somebody hears them who listens.

use std::time::Duration;

use nocgate::simulator::Behaviour;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::on_both_servers;
use crate::harness::api::Api;
use crate::harness::events::Events;
use crate::harness::site::{Needs, SETPOINT, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;
use crate::harness::{PATIENCE, eventually};

on_both_servers![
    a_read_and_its_answer_are_heard_and_joined,
    what_is_not_answered_is_told,
    pushes_presence_and_chat_are_heard,
    a_secret_is_never_told,
    filters_leave_the_rest_out,
    a_slow_listener_is_told_of_a_gap,
    only_so_many_may_listen,
];

const SECRET: &str = "geheim-4711";

fn path(site: &Site) -> String {
    format!("/smartservers/{}/traffic", site.key())
}

/// The next message of which this is true.
async fn heard(events: &mut Events, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    events.find(what, |name, message| name == "message" && wanted(message)).await
}

async fn answer_to(events: &mut Events, request: &Value) -> Value {
    let answer = heard(events, "the answer", |message| {
        message["request_id"] == request["id"] && message["id"] != request["id"]
    })
    .await;
    assert_ne!(answer["direction"], request["direction"]);
    assert!(answer["took_ms"].as_f64() >= Some(0.0), "{answer}");
    answer
}

async fn a_read_and_its_answer_are_heard_and_joined(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, &path(&site)).await;
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let names_temp = |message: &Value| message["text"].as_str().is_some_and(|xml| xml.contains(TEMP));
    let request = heard(&mut events, "the request", names_temp).await;
    for (member, value) in [
        ("direction", json!("sent")),
        ("kind", json!("soap")),
        ("operation", json!("Read")),
        ("lane", json!("read")),
        ("request_id", request["id"].clone()),
        ("outcome", Value::Null),
        ("truncated", json!(false)),
        ("bytes", json!(text(&request["text"]).len())),
    ] {
        assert_eq!(request[member], value, "{member}: {request}");
    }
    let answer = answer_to(&mut events, &request).await;
    for (member, value) in
        [("direction", "received"), ("operation", "Read"), ("lane", "read"), ("outcome", "ok")]
    {
        assert_eq!(answer[member], value, "{member}: {answer}");
    }
    assert!(text(&answer["text"]).contains("ReadResponse"), "{answer}");

    site.order(SETPOINT, json!({"action": {"type": "write", "value": 21.5}})).await;
    let write = heard(&mut events, "the write", |message| message["operation"] == "Write").await;
    assert_eq!((&write["lane"], &write["direction"]), (&json!("write"), &json!("sent")));
    assert_eq!(answer_to(&mut events, &write).await["outcome"], "ok");
}

async fn what_is_not_answered_is_told(kind: ServerKind) {
    let needs = Needs { overrides: &[("SMARTSERVER__DEADLINE_MS", "3000")], ..Needs::default() };
    let site = Site::with(kind, needs).await;
    site.field.watch.allow_anything();
    let mut events = Events::open(&site.api, &path(&site)).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let soap = format!("/smartservers/{}/soap", site.key());
    let soap = site.api.post_text(&soap, "text/xml", "<List/>");
    let (answer, request) =
        tokio::join!(soap, heard(&mut events, "the request", |message| message["operation"] == "List"));
    assert_eq!(answer.status, 504);
    let answer = answer_to(&mut events, &request).await;
    assert_eq!((&answer["outcome"], &answer["text"]), (&json!("timeout"), &Value::Null));
    assert_eq!(answer["detail"], "no answer within the deadline");
}

async fn pushes_presence_and_chat_are_heard(kind: ServerKind) {
    let site = Site::start(kind).await;
    eventually("its presence is known", async || {
        let smartserver = site.api.get(&format!("/smartservers/{}", site.key())).await.ok();
        (smartserver["health"]["present"] == true).then_some(())
    })
    .await;
    let mut events = Events::open(&site.api, &path(&site)).await;
    site.smartserver().push(&[TEMP], &site.field.noc()).await.unwrap();
    let push = heard(&mut events, "the push", |message| message["kind"] == "push").await;
    assert_eq!((&push["direction"], &push["operation"]), (&json!("received"), &json!("Write")));
    assert!(text(&push["text"]).contains(TEMP));
    let answer = answer_to(&mut events, &push).await;
    assert_eq!((&answer["outcome"], &answer["kind"]), (&json!("ok"), &json!("push")));
    assert!(text(&answer["text"]).contains("WriteResponse"), "{answer}");

    let messages = format!("/smartservers/{}/messages", site.key());
    site.api.post(&messages, json!({"text": "Are you there?"})).await.ok();
    let said = heard(&mut events, "what is said", |message| message["kind"] == "chat").await;
    assert!(text(&said["text"]).contains("Are you there?"));
    assert_eq!(answer_to(&mut events, &said).await["outcome"], "ok");

    site.smartserver().go_offline().await;
    let gone = heard(&mut events, "presence", |message| {
        message["kind"] == "presence" && text(&message["text"]).contains("unavailable")
    })
    .await;
    assert_eq!(gone["direction"], "received");
    assert_eq!(gone["request_id"], Value::Null);
}

async fn a_secret_is_never_told(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.field.watch.allow_anything();
    let mut events = Events::open(&site.api, &path(&site)).await;
    for body in [
        format!(
            "<SystemService_Write_Info><iLONSystemService><UCPTsystemInfoType>SI_SECURITY</UCPTsystemInfoType>\
                 <SECURITY><UCPTftpPassword>{SECRET}</UCPTftpPassword></SECURITY></iLONSystemService>\
                 </SystemService_Write_Info>"
        ),
        format!(
            "<SystemService_Write_Info><Field><UCPTname>User password</UCPTname><UCPTvalue>{SECRET}</UCPTvalue>\
                 </Field></SystemService_Write_Info>"
        ),
        format!(
            "<SystemService_Write_Info><V><![CDATA[<p:password>{SECRET}</p:password>]]></V>\
                 </SystemService_Write_Info>"
        ),
    ] {
        site.api.post_text(&format!("/smartservers/{}/soap", site.key()), "text/xml", body).await;
    }
    let messages = format!("/smartservers/{}/messages", site.key());
    site.api.post(&messages, json!({"text": format!("<password>{SECRET}</password>")})).await.ok();
    let mut masked = 0;
    // The chat comes last; what it is answered comes after it.
    loop {
        let message = heard(&mut events, "a message", |_| true).await;
        assert!(!message.to_string().contains(SECRET), "{message}");
        masked += usize::from(message["text"].as_str().is_some_and(|xml| xml.contains("[removed]")));
        if message["kind"] == "chat" && message["direction"] == "received" {
            break;
        }
    }
    assert!(masked >= 4, "{masked}");
}

async fn filters_leave_the_rest_out(kind: ServerKind) {
    let site = Site::start(kind).await;
    let all = path(&site);
    let mut answers = Events::open(&site.api, &format!("{all}?kinds=soap,chat&direction=received")).await;
    let mut writes = Events::open(&site.api, &format!("{all}?operation=Write,Set")).await;
    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    site.smartserver().push(&[TEMP], &site.field.noc()).await.unwrap();
    site.order(SETPOINT, json!({"action": {"type": "write", "value": 20.5}})).await;
    let first = heard(&mut answers, "an answer", |_| true).await;
    assert_eq!((&first["direction"], &first["kind"]), (&json!("received"), &json!("soap")), "{first}");
    let first = heard(&mut writes, "a write", |_| true).await;
    assert_eq!(first["operation"], "Write", "{first}");
    for wrong in ["kinds=all", "direction=both", "operations=Read"] {
        let refused = site.api.get(&format!("{all}?{wrong}")).await;
        assert_eq!(refused.problem(), (400, "query_invalid".into()), "{wrong}");
    }
    let unknown = site.api.get("/smartservers/nobody/traffic").await;
    assert_eq!(unknown.problem(), (404, "smartserver_unknown".into()));
}

/// A listener whose socket takes little.
async fn slow(api: &Api, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let address = api.base.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let key = api.key.as_deref().unwrap();
    let request =
        format!("GET /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 16]).await.unwrap();
    stream
}

async fn a_slow_listener_is_told_of_a_gap(kind: ServerKind) {
    let needs = Needs { overrides: &[("HTTP__WRITE_TIMEOUT_S", "300")], ..Needs::default() };
    let site = Site::with(kind, needs).await;
    site.field.watch.allow_anything();
    let mut slow = slow(&site.api, &path(&site)).await;
    let item = format!("<Item><UCPTname>Net/{}</UCPTname></Item>", "x".repeat(900));
    let long = format!("<Read><iLonItem>{}</iLonItem></Read>", item.repeat(70));
    // More than the sockets' buffers and the listener's queue hold together.
    for _ in 0..120 {
        let soap = format!("/smartservers/{}/soap", site.key());
        site.api.post_text(&soap, "text/xml", long.clone()).await.ok();
    }
    let mut tail = String::new();
    let mut chunk = vec![0; 64 << 10];
    let gap = async {
        while !(tail.contains("event: gap\n") && tail.contains("\"missed\":")) {
            let read = slow.read(&mut chunk).await.unwrap();
            assert!(read > 0, "the stream ended");
            // A gap may be cut in two by the end of a chunk.
            tail = tail.split_off(tail.floor_char_boundary(tail.len().saturating_sub(100)));
            tail += &String::from_utf8_lossy(&chunk[..read]);
        }
    };
    timeout(PATIENCE, gap).await.expect("a gap is told");
}

async fn only_so_many_may_listen(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut listeners = Vec::new();
    for _ in 0..4 {
        listeners.push(Events::open(&site.api, &path(&site)).await);
    }
    let refused = site.api.get(&path(&site)).await;
    assert_eq!(refused.problem(), (429, "too_many_traffic_listeners".into()));
    assert!(refused.header("retry-after").is_some());

    site.api.delete(&format!("/smartservers/{}", site.key())).await.ok();
    for listener in &mut listeners {
        listener.ends_within(Duration::from_secs(30)).await;
    }
}
