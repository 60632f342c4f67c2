//! Where a listener that comes back goes on.

use super::id::After;
use super::ring::{Mark, Ring};
use crate::domain::EventKind;

/// Where a listener begins: what the journal holds after `journal` up to `live.journal` is told first, then
/// what the ring holds after `live.ring`. Those parts meet, since the ring knows for each place where the
/// journal stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) journal: i64,
    pub(super) live: Mark,
    pub(super) lost: Option<Loss>,
}

/// What cannot be told any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Readings after the last event: the ring does not reach back to it.
    Overrun,
    /// Readings after the last event: an earlier run told it.
    Restarted,
    /// Anything: the last event is none that this gateway knows.
    Foreign,
}

impl Loss {
    pub(super) fn concerns(self, kind: EventKind) -> bool {
        self == Loss::Foreign || !kind.is_journalled()
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Loss::Overrun => "more has happened since the last event than is kept in memory",
            Loss::Restarted => "the gateway was started again after the last event",
            Loss::Foreign => "the last event is none that this gateway knows",
        }
    }
}

/// Where to begin after what a listener had.
pub(super) fn start(ring: &Ring, run: &str, after: &After) -> Start {
    let head = ring.head();
    let at_head = |journal, lost| Start { journal, live: head, lost };
    let id = match after {
        After::Present => return at_head(head.journal, None),
        After::Unreadable => return at_head(head.journal, Some(Loss::Foreign)),
        After::Event(id) => id,
    };
    let is_of_this_run = id.run == run;
    if id.mark.journal > head.journal || is_of_this_run && id.mark.ring > head.ring {
        return at_head(head.journal, Some(Loss::Foreign));
    }
    match ring.mark_at(id.mark.ring).filter(|_| is_of_this_run) {
        Some(live) if id.mark.journal <= live.journal => Start { journal: id.mark.journal, live, lost: None },
        Some(_) => at_head(head.journal, Some(Loss::Foreign)),
        None if is_of_this_run => at_head(id.mark.journal, Some(Loss::Overrun)),
        None => at_head(id.mark.journal, Some(Loss::Restarted)),
    }
}
