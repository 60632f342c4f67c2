use std::time::Duration;

use nocgate::xml::{Element, Limits, XSI, parse};
use nocgate::xmpp::{Client, ErrorType, Inbound, IqError, IqKind, Options, State};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::on_both_servers;
use crate::harness::api::query;
use crate::harness::events::Events;
use crate::harness::site::{FLOAT, PASSWORD, SETPOINT, Site, TEMP, synced};
use crate::harness::xmpp_server::{ServerKind, XmppServer};
use crate::harness::{PATIENCE, eventually};

on_both_servers![
    a_push_becomes_the_latest_reading,
    a_push_older_than_what_is_known_changes_nothing,
    a_sender_that_is_not_registered_is_refused,
    a_push_is_answered_in_its_version,
    a_malformed_push_is_a_fault,
    the_same_push_again_changes_nothing,
    what_shows_nothing_new_is_no_event,
    pushes_take_effect_in_their_order,
    who_is_not_registered_is_listed,
    a_point_that_is_not_in_the_inventory_has_it_read_again,
];

pub(super) const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
pub(super) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

async fn a_push_becomes_the_latest_reading(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/events?kinds=reading&smartserver={}", site.key());
    let mut events = Events::open(&site.api, &path).await;
    let requests = site.smartserver().counts().requests();
    site.smartserver().set_value(SETPOINT, "17.5").unwrap();
    let pushed = site.smartserver().push(&[SETPOINT, TEMP], &site.field.noc()).await.unwrap();
    assert_eq!((pushed.fault_count, pushed.names), (0, vec![SETPOINT.to_owned(), TEMP.to_owned()]));

    let event = events.find("the reading", |_, reading| reading["name"] == SETPOINT).await;
    let reading = site.cached(SETPOINT).await;
    for member in ["value", "source", "received_at", "smartserver", "quality"] {
        assert_eq!(event[member], reading[member], "{member}");
    }
    assert_eq!((&reading["value"], &reading["source"]), (&json!(17.5), &json!("push")));
    let fresh = site.read(SETPOINT, &[("max_age_ms", "60000")]).await.ok();
    assert_eq!(fresh["reading"]["source"], "push", "it is fresh: nobody is asked");
    assert_eq!(site.smartserver().counts().requests(), requests);
    let health = synced(&site.api, &site.key()).await["health"].take();
    assert!(health["last_push_at"].is_string());
}

async fn a_push_older_than_what_is_known_changes_nothing(kind: ServerKind) {
    let site = Site::start(kind).await;
    let polled = site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let item = |updated: &str, value: &str| {
        format!(
            "<Item xsi:type='Dp_Data'><UCPTname>{TEMP}</UCPTname><UCPTlastUpdate>{updated}</UCPTlastUpdate>\
             <UCPTvalue>{value}</UCPTvalue></Item>"
        )
    };
    let older = Device::log_in_as(&site).await;
    older.push(&site, SOAP_11, &item("2020-01-01T00:00:00.000+00:00", "1.00")).await.unwrap();
    assert_eq!(site.cached(TEMP).await["raw"], polled["reading"]["raw"]);
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(5);
    older.push(&site, SOAP_11, &item(&soon.to_string(), "2.00")).await.unwrap();
    assert_eq!(site.cached(TEMP).await["raw"], "2.00");
}

async fn a_sender_that_is_not_registered_is_refused(kind: ServerKind) {
    let site = Site::start(kind).await;
    let stranger = Device::log_in(kind, &format!("{}-stranger", site.field.user), "ilon").await;
    let refused = stranger.push(&site, SOAP_11, &value(FLOAT, "99")).await.unwrap_err();
    let IqError::Stanza(error) = refused else { panic!("{refused:?}") };
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Auth, "forbidden"));
    assert_eq!(site.cached(FLOAT).await, Value::Null);

    site.api.delete(&format!("/smartservers/{}", site.key())).await.ok();
    let push = site.smartserver().push(&[FLOAT], &site.field.noc()).await;
    assert!(push.is_err(), "it is registered no more");
}

