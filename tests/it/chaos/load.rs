//! Calls by the client under test, without a pause, each with a deadline.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jid::Jid;
use nocgate::simulator::{Mac, RESOURCE};
use nocgate::xml::Element;
use nocgate::xmpp::{Client, IqError, IqKind};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::ledger::{Ledger, Told};
use super::subject::{Subject, read, values, write};
use super::values::{Expected, READ, WRITTEN};
use crate::harness::simulator::user_of;

/// Time limits of calls, in turn.
const LIMITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(5)];
/// After a call that ended at once, so that a client without a session is not asked all the time.
const PAUSE: Duration = Duration::from_millis(50);
const AT_ONCE: Duration = Duration::from_millis(20);

/// A SmartServer and what its answers must be; over all rounds.
#[derive(Debug, Clone)]
pub(super) struct Target {
    jid: Jid,
    expected: Arc<Mutex<Expected>>,
}

impl Target {
    pub(super) fn new(mac: Mac, domain: &str) -> Target {
        let jid = format!("{}@{domain}/{RESOURCE}", user_of(mac)).parse().expect("a JID");
        Target { jid, expected: Arc::new(Mutex::new(Expected::new(mac, &READ))) }
    }

    /// Waits until the SmartServer answers.
    pub(super) async fn answers(self, client: Client, ledger: Ledger) {
        let calls = Calls { client, ledger, target: self };
        while !calls.read(LIMITS[1]).await {
            sleep(PAUSE).await;
        }
    }
}

/// Callers that go on until they are stopped.
pub(super) struct Load {
    stop: CancellationToken,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    /// As many callers as `callers`, one SmartServer after the other.
    pub(super) fn start(subject: &Subject, ledger: &Ledger, targets: &[Target], callers: usize) -> Load {
        let stop = CancellationToken::new();
        let caller = |(n, target): (usize, &Target)| {
            let calls =
                Calls { client: subject.client.clone(), ledger: ledger.clone(), target: target.clone() };
            subject.spawn(calls.run(n, stop.clone()))
        };
        let callers = targets.iter().cycle().take(callers).enumerate().map(caller).collect();
        Load { stop, callers }
    }

    /// Waits until each caller has its last answer.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        for caller in self.callers {
            caller.await.expect("a caller does not panic");
        }
    }
}

struct Calls {
    client: Client,
    ledger: Ledger,
    target: Target,
}

impl Calls {
    async fn run(self, number: usize, stop: CancellationToken) {
        for n in number.. {
            if stop.is_cancelled() {
                return;
            }
            let begun = Instant::now();
            match n % 2 {
                0 => self.write(LIMITS[n / 2 % LIMITS.len()]).await,
                _ => drop(self.read(LIMITS[n / 2 % LIMITS.len()]).await),
            }
            if begun.elapsed() < AT_ONCE {
                sleep(PAUSE).await;
            }
        }
    }

    async fn write(&self, limit: Duration) {
        let (number, text) = self.ledger.open();
        let told = match self.call("write", write(WRITTEN, &text), limit).await {
            Ok(Some(answer)) => {
                let answered = values(&answer, "Write");
                if answered.as_deref() != Some(&[(WRITTEN.to_owned(), text.clone())]) {
                    self.ledger
                        .wrong(format!("{} answered the write of {text} by {answered:?}", self.target.jid));
                }
                Told::Done
            }
            Ok(None) => {
                self.ledger.wrong(format!("{text}: an empty result"));
                Told::Done
            }
            Err(IqError::NotSent(_)) => Told::NotSent,
            Err(IqError::Stanza(_)) => Told::Refused,
            Err(_) => Told::Unknown,
        };
        self.ledger.close(number, told);
    }

    /// Whether it was answered.
    async fn read(&self, limit: Duration) -> bool {
        self.target.expected.lock().unwrap().begin();
        let Ok(Some(answer)) = self.call("read", read(READ.map(|(name, _)| name)), limit).await else {
            return false;
        };
        let items = values(&answer, "Read").unwrap_or_default();
        let (names, values): (Vec<String>, Vec<String>) = items.into_iter().unzip();
        if names != READ.map(|(name, _)| name) {
            self.ledger.wrong(format!("{} answered {names:?}", self.target.jid));
            return true;
        }
        if let Err(wrong) = self.target.expected.lock().unwrap().own_number(&values) {
            self.ledger.wrong(wrong);
        }
        true
    }

    async fn call(&self, what: &str, request: Element, limit: Duration) -> Result<Option<Element>, IqError> {
        let begun = Instant::now();
        let answer = self.client.iq(&self.target.jid, IqKind::Set, request, begun + limit).await;
        self.ledger.took(what, limit, begun.elapsed());
        let outcome = match &answer {
            Ok(_) => "ok".to_owned(),
            Err(IqError::Stanza(error)) => error.condition.0.clone(),
            Err(IqError::NotSent(_)) => "not sent".to_owned(),
            Err(error) => error.to_string(),
        };
        self.ledger.count(format!("{what}: {outcome}"));
        answer
    }
}
