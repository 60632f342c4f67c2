use std::time::Duration;

use tokio::time::Instant;

/// How long a call may take. A call that was posted is at its addressee, whatever its caller's haste:
/// so its answer may be awaited longer than it may wait to be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Not to be posted after this time.
    pub posted_by: Instant,
    /// Once posted, its answer is awaited for so long, and until `posted_by` in any case.
    pub patience: Duration,
}

impl Limits {
    /// When a call that was posted is given up.
    pub(crate) fn answered_by(&self, posted_at: Instant) -> Instant {
        self.posted_by.max(posted_at + self.patience)
    }
}

impl From<Instant> for Limits {
    /// One deadline for everything.
    fn from(deadline: Instant) -> Self {
        Limits { posted_by: deadline, patience: Duration::ZERO }
    }
}
