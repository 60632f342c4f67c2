//! Finds out when a SmartServer that did not answer does so again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::breaker::Failure;
use super::connections::now;
use super::{Gateway, GatewayError, Unit};
use crate::smartserver::{SmartServerRpc, SystemSection};

/// Pause before the first probe; it doubles up to the configured one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

impl Gateway {
    /// Takes a failure that lies with the SmartServer. After some in a row its callers are sent away, and it
    /// is probed in the background.
    pub(super) fn note_failed_call(&self, unit: &Arc<Unit>, error: &GatewayError) {
        let failure = match error {
            GatewayError::Deadline { .. } => Failure::Silence,
            GatewayError::Unreachable { condition } if condition == "remote-server-timeout" => {
                Failure::Silence
            }
            GatewayError::Unreachable { .. } | GatewayError::NoSuchAddress { .. } => Failure::NotThere,
            GatewayError::Malformed(_) => return self.note_sign_of_life(unit),
            _ => return,
        };
        if unit.lane.breaker.failed(failure, error.to_string()) {
            self.0.tasks.spawn(self.clone().probe_in_background(Arc::clone(unit)));
        }
        if unit.lane.breaker.check().is_err() {
            unit.lane.send_away();
        }
    }

    /// It answered, whatever it said.
    pub(super) fn note_sign_of_life(&self, unit: &Unit) {
        if unit.lane.breaker.answered() {
            tracing::info!(smartserver = unit.info().key, "it answers again");
            // Its inventory may be waited for.
            unit.sync_now.notify_one();
        }
    }

    /// When a SmartServer that does not answer is probed next.
    pub fn next_probe_at(&self, unit: &Unit) -> Option<Timestamp> {
        let until = unit.lane.breaker.next_probe()?.saturating_duration_since(Instant::now());
        now().checked_add(SignedDuration::try_from(until).ok()?).ok()
    }

    async fn probe_in_background(self, unit: Arc<Unit>) {
        let stopped = self.0.shutdown.clone();
        stopped.run_until_cancelled(self.probe_until_answered(&unit)).await;
        unit.lane.breaker.probed_no_more();
    }

    async fn probe_until_answered(&self, unit: &Arc<Unit>) {
        let longest = self.0.settings.probe_max;
        let mut pause = FIRST_PAUSE.min(longest);
        // It may have been rung when nobody listened any more.
        let _ = unit.lane.breaker.nudged().now_or_never();
        loop {
            let wait = with_jitter(pause, rand::random());
            if !unit.lane.breaker.schedule(Some(Instant::now() + wait)) {
                return;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = unit.lane.breaker.nudged() => {}
            }
            if self.0.fleet.find(&unit.id.to_string()).is_none() {
                return;
            }
            self.probe(unit).await;
            pause = (2 * pause).min(longest);
        }
    }

    /// One cheap call. What comes of it is noted as of any call.
    async fn probe(&self, unit: &Arc<Unit>) {
        let identity = unit.info().identity_id;
        if !self.0.connections.is_online(identity) {
            return;
        }
        let ask =
            |rpc: SmartServerRpc, limits| async move { rpc.system_info(SystemSection::Time, limits).await };
        let probe = async {
            // Its turn may have come late.
            if unit.lane.breaker.next_probe().is_some() {
                unit.lane.breaker.schedule(None);
                metrics::counter!("nocgate_smartserver_probes_total").increment(1);
                let outcome = self.call_anyway(unit, self.deadline(None), ask).await;
                tracing::debug!(smartserver = unit.info().key, error = ?outcome.err(), "probed");
            }
        };
        self.0.probes.keep(identity, probe).await;
    }
}

/// The pause, a fifth more or less: many that fell silent together are not probed together.
fn with_jitter(pause: Duration, random: f64) -> Duration {
    pause.mul_f64(0.8 + 0.4 * random)
}
