//! The one task that notices gaps and has them filled: few SmartServers of an identity at a time, each gap of a
//! SmartServer after the other, so that the return of a session is no storm.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use super::super::connections::now;
use super::super::{Gateway, GatewayError, Point, Unit};
use super::watch::{Recorded, Sight, Watch};
use crate::domain::{GapReason, GapState, HistoryGap, HistoryGapId, IdentityId, SmartServerId};
use crate::store::{NewGap, StoreError};

/// Pause between two looks at the SmartServers.
const LOOK: Duration = Duration::from_secs(1);
/// Pause between two looks into the database for gaps that others have opened.
const RELOAD: Duration = Duration::from_secs(30);
/// SmartServers of an identity that are filled from at the same time.
const AT_ONCE: usize = 4;
/// Pause after a failure; it doubles up to the second.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));

pub(super) struct Keeper {
    gateway: Gateway,
    watched: HashMap<SmartServerId, Watched>,
    /// Gaps that are not done, of each SmartServer from the oldest on.
    waiting: Vec<HistoryGap>,
    reloaded: Option<Instant>,
    /// When an earlier run last heard of those that were not looked at yet.
    seen: HashMap<SmartServerId, Timestamp>,
    jobs: JoinSet<Result<Done, GatewayError>>,
    busy: HashMap<SmartServerId, Job>,
}

struct Watched {
    watch: Watch,
    /// Whether it has not been seen since the start of the process.
    is_start: bool,
    pause: Option<Pause>,
}

/// A gap that is to be opened.
struct Opened {
    gap: NewGap,
    /// What was known before: if it cannot be opened, it is looked again.
    before: Watch,
}

/// After a failure.
#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    length: Duration,
}

struct Job {
    task: Id,
    identity: IdentityId,
    gap: HistoryGapId,
}

enum Done {
    Closed(Timestamp),
    Filled,
}

