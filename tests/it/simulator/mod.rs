//! Simulated SmartServers on real XMPP servers.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod network;

use std::time::Duration;

use jid::Jid;
use jiff::SignedDuration;
use nocgate::simulator::{
    Behaviour, CHAT_ANSWER, Delay, FaultCarrier, Fleet, Handle, LogEntry, Mac, Profile, Settings, Silence,
    deterministic_value, macs,
};
use nocgate::xml::{Element, Limits, XSI, parse};
use nocgate::xmpp::{Client, Common, ErrorType, Inbound, IqError, IqKind, IqRequest, Options, State};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::harness::xmpp_server::{ServerKind, XmppServer};
use crate::harness::{PATIENCE, eventually};

const PASSWORD: &str = "secret";
const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const LAMP: &str = "Net/LON/Device 1/Block[0]/nviSwitch_0";
const TEMP: &str = "Net/LON/Device 1/Block[0]/nvoTemp_2";

/// A server, a fleet on it, and somebody who asks.
struct Site {
    server: XmppServer,
    fleet: Fleet,
    noc: Client,
    inbound: mpsc::Receiver<Inbound>,
}

impl Site {
    async fn start(kind: ServerKind, count: usize, change: impl FnOnce(&mut Settings)) -> Site {
        let server = XmppServer::start(kind).await;
        let users = macs(Mac::FIRST, count).into_iter().map(|mac| mac.to_string().to_lowercase());
        server.register_all(users.chain(["noc".to_owned()]), PASSWORD).await;
        let mut settings = Settings::new(server.bosh_url(), server.domain(), PASSWORD.into());
        (settings.count, settings.points, settings.profile) = (count, 20, Profile::Deterministic);
        change(&mut settings);
        let fleet = Fleet::start(&settings).unwrap();
        let (noc, inbound) = Client::start(server.account("noc", PASSWORD), options());
        let online = async {
            fleet.online().await;
            noc.status().wait_for(|s| matches!(s.state, State::Online(_))).await.unwrap();
        };
        tokio::time::timeout(PATIENCE, online).await.expect("everybody is online");
        Site { server, fleet, noc, inbound }
    }

    fn smartserver(&self) -> &Handle {
        &self.fleet.smartservers()[0]
    }

    async fn ask(&self, body: &str, deadline: Duration) -> Result<Element, IqError> {
        let text = format!("<Envelope xmlns='{SOAP}' xmlns:xsi='{XSI}'><Body>{body}</Body></Envelope>");
        let payload = parse(&text, &Limits::REQUEST).unwrap();
        let to = Jid::from(self.smartserver().jid().clone());
        let answer = self.noc.iq(&to, IqKind::Set, payload, Instant::now() + deadline).await?;
        Ok(answer.expect("an answer has an envelope"))
    }

    async fn read(&self, name: &str, max_age: &str) -> Result<String, IqError> {
        let item = format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname>{max_age}</Item>");
        let answer = self.ask(&operation("Read", &item), PATIENCE).await?;
        let item = item_of(&answer, "ReadResponse");
        Ok(item.child_text("UCPTvalue").expect("a value"))
    }

    async fn receive<T>(&mut self, take: impl Fn(Inbound) -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(taken) = self.inbound.recv().await.and_then(&take) {
                    return taken;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("a stanza of this kind comes")
    }

    /// Waits for a push and answers it.
    async fn take_push(&mut self) -> IqRequest {
        let request = self
            .receive(|stanza| match stanza {
                Inbound::Iq(request) => Some(request),
                _ => None,
            })
            .await;
        let text = format!(
            "<Envelope xmlns='{SOAP}'><Body><WriteResponse xmlns='{MESSAGE}'><iLonItem>\
             <UCPTfaultCount>0</UCPTfaultCount><Item><UCPTname>{TEMP}</UCPTname></Item>\
             </iLonItem></WriteResponse></Body></Envelope>"
        );
        let answer = parse(&text, &Limits::REQUEST).unwrap();
        self.noc.reply(&request, Ok(Some(answer))).await.unwrap();
        request
    }

    async fn stop(self) {
        self.noc.stop().await;
        self.fleet.stop().await;
        drop(self.server);
    }
}

pub(crate) fn options() -> Options {
    Options {
        wait: Duration::from_secs(60),
        max_stanzas: 16,
        max_body_bytes: 1 << 20,
        answered_namespaces: vec![SOAP],
        disco_identity: ("automation", "soap", "test"),
        disco_features: Vec::new(),
        resumes_streams: false,
        records_streams: false,
        common: Common::new(16, Vec::new()),
        follows: None,
        plain_first: false,
    }
}

fn operation(name: &str, items: &str) -> String {
    format!("<{name} xmlns='{MESSAGE}'><iLonItem>{items}</iLonItem></{name}>")
}

fn item_of<'a>(envelope: &'a Element, answer: &str) -> &'a Element {
    let body = envelope.child_ns(SOAP, "Body").expect("a Body");
    body.child_ns(MESSAGE, answer)
        .expect(answer)
        .child("iLonItem")
        .and_then(|i| i.child("Item"))
        .expect("an Item")
}

