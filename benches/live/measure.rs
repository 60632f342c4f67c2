use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cpu;
use crate::field::Ledger;

/// What a contender reports while it reads.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) ledger: Rc<Ledger>,
    phase: Cell<Phase>,
    failures: Cell<u64>,
    first_failure: RefCell<Option<String>>,
    latencies: RefCell<Vec<Duration>>,
    bodies: Cell<u64>,
    stanzas: Cell<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    WarmUp,
    Measured,
    Over,
}

impl Run {
    /// An answer came; `outcome` says whether it is the right one.
    pub(crate) fn answered(&self, sent: Instant, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) if self.phase.get() == Phase::Measured => self.latencies.borrow_mut().push(sent.elapsed()),
            Ok(()) => {}
            Err(error) => {
                self.failures.set(self.failures.get() + 1);
                self.first_failure.borrow_mut().get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }

    /// A body with so many stanzas was posted.
    pub(crate) fn posted(&self, stanzas: usize) {
        if self.phase.get() == Phase::Measured {
            self.bodies.set(self.bodies.get() + 1);
            self.stanzas.set(self.stanzas.get() + stanzas as u64);
        }
    }

    /// Whether no new read shall begin.
    pub(crate) fn is_over(&self) -> bool {
        self.phase.get() == Phase::Over
    }
}

/// What was measured of a contender.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    elapsed: Duration,
    /// In ascending order.
    latencies: Vec<Duration>,
    /// Answers that were wrong or no answers, over the whole run.
    pub(crate) failures: u64,
    pub(crate) first_failure: Option<String>,
    /// CPU time of the processes watched, in their order.
    cpu: Vec<Duration>,
    /// Stanzas in a body, where it is known.
    pub(crate) batch: Option<f64>,
}

impl Sample {
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU time of a watched process per answer, in microseconds.
    pub(crate) fn cpu_per_answer(&self, process: usize) -> f64 {
        self.cpu[process].as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64
    }

    /// Share of a core that a watched process used.
    pub(crate) fn share(&self, process: usize) -> f64 {
        self.cpu[process].as_secs_f64() / self.elapsed.as_secs_f64()
    }

    /// Milliseconds that this part of the answers took at most.
    pub(crate) fn latency_ms(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.get((last as f64 * part).round() as usize);
        at.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}

/// How long a contender reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

impl Timing {
    pub(crate) fn new(window: Duration) -> Timing {
        Timing { warm_up: Duration::from_millis(500), window }
    }
}

/// Lets a contender read, watching processes by their ids, and waits for its last answer.
pub(crate) async fn measure<F: Future<Output = anyhow::Result<()>>>(
    ledger: &Rc<Ledger>,
    timing: Timing,
    watched: &[u32],
    load: impl FnOnce(Rc<Run>) -> F,
) -> anyhow::Result<Sample> {
    let run = Rc::new(Run {
        ledger: Rc::clone(ledger),
        phase: Cell::new(Phase::WarmUp),
        failures: Cell::default(),
        first_failure: RefCell::default(),
        latencies: RefCell::default(),
        bodies: Cell::default(),
        stanzas: Cell::default(),
    });
    let (cpu, _) = tokio::try_join!(watch(&run, timing, watched), load(Rc::clone(&run)))?;
    let (elapsed, cpu) = cpu;
    let mut latencies = run.latencies.take();
    latencies.sort_unstable();
    let batch = (run.bodies.get() > 0).then(|| run.stanzas.get() as f64 / run.bodies.get() as f64);
    let failures = run.failures.get();
    let first_failure = run.first_failure.take();
    Ok(Sample { elapsed, latencies, failures, first_failure, cpu, batch })
}

async fn watch(run: &Run, timing: Timing, watched: &[u32]) -> anyhow::Result<(Duration, Vec<Duration>)> {
    let times = || watched.iter().map(|&pid| cpu::time_of(pid)).collect::<anyhow::Result<Vec<_>>>();
    sleep(timing.warm_up).await;
    let (before, began) = (times()?, Instant::now());
    run.phase.set(Phase::Measured);
    sleep(timing.window).await;
    run.phase.set(Phase::Over);
    let (elapsed, after) = (began.elapsed(), times()?);
    Ok((elapsed, after.into_iter().zip(before).map(|(after, before)| after - before).collect()))
}
