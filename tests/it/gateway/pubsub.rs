//! Nodes of a pubsub service (XEP-0060) whose items are pushes.

use jid::BareJid;
use nocgate::xml::Element;
use nocgate::xmpp::{Client, IqKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::on_both_servers;
use super::pushes::{Device, MESSAGE};
use crate::harness::events::Events;
use crate::harness::gateway::Gateway;
use crate::harness::site::{FLOAT, LEVEL, Needs, SETPOINT, Site, TEMP, in_state, online, text};
use crate::harness::xmpp_server::{ServerKind, XmppServer};
use crate::harness::{PATIENCE, eventually};

on_both_servers![
    items_are_pushes_of_their_smartserver,
    what_was_published_in_a_gap_is_fetched,
    a_subscription_outlives_the_server_and_the_gateway,
    an_item_of_somebody_else_is_refused,
    what_cannot_be_read_is_counted,
    a_node_that_is_not_there_is_said_so,
    only_what_makes_sense_is_subscribed,
];

const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const FORMS: &str = "jabber:x:data";
const NODE: &str = "values";
/// Administers Prosody, where nobody else makes nodes.
const ADMIN: &str = "admin";

fn service() -> BareJid {
    "pubsub.nocgate.test".parse().unwrap()
}

async fn ask(client: &Client, action: Vec<Element>) {
    let pubsub = Element::new(PUBSUB, "pubsub").with_children(action);
    client.iq(&service().into(), IqKind::Set, pubsub, Instant::now() + PATIENCE).await.unwrap();
}

/// A node of this test that everybody may publish to.
async fn node(site: &Site, options: &[(&str, &str)]) -> String {
    let admin = Device::log_in_on(site, ADMIN, &site.field.user).await;
    let node = format!("{}/{NODE}", site.field.user);
    make_node(&admin.client, &node, options).await;
    admin.client.stop().await;
    node
}

async fn make_node(client: &Client, node: &str, options: &[(&str, &str)]) {
    let field = |(name, value): (&str, &str)| {
        let value = Element::new(FORMS, "value").with_text(value);
        Element::new(FORMS, "field").with_attr("var", name).with_child(value)
    };
    let fixed = [
        ("FORM_TYPE", "http://jabber.org/protocol/pubsub#node_config"),
        ("pubsub#publish_model", "open"),
        ("pubsub#max_items", "10"),
        ("pubsub#persist_items", "true"),
    ];
    let fields = fixed.iter().chain(options).copied().map(field);
    let form = Element::new(FORMS, "x").with_attr("type", "submit").with_children(fields);
    let create = Element::new(PUBSUB, "create").with_attr("node", node);
    ask(client, vec![create, Element::new(PUBSUB, "configure").with_child(form)]).await;
}

fn path(site: &Site) -> String {
    format!("/identities/{}/pubsub-subscriptions", site.identity)
}

/// Makes the identity read a node and waits until the service has agreed.
async fn subscribed(site: &Site, node: &str) -> Value {
    let new = json!({"service": service().as_str(), "node": node, "smartserver": site.key()});
    let made = site.api.post(&path(site), new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    in_report(site, "it is subscribed", |report| report["state"] == "subscribed").await
}

async fn report(site: &Site) -> Value {
    site.api.get(&path(site)).await.ok()["items"][0].take()
}

async fn in_report(site: &Site, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || Some(report(site).await).filter(&wanted)).await
}

async fn cached_value(site: &Site, name: &str, value: f64) -> Value {
    eventually("the value is there", async || {
        Some(site.cached(name).await).filter(|reading| reading["value"] == value)
    })
    .await
}

async fn items_are_pushes_of_their_smartserver(kind: ServerKind) {
    let site = Site::start(kind).await;
    let node = node(&site, &[]).await;
    let made = subscribed(&site, &node).await;
    assert_eq!((&made["node"], &made["taken"]), (&json!(node), &json!(0)), "{made}");

    let events = format!("/events?kinds=reading&smartserver={}", site.key());
    let mut events = Events::open(&site.api, &events).await;
    let smartserver = site.smartserver();
    smartserver.set_value(SETPOINT, "17.5").unwrap();
    smartserver.publish(&[SETPOINT, TEMP], &service(), &node).await.unwrap();
    let event = events.find("the reading", |_, reading| reading["name"] == SETPOINT).await;
    assert_eq!((&event["value"], &event["source"]), (&json!(17.5), &json!("push")));
    let report = in_report(&site, "it is counted", |report| report["taken"] == 1).await;
    assert!(report["last_item_at"].is_string(), "{report}");
    let fresh = site.read(SETPOINT, &[("max_age_ms", "60000")]).await.ok();
    assert_eq!(fresh["reading"]["source"], "push", "it is fresh: nobody is asked");

    site.api.delete(&format!("{}/{}", path(&site), text(&made["id"]))).await.ok();
    smartserver.set_value(SETPOINT, "18.5").unwrap();
    smartserver.publish(&[SETPOINT], &service(), &node).await.unwrap();
    // What comes after it on the same session has come: nothing of the node did before.
    smartserver.push(&[LEVEL], &site.field.noc()).await.unwrap();
    assert_eq!(site.cached(SETPOINT).await["value"], 17.5);
    assert_eq!(site.api.get(&path(&site)).await.ok()["items"], json!([]));
}

/// Of several items that were published while there was no session the newest stays, whatever the order in
/// which the service gives them, and those that came before are not taken twice.
async fn what_was_published_in_a_gap_is_fetched(kind: ServerKind) {
    let site = Site::start(kind).await;
    let node = node(&site, &[]).await;
    subscribed(&site, &node).await;
    let publisher =
        Device::log_in_on(&site, site.smartserver().jid().node().unwrap().as_str(), "other").await;
    let publish = async |value: u32| {
        let payload =
            write(&format!("<Item><UCPTname>{FLOAT}</UCPTname><UCPTvalue>{value}</UCPTvalue></Item>"));
        publisher
            .client
            .publish(&service(), (&node, None), payload, Instant::now() + PATIENCE)
            .await
            .unwrap();
    };
    publish(1).await;
    cached_value(&site, FLOAT, 1.0).await;

    // Another client with the identity's resource takes its session.
    let thief = Device::log_in_on(&site, &site.field.user, "it").await;
    in_state(&site.api, &site.identity, "offline").await;
    assert_eq!(report(&site).await["state"], "waiting");
    for value in 2..=5 {
        publish(value).await;
    }
    thief.client.stop().await;
    site.api.post(&format!("/identities/{}/reconnect", site.identity), json!(null)).await.ok();
    let reading = cached_value(&site, FLOAT, 5.0).await;
    assert_eq!(reading["age_ms"], Value::Null, "nobody knows when it was published");
    let report =
        in_report(&site, "all are there", |report| report["state"] == "subscribed" && report["taken"] == 5)
            .await;
    assert!(report["repeated"].as_u64() >= Some(1), "{report}");
    assert_eq!(report["malformed"], 0, "{report}");
}

async fn a_subscription_outlives_the_server_and_the_gateway(kind: ServerKind) {
    let mut server = XmppServer::start(kind).await;
    let mut site = Site::on(&server, Needs::default()).await;
    let admin = Device::log_in_at(&server, ADMIN, "it").await;
    make_node(&admin.client, NODE, &[]).await;
    subscribed(&site, NODE).await;
    admin.client.stop().await;

    server.stop().await;
    in_report(&site, "it is known", |report| report["state"] == "waiting").await;
    server.restart().await;
    site.smartserver().online().await;
    online(&site.api, &site.identity).await;
    // A server may have forgotten a node; then it is made again.
    let known = in_report(&site, "it has asked", |report| report["state"] != "waiting").await;
    if known["state"] != "subscribed" {
        let admin = Device::log_in_at(&server, ADMIN, "it").await;
        make_node(&admin.client, NODE, &[]).await;
        in_report(&site, "it is subscribed again", |report| report["state"] == "subscribed").await;
    }
    site.smartserver().set_value(SETPOINT, "16.5").unwrap();
    eventually("it is published", async || {
        site.smartserver().publish(&[SETPOINT], &service(), NODE).await.ok()
    })
    .await;
    cached_value(&site, SETPOINT, 16.5).await;

    site.gateway.stop(PATIENCE).await;
    site.database.execute("DELETE FROM api_keys").await;
    let smartserver = site.field.smartserver();
    smartserver.set_value(SETPOINT, "15.5").unwrap();
    smartserver.publish(&[SETPOINT], &service(), NODE).await.unwrap();
    site.gateway = Gateway::start(&site.database, &[]).await;
    site.api = site.gateway.api.clone();
    cached_value(&site, SETPOINT, 15.5).await;
}

async fn an_item_of_somebody_else_is_refused(kind: ServerKind) {
    let site = Site::start(kind).await;
    let node = node(&site, &[("pubsub#itemreply", "publisher")]).await;
    subscribed(&site, &node).await;
    let other = Device::log_in_on(&site, &format!("{}-other", site.field.user), "ilon").await;
    let payload = write(&format!("<Item><UCPTname>{FLOAT}</UCPTname><UCPTvalue>7</UCPTvalue></Item>"));
    other.client.publish(&service(), (&node, None), payload, Instant::now() + PATIENCE).await.unwrap();
    let report = in_report(&site, "it is refused", |report| report["refused"] == 1).await;
    assert!(text(&report["last_error"]).contains("-other@"), "{report}");
    assert_eq!(site.cached(FLOAT).await, Value::Null);
    site.smartserver().publish(&[SETPOINT], &service(), &node).await.unwrap();
    in_report(&site, "its own is taken", |report| report["taken"] == 1).await;
}

async fn what_cannot_be_read_is_counted(kind: ServerKind) {
    let site = Site::start(kind).await;
    let node = node(&site, &[]).await;
    subscribed(&site, &node).await;
    let publisher =
        Device::log_in_on(&site, site.smartserver().jid().node().unwrap().as_str(), "other").await;
    for payload in [Element::new("urn:x", "entry"), Element::new(MESSAGE, "Write")] {
        publisher
            .client
            .publish(&service(), (&node, None), payload, Instant::now() + PATIENCE)
            .await
            .unwrap();
    }
    let report = in_report(&site, "they are counted", |report| report["malformed"] == 2).await;
    assert!(text(&report["last_error"]).contains("iLonItem"), "{report}");
    assert_eq!(report["taken"], 0);
}

async fn a_node_that_is_not_there_is_said_so(kind: ServerKind) {
    let site = Site::start(kind).await;
    let new = json!({"service": "nothing.nocgate.test", "node": "x", "smartserver": site.key()});
    site.api.post(&path(&site), new).await.ok();
    let report = in_report(&site, "it is refused", |report| report["state"] == "refused").await;
    assert!(text(&report["reason"]).contains("("), "{report}");
}

async fn only_what_makes_sense_is_subscribed(kind: ServerKind) {
    let site = Site::start(kind).await;
    let node = node(&site, &[]).await;
    let made = subscribed(&site, &node).await;
    let key = site.key();
    for (service, node, smartserver, status, code) in [
        (service().as_str(), node.as_str(), key.as_str(), 409, "conflict"),
        (service().as_str(), "x", "nobody", 404, "smartserver_unknown"),
        ("@", "x", &key, 422, "request_invalid"),
        (service().as_str(), "", &key, 422, "request_invalid"),
        (service().as_str(), "a\u{0}b", &key, 422, "request_invalid"),
    ] {
        let new = json!({"service": service, "node": node, "smartserver": smartserver});
        let refused = site.api.post(&path(&site), new).await;
        assert_eq!((refused.status, &refused.body["code"]), (status, &json!(code)), "{}", refused.text);
    }
    let page = site.api.get(&format!("{}?limit=1", path(&site))).await.ok();
    assert_eq!((&page["items"][0]["id"], &page["next_cursor"]), (&made["id"], &Value::Null));
    let missing = site.api.delete(&format!("{}/{}", path(&site), uuid::Uuid::nil())).await;
    assert_eq!(missing.body["code"], "pubsub_subscription_unknown", "{}", missing.text);
    // It goes with its SmartServer.
    site.api.delete(&format!("/smartservers/{key}")).await.ok();
    assert_eq!(site.api.get(&path(&site)).await.ok()["items"], json!([]));
}

/// A message alone, without its envelope.
fn write(items: &str) -> Element {
    let text = format!("<Write xmlns='{MESSAGE}'><iLonItem>{items}</iLonItem></Write>");
    nocgate::xml::parse(&text, &nocgate::xml::Limits::REQUEST).unwrap()
}