#[tokio::test]
async fn answers_requests_on_ejabberd() {
    answers_requests(ServerKind::Ejabberd).await;
}

#[tokio::test]
async fn answers_requests_on_prosody() {
    answers_requests(ServerKind::Prosody).await;
}

async fn answers_requests(kind: ServerKind) {
    let site = Site::start(kind, 3, |_| {}).await;
    let smartserver = site.smartserver();

    assert_eq!(site.read(LAMP, "").await.unwrap(), "0.0 0");
    let write = format!(
        "<Item xsi:type='Dp_Data'><UCPTname>{LAMP}</UCPTname>\
         <UCPTvalue LonFormat='UCPTvalueDef'>ON</UCPTvalue><UCPTpriority>240</UCPTpriority></Item>"
    );
    let answer = site.ask(&operation("Write", &write), PATIENCE).await.unwrap();
    assert_eq!(item_of(&answer, "WriteResponse").child_text("UCPTvalue").unwrap(), "100.0 1");
    assert_eq!(
        (smartserver.value(LAMP).as_deref(), smartserver.priority(LAMP)),
        (Some("100.0 1"), Some(240))
    );

    let expected =
        |sequence| deterministic_value(1, smartserver.mac(), TEMP, "SNVT_temp_p", sequence).unwrap();
    assert_eq!(site.read(TEMP, "").await.unwrap(), expected(0));
    assert_eq!(site.read(TEMP, "<UCPTmaxAge>0</UCPTmaxAge>").await.unwrap(), expected(1));
    let counts = smartserver.counts();
    assert_eq!((counts.of("Read"), counts.of("Write"), counts.polls, counts.network_updates), (3, 1, 1, 1));
    assert_eq!(site.fleet.smartservers()[1].counts().requests(), 0);
    site.stop().await;
}

#[tokio::test]
async fn an_unknown_message_is_a_fault_in_an_error_or_in_a_result() {
    let site = Site::start(ServerKind::Ejabberd, 1, |_| {}).await;
    let foo = format!("<Foo xmlns='{MESSAGE}'/>");
    let Err(IqError::Stanza(error)) = site.ask(&foo, PATIENCE).await else { panic!("no error") };
    assert_eq!((error.kind, error.condition.0.as_str()), (ErrorType::Modify, "undefined-condition"));
    assert!(error.application.unwrap().is("http://jabber.org/protocol/soap#fault", "Sender"));
    assert!(error.payload.unwrap().is(SOAP, "Envelope"));

    site.smartserver().change_behaviour(|b| b.fault_carrier = FaultCarrier::IqResult);
    let answer = site.ask(&foo, PATIENCE).await.unwrap();
    let fault = answer.child("Body").and_then(|body| body.child_ns(SOAP, "Fault")).unwrap();
    assert_eq!(fault.child_text("faultcode").unwrap(), "1");
    site.stop().await;
}

