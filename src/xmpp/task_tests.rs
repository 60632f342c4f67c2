//! The loop with paused time against a server played in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jid::Jid;
use secrecy::SecretString;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::super::bosh::{Event, Post, Transport};
use super::super::error::{IqError, NotSent};
use super::super::limits::Limits;
use super::super::network::Network;
use super::super::probes::Echo;
use super::super::stanza::{Inbound, IqKind};
use super::super::status::{OfflineReason, State, Status};
use super::super::{Account, Client, Common, Options};
use crate::xml::Element;

const CREATED: &str = "<body xmlns='http://jabber.org/protocol/httpbind' sid='p1' hold='1' wait='60' requests='2' \
    inactivity='30' ver='1.6' xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
    <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
    </stream:features></body>";
const FEATURES: &str = "<body xmlns='http://jabber.org/protocol/httpbind' \
    xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features></body>";
/// As ejabberd, whose streams can be resumed.
const MANAGED_FEATURES: &str = "<body xmlns='http://jabber.org/protocol/httpbind' \
    xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/></stream:features></body>";
const ENABLED: &str = "<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/>";
const RESUMED: &str = "<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='0'/>";
/// What is said of a session that is gone.
const GONE: &str =
    "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='item-not-found'/>";
const BOUND: &str = "<iq xmlns='jabber:client' id='bind' type='result'>\
    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>noc@nocgate.test/gw</jid></bind></iq>";

fn body(stanzas: &str) -> String {
    format!("<body xmlns='http://jabber.org/protocol/httpbind'>{stanzas}</body>")
}

/// What the server plays.
#[derive(Debug, Default)]
struct Play {
    down: bool,
    /// Takes requests and never says that they are written.
    deaf: bool,
    held: VecDeque<u64>,
    posted: Vec<String>,
    events: VecDeque<Event>,
    sessions: usize,
    /// Addresses that sessions were opened at.
    opened: Vec<String>,
    /// How often a probe asked.
    asked: usize,
    /// Takes requests and answers nothing, probes included.
    frozen: bool,
    /// The same, but probes are answered.
    busy: bool,
    /// What a log-in is answered in place of a success.
    failure: Option<&'static str>,
    /// Where a creation is sent to.
    elsewhere: VecDeque<&'static str>,
    /// Whether it is ejabberd, and streams can be resumed.
    manages: bool,
    /// Whether the latest session has logged in.
    bound: bool,
    /// Addresses at which nobody is.
    dead: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Server {
    play: Arc<Mutex<Play>>,
    news: Arc<Notify>,
}

impl Server {
    fn set(&self, change: impl FnOnce(&mut Play)) {
        change(&mut self.play.lock().unwrap());
        self.news.notify_one();
    }

    fn get<T>(&self, look: impl FnOnce(&Play) -> T) -> T {
        look(&self.play.lock().unwrap())
    }

    /// Answers the oldest held request.
    fn push(&self, stanzas: &str) {
        self.set(|play| {
            let rid = play.held.pop_front().expect("a request is held");
            play.events.push_back(Event::Answered { rid, status: 200, body: body(stanzas) });
        });
    }

