//! SmartServers that push, played by the benchmark itself: sending, answer and event are timed by one
//! clock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::book::Book;
use crate::fleet::{Nature, POINTS, Replied, SmartServer, push, value};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A SmartServer that sends what it is told to.
#[derive(Debug)]
pub(super) struct Sender {
    number: usize,
    /// Iqs sent so far.
    count: u64,
    outbox: mpsc::UnboundedSender<String>,
    replies: mpsc::UnboundedReceiver<Replied>,
}

/// How iqs are sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// So many in a second, by all senders together, one after the other.
    Modest(u32),
    /// By each sender the next one as soon as the one before is answered.
    Volume,
}

/// Iqs to somebody.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) to: String,
    /// Whether their values will be told.
    pub(super) is_push: bool,
    pub(super) pace: Pace,
    pub(super) window: Duration,
}

impl Sender {
    pub(super) async fn login(port: u16, number: usize, nature: &Nature) -> anyhow::Result<Sender> {
        let mut smartserver = SmartServer::login(port, number, nature.clone(), Rc::new(Cell::new(0))).await?;
        let (outbox, replies) = smartserver.line();
        // It ends with its stream; then answers are missed.
        spawn_local(async move { drop(smartserver.serve().await) });
        Ok(Sender { number, count: 0, outbox, replies })
    }

    /// What it has pushed last, by data point and value.
    pub(super) fn latest(&self) -> (usize, usize, u64) {
        (self.number, self.point(), self.count)
    }

    fn point(&self) -> usize {
        (self.count % POINTS as u64) as usize
    }

    /// Sends iqs by the run's pace, this one of so many senders.
    pub(super) async fn send(
        &mut self,
        run: &Run,
        senders: usize,
        book: &RefCell<Book>,
    ) -> anyhow::Result<()> {
        let began = Instant::now();
        let pause = match run.pace {
            Pace::Modest(rate) => Duration::from_secs_f64(senders as f64 / f64::from(rate)),
            Pace::Volume => Duration::ZERO,
        };
        let mut next = began + pause.mul_f64(self.number as f64 / senders as f64);
        while next < began + run.window && Instant::now() < began + run.window {
            sleep_until(next).await;
            self.send_one(run, book)?;
            let reply = timeout_at(Instant::now() + PATIENCE, self.replies.recv()).await;
            let reply = reply.context("an iq was not answered")?.context("the stream ended")?;
            book.borrow_mut().answered(&reply.id, reply.at, reply.trouble);
            next += pause;
        }
        Ok(())
    }

    fn send_one(&mut self, run: &Run, book: &RefCell<Book>) -> anyhow::Result<()> {
        self.count += 1;
        let (number, point, count) = self.latest();
        let id = value(number, point, count).to_string();
        let stanza = format!("<iq type='set' id='{id}' to='{}'>{}</iq>", run.to, push(number, point, count));
        book.borrow_mut().sent(&id, run.is_push);
        self.outbox.send(stanza).context("the stream ended")
    }
}