#[tokio::test]
async fn answers_late_or_never_when_told_so() {
    let site = Site::start(ServerKind::Ejabberd, 1, |_| {}).await;
    let smartserver = site.smartserver();
    smartserver.set_behaviour(Behaviour::slow(Duration::from_millis(300)));
    let begun = Instant::now();
    let five = (0..5).map(|_| site.read(LAMP, ""));
    let answers = futures_util::future::join_all(five).await;
    assert!(answers.iter().all(Result::is_ok) && begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(smartserver.counts().max_in_flight, 5);

    smartserver.set_behaviour(Behaviour {
        silence: Silence::For(vec!["Write".into()]),
        delay: Delay::None,
        ..Behaviour::default()
    });
    let write = format!("<Item><UCPTname>{LAMP}</UCPTname><UCPTvalue>100.0 1</UCPTvalue></Item>");
    let silent = site.ask(&operation("Write", &write), Duration::from_millis(500)).await;
    assert_eq!(silent, Err(IqError::Deadline));
    assert_eq!(site.read(LAMP, "").await.unwrap(), "100.0 1");

    smartserver.set_behaviour(Behaviour { at_most_at_once: Some(0), ..Behaviour::default() });
    let Err(IqError::Stanza(error)) = site.read(LAMP, "").await else { panic!("no error") };
    assert_eq!(error.condition.0, "resource-constraint");
    site.stop().await;
}

#[tokio::test]
async fn chats_from_its_full_jid() {
    let mut site = Site::start(ServerKind::Ejabberd, 1, |_| {}).await;
    let full = site.smartserver().jid().clone();
    site.noc.message(&Jid::from(full.to_bare()), "Hello").await.unwrap();
    let answer = site
        .receive(|stanza| match stanza {
            Inbound::Message(message) => Some(message),
            _ => None,
        })
        .await;
    assert_eq!(answer.body.as_deref(), Some(CHAT_ANSWER));
    assert_eq!(answer.from, Jid::from(full));
    site.stop().await;
}

#[tokio::test]
async fn goes_offline_and_comes_back_with_its_values() {
    let site = Site::start(ServerKind::Ejabberd, 1, |_| {}).await;
    let smartserver = site.smartserver();
    smartserver.write(LAMP, "ON", 200).unwrap();
    smartserver.go_offline().await;
    // It has answered the goodbye, but lets the session go later.
    let user = smartserver.mac().to_string().to_lowercase();
    eventually("the server has let it go", async || (site.server.sessions(&user).await == 0).then_some(()))
        .await;
    let answer = site.read(LAMP, "").await;
    let Err(IqError::Stanza(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error.condition.0, "service-unavailable");
    smartserver.come_back().await;
    assert_eq!(site.read(LAMP, "").await.unwrap(), "100.0 1");
    site.stop().await;
}

#[tokio::test]
async fn pushes_when_told_and_by_itself_to_whom_it_knows() {
    let to: Jid = "noc@nocgate.test".parse().unwrap();
    let web = |settings: &mut Settings| {
        settings.push_to = Some(to.clone());
        settings.push_every = Duration::from_millis(100);
        settings.push_points = 2;
    };
    let mut site = Site::start(ServerKind::Ejabberd, 1, web).await;
    // The resource of its target is learnt from a request.
    site.read(TEMP, "").await.unwrap();
    let first = site.take_push().await;
    let second = site.take_push().await;
    let value = |request: &IqRequest| {
        assert_eq!(request.from, Jid::from(site.smartserver().jid().clone()));
        item_of(&request.payload, "Write").child_text("UCPTvalue").unwrap()
    };
    assert_ne!(value(&first), value(&second));
    site.stop().await;
}

#[tokio::test]
async fn a_push_is_answered() {
    let mut site = Site::start(ServerKind::Ejabberd, 1, |_| {}).await;
    let smartserver = site.smartserver().clone();
    let to: Jid = "noc@nocgate.test/it".parse().unwrap();
    let push = tokio::spawn(async move { smartserver.push(&[TEMP, LAMP], &to).await });
    let request = site.take_push().await;
    let items = request.payload.child("Body").unwrap().child("Write").unwrap().child("iLonItem").unwrap();
    assert_eq!(items.children_named("Item").count(), 2);
    let pushed = push.await.unwrap().unwrap();
    assert_eq!((pushed.fault_count, pushed.names), (0, vec![TEMP.to_owned()]));
    site.stop().await;
}

#[tokio::test]
async fn the_journal_tells_what_was_executed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_owned();
    let site = Site::start(ServerKind::Ejabberd, 1, |settings| settings.journal = Some(path)).await;
    site.read(LAMP, "").await.unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["operation"], "Read");
    assert_eq!(line["outcome"], "answered");
    assert_eq!(line["items"][0]["name"], LAMP);
    assert_eq!(line["smartserver"], site.smartserver().mac().to_string());
    site.stop().await;
}