async fn a_push_is_answered_in_its_version(kind: ServerKind) {
    let site = Site::start(kind).await;
    let device = Device::log_in_as(&site).await;
    for version in [SOAP_11, SOAP_12] {
        let answer = device.push(&site, version, &value(FLOAT, "21.5")).await.unwrap().unwrap();
        assert!(answer.is(version, "Envelope"), "{answer:?}");
        let items = answer.child("Body").unwrap().child_ns(MESSAGE, "WriteResponse").unwrap();
        let items = items.child("iLonItem").unwrap();
        assert_eq!(items.child_text("UCPTfaultCount").as_deref(), Some("0"));
        assert_eq!(items.child("Item").unwrap().child_text("UCPTname").as_deref(), Some(FLOAT));
    }
    assert_eq!(site.cached(FLOAT).await["value"], 21.5);

    let mixed =
        format!("{}<Item><UCPTvalue>1</UCPTvalue></Item>{}", value(FLOAT, "22.5"), value("new/point", "1"));
    let answer = device.push(&site, SOAP_11, &mixed).await.unwrap().unwrap();
    let items = answer.child("Body").unwrap().child("WriteResponse").unwrap().child("iLonItem").unwrap();
    assert_eq!(items.child_text("UCPTfaultCount").as_deref(), Some("1"), "the item without a name");
    assert_eq!(site.cached(FLOAT).await["value"], 22.5);
}

async fn a_malformed_push_is_a_fault(kind: ServerKind) {
    let site = Site::start(kind).await;
    let device = Device::log_in_as(&site).await;
    for version in [SOAP_11, SOAP_12] {
        for body in
            [format!("<Write xmlns='{MESSAGE}'/>"), format!("<Delete xmlns='{MESSAGE}'/>"), String::new()]
        {
            let refused = device.send(&site, version, &body).await.unwrap_err();
            let IqError::Stanza(error) = refused else { panic!("{refused:?}") };
            assert_eq!(error.condition.0, "undefined-condition");
            assert_eq!(error.application.unwrap().name, "Sender");
            let envelope = error.payload.unwrap();
            let fault = envelope.child_ns(version, "Body").unwrap().child_ns(version, "Fault");
            assert!(fault.is_some(), "{envelope:?}");
        }
    }
    device.push(&site, SOAP_11, &value(FLOAT, "21.5")).await.unwrap();
}

/// An item with the SmartServer's own time of the value.
fn timed(name: &str, value: &str, updated: &str) -> String {
    format!(
        "<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname><UCPTlastUpdate>{updated}</UCPTlastUpdate>\
         <UCPTvalue>{value}</UCPTvalue><UCPTpriority>255</UCPTpriority></Item>"
    )
}

async fn readings(site: &Site) -> Events {
    Events::open(&site.api, &format!("/events?kinds=reading&smartserver={}", site.key())).await
}

async fn next(events: &mut Events) -> (Value, Value) {
    let (_, mut reading) = events.next().await.unwrap();
    (reading["name"].take(), reading["raw"].take())
}

async fn the_same_push_again_changes_nothing(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = readings(&site).await;
    let device = Device::log_in_as(&site).await;
    let at = jiff::Timestamp::now().to_string();
    let item = timed(FLOAT, "21.5", &at);
    let first = device.push(&site, SOAP_11, &item).await.unwrap();
    let kept = site.cached(FLOAT).await;
    let again = device.push(&site, SOAP_11, &item).await.unwrap();
    assert_eq!(again, first, "it is answered as before");
    let after = site.cached(FLOAT).await;
    for member in ["received_at", "observed_at", "raw", "priority"] {
        assert_eq!(after[member], kept[member], "{member}");
    }
    assert!(after["age_ms"].as_u64() >= kept["age_ms"].as_u64());

    // The same value at another time of its own is one that was looked at again.
    let later = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3)).to_string();
    device.push(&site, SOAP_11, &timed(FLOAT, "21.5", &later)).await.unwrap();
    let moved = site.cached(FLOAT).await;
    assert!(moved["observed_at"].as_str() > kept["observed_at"].as_str(), "{moved}");
    device.push(&site, SOAP_11, &timed(FLOAT, "22.5", &later)).await.unwrap();
    assert_eq!(next(&mut events).await, (json!(FLOAT), json!("21.5")));
    assert_eq!(next(&mut events).await, (json!(FLOAT), json!("22.5")), "the others told nothing new");
}

