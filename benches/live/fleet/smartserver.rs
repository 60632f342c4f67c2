use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use super::journal::{Entry, Journal, now};
use super::requests::Request;
use super::{Files, messages};
use crate::c2s::C2s;
use crate::field::{RESOURCE, user};
use crate::scan::{attribute, each_stanza};

/// Time until an answer, on average; a half more or less.
const DELAY: Duration = Duration::from_millis(20);
const UNKNOWN: &str =
    "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

/// What the SmartServers of a fleet have in common.
#[derive(Debug, Clone)]
pub(crate) struct Nature {
    /// Whether they let their presence be known to who asks.
    shows_presence: bool,
    /// From this number on they do not answer.
    pub(super) silent_from: Rc<Cell<usize>>,
    pub(super) journal: Rc<Journal>,
}

impl Nature {
    pub(crate) fn new(files: &Files, shows_presence: bool) -> anyhow::Result<Nature> {
        let journal = Rc::new(Journal::create(&files.journal)?);
        Ok(Nature { shows_presence, silent_from: Rc::new(Cell::new(usize::MAX)), journal })
    }
}

/// The end of an iq that a SmartServer has sent.
#[derive(Debug)]
pub(crate) struct Replied {
    pub(crate) id: String,
    pub(crate) at: Instant,
    /// The whole stanza, if it is no answer to a push that was taken.
    pub(crate) trouble: Option<String>,
}

/// A SmartServer that is logged in. To be served within a `LocalSet`.
#[derive(Debug)]
pub(crate) struct SmartServer {
    number: usize,
    stream: C2s,
    nature: Nature,
    /// Reads that it was asked for, over all its log-ins.
    reads: Rc<Cell<u64>>,
    in_flight: Rc<Cell<u32>>,
    outbox: (mpsc::UnboundedSender<String>, mpsc::UnboundedReceiver<String>),
    replies: Option<mpsc::UnboundedSender<Replied>>,
}

impl SmartServer {
    pub(crate) async fn login(
        port: u16,
        number: usize,
        nature: Nature,
        reads: Rc<Cell<u64>>,
    ) -> anyhow::Result<SmartServer> {
        let stream = C2s::login(port, &user(number), RESOURCE).await?;
        let outbox = mpsc::unbounded_channel();
        Ok(SmartServer { number, stream, nature, reads, in_flight: Rc::default(), outbox, replies: None })
    }

    /// The same one with a stream of its own.
    pub(super) async fn login_again(&self, port: u16) -> anyhow::Result<SmartServer> {
        SmartServer::login(port, self.number, self.nature.clone(), Rc::clone(&self.reads)).await
    }

    /// Where it takes stanzas that it shall send, and where it tells how its own iqs end.
    pub(crate) fn line(&mut self) -> (mpsc::UnboundedSender<String>, mpsc::UnboundedReceiver<Replied>) {
        let (tell, told) = mpsc::unbounded_channel();
        self.replies = Some(tell);
        (self.outbox.0.clone(), told)
    }

    /// Answers until the stream ends.
    pub(crate) async fn serve(&mut self) -> anyhow::Result<()> {
        let mut out = String::new();
        loop {
            tokio::select! {
                received = self.stream.receive() => {
                    received?;
                    let done = each_stanza(self.stream.text(), |kind, tag, content| match kind {
                        "iq" => self.iq(tag, content, &mut out),
                        "presence" => self.presence(tag, &mut out),
                        _ => {}
                    });
                    self.stream.consume(done);
                }
                Some(stanza) = self.outbox.1.recv() => out.push_str(&stanza),
            }
            if !out.is_empty() {
                self.stream.stream.write_all(out.as_bytes()).await?;
                out.clear();
            }
        }
    }

    fn presence(&self, tag: &str, out: &mut String) {
        if self.nature.shows_presence
            && attribute(tag, "type") == Some("subscribe")
            && let Some(from) = attribute(tag, "from")
        {
            out.push_str(&format!("<presence type='subscribed' to='{from}'/>"));
        }
    }

    fn iq(&self, tag: &str, content: &str, out: &mut String) {
        let part = |name| attribute(tag, name).unwrap_or_default();
        if !matches!(part("type"), "get" | "set") {
            return self.replied(tag, content);
        }
        let begin = |kind: &str| format!("<iq type='{kind}' id='{}' to='{}'>", part("id"), part("from"));
        match Request::of(content) {
            Some(request) => self.asked(&request, begin("result")),
            None => out.push_str(&format!("{}{UNKNOWN}</iq>", begin("error"))),
        }
    }

    fn replied(&self, tag: &str, content: &str) {
        let Some(replies) = &self.replies else { return };
        let is_good = attribute(tag, "type") == Some("result")
            && content.contains("WriteResponse")
            && !content.contains("faultstring");
        let id = attribute(tag, "id").unwrap_or_default().to_owned();
        let trouble = (!is_good).then(|| format!("{tag} {content}"));
        // Nobody listens any more when the run is over.
        let _ = replies.send(Replied { id, at: Instant::now(), trouble });
    }

    /// Answers a request after a moment, unless it shall be silent.
    fn asked(&self, request: &Request<'_>, begin: String) {
        let (smartserver, in_flight) = (self.number, self.in_flight.get() + 1);
        let is_ignored = smartserver >= self.nature.silent_from.get();
        let points = request.points();
        self.nature.journal.note(Entry { at: now(), smartserver, points, in_flight, is_ignored });
        if is_ignored {
            return;
        }
        self.in_flight.set(in_flight);
        let answer = format!("{begin}{}</iq>", self.answer(request));
        let (late, open) = (self.outbox.0.clone(), Rc::clone(&self.in_flight));
        spawn_local(async move {
            sleep(DELAY.mul_f64(0.5 + rand::random::<f64>())).await;
            open.set(open.get() - 1);
            // The stream may have ended meanwhile.
            let _ = late.send(answer);
        });
    }

    fn answer(&self, request: &Request<'_>) -> String {
        match request {
            Request::Read(points) => {
                self.reads.set(self.reads.get() + 1);
                messages::readings(self.number, points, self.reads.get())
            }
            Request::Get(points) => messages::configuration(points),
            Request::ListPoints => messages::listing(),
            Request::System => messages::system(),
            Request::Nothing(operation) => messages::nothing(operation),
            Request::Other(operation) => messages::fault(operation),
        }
    }
}
