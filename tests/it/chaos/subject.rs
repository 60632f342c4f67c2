//! The client under test, on a runtime of its own, so that its tasks can be counted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jid::Jid;
use nocgate::xml::{Element, Limits, XSI, parse};
use nocgate::xmpp::{Account, Client, IqError, IqKind, Options, State};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::ledger::Ledger;
use crate::harness::PATIENCE;

const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// How often the machine's own lateness is measured.
const BEAT: Duration = Duration::from_millis(20);

pub(super) struct Subject {
    pub(super) client: Client,
    domain: Jid,
    /// Every reason that it gave for not being online.
    reasons: Arc<Mutex<Vec<String>>>,
    runtime: Option<Runtime>,
}

impl Subject {
    pub(super) fn start(account: Account, ledger: &Ledger) -> Subject {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let domain = Jid::new(account.jid.domain().as_str()).expect("a domain");
        let guard = runtime.enter();
        let (client, mut inbound) = Client::start(account, options());
        tokio::spawn(async move { while inbound.recv().await.is_some() {} });
        let reasons = Arc::default();
        tokio::spawn(remember(client.clone(), Arc::clone(&reasons)));
        tokio::spawn(watch_machine(ledger.clone()));
        drop(guard);
        Subject { client, domain, reasons, runtime: Some(runtime) }
    }

    /// Runs something where the client runs.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.as_ref().expect("it runs until it is dropped").spawn(task)
    }

    pub(super) fn tasks(&self) -> usize {
        self.runtime.as_ref().map_or(0, |runtime| runtime.metrics().num_alive_tasks())
    }

    /// When the server answers a call of a session that is online.
    pub(super) async fn online(&self) -> Instant {
        let (client, domain) = (self.client.clone(), self.domain.clone());
        let answered = self.spawn(async move {
            loop {
                let ping = Element::new("urn:xmpp:ping", "ping");
                let limit = Instant::now() + Duration::from_secs(1);
                match client.iq(&domain, IqKind::Get, ping, limit).await {
                    Ok(_) | Err(IqError::Stanza(_)) => return Instant::now(),
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
            }
        });
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        answered.unwrap_or_else(|_| panic!("never online: {:?}", self.client.status().borrow())).unwrap()
    }

    /// Waits until the client is in a state, which it may already be.
    pub(super) async fn in_state(&self, state: &State) {
        let mut status = self.client.status();
        let reached = tokio::time::timeout(PATIENCE, status.wait_for(|status| status.state == *state)).await;
        reached.unwrap_or_else(|_| panic!("{:?}", self.client.status().borrow())).unwrap();
    }

    /// The reasons that it gave for not being online, so far.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.reasons.lock().unwrap().clone()
    }

    pub(super) fn forget_reasons(&self) {
        self.reasons.lock().unwrap().clear();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(super) fn options() -> Options {
    // Short, so that a request without an answer is given up within the test's time.
    let wait = Duration::from_secs(10);
    Options { wait, max_stanzas: 32, resumes_streams: true, ..crate::simulator::options() }
}

/// Reads data points; the SmartServer polls their devices.
pub(super) fn read(names: impl IntoIterator<Item = &'static str>) -> Element {
    let item = |name| {
        format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname><UCPTmaxAge>0</UCPTmaxAge></Item>")
    };
    message("Read", &names.into_iter().map(item).collect::<String>())
}

/// Writes a text into a data point.
pub(super) fn write(name: &str, text: &str) -> Element {
    let value = format!("<UCPTvalue LonFormat='SNVT_str_asc'>{text}</UCPTvalue>");
    message("Write", &format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname>{value}</Item>"))
}

fn message(operation: &str, items: &str) -> Element {
    let text = format!(
        "<Envelope xmlns='{SOAP}' xmlns:xsi='{XSI}'><Body><{operation} xmlns='{MESSAGE}'><iLonItem>{items}\
         </iLonItem></{operation}></Body></Envelope>"
    );
    parse(&text, &Limits::REQUEST).expect("well-formed")
}

/// Names and first values in an answer.
pub(super) fn values(envelope: &Element, operation: &str) -> Option<Vec<(String, String)>> {
    let list = envelope.child("Body")?.child(&format!("{operation}Response"))?.child("iLonItem")?;
    let value = |item: &Element| Some((item.child_text("UCPTname")?, item.child_text("UCPTvalue")?));
    list.children_named("Item").map(value).collect()
}

async fn remember(client: Client, reasons: Arc<Mutex<Vec<String>>>) {
    let mut status = client.status();
    drop(client);
    while status.changed().await.is_ok() {
        reasons.lock().unwrap().extend(status.borrow_and_update().reason.clone());
    }
}

/// A task that is woken late tells that all tasks are.
async fn watch_machine(ledger: Ledger) {
    loop {
        let due = Instant::now() + BEAT;
        tokio::time::sleep_until(due).await;
        ledger.machine_was_late(due.elapsed());
    }
}
