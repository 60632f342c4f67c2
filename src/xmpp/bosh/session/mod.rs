mod answers;
mod io;
mod sending;
mod streaming;

use bytes::Bytes;
use tokio::time::Instant;

use super::body::{self, Answer, Kind, Purpose};
use super::end::{End, Terminate};
use super::flood::Flood;
use super::login::Login;
use super::outbox::Outbox;
use super::profile::Profile;
use super::reply::Reply;
use super::seal::Seal;
use super::timing::{self, RoundTrip};
use super::window::{Place, Request, Window};
use crate::xmpp::stream::{Resumable, Stream};

pub(crate) use io::{Action, Agreed, Carried, Counters, Input, Settings};

#[derive(Debug)]
enum Phase {
    /// Waiting for the answer to the creation.
    Creating(Login),
    LoggingIn {
        login: Login,
        next: Next,
    },
    Online,
    /// Saying goodbye, with the end that comes of it.
    Closing {
        end: End,
        bound: bool,
        terminate_sent: bool,
    },
    Ended,
}

/// What the next request of a login is.
#[derive(Debug)]
enum Next {
    Poll,
    Send(String),
    Restart,
}

/// One BOSH session: (now, input) -> actions.
#[derive(Debug)]
pub(crate) struct Session {
    settings: Settings,
    profile: Profile,
    phase: Phase,
    sid: String,
    agreed: Option<Agreed>,
    mechanism: Option<&'static str>,
    window: Window,
    outbox: Outbox,
    /// The stream that the server can resume on the next session, also before this one has resumed it.
    stream: Option<Stream>,
    /// What keeps a new stream from being managed for the moment.
    flood: Option<Flood>,
    /// Ends the session before this one; until it has, its stream is not resumed. After the end of this
    /// session it is what ends this one.
    seal: Option<Seal>,
    /// What goes before the stanzas of the next request and is none: `<enable/>`.
    preamble: Option<String>,
    /// Whether somebody waits for an answer.
    awaiting: bool,
    round_trip: RoundTrip,
    /// Since when no request is out.
    idle_since: Instant,
    /// End of the current phase, if it is bounded; of the current step while logging in.
    phase_until: Option<Instant>,
    login_until: Instant,
    /// Since when requests fail without success.
    failing_since: Option<Instant>,
    /// Until then the server cannot have forgotten the session for want of requests.
    known_until: Option<Instant>,
    /// When a request failed last.
    failed_at: Option<Instant>,
    counters: Counters,
    actions: Vec<Action>,
}

impl Session {
    /// A session that begins now: the actions hold its first request.
    pub(crate) fn new(now: Instant, mut settings: Settings) -> (Session, Vec<Action>) {
        let (stream, outbox, seal) = match settings.carried.take() {
            Some(Carried { stream, outbox, seal }) => (Some(stream), outbox, seal),
            None => (None, Outbox::default(), None),
        };
        let mut session = Session {
            profile: Profile::of(None),
            phase: Phase::Creating(Login::new(settings.identity.clone())),
            sid: String::new(),
            agreed: None,
            mechanism: None,
            window: Window::new(settings.first_rid),
            outbox,
            stream,
            flood: None,
            seal,
            preamble: None,
            awaiting: false,
            round_trip: RoundTrip::default(),
            idle_since: now,
            phase_until: None,
            login_until: now + timing::LOGIN_LIMIT,
            failing_since: None,
            known_until: None,
            failed_at: None,
            counters: Counters::default(),
            actions: Vec::new(),
            settings,
        };
        let (rid, settings) = (session.window.next_rid(), &session.settings);
        let body = body::creation(rid, settings.identity.jid.domain().as_str(), settings.wait);
        session.post(now, body, None, Vec::new());
        let actions = std::mem::take(&mut session.actions);
        (session, actions)
    }

    /// Takes an input and says what is to be done, in this order.
    pub(crate) fn handle(&mut self, now: Instant, input: Input) -> Vec<Action> {
        match input {
            Input::Written { rid } => self.written(now, rid),
            Input::Answered { rid, status, body } => self.answered(now, rid, status, &body),
            Input::Failed { rid, error } => self.failed(now, rid, error),
            Input::Send(stanzas) => stanzas.into_iter().for_each(|stanza| self.outbox.push(stanza)),
            Input::Recorded(stream) => self.recorded(&stream),
            Input::Tick => {}
            Input::Close => self.close(now, End::Closed),
        }
        self.watch(now);
        self.pump(now);
        std::mem::take(&mut self.actions)
    }

