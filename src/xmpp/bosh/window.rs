use std::collections::VecDeque;

use bytes::Bytes;
use tokio::time::Instant;

use super::body::Answer;
use super::transport::{Post, Start};
use crate::xmpp::outgoing::Outgoing;

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Handed to the transport at this time, not yet written.
    Posting(Instant),
    /// Written at this time.
    Written(Instant),
    /// Its connection failed; to be posted again, the same bytes, at this time.
    Broken(Instant),
}

/// A request that the session has not finished with.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) rid: u64,
    pub(crate) body: Bytes,
    /// What stands before the stanzas.
    pub(crate) preamble: Option<String>,
    pub(crate) stanzas: Vec<Outgoing>,
    pub(crate) place: Place,
    /// Whether it has begun to go out, the latest time.
    pub(crate) start: Start,
    /// When it was first written, if ever: then the server may know of it.
    pub(crate) first_written: Option<Instant>,
    /// When it was last written.
    pub(crate) written: Option<Instant>,
    pub(crate) tries: u32,
    /// Its answer, as long as an older request has none.
    pub(crate) answer: Option<(Instant, Answer)>,
}

impl Request {
    pub(crate) fn is_answered(&self) -> bool {
        self.answer.is_some()
    }

    /// Makes sure that the server has not got it and will not, if that can still be had.
    pub(crate) fn hold_back(&self) -> bool {
        let on_its_way = matches!(self.place, Place::Posting(_)) && !self.start.take();
        self.written.is_none() && !self.is_answered() && !on_its_way
    }
}

/// The requests on their way, oldest first; answers leave it in the order of rids (XEP-0124,
/// section 14.2).
#[derive(Debug)]
pub(crate) struct Window {
    next_rid: u64,
    size: usize,
    requests: VecDeque<Request>,
}

impl Window {
    pub(crate) fn new(first_rid: u64) -> Self {
        Window { next_rid: first_rid, size: 1, requests: VecDeque::new() }
    }

    /// As many requests as the server remembers, and as there are connections.
    pub(crate) fn resize(&mut self, size: usize) {
        self.size = size.clamp(1, 2);
    }

    pub(crate) fn next_rid(&self) -> u64 {
        self.next_rid
    }

    pub(crate) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    pub(crate) fn get(&mut self, rid: u64) -> Option<&mut Request> {
        self.requests.iter_mut().find(|r| r.rid == rid)
    }

    /// The oldest request, and the one after it.
    pub(crate) fn pair(&self) -> Option<(&Request, &Request)> {
        Some((self.requests.front()?, self.requests.get(1)?))
    }

    /// Whether a new request may follow as far as the window goes: there is room, and all before
    /// it have been written.
    pub(crate) fn is_open(&self) -> bool {
        let settled = |r: &Request| r.is_answered() || matches!(r.place, Place::Written(_));
        self.requests.len() < self.size && self.requests.iter().all(settled)
    }

    /// The newest request, if it is unanswered.
    pub(crate) fn newest(&self) -> Option<&Request> {
        self.requests.back().filter(|r| !r.is_answered())
    }

    /// Enters a request that is handed to the transport now.
    pub(crate) fn push(
        &mut self,
        now: Instant,
        post: &Post,
        preamble: Option<String>,
        stanzas: Vec<Outgoing>,
    ) {
        self.requests.push_back(Request {
            rid: self.next_rid,
            body: post.body.clone(),
            preamble,
            stanzas,
            place: Place::Posting(now),
            start: post.start.clone(),
            first_written: None,
            written: None,
            tries: 0,
            answer: None,
        });
        self.next_rid += 1;
    }

    /// The oldest request together with its answer, once it has one.
    pub(crate) fn pop_answered(&mut self) -> Option<(Request, Answer)> {
        self.requests.front_mut()?.answer.as_ref()?;
        let mut request = self.requests.pop_front()?;
        let (_, answer) = request.answer.take()?;
        Some((request, answer))
    }

    /// The broken request to be repeated next, and when: the oldest one, and only once nothing
    /// before it is on its way to the network. `barred` tells that a request must not be repeated
    /// as long as the one before it has no answer.
    pub(crate) fn resend_at(&self, barred: impl Fn(&Request, &Request) -> bool) -> Option<(u64, Instant)> {
        let mut older = None;
        for request in self.requests.iter().filter(|r| !r.is_answered()) {
            match request.place {
                Place::Posting(_) => return None,
                Place::Broken(_) if older.is_some_and(|older| barred(older, request)) => return None,
                Place::Broken(at) => return Some((request.rid, at)),
                Place::Written(_) => older = Some(request),
            }
        }
        None
    }

    /// All requests, taken out.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Request> {
        self.requests.drain(..)
    }
}