    fn posted(&self, part: &str) -> usize {
        self.get(|play| play.posted.iter().filter(|body| body.contains(part)).count())
    }
}

impl Play {
    fn post(&mut self, post: &Post) {
        let text = String::from_utf8(post.body.to_vec()).unwrap();
        self.posted.push(text.clone());
        let rid = post.rid;
        if self.down || self.opened.last().is_some_and(|last| self.dead.contains(last)) {
            return self.events.push_back(Event::Failed { rid, error: "refused".into() });
        }
        if self.deaf {
            return;
        }
        self.events.push_back(Event::Written { rid });
        if self.frozen || self.busy {
            return self.held.push_back(rid);
        }
        if let Some(uri) = text.contains(" ver=").then(|| self.elsewhere.pop_front()).flatten() {
            let answer = format!(
                "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' \
                 condition='see-other-uri'><uri>{uri}</uri></body>"
            );
            return self.events.push_back(Event::Answered { rid, status: 200, body: answer });
        }
        let answer = if text.contains(" ver=") {
            self.held.clear();
            self.sessions += 1;
            self.bound = false;
            match self.manages {
                true => CREATED.replace("'1.6'", "'1.11'"),
                false => CREATED.to_owned(),
            }
        } else if let Some(failure) = self.failure.filter(|_| text.contains("<auth ")) {
            body(&format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{failure}/></failure>"))
        } else if text.contains("<auth ") {
            body("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        } else if text.contains("restart=") {
            if self.manages { MANAGED_FEATURES } else { FEATURES }.to_owned()
        } else if let Some(id) = text.split_once("id=\"flood-").and_then(|(_, id)| id.split('"').next()) {
            body(&format!("<iq xmlns='jabber:client' type='result' id='flood-{id}'/>"))
        } else if text.contains("<enable ") {
            body(ENABLED)
        } else if text.contains("<resume ") {
            self.bound = true;
            body(RESUMED)
        } else if text.contains("<resource>") {
            self.bound = true;
            body(BOUND)
        } else if !self.bound && !text.contains("type=\"terminate\"") {
            GONE.to_owned()
        } else if text.contains("type=\"terminate\"") {
            "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>".to_owned()
        } else {
            self.held.push_back(rid);
            if self.held.len() < 2 {
                return;
            }
            let rid = self.held.pop_front().unwrap();
            return self.events.push_back(Event::Answered { rid, status: 200, body: body("") });
        };
        while let Some(rid) = self.held.pop_front() {
            self.events.push_back(Event::Answered { rid, status: 200, body: body("") });
        }
        self.events.push_back(Event::Answered { rid, status: 200, body: answer });
    }
}

impl Network for Server {
    type Transport = Server;

    fn open(&self, address: &Url) -> Server {
        self.set(|play| play.opened.push(address.to_string()));
        self.clone()
    }

    async fn ask(&self, address: &Url) -> Echo {
        let echo = self.get(|play| match play.down || play.dead.contains(&address.to_string()) {
            true => Echo::Nobody,
            false if play.frozen => Echo::Silence,
            false => Echo::Alive,
        });
        if echo == Echo::Silence {
            sleep(Duration::from_secs(1)).await;
        }
        self.set(|play| play.asked += 1);
        echo
    }
}

impl Transport for Server {
    fn prepare(&mut self) {}

    fn post(&mut self, post: Post) {
        self.set(|play| play.post(&post));
    }

    fn abort(&mut self, _rid: u64) {}

    async fn event(&mut self) -> Event {
        loop {
            let event = self.play.lock().unwrap().events.pop_front();
            match event {
                Some(event) => return event,
                None => self.news.notified().await,
            }
        }
    }
}

fn account() -> Account {
    Account {
        jid: "noc@nocgate.test".parse().unwrap(),
        resource: "gw".into(),
        password: SecretString::from("secret"),
        addresses: vec![Url::parse("https://nocgate.test/http-bind").unwrap()],
        plain_on_loopback: false,
        ca_pem: None,
    }
}

fn options(common: &Arc<Common>) -> Options {
    Options {
        wait: Duration::from_secs(60),
        max_stanzas: 32,
        max_body_bytes: 65_536,
        answered_namespaces: vec!["urn:test"],
        disco_identity: ("automation", "soap", "nocgate"),
        disco_features: vec![],
        resumes_streams: true,
        records_streams: false,
        plain_first: false,
        common: Arc::clone(common),
        follows: None,
    }
}

fn start(server: &Server) -> (Client, mpsc::Receiver<Inbound>) {
    start_with(server, account(), options(&Common::new(16, Vec::new())))
}

fn start_with(server: &Server, account: Account, options: Options) -> (Client, mpsc::Receiver<Inbound>) {
    let (client, task, inbound) = Client::new(account, options, None);
    tokio::spawn(task.run(server.clone()));
    (client, inbound)
}

async fn reach(client: &Client, wanted: impl Fn(&State) -> bool) -> Status {
    let mut status = client.status();
    let found = timeout(Duration::from_secs(3_600), status.wait_for(|s| wanted(&s.state))).await;
    found.expect("in time").expect("the task runs").clone()
}

async fn online(client: &Client) {
    reach(client, |state| matches!(state, State::Online(_))).await;
}

fn device() -> Jid {
    "device@nocgate.test/soap".parse().unwrap()
}

async fn call(client: &Client, seconds: u64) -> Result<Option<Element>, IqError> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    client.iq(&device(), IqKind::Set, Element::new("urn:test", "x"), deadline).await
}

/// Lets all tasks run until they wait for something.
async fn settle() {
    sleep(Duration::from_millis(500)).await;
}

#[tokio::test(start_paused = true)]
async fn deadlines_tell_whether_the_stanza_was_posted() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    assert_eq!(call(&client, 5).await, Err(IqError::Deadline));
    server.set(|play| play.deaf = true);
    let outcomes = tokio::join!(call(&client, 5), async {
        settle().await;
        call(&client, 5).await
    });
    assert_eq!(outcomes.0, Err(IqError::Deadline));
    assert_eq!(outcomes.1, Err(IqError::NotSent(NotSent::Deadline)));
}

/// How long a call with these limits, in seconds, takes and what becomes of it.
async fn limited(client: &Client, posted_by: u64, patience: u64) -> (u64, Result<Option<Element>, IqError>) {
    let begun = Instant::now();
    let (posted_by, patience) = (begun + Duration::from_secs(posted_by), Duration::from_secs(patience));
    let limits = Limits { posted_by, patience };
    let result = client.iq(&device(), IqKind::Set, Element::new("urn:test", "x"), limits).await;
    (begun.elapsed().as_secs(), result)
}

#[tokio::test(start_paused = true)]
async fn what_was_posted_in_time_may_be_answered_later() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    assert_eq!(limited(&client, 2, 30).await, (30, Err(IqError::Deadline)));
    assert_eq!(limited(&client, 30, 2).await, (30, Err(IqError::Deadline)));
    let answer = async {
        sleep(Duration::from_secs(20)).await;
        let posted =
            server.get(|play| play.posted.iter().rfind(|body| body.contains("urn:test")).unwrap().clone());
        let id = posted.split_once(" id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        server.push(&format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{}'/>", device()));
    };
    let (answered, ()) = tokio::join!(limited(&client, 2, 30), answer);
    assert_eq!(answered, (20, Ok(None)));

    server.set(|play| play.deaf = true);
    let (posted, queued) = tokio::join!(limited(&client, 2, 30), async {
        settle().await;
        limited(&client, 2, 30).await
    });
    assert_eq!(posted, (30, Err(IqError::Deadline)));
    assert_eq!(queued, (2, Err(IqError::NotSent(NotSent::Deadline))));
}

