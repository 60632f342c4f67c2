//! Commands whose answer may be there and is not on disk: as long as it is not, the stream's count is not
//! recorded beyond it, so that the server keeps the answer for the next run.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::xmpp::Client;

/// Ids of the iqs that carry them, of one identity.
#[derive(Debug, Default, Clone)]
pub(super) struct Unsettled(Arc<Mutex<HashSet<String>>>);

/// One of them; settled when dropped.
#[derive(Debug)]
pub(super) struct Open {
    of: Unsettled,
    iq_id: String,
}

impl Unsettled {
    /// Adds a command, before its iq is sent.
    pub(super) fn add(&self, iq_id: &str) -> Open {
        self.lock().insert(iq_id.to_owned());
        Open { of: self.clone(), iq_id: iq_id.to_owned() }
    }

    /// Those that do not wait for their answer any more.
    pub(super) fn answered(&self, client: &Client) -> Vec<String> {
        self.lock().iter().filter(|iq_id| !client.awaits(iq_id)).cloned().collect()
    }

    /// Whether the answer to one may be there and is not on disk.
    pub(super) fn is_answered(&self, iq_id: &str, client: &Client) -> bool {
        self.lock().contains(iq_id) && !client.awaits(iq_id)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.of.lock().remove(&self.iq_id);
    }
}
