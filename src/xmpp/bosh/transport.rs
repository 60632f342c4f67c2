use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

/// A request to be posted.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) rid: u64,
    pub(crate) body: Bytes,
    pub(crate) start: Start,
}

#[cfg(test)]
impl PartialEq for Post {
    fn eq(&self, other: &Self) -> bool {
        (self.rid, &self.body) == (other.rid, &other.body)
    }
}

/// The right to begin with a request, which one alone can take: the transport, just before the first
/// byte, or the session, which then knows that not a byte will go out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start(Arc<AtomicBool>);

impl Start {
    /// `false` when it was taken before.
    pub(crate) fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// All of it has been handed to the network.
    Written { rid: u64 },
    /// It was answered.
    Answered { rid: u64, status: u16, body: String },
    /// Its connection failed, or could not be made.
    Failed { rid: u64, error: String },
}

/// Carries requests to one address.
pub(crate) trait Transport: Send {
    /// Gets a further connection ready, so that the next request need not wait for it.
    fn prepare(&mut self);

    /// Posts a request on a connection that no other request uses.
    fn post(&mut self, post: Post);

    /// Gives up a request and its connection; nothing more is heard of it.
    fn abort(&mut self, rid: u64);

    /// Waits for the next event; may be dropped and called again. Pending for ever when no request
    /// is out.
    fn event(&mut self) -> impl Future<Output = Event> + Send;
}
