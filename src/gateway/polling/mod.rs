//! Polls what is wanted, spread over time: one task that sleeps until the next SmartServer's turn, and a task
//! for each turn. `beat`, `agenda` and `fresh` decide and know no clock; `round` does.

mod agenda;
mod beat;
mod fresh;
mod round;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::connections::now;
use super::{Gateway, Unit};
use agenda::Agenda;

pub(super) use round::{RoundEnd, Rounds};

/// SmartServers that are planned anew before turns are looked at again.
const PLANNED_AT_ONCE: usize = 64;

/// Milliseconds since 1970 that go on evenly, whatever is done to the machine's clock meanwhile.
#[derive(Debug, Clone, Copy)]
struct Clock {
    began: Instant,
    began_at: u64,
}

impl Clock {
    fn start() -> Clock {
        Clock { began: Instant::now(), began_at: u64::try_from(now().as_millisecond()).unwrap_or_default() }
    }

    fn now(self) -> u64 {
        self.began_at + u64::try_from(self.began.elapsed().as_millis()).unwrap_or_default()
    }

    fn instant(self, at: u64) -> Instant {
        self.began + Duration::from_millis(at.saturating_sub(self.began_at))
    }
}

impl Gateway {
    /// Polls until the gateway stops.
    pub(super) fn start_polling(&self) {
        let gateway = self.clone();
        self.0.tasks.spawn(async move {
            let stopped = gateway.0.shutdown.clone();
            stopped.run_until_cancelled(gateway.keep_polling()).await;
        });
    }

    async fn keep_polling(&self) {
        let (clock, mut agenda) = (Clock::start(), Agenda::default());
        let (missed, mut came_to_nothing) = mpsc::unbounded_channel();
        let mut changed = Vec::new();
        loop {
            // Turns first: who is planned anew must have had those that came before.
            let now = clock.now();
            while let Some(turn) = agenda.take(now) {
                self.begin_round(turn, clock, missed.clone());
            }
            while let Ok(turn) = came_to_nothing.try_recv() {
                agenda.missed(&turn, now);
            }
            changed.extend(self.0.demand.take_changed().into_values());
            let rest = changed.len().saturating_sub(PLANNED_AT_ONCE);
            for unit in changed.drain(rest..) {
                agenda.plan(unit.id, self.rhythms(&unit), now);
            }
            if !changed.is_empty() {
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = self.0.demand.rung() => {}
                Some(turn) = came_to_nothing.recv() => agenda.missed(&turn, clock.now()),
                () = until(agenda.next().map(|at| clock.instant(at))) => {}
            }
        }
    }

    /// How often points of a SmartServer are polled, in milliseconds.
    fn rhythms(&self, unit: &Unit) -> Vec<u64> {
        if self.0.fleet.by_id(unit.id).is_none() {
            return Vec::new();
        }
        let rhythms = self.wishes(unit);
        rhythms.polled.keys().filter_map(|every| u64::try_from(every.as_millis()).ok()).collect()
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
