//! The task that asks a SmartServer for what its readers wait for.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::desk::{Desk, Item, Message, Serving, Taken, Terms, Told};
use super::fleet::Point;
use super::freshness::Freshness;
use super::lane::{Rank, Turn};
use super::reads::ReadError;
use super::settle::fate_of_call;
use super::{Gateway, GatewayError, ReadOutcome, Unit};
use crate::domain::{DataPointId, Outcome, Source};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{Outcomes, PointData, SmartServerRpc};

impl Gateway {
    /// Waits at the SmartServer's desk until these points were read, or the deadline passes.
    pub(super) async fn ask_at_desk(
        &self,
        unit: &Arc<Unit>,
        points: Vec<Point>,
        freshness: Freshness,
    ) -> Vec<ReadOutcome> {
        let mut left: HashMap<DataPointId, Point> =
            points.iter().map(|point| (point.data.id, point.clone())).collect();
        let (taken, why_left) = match self.wait_at_desk(unit, points, freshness).await {
            Ok(taken) => (taken, self.why_left(unit).await),
            Err(error) => (Taken::default(), error),
        };
        let mut outcomes = Vec::with_capacity(left.len());
        for (id, told) in taken.told {
            outcomes.extend(left.remove(&id).map(|point| self.outcome(point, told)));
        }
        for (id, point) in left {
            let is_out = taken.out.contains(&id);
            let late = GatewayError::Deadline { sent: true };
            outcomes.push(self.failed(point, if is_out { &late } else { &why_left }));
        }
        outcomes
    }

    async fn wait_at_desk(
        &self,
        unit: &Arc<Unit>,
        points: Vec<Point>,
        freshness: Freshness,
    ) -> Result<Taken, GatewayError> {
        self.0.connections.online(unit.info().identity_id, freshness.deadline).await?;
        unit.lane.breaker.check()?;
        let batch = self.0.settings.batch_items;
        let joined = unit.desk.join(points, freshness, unit.lane.bound(), batch);
        let (mut ticket, serve) = joined.map_err(|queued| unit.lane.busy(queued))?;
        if serve {
            self.0.tasks.spawn(self.clone().serve_desk(Arc::clone(unit)));
        }
        match timeout_at(freshness.deadline, ticket.done()).await {
            Ok(false) => Err(GatewayError::Stopping),
            Ok(true) | Err(_) => Ok(ticket.leave()),
        }
    }

    /// Why a reader has to leave with points that were not asked for: the session may not be online.
    async fn why_left(&self, unit: &Unit) -> GatewayError {
        let session = self.0.connections.online(unit.info().identity_id, Instant::now()).await;
        session.err().unwrap_or(GatewayError::Deadline { sent: false })
    }

    /// Asks as long as somebody waits. One message is out at a time, also where two calls may be in flight.
    async fn serve_desk(self, unit: Arc<Unit>) {
        let serving = Serving::of(&unit);
        while unit.desk.rank_or_end().is_some() {
            if let Err(error) = self.ask_once(&unit).await {
                unit.desk.send_away(&error);
            }
        }
        serving.over();
    }

    /// Waits for the session and for a turn, and asks for what is wanted then.
    ///
    /// # Errors
    /// Those that all share who wait.
    async fn ask_once(&self, unit: &Arc<Unit>) -> Result<(), GatewayError> {
        let Some(deadline) = unit.desk.deadline() else { return Ok(()) };
        let session = self.session_for_readers(unit, deadline);
        let Some(session) = unit.desk.while_wanted(session).await else { return Ok(()) };
        session?;
        let Some(turn) = turn(unit).await? else { return Ok(()) };
        // By the cache too: the call before may have brought what is wanted.
        let terms = Terms {
            cached: |point: &Point| self.cached_with_age(point),
            limits: self.batch(BatchLimits::READ),
            forced_polls: self.0.settings.forced_polls_per_minute,
        };
        if let Some(message) = unit.desk.compose(&terms, Instant::now()) {
            self.ask(turn, unit, message).await;
        }
        Ok(())
    }

    async fn session_for_readers(&self, unit: &Unit, deadline: Instant) -> Result<(), GatewayError> {
        self.0.connections.online(unit.info().identity_id, deadline).await?;
        self.ramp(unit, deadline).await;
        Ok(())
    }

    /// Sends a message and tells its readers what came of it.
    async fn ask(&self, turn: Turn, unit: &Arc<Unit>, message: Message) {
        let Message { items, deadline } = message;
        let asked: Vec<_> = items.iter().map(|item| (item.point.data.name.clone(), item.max_age)).collect();
        let read = |rpc: SmartServerRpc, limits| async move { rpc.read_aged(&asked, limits).await };
        match self.call_in_turn(&turn, unit, deadline, read).await {
            Ok(answer) => {
                // With the turn: who comes next finds what this call has brought.
                let outcomes = self.take_answer(&items, answer.value, &unit.desk);
                unit.desk.answered(items, outcomes);
            }
            Err(GatewayError::SessionLost { .. }) => {
                // Reading twice does no harm: it is asked again once the session is back. Whether it is,
                // the next round tells.
                unit.desk.lost();
                drop(turn);
                let back = self.0.connections.back_online(unit.info().identity_id, deadline);
                let _ = unit.desk.while_wanted(back).await;
            }
            Err(error) => {
                if matches!(fate_of_call(&error).outcome, Outcome::NotSent | Outcome::Expired) {
                    unit.desk.give_back(&items);
                }
                unit.desk.failed(&items, &error, concerns_all(&error));
            }
        }
    }

    /// Keeps what an answer tells.
    fn take_answer(&self, items: &[Item], answer: Outcomes<PointData>, desk: &Desk) -> Vec<Told> {
        let mut by_name: BTreeMap<_, _> = answer.into_iter().collect();
        let told = |item: &Item| match by_name.remove(&item.point.data.name) {
            Some(Ok(data)) => {
                let source = if item.rank == Rank::Poll { Source::Poll } else { Source::Read };
                let age = Some(item.max_age).filter(|_| !desk.is_doubted(item.point.data.id));
                Ok(self.keep(&item.point, data, age, source))
            }
            Some(Err(fault)) => {
                self.keep_fault(&item.point, &fault);
                Err(ReadError::Item(fault))
            }
            None => {
                let error = GatewayError::Malformed("the answer lacks this data point".into());
                Err(ReadError::Call(error))
            }
        };
        items.iter().map(told).collect()
    }
}

/// A turn by the strongest rank of those who wait, as long as somebody does.
async fn turn(unit: &Unit) -> Result<Option<Turn>, GatewayError> {
    while let Some(rank) = unit.desk.rank() {
        let mut turn = pin!(unit.lane.turn_for_readers(rank));
        loop {
            tokio::select! {
                biased;
                turn = &mut turn => return turn.map(Some),
                () = unit.desk.changed() => {}
            }
            if unit.desk.rank().is_none_or(|strongest| strongest < rank) {
                break;
            }
        }
    }
    Ok(None)
}

/// Whether asking the same SmartServer for other points now would fail in the same way.
fn concerns_all(error: &GatewayError) -> bool {
    !matches!(error, GatewayError::Fault { .. } | GatewayError::Malformed(_) | GatewayError::TooLarge { .. })
}
