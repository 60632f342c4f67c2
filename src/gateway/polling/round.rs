//! One turn of one SmartServer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::Clock;
use super::agenda::Turn;
use super::fresh::is_fresh;
use crate::gateway::connections::now;
use crate::gateway::demand::Wish;
use crate::gateway::reads::ReadError;
use crate::gateway::wishes::Wished;
use crate::gateway::{Gateway, GatewayError, Point, ReadOutcome, Unit};

/// How the last polls of a SmartServer went, by how often its points are polled.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Rounds(BTreeMap<Duration, Round>);

/// A poll of a SmartServer.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct Round {
    /// When its turn came.
    pub(in crate::gateway) at: Timestamp,
    pub(in crate::gateway) end: RoundEnd,
}

/// How a poll ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) enum RoundEnd {
    /// Answered so long after its turn had come.
    Polled(Duration),
    /// All its points had come otherwise.
    Fresh,
    /// It failed, and why.
    Failed(String),
    /// The SmartServer is offline.
    Offline,
    /// The poll before was still on, or the turn was taken too late.
    Behind,
}

impl Rounds {
    pub(in crate::gateway) fn last(&self, every: Duration) -> Option<&Round> {
        self.0.get(&every)
    }
}

impl RoundEnd {
    /// Whether its points are still due. Not where they were asked for, and that failed: a seldom point that
    /// cannot be read would be asked for at every turn.
    fn is_nothing(&self) -> bool {
        matches!(self, RoundEnd::Offline | RoundEnd::Behind)
    }

    fn word(&self) -> &'static str {
        match self {
            RoundEnd::Polled(_) => "ok",
            RoundEnd::Fresh => "fresh",
            RoundEnd::Failed(_) => "failed",
            RoundEnd::Offline => "skipped_offline",
            RoundEnd::Behind => "behind",
        }
    }
}

/// A SmartServer and its turn.
struct Due {
    unit: Arc<Unit>,
    turn: Turn,
    clock: Clock,
    /// Takes the turn back if it comes to nothing: a few for each SmartServer at most.
    missed: UnboundedSender<Turn>,
}

impl Due {
    fn rhythms(&self) -> impl Iterator<Item = Duration> {
        self.turn.rhythms.iter().copied().map(Duration::from_millis)
    }

    fn lag(&self) -> Duration {
        Duration::from_millis(self.clock.now().saturating_sub(self.turn.due))
    }
}

/// The right to poll a SmartServer; given back when dropped.
struct OnlyRound(Arc<Unit>);

impl OnlyRound {
    fn begin(unit: &Arc<Unit>) -> Option<OnlyRound> {
        let is_on = unit.demand.is_polling.swap(true, Ordering::AcqRel);
        (!is_on).then(|| OnlyRound(Arc::clone(unit)))
    }
}

impl Drop for OnlyRound {
    fn drop(&mut self) {
        self.0.demand.is_polling.store(false, Ordering::Release);
    }
}

impl Gateway {
    /// Polls in a task of its own what is due, unless there is a reason not to.
    pub(super) fn begin_round(&self, turn: Turn, clock: Clock, missed: UnboundedSender<Turn>) {
        let Some(unit) = self.0.fleet.by_id(turn.id) else { return };
        let wishes = self.wishes(&unit);
        let due = Due { unit, turn, clock, missed };
        let points: Vec<_> =
            due.rhythms().filter_map(|every| wishes.polled.get(&every)).flatten().cloned().collect();
        if points.is_empty() {
            return;
        }
        if !self.0.connections.is_online(due.unit.info().identity_id) {
            return self.end_round(&due, RoundEnd::Offline);
        }
        let only = OnlyRound::begin(&due.unit).filter(|_| !due.turn.is_late);
        let Some(only) = only else { return self.end_round(&due, RoundEnd::Behind) };
        let asked = self.not_fresh(&due.unit, points);
        if asked.is_empty() {
            return self.end_round(&due, RoundEnd::Fresh);
        }
        let gateway = self.clone();
        self.0.tasks.spawn(async move {
            // What waited for the session to return would be sent all at once when it does.
            let lost = gateway.0.connections.lost(due.unit.info().identity_id);
            let end = tokio::select! {
                end = gateway.poll_round(&due, asked) => end,
                () = lost => RoundEnd::Offline,
            };
            gateway.end_round(&due, end);
            drop(only);
        });
    }

