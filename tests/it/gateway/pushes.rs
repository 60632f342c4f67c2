use std::time::Duration;

use nocgate::xml::{Element, Limits, XSI, parse};
use nocgate::xmpp::{Client, ErrorType, Inbound, IqError, IqKind, Options, State};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::on_both_servers;
use crate::harness::PATIENCE;
use crate::harness::events::Events;
use crate::harness::site::{FLOAT, PASSWORD, SETPOINT, Site, TEMP, synced};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

on_both_servers![
    a_push_becomes_the_latest_reading,
    a_push_older_than_what_is_known_changes_nothing,
    a_sender_that_is_not_registered_is_refused,
    a_push_is_answered_in_its_version,
    a_malformed_push_is_a_fault,
];

const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
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

fn value(name: &str, value: &str) -> String {
    format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname><UCPTvalue>{value}</UCPTvalue></Item>")
}

/// A client that sends whatever a test wants.
struct Device {
    client: Client,
    _inbound: mpsc::Receiver<Inbound>,
}

impl Device {
    /// Takes the place of the site's SmartServer.
    async fn log_in_as(site: &Site) -> Device {
        site.smartserver().go_offline().await;
        let jid = site.smartserver().jid();
        let kind = site.kind;
        Device::log_in(kind, jid.node().unwrap().as_str(), jid.resource().as_str()).await
    }

    async fn log_in(kind: ServerKind, user: &str, resource: &str) -> Device {
        let server = XmppServer::shared(kind).await;
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

    async fn push(&self, site: &Site, version: &str, items: &str) -> Result<Option<Element>, IqError> {
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
