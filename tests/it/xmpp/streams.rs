//! Streams that outlive their sessions (XEP-0198), on ejabberd; on Prosody there are none.

use std::collections::HashSet;
use std::time::Duration;

use jid::Jid;
use nocgate::xmpp::{Account, Client, Earlier, Inbound, IqError, IqKind, IqRequest, Options, Resumable};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::spoiled::{count, log_in_through, snapshot};
use super::{log_in, next, online, options, payload, resuming, soon, state, until_it_polls};
use crate::harness::proxy::Proxy;
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};
use crate::harness::{PATIENCE, eventually};

/// Well beyond the two seconds that a session lives in these tests.
const OUTAGE: Duration = Duration::from_secs(4);

fn request(inbound: Inbound) -> Option<IqRequest> {
    match inbound {
        Inbound::Iq(request) => Some(request),
        _ => None,
    }
}

fn text_of_message(inbound: Inbound) -> Option<String> {
    match inbound {
        Inbound::Message(message) => message.body,
        _ => None,
    }
}

/// Waits until the server has agreed to a stream that can be resumed.
async fn managed(client: &Client) {
    timeout(PATIENCE, client.stream().wait_for(Option::is_some)).await.expect("in time").unwrap();
}

/// A call to `to` in the background.
fn call(client: &Client, to: &Jid, text: &'static str) -> tokio::task::JoinHandle<Result<(), IqError>> {
    let (client, to) = (client.clone(), to.clone());
    tokio::spawn(async move { client.iq(&to, IqKind::Set, payload(text), soon()).await.map(drop) })
}

/// A client in a runtime of its own, which dies with it without a word to the server.
struct Doomed {
    runtime: Runtime,
    client: Client,
    inbound: mpsc::Receiver<Inbound>,
}

impl Doomed {
    async fn log_in(account: Account, options: Options, from: Option<Resumable>) -> Doomed {
        let runtime = Runtime::new().unwrap();
        let entered = runtime.enter();
        let (client, inbound) = Client::resume(account, options, from.map(Earlier::from));
        drop(entered);
        online(&client).await;
        Doomed { runtime, client, inbound }
    }

    /// The stream, once the server has agreed to it.
    async fn stream(&self) -> Resumable {
        let mut stream = self.client.stream();
        let known = stream.wait_for(Option::is_some).await.unwrap().clone();
        known.unwrap()
    }

    fn die(self) {
        self.runtime.shutdown_background();
    }
}

#[tokio::test]
async fn a_parked_request_costs_its_call_nothing() {
    let server = XmppServer::start(ServerKind::Ejabberd).await;
    let proxy = Proxy::start(&server.bosh_url()).await;
    let noc = log_in_through(&server, &proxy, "noc").await;
    let (device, to, inbound) = log_in(&server, "device").await;
    let seen = count(&device, inbound);
    managed(&noc).await;
    until_it_polls(&noc).await;

    // A message frees the poll; the next one is overtaken by a call.
    proxy.hold_next();
    let jid = online(&noc).await;
    device.message(&jid, "wake up").await.unwrap();
    eventually("the poll is held back", async || proxy.holds().then_some(())).await;
    let overtaking = call(&noc, &to, "overtakes");
    state(&noc, |status| status.parked == 1).await;
    proxy.release();

    assert_eq!(overtaking.await.unwrap(), Ok(()));
    let status = snapshot(&noc);
    assert_eq!((status.parked, status.resumed, status.lost_streams), (1, 1, 0), "{status:?}");
    assert_eq!(online(&noc).await, jid);
    assert_eq!(seen.lock().unwrap()["overtakes"], 1);
}

/// The network is gone for longer than the session lives; the answer that came meanwhile waits.
#[tokio::test]
async fn an_expired_session_costs_its_calls_nothing() {
    let setup = Setup { inactivity: Some(2), ..Setup::default() };
    let server = XmppServer::start_with(ServerKind::Ejabberd, setup).await;
    let proxy = Proxy::start(&server.bosh_url()).await;
    let noc = log_in_through(&server, &proxy, "noc").await;
    let (device, to, mut inbound) = log_in(&server, "device").await;
    let jid = online(&noc).await;
    managed(&noc).await;

    let waiting = call(&noc, &to, "slow");
    let asked = next(&mut inbound, request).await;
    proxy.stall(true);
    proxy.cut();
    device.reply(&asked, Ok(None)).await.unwrap();
    tokio::time::sleep(OUTAGE).await;
    proxy.stall(false);

    assert_eq!(waiting.await.unwrap(), Ok(()));
    assert_eq!(online(&noc).await, jid);
    assert_eq!((snapshot(&noc).resumed, snapshot(&noc).lost_streams), (1, 0));
}

