//! The one way to call a SmartServer: its turn, its session, and what the call tells of its health.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::lane::{Rank, Turn};
use super::traffic::CallWitness;
use super::{Gateway, GatewayError, Unit};
use crate::smartserver::batches::{BatchItem, BatchLimits, batches};
use crate::smartserver::{Answer, CallError, SmartServerRpc};
use crate::xmpp::Limits;

/// A SmartServer gives a request up after this time.
pub(super) const LONGEST_CALL: Duration = Duration::from_secs(120);

impl Gateway {
    /// The message's limits with the configured number of items.
    pub(super) fn batch(&self, limits: BatchLimits) -> BatchLimits {
        BatchLimits { items: self.0.settings.batch_items, ..limits }
    }

    /// Calls a SmartServer for somebody who waits for the answer.
    pub(super) async fn call<T, F>(
        &self,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        self.call_as(Rank::Read, unit, deadline, call).await
    }

    /// Waits for the SmartServer's turn, then calls it.
    pub(super) async fn call_as<T, F>(
        &self,
        rank: Rank,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        if rank != Rank::Command {
            self.ramp(unit, deadline).await;
        }
        let turn = unit.lane.turn(rank, deadline).await?;
        self.call_with(turn, unit, deadline, call).await
    }

    /// Calls a SmartServer also while it is silent: for an operator, and to find out whether it answers.
    pub(super) async fn call_anyway<T, F>(
        &self,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        let turn = unit.lane.turn_anyway(Rank::Read, deadline).await?;
        self.call_with(turn, unit, deadline, call).await
    }

    /// Waits for the moment at which a call may begin by way of a session that has just come back.
    pub(super) async fn ramp(&self, unit: &Unit, deadline: Instant) {
        let identity = unit.info().identity_id;
        if let Some(since) = self.0.connections.online_since(identity) {
            let start = self.0.ramps.start(identity, since, Instant::now());
            if start > Instant::now() {
                sleep_until(start.min(deadline)).await;
            }
        }
    }

    async fn call_with<T, F>(
        &self,
        turn: Turn,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F + Send + 'static,
    ) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: Future<Output = Result<Answer<T>, CallError>> + Send + 'static,
    {
        let (gateway, callee) = (self.clone(), Arc::clone(unit));
        let call = async move { gateway.call_in_turn(&turn, &callee, deadline, call).await };
        self.wait_for_call(unit, deadline, call).await
    }

    /// Limits of a call that is sent now, whose caller waits until `deadline`: by then it is posted, or
    /// not at all. Once posted it has the time that any call has, since the SmartServer is at work then,
    /// but no longer than a SmartServer would still answer, since others wait for their turn.
    fn limits(&self, deadline: Instant) -> Limits {
        Limits {
            posted_by: deadline.min(Instant::now() + LONGEST_CALL),
            patience: self.0.settings.deadline.min(LONGEST_CALL),
        }
    }

    /// Waits for a call until `deadline`. The call itself, which holds the SmartServer's turn, goes on
    /// when its caller gives up or goes away after it was posted: the SmartServer is still at work, and
    /// the next request must not meet this one there.
    pub(super) async fn wait_for_call<T: Send + 'static>(
        &self,
        unit: &Unit,
        deadline: Instant,
        call: impl Future<Output = Result<T, GatewayError>> + Send + 'static,
    ) -> Result<T, GatewayError> {
        self.0.connections.online(unit.info().identity_id, deadline).await?;
        match timeout_at(deadline, self.0.tasks.spawn(call)).await {
            Ok(done) => done.unwrap_or(Err(GatewayError::Stopping)),
            Err(_late) => Err(GatewayError::Deadline { sent: true }),
        }
    }

    /// Calls a SmartServer by a turn that the caller holds already, and keeps until this returns. What
    /// is not posted by `deadline` is not sent; the answer to what was posted may come later than that.
    pub(super) async fn call_in_turn<T, F>(
        &self,
        turn: &Turn,
        unit: &Arc<Unit>,
        deadline: Instant,
        call: impl FnOnce(SmartServerRpc, Limits) -> F,
    ) -> Result<Answer<T>, GatewayError>
    where
        F: Future<Output = Result<Answer<T>, CallError>>,
    {
        let info = unit.info();
        let client = self.0.connections.online(info.identity_id, deadline).await?;
        metrics::counter!("nocgate_smartserver_calls_total").increment(1);
        let sent = Instant::now();
        let mut rpc = SmartServerRpc::new(client, info.jid.clone());
        if unit.tap.is_watched() {
            rpc = rpc.seen_by(Arc::new(CallWitness { unit: Arc::clone(unit), rank: turn.rank }));
        }
        match call(rpc, self.limits(deadline)).await {
            Ok(answer) => {
                if let Some(properties) = &answer.properties {
                    self.note_header(unit, properties, answer.round_trip);
                }
                self.note_answer(unit, answer.round_trip);
                Ok(answer)
            }
            Err(error @ (CallError::Fault(_) | CallError::GlobalFault(_))) => {
                self.note_answer(unit, sent.elapsed());
                Err(error.into())
            }
            Err(error) => {
                let error = GatewayError::from(error);
                self.note_failure(unit, &error, sent.elapsed());
                Err(error)
            }
        }
    }
}

/// Takes as many items off the front as one message carries.
pub(super) fn next_batch<T: BatchItem>(items: &mut Vec<T>, limits: BatchLimits) -> Vec<T> {
    let count = batches(items, limits).first().map_or(0, |batch| batch.len());
    items.drain(..count).collect()
}