/// All items of the answer to a request about a block, with a filter on its data.
async fn about(site: &Site, name: &str, block: &str, select: &str) -> Vec<Element> {
    let select = select.replace('<', "&lt;");
    let items = format!("<xSelect>{select}</xSelect><Item><UCPTname>{block}</UCPTname></Item>");
    let answer = site.ask(&operation(name, &items), PATIENCE).await.unwrap();
    let body = answer.child_ns(SOAP, "Body").unwrap().child_ns(MESSAGE, &format!("{name}Response")).unwrap();
    body.child("iLonItem").unwrap().children_named("Item").cloned().collect()
}

/// The entries of a log that are not in `all` yet, from the time of the last one on.
async fn page(site: &Site, logger: &str, all: &[LogEntry]) -> Vec<LogEntry> {
    let since = all.last().map(|last| format!(r#"[UCPTlastUpdate>="{}"]"#, last.at)).unwrap_or_default();
    let select = format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{since}[position()<=100]"#);
    let items = about(site, "Read", logger, &select).await;
    let text = |item: &Element, name: &str| item.child_text(name).unwrap();
    let entries = items.iter().skip(1).map(|item| LogEntry {
        at: text(item, "UCPTlastUpdate").parse().unwrap(),
        point: text(item, "UCPTname"),
        value: text(item, "UCPTvalue"),
    });
    let known = all.iter().rev().take_while(|entry| Some(entry.at) == all.last().map(|last| last.at)).count();
    entries.skip(known).collect()
}

#[tokio::test]
async fn a_log_is_read_in_pages_while_it_grows() {
    let site = Site::start(ServerKind::Ejabberd, 1, |settings| settings.log_entries = Some(5_000)).await;
    let smartserver = site.smartserver();
    let logger = smartserver.data_loggers().remove(0);
    let start = smartserver.log_entries(&logger).unwrap().last().unwrap().at;
    let mut all: Vec<LogEntry> = Vec::new();
    for round in 0.. {
        let new = page(&site, &logger, &all).await;
        if new.is_empty() {
            break;
        }
        all.extend(new);
        for n in 0..if round < 40 { 3 } else { 0 } {
            let at = start + SignedDuration::from_secs(1 + round);
            smartserver.append_log(&logger, TEMP, at, &format!("{}.0", 3 * round + n)).unwrap();
        }
    }
    assert_eq!(all.len(), 5_120);
    assert_eq!(all, smartserver.log_entries(&logger).unwrap());
    assert_eq!(smartserver.counts().over_limit, 0);
    site.stop().await;
}

#[tokio::test]
async fn an_alarm_is_raised_acknowledged_and_cleared() {
    let site = Site::start(ServerKind::Prosody, 1, |settings| settings.log_entries = Some(10)).await;
    let smartserver = site.smartserver();
    let notifier = smartserver.alarm_notifiers().remove(0);
    let select = r#"//Item[@xsi:type="UFPTalarmNotifier_Data"][UCPTalarmLog="SUMMARY"]"#;
    assert!(about(&site, "Read", &notifier, select).await.is_empty());
    smartserver.raise_alarm(TEMP, "AL_HIGH_LMT_ALM_1").unwrap();
    let alarm = about(&site, "Read", &notifier, select).await.remove(1);
    let time = alarm.child_text("UCPTalarmTime").unwrap();
    for (status, left) in [("MANUAL_ACK", 1), ("MANUAL_CLEAR", 0)] {
        let item = format!(
            "<Item xsi:type='UFPTalarmNotifier_Data'><UCPTname>{TEMP}</UCPTname>\
             <UCPTdescription>seen</UCPTdescription>\
             <UCPTalarmNotifierName>{notifier}</UCPTalarmNotifierName><UCPTalarmTime>{time}</UCPTalarmTime>\
             <UCPTuserName>noc</UCPTuserName>\
             <UCPTstatus LonFormat='UCPTalarmStatus'>{status}</UCPTstatus></Item>"
        );
        let answer = site.ask(&operation("Write", &item), PATIENCE).await.unwrap();
        assert_eq!(item_of(&answer, "WriteResponse").child_text("UCPTname").unwrap(), notifier);
        assert_eq!(about(&site, "Read", &notifier, select).await.len(), 1 + left, "{status}");
    }
    let logged = smartserver.alarms(&notifier).unwrap().remove(0);
    assert_eq!((logged.status.as_str(), logged.comment.as_str()), ("MANUAL_ACK_MANUAL_CLEAR", "seen"));
    assert_eq!((logged.user.as_str(), logged.in_history), ("noc", true));
    site.stop().await;
}