    fn not_fresh(&self, unit: &Arc<Unit>, points: Vec<Wished>) -> Vec<(Point, Arc<Wish>)> {
        let (now, all) = (now(), points.len());
        let points = points.into_iter().map(|(data, wish)| (Point { unit: Arc::clone(unit), data }, wish));
        let is_fresh = |point: &Point, wish: &Wish| {
            let every = wish.every.unwrap_or_default();
            self.cached(point).is_some_and(|reading| is_fresh(&reading, now, every, wish.max_age))
        };
        let asked: Vec<_> = points.filter(|(point, wish)| !is_fresh(point, wish)).collect();
        count_points("fresh", all - asked.len());
        asked
    }

    /// A SmartServer that seems to be away is asked for one point, and for the others if it answers.
    async fn poll_round(&self, due: &Due, mut asked: Vec<(Point, Arc<Wish>)>) -> RoundEnd {
        if self.is_offline(&due.unit)
            && let Some((point, wish)) = asked.pop()
            && self.poll_some(&due.unit, wish.max_age, vec![point]).await.is_err()
        {
            return RoundEnd::Offline;
        }
        let by_age = by_age(asked).into_iter();
        let polls = by_age.map(|(max_age, points)| self.poll_some(&due.unit, max_age, points));
        match join_all(polls).await.into_iter().collect::<Result<(), _>>() {
            Ok(()) => RoundEnd::Polled(due.lag()),
            Err(_) if self.is_offline(&due.unit) => RoundEnd::Offline,
            Err(error) => RoundEnd::Failed(error.to_string()),
        }
    }

    async fn poll_some(
        &self,
        unit: &Arc<Unit>,
        max_age: Duration,
        points: Vec<Point>,
    ) -> Result<(), GatewayError> {
        let outcomes = self.poll_points(unit, points, max_age, self.deadline(None)).await;
        let failed = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
        count_points("failed", failed);
        count_points("ok", outcomes.len() - failed);
        outcomes.into_iter().find_map(call_error).map_or(Ok(()), Err)
    }

    fn end_round(&self, due: &Due, end: RoundEnd) {
        metrics::counter!("nocgate_polls_total", "result" => end.word()).increment(1);
        if let RoundEnd::Polled(lag) = &end {
            metrics::histogram!("nocgate_poll_lag_seconds").record(lag.as_secs_f64());
        }
        if end.is_nothing() {
            // Nobody takes it any more when the gateway stops.
            let _ = due.missed.send(due.turn.clone());
        }
        let at = i64::try_from(due.turn.due).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        let round = Round { at: at.unwrap_or_else(now), end };
        let wishes = self.wishes(&due.unit);
        let mut rounds = due.unit.demand.rounds();
        rounds.0.retain(|every, _| wishes.polled.contains_key(every));
        rounds.0.extend(due.rhythms().map(|every| (every, round.clone())));
    }
}

/// The error of a call as a whole; that the SmartServer refused a point is an answer.
fn call_error(outcome: ReadOutcome) -> Option<GatewayError> {
    match outcome.error {
        Some(ReadError::Call(error)) => Some(error),
        _ => None,
    }
}

fn count_points(result: &'static str, count: usize) {
    if count > 0 {
        metrics::counter!("nocgate_polled_data_points_total", "result" => result).increment(count as u64);
    }
}

/// Parts points by the age that they are asked for with. They share messages all the same.
fn by_age(asked: Vec<(Point, Arc<Wish>)>) -> BTreeMap<Duration, Vec<Point>> {
    let mut parts: BTreeMap<Duration, Vec<Point>> = BTreeMap::new();
    for (point, wish) in asked {
        parts.entry(wish.max_age).or_default().push(point);
    }
    parts
}
