//! Clients that begin reads by their own clock, whether or not earlier ones are answered: silent
//! SmartServers must not lessen the load on the others, which would flatter.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep_until};

use super::tally::Tally;
use super::{SILENT, SMARTSERVERS};
use crate::fleet::{POINTS, told};
use crate::http::Connection;
use crate::load::raw_value;

/// Time that each read gives the gateway.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// What an answer may take beyond that.
const IN_TIME: Duration = Duration::from_secs(1);
/// From one read of a client to its next, on average.
const PAUSE: Duration = Duration::from_millis(500);

/// Clients that read at random for a while. Those with the same seed read the same at the same times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clients {
    pub(super) count: usize,
    pub(super) port: u16,
    pub(super) seed: u64,
    pub(super) window: Duration,
}

/// Which SmartServers the clients read: a tenth of them stands for silent ones, if there are any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Targets {
    /// Number of the first silent one.
    pub(super) silent: Option<usize>,
}

/// What is read: in place of the last tenth, silent ones.
#[derive(Debug, Clone, Copy)]
struct Target {
    smartserver: usize,
    point: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Read in both runs: these are compared.
    Compared,
    /// Stands where silent ones stand in the other run.
    Other,
    Silent,
}

impl Targets {
    fn pick(self, dice: &mut StdRng) -> Target {
        let (place, point) = (dice.random_range(0..SMARTSERVERS), dice.random_range(0..POINTS));
        let compared = SMARTSERVERS - SILENT;
        match self.silent {
            _ if place < compared => Target { smartserver: place, point, kind: Kind::Compared },
            None => Target { smartserver: place, point, kind: Kind::Other },
            Some(first) => Target { smartserver: first + place - compared, point, kind: Kind::Silent },
        }
    }
}

type Requests = [Vec<Vec<u8>>];

/// What all clients share.
struct Shared<'a> {
    requests: &'a Requests,
    tally: RefCell<Tally>,
    /// The newest answer known of each SmartServer.
    newest: RefCell<Vec<u64>>,
}

impl Clients {
    /// Lets them read for a while, and waits for the last answer.
    pub(super) async fn read(self, requests: &Requests, targets: Targets) -> anyhow::Result<Tally> {
        let newest = RefCell::new(vec![0; requests.len()]);
        let tally = RefCell::new(Tally::new(self.window));
        let shared = Rc::new(Shared { requests, tally, newest });
        let began = Instant::now();
        try_join_all((0..self.count).map(|client| self.client(client, began, targets, &shared))).await?;
        let mut tally = shared.tally.take();
        tally.sort();
        Ok(tally)
    }

    async fn client(
        self,
        number: usize,
        began: Instant,
        targets: Targets,
        shared: &Shared<'_>,
    ) -> anyhow::Result<()> {
        let mut dice = StdRng::seed_from_u64(self.seed << 32 | number as u64);
        let mut idle: Vec<Connection> = Vec::new();
        let mut reads = FuturesUnordered::new();
        let mut next = began + PAUSE.mul_f64(dice.random());
        while next < began + self.window {
            tokio::select! {
                () = sleep_until(next) => {
                    let connection = match idle.pop() {
                        Some(connection) => connection,
                        None => Connection::open(self.port).await?,
                    };
                    reads.push(shared.read(connection, targets.pick(&mut dice)));
                    next += PAUSE.mul_f64(0.5 + dice.random::<f64>());
                }
                Some(connection) = reads.next() => idle.push(connection?),
            }
        }
        while let Some(connection) = reads.next().await {
            connection?;
        }
        Ok(())
    }
}

impl Shared<'_> {
    async fn read(&self, mut connection: Connection, target: Target) -> anyhow::Result<Connection> {
        let request = &self.requests[target.smartserver][target.point];
        let (sent, known) = (Instant::now(), self.newest.borrow()[target.smartserver]);
        let status = connection.exchange(request).await?;
        let (took, body) = (sent.elapsed(), connection.body()?);
        let outcome = match target.kind {
            Kind::Silent => problem(status, body, took).map(Some),
            _ => self.is_right(target, known, status, body).map(|()| None),
        };
        self.tally.borrow_mut().answered(took, target.kind == Kind::Compared, outcome);
        Ok(connection)
    }

    /// Checks that the value is this data point's, given after the read began.
    fn is_right(&self, target: Target, known: u64, status: u16, body: &str) -> anyhow::Result<()> {
        let raw = raw_value(status, body)?;
        let (smartserver, point, count) = told(raw)?;
        ensure!(
            (smartserver, point) == (target.smartserver, target.point),
            "{raw} is of SmartServer {smartserver}, data point {point}; {target:?} was read"
        );
        ensure!(count > known, "answer {count} of SmartServer {smartserver} came after {known} was known");
        let newest = &mut self.newest.borrow_mut()[smartserver];
        *newest = count.max(*newest);
        Ok(())
    }
}

/// The problem that a read of a silent SmartServer must end with, in time; gives its code.
fn problem(status: u16, body: &str, took: Duration) -> anyhow::Result<String> {
    ensure!(matches!(status, 503 | 504), "{status} from a silent SmartServer: {body}");
    ensure!(took <= TIMEOUT + IN_TIME, "a problem after {took:?}, {TIMEOUT:?} was asked for");
    let problem: serde_json::Value = serde_json::from_str(body).context("no problem document")?;
    Ok(problem["code"].as_str().context("a problem without code")?.to_owned())
}
