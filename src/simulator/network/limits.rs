use super::super::answers::{Done, is_point_type};
use super::super::request::{ItemsCall, Operation};
use super::super::unit::Unit;
use super::super::wire::Fault;

/// Most items that a request should name (manual 4-6 to 4-17, 14-26): advice, not a limit.
const ADVISED: usize = 100;

/// Counts a request of more than advised. It is answered all the same.
pub(in super::super) fn count(unit: &mut Unit, call: &ItemsCall, done: &Result<Vec<Done>, Fault>) {
    let answered = match (call.operation, done) {
        (Operation::List, _) => return,
        (Operation::Get, Ok(done)) => done.len(),
        (Operation::Read, Ok(done)) if is_point_type(call.select_kind().as_deref()) => done.len(),
        _ => 0,
    };
    if answered.max(call.items.len()) > ADVISED {
        unit.over_limit += 1;
        tracing::warn!(smartserver = %unit.mac, items = answered.max(call.items.len()), "more than advised");
    }
}
