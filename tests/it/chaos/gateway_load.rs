//! Writes and reads through the gateway's API, by the words that it has for outcomes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nocgate::simulator::Mac;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::ledger::{Ledger, Told};
use super::values::{Expected, READ_BY_GATEWAY, WRITTEN_BY_GATEWAY};
use crate::harness::api::{Answer, Api, send};
use crate::harness::site::{only_item, point_of, text, writing};

const LIMITS_MS: [u64; 3] = [1_500, 3_000, 5_000];
/// How long the gateway awaits the answer to a write that was posted by its deadline: as the world sets it.
const ANSWER_MS: u64 = 4_000;
/// What reading back may take beyond the end of a write.
const READ_BACK_MS: u64 = 10_000;
const PAUSE: Duration = Duration::from_millis(100);

/// A SmartServer that the gateway knows; over all rounds.
#[derive(Debug, Clone)]
pub(super) struct Known {
    written: String,
    read: String,
    expected: Arc<Mutex<Expected>>,
}

impl Known {
    pub(super) async fn find(api: &Api, key: &str, mac: Mac) -> Known {
        let written = point_of(api, key, WRITTEN_BY_GATEWAY).await;
        let read = point_of(api, key, READ_BY_GATEWAY.0).await;
        Known { written, read, expected: Arc::new(Mutex::new(Expected::new(mac, &[READ_BY_GATEWAY]))) }
    }

    /// Whether a read is answered by the SmartServer now.
    pub(super) async fn answers(&self, api: &Api) -> bool {
        self.expected.lock().unwrap().begin();
        api.get(&format!("/data-points/{}?max_age_ms=0&timeout_ms=2000", self.read)).await.status == 200
    }
}

/// Two callers for each SmartServer, one that writes and one that reads, until they are stopped.
pub(super) struct GatewayLoad {
    stop: CancellationToken,
    callers: Vec<JoinHandle<()>>,
}

impl GatewayLoad {
    pub(super) fn start(api: &Api, ledger: &Ledger, known: &[Known]) -> GatewayLoad {
        let stop = CancellationToken::new();
        let callers =
            known.iter().flat_map(|known| [(known, true), (known, false)]).map(|(known, writes)| {
                let calls = Calls { api: api.clone(), ledger: ledger.clone(), known: known.clone() };
                tokio::spawn(calls.run(writes, stop.clone()))
            });
        GatewayLoad { callers: callers.collect(), stop }
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        for caller in self.callers {
            caller.await.expect("a caller does not panic");
        }
    }
}

struct Calls {
    api: Api,
    ledger: Ledger,
    known: Known,
}

impl Calls {
    async fn run(self, writes: bool, stop: CancellationToken) {
        for n in 0.. {
            if stop.is_cancelled() {
                return;
            }
            let limit = LIMITS_MS[n / 2 % LIMITS_MS.len()];
            match writes {
                true => self.write(limit, n % 2 == 0).await,
                false => self.read(limit).await,
            }
            sleep(PAUSE).await;
        }
    }

    async fn write(&self, limit: u64, verify: bool) {
        let (number, value) = self.ledger.open();
        let command =
            json!({"action": {"type": "write", "value": value}, "deadline_ms": limit, "verify": verify});
        let request = writing(&self.api, &self.known.written, command).header("prefer", "wait=60");
        let limit = limit + ANSWER_MS + if verify { READ_BACK_MS } else { 0 };
        let answer = self.timed("command", limit, send(request)).await;
        let (told, outcome) = match answer.status {
            200 => told(&only_item(&answer.body), &self.ledger),
            // Nothing was accepted.
            _ => (Told::NotSent, answer.problem().1),
        };
        self.ledger.count(format!("command: {outcome}"));
        self.ledger.close(number, told);
    }

    async fn read(&self, limit: u64) {
        self.known.expected.lock().unwrap().begin();
        let path = format!("/data-points/{}?max_age_ms=0&timeout_ms={limit}", self.known.read);
        let answer = self.timed("API read", limit, self.api.get(&path)).await;
        if answer.status != 200 {
            return self.ledger.count(format!("API read: {}", answer.problem().1));
        }
        self.ledger.count("API read: ok");
        let raw = text(&answer.body["reading"]["raw"]);
        if let Err(wrong) = self.known.expected.lock().unwrap().number(&[raw]) {
            self.ledger.wrong(wrong);
        }
    }

    async fn timed(&self, what: &str, limit: u64, call: impl Future<Output = Answer>) -> Answer {
        let begun = Instant::now();
        let answer = call.await;
        self.ledger.took(what, Duration::from_millis(limit), begun.elapsed());
        answer
    }
}

fn told(item: &Value, ledger: &Ledger) -> (Told, String) {
    let outcome = item["outcome"].as_str().unwrap_or("none");
    let told = match outcome {
        "verified" | "acknowledged" => Told::Done,
        "not_sent" | "expired" | "cancelled" => Told::NotSent,
        "unknown" => Told::Unknown,
        _ => {
            ledger.wrong(format!("nobody has a reason for this outcome: {item}"));
            Told::Refused
        }
    };
    (told, outcome.to_owned())
}
