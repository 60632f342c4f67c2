//! Configurations of functional blocks: read as they are, changed by reading, changing and setting the
//! whole.

use std::sync::Arc;

use tokio::time::Instant;

use super::calls::next_batch;
use super::lane::{Rank, Turn};
use super::logs::{block_fault, changing};
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{DataPointName, ItemFault};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{Block, BlockKind, NOT_IN_ANSWER, SmartServerRpc};

/// For `Get` of functional blocks, whose items hold a reference for each of their points.
const BLOCKS: BatchLimits = BatchLimits { items: 10, answer_bytes: 6_000, ..BatchLimits::GET };

/// A configuration after a change.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// The configuration as it was read back; as it was sent where that failed.
    pub config: T,
    /// Whether it was read back.
    pub is_read_back: bool,
}

impl Gateway {
    /// All blocks of a kind, or the one of a name.
    pub(super) async fn blocks(
        &self,
        unit: &Arc<Unit>,
        kind: BlockKind,
        name: Option<DataPointName>,
    ) -> Result<Vec<Block>, GatewayError> {
        self.blocks_as(Rank::Read, unit, kind, name).await
    }

    /// The same for whoever it is.
    pub(super) async fn blocks_as(
        &self,
        rank: Rank,
        unit: &Arc<Unit>,
        kind: BlockKind,
        name: Option<DataPointName>,
    ) -> Result<Vec<Block>, GatewayError> {
        let deadline = self.deadline(None);
        let is_named = name.is_some();
        let mut names = match name {
            Some(name) => vec![name],
            None => {
                let list =
                    move |rpc: SmartServerRpc, limits| async move { rpc.list_blocks(kind, limits).await };
                self.ask_as(rank, unit, deadline, list).await?.value
            }
        };
        let mut blocks = Vec::with_capacity(names.len());
        while !names.is_empty() {
            let batch = next_batch(&mut names, BLOCKS);
            let get =
                move |rpc: SmartServerRpc, limits| async move { rpc.get_blocks(kind, &batch, limits).await };
            for (_, block) in self.ask_as(rank, unit, deadline, get).await?.value {
                match block {
                    Ok(block) => blocks.push(block),
                    Err(fault) if is_named => return Err(block_problem(kind, fault)),
                    // It may have been removed since the list was made.
                    Err(_) => {}
                }
            }
        }
        Ok(blocks)
    }

    /// Changes a block, read right before in the same turn. No other change of ours comes between, also
    /// where several calls may be in flight.
    pub(super) async fn change_block(
        &self,
        unit: &Arc<Unit>,
        kind: BlockKind,
        name: DataPointName,
        change: impl FnOnce(Block) -> Block + Send + 'static,
    ) -> Result<Changed<Block>, GatewayError> {
        let deadline = self.deadline(None);
        let only = self.only_change(unit, deadline).await?;
        let turn = unit.lane.turn(Rank::Command, deadline).await?;
        let (gateway, callee) = (self.clone(), Arc::clone(unit));
        let call = async move {
            // Held to the end of the call, which may come after its caller's deadline.
            let _only = only;
            let changed = gateway.change_in_turn(&turn, &callee, (kind, name), deadline, change).await;
            Ok(changed)
        };
        self.wait_for_call(unit, deadline, call).await.map_err(changing)?
    }

    async fn change_in_turn(
        &self,
        turn: &Turn,
        unit: &Arc<Unit>,
        (kind, name): (BlockKind, DataPointName),
        deadline: Instant,
        change: impl FnOnce(Block) -> Block,
    ) -> Result<Changed<Block>, GatewayError> {
        let block = self.block_in_turn(turn, unit, (kind, &name), deadline).await?;
        let changed = change(block.clone());
        if changed == block {
            // What is so already is not sent.
            return Ok(Changed { config: block, is_read_back: true });
        }
        let sent = changed.clone();
        let set = |rpc: SmartServerRpc, limits| async move { rpc.set_block(sent, limits).await };
        let answer = self.call_in_turn(turn, unit, deadline, set).await.map_err(changing)?;
        answer.value.map_err(|fault| set_problem(kind, fault))?;
        let back = self.block_in_turn(turn, unit, (kind, &name), deadline).await;
        let is_read_back = back.is_ok();
        Ok(Changed { config: back.unwrap_or(changed), is_read_back })
    }

    async fn block_in_turn(
        &self,
        turn: &Turn,
        unit: &Arc<Unit>,
        (kind, name): (BlockKind, &DataPointName),
        deadline: Instant,
    ) -> Result<Block, GatewayError> {
        let names = [name.clone()];
        let get = |rpc: SmartServerRpc, limits| async move { rpc.get_blocks(kind, &names, limits).await };
        let answer = self.call_in_turn(turn, unit, deadline, get).await?;
        let block = answer.value.into_iter().next().map(|(_, block)| block);
        let block = block.ok_or(GatewayError::Unknown { what: thing(kind) })?;
        block.map_err(|fault| block_problem(kind, fault))
    }
}

fn thing(kind: BlockKind) -> Thing {
    match kind {
        BlockKind::DataLogger => Thing::DataLogger,
        BlockKind::AlarmGenerator => Thing::AlarmGenerator,
        BlockKind::AlarmNotifier => Thing::AlarmNotifier,
    }
}

/// A block that is not of the kind that was selected is left out of the answer.
fn block_problem(kind: BlockKind, fault: ItemFault) -> GatewayError {
    match fault.code {
        NOT_IN_ANSWER => GatewayError::Unknown { what: thing(kind) },
        _ => block_fault(thing(kind), fault),
    }
}

fn set_problem(kind: BlockKind, fault: ItemFault) -> GatewayError {
    match fault.code {
        NOT_IN_ANSWER => GatewayError::OutcomeUnknown(fault.text),
        _ => block_fault(thing(kind), fault),
    }
}
