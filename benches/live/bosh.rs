use std::collections::VecDeque;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout_at};

use crate::c2s::{auth, bind};
use crate::field::{DOMAIN, Plan};
use crate::http::{Connection, post_xml};
use crate::measure::Run;
use crate::raw::Places;
use crate::scan::{attribute, each_iq};

const HTTPBIND: &str = "xmlns='http://jabber.org/protocol/httpbind'";
const XBOSH: &str = "xmlns:xmpp='urn:xmpp:xbosh'";
const NAMESPACE: &str = "xmlns='jabber:client' ";
/// Requests that either server lets a client have out.
const REQUESTS: usize = 2;
/// Both servers answer well before; ejabberd may park a request that overtook another for good.
const STALL: Duration = Duration::from_secs(5);

/// How a client posts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Most stanzas in a body.
    pub(crate) batch: usize,
    /// Pause after a request while it is unanswered. With none, requests overtake each other now and
    /// then, and ejabberd makes such a one wait; with one, more stanzas share a body.
    pub(crate) gap: Duration,
}

/// A BOSH client with nothing but speed: two connections, a request posted as soon as its pace allows
/// and one is free, and no care for what happens when something goes wrong.
#[derive(Debug)]
pub(crate) struct Bosh {
    port: u16,
    sid: String,
    rid: u64,
    idle: Vec<Connection>,
}

impl Bosh {
    pub(crate) async fn login(port: u16, user: &str) -> anyhow::Result<Bosh> {
        let mut connection = Connection::open(port).await?;
        // Far from where the number would no longer be exact (XEP-0124, section 14.1).
        let rid = u64::from(rand::random::<u32>());
        let creation = format!(
            "<body {HTTPBIND} {XBOSH} rid='{rid}' to='{DOMAIN}' xml:lang='en' ver='1.11' wait='60' hold='1' \
             xmpp:version='1.0'/>"
        );
        connection.exchange(&post_xml("/http-bind", &creation)).await?;
        let answer = connection.body()?;
        let sid = attribute(answer, "sid").with_context(|| format!("no session: {answer}"))?.to_owned();
        let has_features = answer.contains("PLAIN");
        let mut bosh = Bosh { port, sid, rid, idle: vec![connection] };
        if !has_features {
            bosh.ask("", "", "PLAIN").await?;
        }
        bosh.ask("", &auth(user), "<success").await?;
        let restart = format!(" to='{DOMAIN}' xml:lang='en' xmpp:restart='true' {XBOSH}");
        bosh.ask(&restart, "", "xmpp-bind").await?;
        bosh.ask("", &bind("raw"), "<jid>").await?;
        Ok(bosh)
    }

    /// Reads by plan until the run is over and every answer is there.
    pub(crate) async fn load(mut self, plan: Plan, pace: Pace, run: Rc<Run>) -> anyhow::Result<()> {
        let mut places = Places::new(plan, NAMESPACE, Rc::clone(&run));
        let mut waiting: VecDeque<usize> = (0..plan.in_flight).collect();
        let mut requests = FuturesUnordered::new();
        let mut next_at = Instant::now();
        while !(places.is_idle() && waiting.is_empty()) {
            let now = Instant::now();
            if requests.is_empty() || (requests.len() < REQUESTS && !waiting.is_empty() && now >= next_at) {
                next_at = now + pace.gap;
                let stanzas = waiting.len().min(pace.batch);
                let mut payload = String::with_capacity(stanzas * 500);
                waiting.drain(..stanzas).for_each(|place| places.ask(place, &mut payload));
                run.posted(stanzas);
                let request = self.body("", &payload);
                requests.push(exchange(self.connection().await?, request));
                continue;
            }
            let may_post = requests.len() < REQUESTS && !waiting.is_empty();
            let wake = if may_post { next_at } else { now + STALL };
            let connection = match timeout_at(wake, requests.next()).await {
                Ok(answered) => answered.context("no request is out")??,
                Err(_) if may_post => continue,
                Err(_) => bail!("the session stalls"),
            };
            let answer = connection.body()?;
            ensure!(!ends(answer), "the session ended: {answer}");
            each_iq(answer, |tag, rest| waiting.extend(places.answered(tag, rest)));
            self.idle.push(connection);
        }
        self.terminate().await
    }

    async fn terminate(mut self) -> anyhow::Result<()> {
        let request = self.body(" type='terminate'", "");
        let connection = self.connection().await?;
        exchange(connection, request).await.map(drop)
    }

    /// Asks for something and polls until the answer holds what it must.
    async fn ask(&mut self, attributes: &str, payload: &str, expected: &str) -> anyhow::Result<()> {
        let mut request = self.body(attributes, payload);
        for _ in 0..5 {
            let connection = self.connection().await?;
            let connection = exchange(connection, request).await?;
            let answer = connection.body()?;
            let has_it = answer.contains(expected);
            if ends(answer) || answer.contains("<failure") {
                bail!("log-in failed: {answer}");
            }
            self.idle.push(connection);
            if has_it {
                return Ok(());
            }
            request = self.body("", "");
        }
        bail!("the server does not say {expected}")
    }

    async fn connection(&mut self) -> anyhow::Result<Connection> {
        match self.idle.pop() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.port).await,
        }
    }

    fn body(&mut self, attributes: &str, payload: &str) -> Vec<u8> {
        self.rid += 1;
        let mut body = String::with_capacity(payload.len() + 200);
        // Writing to a String cannot fail.
        let _ = write!(body, "<body {HTTPBIND} rid='{}' sid='{}'{attributes}>", self.rid, self.sid);
        body.push_str(payload);
        body.push_str("</body>");
        post_xml("/http-bind", &body)
    }
}

async fn exchange(mut connection: Connection, request: Vec<u8>) -> anyhow::Result<Connection> {
    let status = connection.exchange(&request).await?;
    ensure!(status == 200, "HTTP status {status}");
    Ok(connection)
}

fn ends(answer: &str) -> bool {
    let tag = answer.split('>').next().unwrap_or_default();
    attribute(tag, "type") == Some("terminate")
}