/// What a process received and did not acknowledge comes again to the next, and so do answers to
/// what it asked.
#[tokio::test]
async fn a_stream_outlives_the_process() {
    let server = XmppServer::start(ServerKind::Ejabberd).await;
    server.register("noc", "secret").await;
    let options = || Options { records_streams: true, ..resuming() };
    let mut doomed = Doomed::log_in(server.account("noc", "secret"), options(), None).await;
    let (device, to, mut inbound) = log_in(&server, "device").await;
    let jid = online(&doomed.client).await;
    let stream = doomed.stream().await;

    device.message(&jid, "before").await.unwrap();
    assert_eq!(next(&mut doomed.inbound, text_of_message).await, "before");
    call(&doomed.client, &to, "asked by the dead");
    let asked = next(&mut inbound, request).await;
    doomed.die();
    device.reply(&asked, Ok(None)).await.unwrap();
    device.message(&jid, "after").await.unwrap();

    let mut heir = Doomed::log_in(server.account("noc", "secret"), options(), Some(stream)).await;
    assert_eq!(online(&heir.client).await, jid);
    let texts =
        [next(&mut heir.inbound, text_of_message).await, next(&mut heir.inbound, text_of_message).await];
    assert_eq!(texts, ["before", "after"], "nothing was recorded as received");
    state(&heir.client, |status| status.resumed == 1 && status.foreign_answers == 1).await;
    call(&heir.client, &to, "asked by the heir");
    let asked = next(&mut inbound, request).await;
    assert_eq!(asked.from, jid);
    heir.die();
}

/// Either the stream was left in peace, or the server has lost it: a log-in as ever, and no call waits
/// in vain.
#[tokio::test]
async fn a_stream_that_the_server_does_not_know() {
    let server = XmppServer::start(ServerKind::Ejabberd).await;
    server.register("noc", "secret").await;
    let forged =
        Resumable { id: "invented".into(), jid: "noc@nocgate.test/it".parse().unwrap(), received: 7 };
    let client = Doomed::log_in(server.account("noc", "secret"), resuming(), Some(forged)).await;
    let status = snapshot(&client.client);
    assert_eq!((status.resumed, status.lost_streams, status.logins), (0, 1, 1), "{status:?}");
    client.stream().await;
    client.die();
}

#[tokio::test]
async fn a_restarted_server_ends_the_calls_it_forgot() {
    let mut server = XmppServer::start(ServerKind::Ejabberd).await;
    server.register("noc", "secret").await;
    let (noc, _inbound) = Client::start(server.account("noc", "secret"), resuming());
    online(&noc).await;
    let (_device, to, mut inbound) = log_in(&server, "device").await;
    let waiting = call(&noc, &to, "forgotten");
    next(&mut inbound, request).await;
    server.kill().await;
    server.restart().await;
    assert_eq!(waiting.await.unwrap(), Err(IqError::SessionLost));
    online(&noc).await;
}

#[tokio::test]
async fn prosody_has_no_streams() {
    let server = XmppServer::start(ServerKind::Prosody).await;
    server.register("noc", "secret").await;
    let (noc, _inbound) = Client::start(server.account("noc", "secret"), resuming());
    online(&noc).await;
    until_it_polls(&noc).await;
    assert_eq!(*noc.stream().borrow(), None);
}

/// Clients that `noc` is told the presence of.
async fn contacts(server: &XmppServer, count: usize) -> Vec<Client> {
    let (noc, _, mut inbound) = log_in(server, "noc").await;
    server.register_all((0..count).map(|n| format!("contact{n}")), "secret").await;
    let mut contacts = Vec::new();
    for n in 0..count {
        let options = Options { plain_first: true, ..options() };
        let (contact, mut asked) = Client::start(server.account(&format!("contact{n}"), "secret"), options);
        let asker = contact.clone();
        tokio::spawn(async move {
            while let Some(inbound) = asked.recv().await {
                if let Inbound::Presence(presence) = inbound
                    && presence.kind.as_deref() == Some("subscribe")
                {
                    asker.allow_subscription(&presence.from.to_bare()).await.unwrap();
                }
            }
        });
        contacts.push(contact);
    }
    for contact in &contacts {
        noc.subscribe(&online(contact).await.to_bare()).await.unwrap();
    }
    told(&mut inbound, count).await;
    noc.stop().await;
    contacts
}

/// Waits until the presence of so many was told.
async fn told(inbound: &mut mpsc::Receiver<Inbound>, count: usize) {
    let mut known = HashSet::new();
    while known.len() < count {
        let present = |inbound| match inbound {
            Inbound::Presence(presence) if presence.kind.is_none() => Some(presence.from),
            _ => None,
        };
        known.insert(next(inbound, present).await);
    }
}

/// ejabberd tells the presence of all contacts at once, and ends a stream with too much that was not
/// acknowledged: each time, if it is managed from the beginning. On a busy machine a contact may be so slow
/// that it comes all the same once or twice, but then it is waited for longer.
#[tokio::test]
async fn the_presence_of_many_contacts_does_not_end_a_stream_for_ever() {
    let setup = Setup { max_ack_queue: Some(50), ..Setup::default() };
    let server = XmppServer::start_with(ServerKind::Ejabberd, setup).await;
    let contacts = contacts(&server, 300).await;
    let (noc, mut inbound) = Client::start(server.account("noc", "secret"), resuming());
    told(&mut inbound, contacts.len()).await;
    let logins = eventually("a stream lasts", async || {
        managed(&noc).await;
        let before = snapshot(&noc).logins;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = snapshot(&noc);
        (now.logins == before && noc.stream().borrow().is_some()).then_some(before)
    });
    assert!(logins.await <= 4, "{:?}", snapshot(&noc).figures().restarts);
    assert_eq!(snapshot(&noc).dropped, 0);
}