#[tokio::test(start_paused = true)]
async fn an_addressee_that_leaves_ends_its_calls() {
    let server = Server::default();
    let (client, mut inbound) = start(&server);
    online(&client).await;
    settle().await;
    let leave = async {
        settle().await;
        for peer in ["device@nocgate.test/else", "device@nocgate.test", device().as_str()] {
            sleep(Duration::from_secs(2)).await;
            server.push(&format!("<presence xmlns='jabber:client' type='unavailable' from='{peer}'/>"));
        }
    };
    let (call, ()) = tokio::join!(limited(&client, 60, 60), leave);
    assert_eq!(call, (6, Err(IqError::PeerGone)));
    for _ in 0..3 {
        assert!(matches!(inbound.recv().await, Some(Inbound::Presence(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_with_the_news_that_its_sender_had_left_counts() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    let answer = async {
        settle().await;
        let posted = server.get(|play| play.posted.concat());
        let id = posted.rsplit_once(" id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        let from = device();
        server.push(&format!(
            "<presence xmlns='jabber:client' type='unavailable' from='{from}'/>\
             <presence xmlns='jabber:client' from='{from}'/>\
             <iq xmlns='jabber:client' type='result' id='{id}' from='{from}'/>"
        ));
    };
    let (answered, ()) = tokio::join!(call(&client, 60), answer);
    assert_eq!(answered, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_leaves_nothing_and_its_answer_is_counted() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    assert!(timeout(Duration::from_secs(1), call(&client, 60)).await.is_err());
    let posted = server.get(|play| play.posted.last().unwrap().clone());
    let id = posted.split_once(" id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    server.push(&format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{}'/>", device()));
    settle().await;
    server.push("<iq xmlns='jabber:client' type='result' id='invented' from='a@b/c'/>");
    settle().await;
    let status = client.status().borrow().clone();
    assert_eq!((status.late_answers, status.foreign_answers, status.pending), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_session_tells_each_call_its_fate() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    let terminate = async {
        settle().await;
        server.set(|play| play.deaf = true);
        settle().await;
        settle().await;
        server.set(|play| {
            play.deaf = false;
            let rid = play.held.pop_front().unwrap();
            let body = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>".to_owned();
            play.events.push_back(Event::Answered { rid, status: 200, body });
        });
    };
    let later = async |milliseconds| {
        sleep(Duration::from_millis(milliseconds)).await;
        call(&client, 60).await
    };
    let (posted, handed_over, queued, ()) = tokio::join!(later(0), later(700), later(900), terminate);
    assert_eq!(posted, Err(IqError::SessionLost));
    assert_eq!(handed_over, Err(IqError::NotSent(NotSent::SessionLost)));
    assert_eq!(queued, Err(IqError::NotSent(NotSent::SessionLost)));
    online(&client).await;
    settle().await;
    assert_eq!(client.status().borrow().logins, 2);
    let calls = server.posted("urn:test");
    assert_eq!(calls, 2, "what was said not to be sent was not sent later");
}

#[tokio::test(start_paused = true)]
async fn attempts_slow_down_and_calls_are_declined_meanwhile() {
    let server = Server::default();
    server.set(|play| play.down = true);
    let (client, _inbound) = start(&server);
    let status = reach(&client, |state| *state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::ServerUnreachable));
    assert_eq!(call(&client, 60).await, Err(IqError::NotSent(NotSent::Offline)));
    assert_eq!(client.message(&device(), "hello").await, Err(NotSent::Offline));
    sleep(Duration::from_secs(300)).await;
    let (attempts, asked) = server.get(|play| (play.posted.len(), play.asked));
    assert!((3..=7).contains(&attempts), "{attempts}");
    assert!((350..=410).contains(&asked), "{asked}");
    server.set(|play| play.down = false);
    let back = Instant::now();
    online(&client).await;
    assert!(back.elapsed() < Duration::from_secs(1), "{:?}", back.elapsed());
    let asked = server.get(|play| play.asked);
    sleep(Duration::from_secs(300)).await;
    assert_eq!(server.get(|play| play.asked), asked, "nobody waits for the server any more");
    let status = client.status().borrow().clone();
    assert_eq!((status.reason, status.offline), (None, None));
}

#[path = "task_owner_tests.rs"]
mod owner;
#[path = "task_return_tests.rs"]
mod returning;
