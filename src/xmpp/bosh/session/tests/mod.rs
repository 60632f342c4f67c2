//! Sessions driven by hand: no sockets, no clock, literal bodies.

mod carrying;
mod ending;
mod login;
mod repeating;
mod streaming;

use std::sync::Arc;
use std::time::Duration;

use jid::BareJid;
use secrecy::SecretString;
use tokio::time::Instant;

use super::super::end::End;
use super::super::login::Identity;
use super::super::transport::Post;
use super::{Action, Carried, Input, Session, Settings};
use crate::xml::Element;
use crate::xmpp::outgoing::Outgoing;
use crate::xmpp::sasl::Credentials;
use crate::xmpp::sasl::Plain;

const FIRST_RID: u64 = 1_000;

/// Flavours of the answer to a creation, as the servers were seen to give it.
const EJABBERD: &str = "<body xmpp:version='1.0' authid='1' xmlns='http://jabber.org/protocol/httpbind' \
    sid='e1' wait='60' ver='1.11' polling='2' inactivity='30' hold='1' xmpp:restartlogic='true' requests='2' \
    secure='true' maxpause='120' xmlns:xmpp='urn:xmpp:xbosh' xmlns:stream='http://etherx.jabber.org/streams' \
    from='nocgate.test'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism><mechanism>X-OAUTH2</mechanism></mechanisms></stream:features></body>";
const PROSODY: &str = "<body sid='p1' xmlns:stream='http://etherx.jabber.org/streams' authid='p1' hold='1' \
    wait='60' requests='2' xmlns:xmpp='urn:xmpp:xbosh' secure='true' polling='5' from='nocgate.test' \
    xmlns='http://jabber.org/protocol/httpbind' inactivity='30' ver='1.6' xmpp:version='1.0'>\
    <stream:features xmlns='jabber:client'><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism></mechanisms></stream:features></body>";
const SUCCESS: &str = "<body xmlns='http://jabber.org/protocol/httpbind'>\
    <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></body>";
const FEATURES: &str = "<body xmlns='http://jabber.org/protocol/httpbind' \
    xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'>\
    <optional/></session></stream:features></body>";
const BOUND: &str = "<body xmlns='http://jabber.org/protocol/httpbind'><iq xmlns='jabber:client' id='bind' \
    type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>noc@nocgate.test/gw</jid></bind></iq></body>";
const EMPTY: &str = "<body xmlns='http://jabber.org/protocol/httpbind'/>";

/// An answer that carries these stanzas.
fn carrying(stanzas: &str) -> String {
    format!("<body xmlns='http://jabber.org/protocol/httpbind'>{stanzas}</body>")
}

fn message(text: &str) -> String {
    format!("<message xmlns='jabber:client' from='a@b/c'><body>{text}</body></message>")
}

fn stanza(text: &str) -> Outgoing {
    Outgoing::unattended(format!("<message xmlns=\"jabber:client\"><body>{text}</body></message>"))
}

/// A session, a clock, and what the session wanted.
struct Driver {
    session: Session,
    now: Instant,
    posts: Vec<Post>,
    delivered: Vec<Element>,
    aborted: Vec<u64>,
    refused: Vec<(Outgoing, u16)>,
    online: Option<String>,
    resumed: bool,
    stream_lost: bool,
    ended: Option<End>,
}

impl Driver {
    fn new() -> Driver {
        Driver::after(None)
    }

    /// A session that is to resume what another left.
    fn after(carried: Option<Carried>) -> Driver {
        let identity = Identity {
            jid: BareJid::new("noc@nocgate.test").unwrap(),
            resource: "gw".into(),
            credentials: Arc::new(Credentials::new("noc", &SecretString::from("secret")).unwrap()),
            plain: Plain::Last,
        };
        let settings = Settings {
            identity,
            first_rid: FIRST_RID,
            wait: Duration::from_secs(60),
            step_limit: Duration::from_secs(5),
            max_stanzas: 4,
            max_body_bytes: 10_000,
            announces: true,
            resumes: true,
            recorded: false,
            drowned: 0,
            carried,
        };
        let now = Instant::now();
        let (session, actions) = Session::new(now, settings);
        let mut driver = Driver {
            session,
            now,
            posts: Vec::new(),
            delivered: Vec::new(),
            aborted: Vec::new(),
            refused: Vec::new(),
            online: None,
            resumed: false,
            stream_lost: false,
            ended: None,
        };
        driver.act(actions);
        driver
    }

    /// A session that is logged in, its first poll written.
    fn online(creation: &str) -> Driver {
        let mut driver = Driver::new();
        for answer in [creation, SUCCESS, FEATURES, BOUND] {
            driver.exchange(answer);
        }
        assert_eq!(driver.online.as_deref(), Some("noc@nocgate.test/gw"));
        // The presence; its answer leaves the session idle.
        driver.exchange(EMPTY);
        driver.pass(ms(8));
        driver.write();
        driver
    }

    fn act(&mut self, actions: Vec<Action>) {
        assert!(self.ended.is_none() || actions.is_empty(), "{actions:?} after the end");
        for action in actions {
            match action {
                Action::Post(post) => self.posts.push(post),
                Action::Abort { rid } => self.aborted.push(rid),
                Action::Online { jid, resumed } => {
                    self.online = Some(jid.to_string());
                    self.resumed = resumed;
                }
                Action::StreamLost => self.stream_lost = true,
                Action::Deliver(stanza) => self.delivered.push(stanza),
                Action::Refused { stanza, status } => self.refused.push((stanza, status)),
                Action::Ended(end) => self.ended = Some(end),
            }
        }
    }

    fn input(&mut self, input: Input) {
        let actions = self.session.handle(self.now, input);
        self.act(actions);
    }

    /// Lets time pass, ticking whenever the session asked for it.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.session.wake_at().filter(|at| *at <= until) {
            let before = (self.now, self.posts.len());
            self.now = self.now.max(at);
            self.input(Input::Tick);
            let again = self.session.wake_at();
            assert!(
                self.now > before.0 || self.posts.len() > before.1 || again != Some(at),
                "the session asks to be woken at {at:?} for ever"
            );
        }
        self.now = until;
    }

    fn send(&mut self, texts: &[&str]) -> Vec<Outgoing> {
        let stanzas: Vec<Outgoing> = texts.iter().map(|text| stanza(text)).collect();
        self.input(Input::Send(stanzas.clone()));
        stanzas
    }

    fn last(&self) -> &Post {
        self.posts.last().expect("something was posted")
    }

    fn last_body(&self) -> String {
        String::from_utf8(self.last().body.to_vec()).unwrap()
    }

    /// The latest post reaches the network.
    fn write(&mut self) -> u64 {
        let rid = self.last().rid;
        self.input(Input::Written { rid });
        rid
    }

    fn answer(&mut self, rid: u64, body: &str) {
        self.status(rid, 200, body);
    }

    fn status(&mut self, rid: u64, status: u16, body: &str) {
        self.input(Input::Answered { rid, status, body: body.into() });
    }

    fn fail(&mut self, rid: u64) {
        self.input(Input::Failed { rid, error: "reset".into() });
    }

    /// The latest post is written, and answered at once.
    fn exchange(&mut self, answer: &str) {
        let rid = self.write();
        self.answer(rid, answer);
    }

    fn delivered_texts(&self) -> Vec<String> {
        self.delivered.iter().filter_map(|stanza| stanza.child_text("body")).collect()
    }
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