    /// Tells whether somebody waits for an answer: then the server is not left without a request
    /// for it to come with.
    pub(crate) fn expect_answers(&mut self, awaiting: bool) {
        self.awaiting = awaiting;
    }

    /// When [`Input::Tick`] is due.
    pub(crate) fn wake_at(&mut self) -> Option<Instant> {
        if matches!(self.phase, Phase::Ended) {
            return None;
        }
        let wait = self.agreed.map_or(self.settings.wait, |agreed| agreed.wait);
        let overdue = self.window.iter().filter_map(|r| timing::overdue_at(r, wait)).min();
        [
            self.phase_until,
            self.seal_at(),
            overdue,
            self.stalled_at(),
            self.resend_at().map(|(_, at)| at),
            self.post_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn written(&mut self, now: Instant, rid: u64) {
        if let Some(request) = self.window.get(rid).filter(|r| matches!(r.place, Place::Posting(_))) {
            request.place = Place::Written(now);
            request.first_written.get_or_insert(now);
            request.written = Some(now);
        }
    }

    fn answered(&mut self, now: Instant, rid: u64, status: u16, body: &str) {
        if self.is_seal(rid) {
            return self.sealed(now, status, body);
        }
        if self.window.get(rid).is_none_or(|r| r.is_answered()) {
            return;
        }
        let creating = matches!(self.phase, Phase::Creating(_));
        match Reply::read(status, body, &self.profile) {
            Reply::Body(answer) if answer.kind == Kind::Error => self.repeat_up_to(now, rid),
            Reply::Body(answer) if self.is_forgotten(rid, &answer) => {
                self.accept(now, rid, Answer::default());
            }
            Reply::Body(answer) => self.accept(now, rid, answer),
            _ if creating => self.end(End::Unreachable(format!("HTTP {status}"))),
            Reply::Refused => self.refused(now, rid, status),
            Reply::Retry(error) => self.failed(now, rid, error),
            Reply::Gone => self.gone(),
            Reply::Final(error) => self.end(End::Protocol(error)),
        }
    }

    /// HTTP says that the session is gone. A proxy may be mistaken, so it is sealed all the same.
    fn gone(&mut self) {
        let online = matches!(self.phase, Phase::Online);
        self.end(End::Terminated(Terminate::ItemNotFound));
        if online {
            self.seal_unless(false);
        }
    }

    /// Whether the server has forgotten this request alone, and not the session.
    fn is_forgotten(&self, rid: u64, answer: &Answer) -> bool {
        let gone = answer.kind == Kind::Terminate(Some(Terminate::ItemNotFound));
        let older = self.window.pair().filter(|(older, newer)| {
            older.rid == rid && older.tries > 0 && newer.first_written.is_some() && !newer.is_answered()
        });
        self.profile.forgets_broken && gone && older.is_some()
    }

    /// A recoverable error: this request and all unanswered ones before it are repeated
    /// (XEP-0124, section 17.3).
    fn repeat_up_to(&mut self, now: Instant, rid: u64) {
        let rids: Vec<u64> =
            self.window.iter().filter(|r| r.rid <= rid && !r.is_answered()).map(|r| r.rid).collect();
        for older in rids {
            if older != rid {
                self.actions.push(Action::Abort { rid: older });
            }
            self.failed(now, older, "the server asks for a repetition".into());
        }
    }

    /// The connection of a request broke, or what answered was not the server.
    fn failed(&mut self, now: Instant, rid: u64, error: String) {
        if let Some(seal) = self.seal.as_mut().filter(|seal| seal.rid() == rid) {
            return seal.failed(now);
        }
        if matches!(self.phase, Phase::Creating(_)) {
            return self.end(End::Unreachable(error));
        }
        self.failed_at = Some(now);
        let resumable = self.stream.as_ref().is_some_and(Stream::is_resumable);
        let patience = timing::patience(self.agreed.and_then(|agreed| agreed.inactivity), resumable);
        let Some(request) = self.window.get(rid).filter(|r| !r.is_answered()) else { return };
        if matches!(request.place, Place::Written(at) if now.duration_since(at) > timing::SOUND) {
            self.failing_since = None;
            request.tries = 0;
        }
        request.place = Place::Broken(timing::retry_at(now, request.tries));
        request.tries += 1;
        let since = *self.failing_since.get_or_insert(now);
        if now.duration_since(since) >= patience {
            self.end(End::Lost(error));
        }
    }

    /// The body was refused whole and its rid is still to be used: half of its stanzas go out in
    /// its place, until the one that offends is alone; that one is given up.
    fn refused(&mut self, now: Instant, rid: u64, status: u16) {
        let most = self.batch_bytes();
        let Some(request) = self.window.get(rid) else { return };
        if request.tries > 0 && request.first_written.is_some() {
            // Another copy may have got through: only the server's count tells.
            return self.end(End::Protocol(format!("a repeated request was refused with HTTP {status}")));
        }
        if request.stanzas.is_empty() {
            return self.end(End::Protocol(format!("the server refused a request with HTTP {status}")));
        }
        let mut first = std::mem::take(&mut request.stanzas);
        first.iter().for_each(|stanza| stanza.fate.unpost());
        self.counters.stanzas_sent -= first.len() as u64;
        if first.len() == 1 {
            self.counters.refused += 1;
            self.actions.extend(first.drain(..).map(|stanza| Action::Refused { stanza, status }));
        } else {
            let rest = first.split_off(first.len() / 2);
            self.outbox.put_back(rest);
        }
        let count = first.len().max(1);
        self.outbox.put_back(first);
        let stanzas = self.outbox.batch(now, count, most);
        self.counters.stanzas_sent += stanzas.len() as u64;
        if let Some(stream) = &mut self.stream {
            stream.replaces(rid, &stanzas);
        }
        if let Some(request) = self.window.get(rid) {
            let text = request.preamble.iter().map(String::as_str);
            let text = text.chain(stanzas.iter().map(|s| &*s.xml));
            request.body = Bytes::from(body::request(rid, &self.sid, Purpose::Carry, text));
            request.stanzas = stanzas;
            request.place = Place::Broken(now);
            request.tries = 0;
            request.first_written = None;
            request.written = None;
        }
    }

    fn close(&mut self, now: Instant, end: End) {
        match self.phase {
            Phase::Closing { .. } | Phase::Ended => {}
            Phase::Creating(_) => self.end(end),
            Phase::LoggingIn { .. } | Phase::Online => {
                let bound = matches!(self.phase, Phase::Online);
                self.stop_resuming();
                self.phase = Phase::Closing { end, bound, terminate_sent: false };
                self.widen();
                self.phase_until = Some(now + timing::CLOSING_LIMIT);
            }
        }
    }

    /// Lets as many requests out as the server takes.
    fn widen(&mut self) {
        if let Some(agreed) = self.agreed {
            self.window.resize(agreed.requests as usize);
        }
    }

    /// Ends the session; one that was about to end anyway ends as it would have.
    fn end(&mut self, end: End) {
        self.stop_resuming();
        let end = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Closing { end, .. } => end,
            Phase::Online => {
                self.seal_unless(matches!(end, End::Terminated(_)));
                end
            }
            _ => end,
        };
        if end == End::Parked
            && let Some(stream) = &mut self.stream
        {
            stream.excuse();
        }
        let fruitful = self.stream.as_ref().is_none_or(Stream::is_fruitful);
        if !fruitful || !end.leaves_stream() {
            self.stream = None;
        }
        for request in self.window.drain().filter(Request::hold_back) {
            request.stanzas.iter().for_each(|stanza| stanza.fate.unpost());
        }
        self.actions.push(Action::Ended(end));
    }
}

/// What may be asked of a session from outside.
impl Session {
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }

    pub(crate) fn agreed(&self) -> Option<Agreed> {
        self.agreed
    }

    pub(crate) fn mechanism(&self) -> Option<&'static str> {
        self.mechanism
    }

    pub(crate) fn round_trip(&self) -> RoundTrip {
        self.round_trip
    }

    /// The request id used last.
    pub(crate) fn rid(&self) -> u64 {
        self.window.next_rid() - 1
    }

    pub(crate) fn requests_out(&self) -> usize {
        self.window.len()
    }

    /// Stanzas waiting to be sent.
    pub(crate) fn queued(&self) -> usize {
        self.outbox.len()
    }

    /// Whether no more stanzas are to be sent with [`Input::Send`] for now.
    pub(crate) fn is_full(&mut self) -> bool {
        if self.outbox.is_full() {
            self.outbox.purge();
        }
        self.outbox.is_full()
    }
}

#[cfg(test)]
mod tests;
