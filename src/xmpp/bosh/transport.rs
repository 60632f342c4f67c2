use bytes::Bytes;

/// A request to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) rid: u64,
    pub(crate) body: Bytes,
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
