//! SmartServers that answer at once, or after half a second to a second, over TCP streams and with as
//! little work as can be: all of them in one process beside the contenders.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

use crate::c2s::C2s;
use crate::field::{self, Point, RESOURCE, value};
use crate::scan::{attribute, each_iq, text_of};

/// SmartServers that log in at the same time.
const LOGINS: usize = 32;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Port of the XMPP server
    port: u16,
    /// SmartServers
    count: usize,
    /// File to make when all are online
    ready: std::path::PathBuf,
}

pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let answers = Rc::new(Answers::new());
    let all = LocalSet::new();
    all.run_until(async {
        let mut served = Vec::new();
        let numbers: Vec<usize> = (0..settings.count).collect();
        for some in numbers.chunks(LOGINS) {
            let logins =
                some.iter().map(|&number| SmartServer::login(settings.port, number, Rc::clone(&answers)));
            for smartserver in try_join_all(logins).await? {
                served.push(async { spawn_local(smartserver.serve()).await.context("panicked")? });
            }
        }
        std::fs::write(&settings.ready, "")?;
        try_join_all(served).await.map(drop)
    })
    .await
}

/// Answers made ahead.
#[derive(Debug)]
struct Answers {
    listing: String,
    configuration: String,
    reads: Vec<(String, Point, (String, String))>,
}

impl Answers {
    fn new() -> Answers {
        let reads = Point::all().into_iter().map(|point| (point.name(), point, point.answer())).collect();
        Answers { listing: field::listing(), configuration: field::configuration(), reads }
    }
}

struct SmartServer {
    number: usize,
    stream: C2s,
    answers: Rc<Answers>,
    reads: Cell<u64>,
}

impl SmartServer {
    async fn login(port: u16, number: usize, answers: Rc<Answers>) -> anyhow::Result<SmartServer> {
        let stream = C2s::login(port, &field::user(number), RESOURCE).await?;
        Ok(SmartServer { number, stream, answers, reads: Cell::new(0) })
    }

    async fn serve(mut self) -> anyhow::Result<()> {
        let (late, mut ripe) = mpsc::unbounded_channel::<String>();
        let mut out = String::new();
        loop {
            tokio::select! {
                received = self.stream.receive() => {
                    received?;
                    let done = each_iq(self.stream.text(), |tag, rest| self.answer(tag, rest, &mut out, &late));
                    self.stream.consume(done);
                }
                Some(answer) = ripe.recv() => out.push_str(&answer),
            }
            if !out.is_empty() {
                self.stream.stream.write_all(out.as_bytes()).await?;
                out.clear();
            }
        }
    }

    fn answer(&self, tag: &str, rest: &str, out: &mut String, late: &mpsc::UnboundedSender<String>) {
        if !matches!(attribute(tag, "type"), Some("get" | "set")) {
            return;
        }
        let (id, to) = (attribute(tag, "id").unwrap_or_default(), attribute(tag, "from").unwrap_or_default());
        let begin = |kind: &str| format!("<iq type='{kind}' id='{id}' to='{to}'>");
        match self.read_of(rest) {
            Some((point, (head, tail))) => {
                self.reads.set(self.reads.get() + 1);
                let value = value(self.number, self.reads.get());
                let answer = format!("{}{head}{value}{tail}</iq>", begin("result"));
                if point.is_slow { send_later(answer, late.clone()) } else { out.push_str(&answer) }
            }
            None => {
                let (kind, payload) = match rest {
                    _ if rest.contains("xSelect") => ("result", self.answers.listing.as_str()),
                    _ if rest.contains("iLonItem") => ("result", self.answers.configuration.as_str()),
                    _ => ("error", UNKNOWN),
                };
                out.push_str(&format!("{}{payload}</iq>", begin(kind)));
            }
        }
    }

    /// The point that a `Read` asks for.
    fn read_of(&self, rest: &str) -> Option<(Point, &(String, String))> {
        rest.contains("UCPTmaxAge").then_some(())?;
        let name = text_of(rest, "UCPTname")?;
        let (_, point, answer) = self.answers.reads.iter().find(|(known, ..)| known == name)?;
        Some((*point, answer))
    }
}

const UNKNOWN: &str =
    "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

fn send_later(answer: String, late: mpsc::UnboundedSender<String>) {
    spawn_local(async move {
        sleep(Duration::from_secs_f64(0.5 + rand::random::<f64>() / 2.0)).await;
        // The stream may have ended meanwhile.
        let _ = late.send(answer);
    });
}
