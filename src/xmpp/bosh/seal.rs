use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::body::{self, Answer, Kind, Purpose};
use super::transport::{Post, Start};

/// Beyond what any server lets a request be ahead.
const OUT_OF_RANGE: u64 = 16;
/// Pause before it is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Ends a BOSH session without ending its stream, before that is resumed elsewhere: a request out of
/// range makes ejabberd forget the session at once (XEP-0124, section 14.2), and its answer says so.
///
/// Without it a request of the old session that is still on its way may be executed after the
/// server has told its count to the new one: ejabberd hands the count over first and stops the old
/// process later. What is sent again because it was not counted would then be executed twice.
#[derive(Debug)]
pub(crate) struct Seal {
    rid: u64,
    body: Bytes,
    due: Due,
}

#[derive(Debug, Clone, Copy)]
enum Due {
    AtOnce,
    At(Instant),
    /// It is on its way.
    Posted,
}

impl Seal {
    /// For the session `sid` whose next request id would be `next_rid`.
    pub(crate) fn new(sid: &str, next_rid: u64) -> Seal {
        let rid = next_rid + OUT_OF_RANGE;
        Seal { rid, body: body::request(rid, sid, Purpose::Carry, []).into(), due: Due::AtOnce }
    }

    /// The same, to be posted by another session.
    pub(crate) fn anew(self) -> Seal {
        Seal { due: Due::AtOnce, ..self }
    }

    pub(crate) fn rid(&self) -> u64 {
        self.rid
    }

    /// When it is to be asked again.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.due {
            Due::At(at) => Some(at),
            Due::AtOnce | Due::Posted => None,
        }
    }

    /// The request, when it is time for it.
    pub(crate) fn post(&mut self, now: Instant) -> Option<Post> {
        let due = match self.due {
            Due::AtOnce => true,
            Due::At(at) => now >= at,
            Due::Posted => false,
        };
        due.then(|| {
            self.due = Due::Posted;
            Post { rid: self.rid, body: self.body.clone(), start: Start::default() }
        })
    }

    /// Whether an answer says that the session is gone; else it is asked again.
    pub(crate) fn holds(&mut self, now: Instant, status: u16, body: &str) -> bool {
        let terminated =
            |body| Answer::read(body).is_ok_and(|answer| matches!(answer.kind, Kind::Terminate(_)));
        let holds = status == 404 || status == 200 && terminated(body);
        if !holds {
            self.failed(now);
        }
        holds
    }

    pub(crate) fn failed(&mut self, now: Instant) {
        self.due = Due::At(now + AGAIN);
    }
}
