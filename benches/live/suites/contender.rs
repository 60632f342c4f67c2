use std::rc::Rc;
use std::time::Duration;

use super::stage::{RAW_BOSH, RAW_TCP, Stage};
use crate::bosh::{Bosh, Pace};
use crate::c2s::C2s;
use crate::field::Plan;
use crate::load;
use crate::measure::{Sample, Timing, measure};
use crate::report::Failures;
use crate::tcp;

/// Tries of a run; a raw BOSH client may be stalled by ejabberd, through no fault of its own.
const TRIES: usize = 3;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Contender {
    RawBosh(Pace),
    Gateway,
    RawTcp,
}

/// Of each round, the sample of the faster raw client: the yardstick.
pub(super) fn faster(one: &[Sample], other: &[Sample]) -> Vec<Sample> {
    let pick = |(one, other): (&Sample, &Sample)| {
        if one.per_second() >= other.per_second() { one.clone() } else { other.clone() }
    };
    one.iter().zip(other).map(pick).collect()
}

/// Processes watched, as `Sample` counts them.
pub(super) const SERVER: usize = 0;
pub(super) const RESPONDERS: usize = 1;
/// The gateway; of raw clients, the benchmark itself.
pub(super) const OWN: usize = 2;

/// Gaps of two raw BOSH clients: which is faster depends on how busy server and machine are.
pub(super) const EAGER: Duration = Duration::ZERO;
pub(super) const SPACED: Duration = Duration::from_millis(2);

impl Contender {
    pub(super) const fn raw_bosh(batch: usize, gap: Duration) -> Contender {
        Contender::RawBosh(Pace { batch, gap })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Contender::RawBosh(Pace { gap: EAGER, .. }) => "raw BOSH",
            Contender::RawBosh(_) => "raw BOSH, spaced",
            Contender::Gateway => "nocgate",
            Contender::RawTcp => "raw TCP",
        }
    }

    /// Lets each contender read in turn, round by round; gives their samples. A round that one of them
    /// failed counts for nobody.
    pub(super) async fn in_turns<const N: usize>(
        contenders: [Contender; N],
        rounds: u32,
        stage: &mut Stage,
        (plan, timing): (Plan, Timing),
        failures: &mut Failures,
    ) -> [Vec<Sample>; N] {
        let mut samples = [const { Vec::new() }; N];
        for _ in 0..rounds {
            let mut round = Vec::new();
            for contender in contenders {
                round.extend(contender.sample(stage, plan, timing, failures).await);
            }
            if round.len() == N {
                samples.iter_mut().zip(round).for_each(|(all, sample)| all.push(sample));
            }
        }
        samples
    }

    /// Lets it read; `None`, and a note, if it fails.
    pub(super) async fn sample(
        self,
        stage: &mut Stage,
        plan: Plan,
        timing: Timing,
        failures: &mut Failures,
    ) -> Option<Sample> {
        let mut tries = 1;
        loop {
            match self.try_once(stage, plan, timing).await {
                Ok(sample) => {
                    failures.note(self.name(), &sample);
                    return Some(sample);
                }
                Err(error) if self != Contender::Gateway && tries < TRIES => {
                    println!("  ({} starts again: {error:#})", self.name());
                    tries += 1;
                }
                Err(error) => {
                    failures.note_run(self.name(), &error);
                    return None;
                }
            }
        }
    }

    async fn try_once(self, stage: &mut Stage, plan: Plan, timing: Timing) -> anyhow::Result<Sample> {
        let shared = [stage.server.process.pid(), stage.responders.pid()];
        let [server, responders] = shared;
        let ledger = Rc::clone(&stage.ledger);
        let watched = [server, responders, std::process::id()];
        match self {
            Contender::RawBosh(pace) => {
                let bosh = Bosh::login(stage.server.bosh_port, RAW_BOSH).await?;
                measure(&ledger, timing, &watched, |run| bosh.load(plan, pace, run)).await
            }
            Contender::RawTcp => {
                let c2s = C2s::login(stage.server.c2s_port, RAW_TCP, "raw").await?;
                measure(&ledger, timing, &watched, |run| tcp::load(c2s, plan, run)).await
            }
            Contender::Gateway => {
                let watched = [server, responders, stage.gateway.process.pid()];
                let before = stage.gateway.sent(&stage.identity).await?;
                let gateway = &stage.gateway;
                let mut sample =
                    measure(&ledger, timing, &watched, |run| load::live(gateway, plan, run)).await?;
                let after = stage.gateway.sent(&stage.identity).await?;
                let (bodies, stanzas) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
                sample.batch = Some(stanzas as f64 / bodies.max(1) as f64);
                Ok(sample)
            }
        }
    }
}
