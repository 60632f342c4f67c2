//! What an earlier run of the process left behind at the server: its stream, and calls whose answers may
//! still come on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jid::FullJid;
use tokio::time::{Instant, timeout_at};

use super::error::IqError;
use super::pending::{CallResult, Pending, Waiting};
use super::stream::Resumable;

/// What an earlier run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its stream.
    pub stream: Resumable,
    /// Calls that it had sent, or was about to, and that may be answered.
    pub calls: Vec<EarlierCall>,
}

/// A call of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCall {
    /// Id of its iq.
    pub id: String,
    /// Whom it was for.
    pub to: FullJid,
}

impl From<Resumable> for Earlier {
    fn from(stream: Resumable) -> Self {
        Earlier { stream, calls: Vec::new() }
    }
}

/// Those calls, each until somebody asks for its answer.
#[derive(Debug)]
pub(crate) struct Unclaimed(Mutex<HashMap<String, Waiting>>);

impl Unclaimed {
    pub(crate) fn new(pending: &Arc<Pending>, calls: Vec<EarlierCall>) -> Self {
        let waiting = |call: EarlierCall| (pending.inherit(&call.id, &call.to.into()), call.id);
        Unclaimed(Mutex::new(calls.into_iter().map(waiting).map(|(waiting, id)| (id, waiting)).collect()))
    }

    /// Waits for the answer to a call, which is over with this.
    pub(crate) async fn claim(&self, id: &str, deadline: Instant) -> CallResult {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        let Some(mut waiting) = waiting else { return Err(IqError::SessionLost) };
        timeout_at(deadline, waiting.result()).await.unwrap_or_else(|_| Err(waiting.expired()))
    }
}
