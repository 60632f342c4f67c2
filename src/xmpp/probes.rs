use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use url::Url;

/// Time from one question to the next.
const EVERY: Duration = Duration::from_millis(750);
/// A server that keeps silent once may only be busy.
const SILENCES: u32 = 2;

/// What a probe meets at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// An HTTP server.
    Alive,
    /// Nobody, or a proxy without a server behind it.
    Nobody,
    /// No answer in time.
    Silence,
}

/// One probe for each BOSH address, shared by all who wait for it; none where nobody waits. It is
/// the waiting clients who ask, one of them at a time.
#[derive(Debug, Default)]
pub(crate) struct Probes(Mutex<HashMap<Key, Weak<Probe>>>);

/// An address, and the CA that it is trusted by.
type Key = (Url, Option<String>);

#[derive(Debug)]
struct Probe {
    /// Held by whoever asks; when the next question is due.
    turn: tokio::sync::Mutex<Instant>,
    seen: watch::Sender<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    down: bool,
    silences: u32,
    /// How often it was seen down and then up again.
    returns: u64,
}

impl Probes {
    /// Begins to wait for this address.
    pub(crate) fn wait_for(&self, address: &Url, ca_pem: Option<&str>) -> Waiting {
        let mut probes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        probes.retain(|_, probe| probe.strong_count() > 0);
        let known = probes.entry((address.clone(), ca_pem.map(str::to_owned))).or_default();
        let probe = known.upgrade().unwrap_or_else(|| {
            let probe = Arc::new(Probe {
                turn: tokio::sync::Mutex::new(Instant::now()),
                seen: watch::Sender::default(),
            });
            *known = Arc::downgrade(&probe);
            probe
        });
        let begun = probe.seen.borrow().returns;
        Waiting { probe, begun }
    }
}

/// Somebody who waits for an address.
#[derive(Debug)]
pub(crate) struct Waiting {
    probe: Arc<Probe>,
    begun: u64,
}

impl Waiting {
    /// Whether the address is known to be down.
    pub(crate) fn is_down(&self) -> bool {
        self.probe.seen.borrow().down
    }

    /// Waits until the address has come back: it was down, and answers. Never returns while it
    /// was not seen down. `ask` is called when it is this client's turn to do so.
    pub(crate) async fn returned<F: Future<Output = Echo>>(&self, ask: impl Fn() -> F) {
        let mut seen = self.probe.seen.subscribe();
        loop {
            // An error cannot be: the sender lives in `self`.
            let returned = async { drop(seen.wait_for(|seen| seen.returns > self.begun).await) };
            tokio::select! {
                biased;
                () = returned => return,
                mut next = self.probe.turn.lock() => {
                    sleep_until(*next).await;
                    *next = Instant::now() + EVERY;
                    let echo = ask().await;
                    self.probe.seen.send_modify(|seen| seen.heard(echo));
                }
            }
        }
    }
}

impl Seen {
    fn heard(&mut self, echo: Echo) {
        match echo {
            Echo::Alive => {
                self.returns += u64::from(self.down);
                (self.down, self.silences) = (false, 0);
            }
            Echo::Nobody => self.down = true,
            Echo::Silence => {
                self.silences += 1;
                self.down |= self.silences >= SILENCES;
            }
        }
    }
}

#[cfg(test)]
#[path = "probes_tests.rs"]
mod tests;