async fn what_shows_nothing_new_is_no_event(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok();
    let mut events = readings(&site).await;
    let after = site.read(SETPOINT, &[("max_age_ms", "0")]).await.ok();
    assert!(after["reading"]["received_at"].as_str() > before["reading"]["received_at"].as_str());
    site.smartserver().set_value(SETPOINT, "17.5").unwrap();
    site.smartserver().push(&[SETPOINT], &site.field.noc()).await.unwrap();
    let (name, raw) = next(&mut events).await;
    assert_eq!(name, SETPOINT);
    assert_ne!(raw, before["reading"]["raw"]);

    let device = Device::log_in_as(&site).await;
    for (item, value) in [("1.5", "1.5"), ("1.5", "1.5"), ("2.5", "2.5")] {
        device.push(&site, SOAP_11, &self::value(FLOAT, item)).await.unwrap();
        assert_eq!(site.cached(FLOAT).await["raw"], value);
    }
    assert_eq!(next(&mut events).await, (json!(FLOAT), json!("1.5")));
    assert_eq!(next(&mut events).await, (json!(FLOAT), json!("2.5")), "without a time of its own too");
}

async fn pushes_take_effect_in_their_order(kind: ServerKind) {
    let site = Site::start(kind).await;
    let device = Device::log_in_as(&site).await;
    for round in 0..5 {
        let items: Vec<_> = (0..20).map(|n| value(FLOAT, &format!("{round}.{n:02}"))).collect();
        let pushes = items.iter().map(|item| device.push(&site, SOAP_11, item));
        let answers = futures_util::future::join_all(pushes).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(site.cached(FLOAT).await["raw"], format!("{round}.19"));
    }
}