impl Keeper {
    pub(super) fn new(gateway: Gateway, seen: HashMap<SmartServerId, Timestamp>) -> Self {
        Keeper {
            gateway,
            watched: HashMap::new(),
            waiting: Vec::new(),
            reloaded: None,
            seen,
            jobs: JoinSet::new(),
            busy: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let gateway = self.gateway.clone();
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = gateway.0.shutdown.cancelled() => return,
                () = gateway.0.backfill_bell.notified() => self.reloaded = None,
                _ = ticks.tick() => {}
                Some(done) = self.jobs.join_next_with_id() => {
                    self.finish(done).await;
                    self.start_jobs();
                    continue;
                }
            }
            if let Err(error) = self.turn().await {
                tracing::warn!(%error, "gaps of the history not kept; tried again");
            }
        }
    }

    async fn turn(&mut self) -> Result<(), StoreError> {
        if self.reloaded.is_none_or(|at| at.elapsed() >= RELOAD) {
            self.waiting = self.gateway.0.store.gaps().unfinished().await?;
            self.reloaded = Some(Instant::now());
        }
        let units = self.gateway.0.fleet.units_from(std::ops::Bound::Unbounded);
        let opened: Vec<_> = units.iter().filter_map(|unit| self.look(unit)).collect();
        self.open(opened).await?;
        if self.watched.len() > units.len() {
            self.watched.retain(|id, _| self.gateway.0.fleet.by_id(*id).is_some());
        }
        self.start_jobs();
        metrics::gauge!("nocgate_history_gaps_open").set(self.waiting.len() as f64);
        Ok(())
    }

    /// Looks whether it is time to open a gap.
    fn look(&mut self, unit: &Arc<Unit>) -> Option<Opened> {
        let gateway = self.gateway.clone();
        let contact = contact(unit);
        let is_open = |gap: &HistoryGap| gap.smartserver_id == unit.id && gap.to.is_none();
        let watched = self.watched.entry(unit.id).or_insert_with(|| {
            // None: it was never heard of, or was registered meanwhile.
            let seen = self.seen.remove(&unit.id);
            let is_lost = self.waiting.iter().any(is_open);
            let watch = if is_lost { Watch::Lost } else { Watch::at_start(seen) };
            Watched { watch, is_start: seen.is_some(), pause: None }
        });
        let before = watched.watch;
        let sight = Sight { now: now(), offline: gateway.is_offline(unit), contact };
        let opened = watched.watch.look(sight, || recorded(&gateway, unit));
        let reason = if watched.is_start { GapReason::Stopped } else { GapReason::Offline };
        watched.is_start &= watched.watch != Watch::Present;
        let gap = NewGap { smartserver_id: unit.id, from: opened?, to: None, reason, detail: None };
        Some(Opened { gap, before })
    }

    /// Opens gaps, all at once: after a start there is one of each SmartServer.
    async fn open(&mut self, opened: Vec<Opened>) -> Result<(), StoreError> {
        if opened.is_empty() {
            return Ok(());
        }
        let gaps = opened.iter().map(|opened| opened.gap.clone()).collect();
        match self.gateway.0.store.gaps().open_all(gaps).await {
            Ok(gaps) => {
                for HistoryGap { smartserver_id, from, .. } in &gaps {
                    tracing::info!(smartserver = %smartserver_id, %from, "history has a gap");
                }
                self.waiting.extend(gaps);
                Ok(())
            }
            Err(error) => {
                for Opened { gap, before } in opened {
                    if let Some(watched) = self.watched.get_mut(&gap.smartserver_id) {
                        watched.watch = before;
                    }
                }
                Err(error)
            }
        }
    }

    fn start_jobs(&mut self) {
        let mut of_identity: HashMap<IdentityId, usize> = HashMap::new();
        self.busy.values().for_each(|job| *of_identity.entry(job.identity).or_default() += 1);
        for place in 0..self.waiting.len() {
            let gap = &self.waiting[place];
            let Some(unit) = self.gateway.0.fleet.by_id(gap.smartserver_id) else { continue };
            let identity = unit.info().identity_id;
            let count = of_identity.entry(identity).or_default();
            if *count >= AT_ONCE || self.busy.contains_key(&unit.id) || !self.is_ready(&unit) {
                continue;
            }
            *count += 1;
            let id = gap.id;
            let task = self.jobs.spawn(work(self.gateway.clone(), Arc::clone(&unit), gap.clone())).id();
            self.busy.insert(unit.id, Job { task, identity, gap: id });
        }
    }

    fn is_ready(&self, unit: &Unit) -> bool {
        let identity_online = self.gateway.0.connections.is_online(unit.info().identity_id);
        let pause = self.watched.get(&unit.id).and_then(|watched| watched.pause);
        let rests = pause.is_some_and(|pause| Instant::now() < pause.until);
        identity_online && !self.gateway.is_offline(unit) && !rests
    }

    async fn finish(&mut self, done: Result<(Id, Result<Done, GatewayError>), JoinError>) {
        let (task, done) = match done {
            Ok((task, done)) => (task, done),
            Err(error) => (error.id(), Err(GatewayError::Store(error.to_string()))),
        };
        let Some(unit) = self.busy.iter().find(|(_, job)| job.task == task).map(|(unit, _)| *unit) else {
            return;
        };
        let Some(job) = self.busy.remove(&unit) else { return };
        let place = self.waiting.iter().position(|gap| gap.id == job.gap);
        match done {
            Ok(Done::Closed(to)) => {
                if let Some(gap) = place.and_then(|place| self.waiting.get_mut(place)) {
                    gap.to = Some(to);
                }
                self.succeed(unit);
            }
            Ok(Done::Filled) => {
                place.map(|place| self.waiting.remove(place));
                self.succeed(unit);
            }
            Err(error) => self.fail(unit, job.gap, &error).await,
        }
    }

    fn succeed(&mut self, unit: SmartServerId) {
        let is_open = self.waiting.iter().any(|gap| gap.smartserver_id == unit && gap.to.is_none());
        if let Some(watched) = self.watched.get_mut(&unit) {
            watched.pause = None;
            if watched.watch == Watch::Lost && !is_open {
                (watched.watch, watched.is_start) = (Watch::Present, false);
            }
        }
    }

    async fn fail(&mut self, unit: SmartServerId, gap: HistoryGapId, error: &GatewayError) {
        metrics::counter!("nocgate_history_backfill_failures_total").increment(1);
        tracing::info!(smartserver = %unit, %error, "a gap in the history not filled; tried again");
        if let Some(watched) = self.watched.get_mut(&unit) {
            let length = watched.pause.map_or(RETRY.0, |pause| (2 * pause.length).min(RETRY.1));
            watched.pause = Some(Pause { until: Instant::now() + length, length });
        }
        let why = format!("The last attempt to fill it failed: {error}.");
        let gaps = self.gateway.0.store.gaps();
        if let Err(error) = gaps.set_state(gap, GapState::Open, Some(&why)).await {
            tracing::warn!(%error, "state of a gap not stored");
        }
    }
}

async fn work(gateway: Gateway, unit: Arc<Unit>, gap: HistoryGap) -> Result<Done, GatewayError> {
    match gap.to {
        None => gateway.close_gap(&unit, &gap).await.map(Done::Closed),
        Some(to) => gateway.fill_gap(&unit, &gap, to).await.map(|()| Done::Filled),
    }
}

pub(super) fn contact(unit: &Unit) -> Option<Timestamp> {
    unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).last_contact()
}

fn recorded(gateway: &Gateway, unit: &Arc<Unit>) -> Recorded {
    let mut recorded = Recorded::default();
    for data in unit.points().values() {
        let point = Point { unit: Arc::clone(unit), data: Arc::clone(data) };
        if let Some(wish) = gateway.wish(&point).filter(|wish| wish.history.is_some()) {
            recorded.add(wish.every);
        }
    }
    recorded
}