async fn who_is_not_registered_is_listed(kind: ServerKind) {
    let site = Site::start(kind).await;
    let unknown = async || site.api.get("/unknown-senders").await.ok()["items"].take();
    assert_eq!(unknown().await, json!([]));
    let user = format!("{}-stranger", site.field.user);
    let stranger = Device::log_in(kind, &user, "ilon").await;
    for _ in 0..2 {
        stranger.push(&site, SOAP_11, &value(FLOAT, "99")).await.unwrap_err();
    }
    stranger.client.message(&site.field.noc(), "hello").await.unwrap();
    stranger.client.subscribe(&site.field.noc().to_bare()).await.unwrap();
    let listed = eventually("all are listed", async || {
        Some(unknown().await).filter(|listed| listed.as_array().unwrap().len() == 3)
    })
    .await;
    let of = |kind: &str| listed.as_array().unwrap().iter().find(|sender| sender["kind"] == kind).unwrap();
    let jid = format!("{user}@{}/ilon", site.field.domain);
    assert_eq!((&of("push")["jid"], &of("push")["count"]), (&json!(jid), &json!(2)), "{listed}");
    assert_eq!(of("push")["last_error"], "this SmartServer is not registered");
    assert_eq!((&of("message")["jid"], &of("message")["last_error"]), (&json!(jid), &Value::Null));
    assert_eq!(of("subscription")["jid"], jid.trim_end_matches("/ilon"));
    let mut paged = Vec::new();
    let mut cursor = String::new();
    while paged.len() < 10 {
        let page = site.api.get(&format!("/unknown-senders?limit=2{cursor}")).await.ok();
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(json!(paged), listed);

    let new = json!({"jid": jid, "identity_id": site.identity});
    site.api.post("/smartservers", new).await.ok();
    assert_eq!(unknown().await, json!([]), "it is one of ours");
    let other = Device::log_in(kind, &user, "other").await;
    other.push(&site, SOAP_11, &value(FLOAT, "99")).await.unwrap_err();
    assert_eq!(unknown().await.as_array().unwrap().len(), 1, "not with another resource");
    assert_eq!(site.api.delete("/unknown-senders").await.status, 204);
    assert_eq!(unknown().await, json!([]));
}

async fn a_point_that_is_not_in_the_inventory_has_it_read_again(kind: ServerKind) {
    let site = Site::start(kind).await;
    let name = "Net/LON/Device 1/Block[0]/nvoNew_99";
    let smartserver = site.smartserver();
    // Nothing else tells of the change.
    smartserver.change_behaviour(|behaviour| behaviour.no_header = true);
    assert!(smartserver.add_point(name, "SNVT_temp_p"));
    let pushed = smartserver.push(&[name, SETPOINT], &site.field.noc()).await.unwrap();
    assert_eq!(pushed.fault_count, 0);
    let path = query("/data-points", &[("smartserver", &site.key()), ("name", name)]);
    eventually("it is in the inventory", async || {
        (site.api.get(&path).await.ok()["items"][0]["name"] == name).then_some(())
    })
    .await;
    smartserver.push(&[name], &site.field.noc()).await.unwrap();
    assert_eq!(site.cached(name).await["source"], "push");
}

pub(super) fn value(name: &str, value: &str) -> String {
    format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname><UCPTvalue>{value}</UCPTvalue></Item>")
}

/// A client that sends whatever a test wants.
pub(super) struct Device {
    pub(super) client: Client,
    _inbound: mpsc::Receiver<Inbound>,
}

impl Device {
    /// Takes the place of the site's SmartServer.
    pub(super) async fn log_in_as(site: &Site) -> Device {
        site.smartserver().go_offline().await;
        let jid = site.smartserver().jid();
        let kind = site.kind;
        Device::log_in(kind, jid.node().unwrap().as_str(), jid.resource().as_str()).await
    }

    async fn log_in(kind: ServerKind, user: &str, resource: &str) -> Device {
        Device::log_in_at(XmppServer::shared(kind).await, user, resource).await
    }

    /// On the server that tests share.
    pub(super) async fn log_in_on(site: &Site, user: &str, resource: &str) -> Device {
        Device::log_in(site.kind, user, resource).await
    }

    pub(super) async fn log_in_at(server: &XmppServer, user: &str, resource: &str) -> Device {
        server.register(user, PASSWORD).await;
        let account = server.account(user, PASSWORD);
        let account = nocgate::xmpp::Account { resource: resource.to_owned(), ..account };
        let options = Options {
            wait: Duration::from_secs(30),
            max_stanzas: 16,
            max_body_bytes: 100_000,
            answered_namespaces: Vec::new(),
            disco_identity: ("automation", "soap", "test"),
            disco_features: Vec::new(),
            resumes_streams: true,
            records_streams: false,
            plain_first: false,
            common: nocgate::xmpp::Common::new(16, Vec::new()),
            follows: None,
        };
        let (client, inbound) = Client::start(account, options);
        let mut status = client.status();
        let online = status.wait_for(|status| matches!(status.state, State::Online(_)));
        tokio::time::timeout(PATIENCE, online).await.expect("it logs in").unwrap();
        Device { client, _inbound: inbound }
    }

    pub(super) async fn push(
        &self,
        site: &Site,
        version: &str,
        items: &str,
    ) -> Result<Option<Element>, IqError> {
        let body = format!("<Write xmlns='{MESSAGE}'><iLonItem>{items}</iLonItem></Write>");
        self.send(site, version, &body).await
    }

    async fn send(&self, site: &Site, version: &str, body: &str) -> Result<Option<Element>, IqError> {
        let text =
            format!("<e:Envelope xmlns:e='{version}' xmlns:xsi='{XSI}'><e:Body>{body}</e:Body></e:Envelope>");
        let payload = parse(&text, &Limits::REQUEST).unwrap();
        self.client.iq(&site.field.noc(), IqKind::Set, payload, Instant::now() + PATIENCE).await
    }
}
