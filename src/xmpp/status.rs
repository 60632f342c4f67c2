use std::sync::Arc;
use std::time::Duration;

use jid::FullJid;
use jiff::Timestamp;
use url::Url;

use super::bosh::{Conflict, Counters, End};
use super::cause::Cause;
use super::flow::Amounts;
use super::ledger::{Figures, Ledger, Transition};

/// Condition of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Logging in.
    Connecting,
    /// Logged in as this JID.
    Online(FullJid),
    /// Not logged in, trying again after a pause.
    Offline,
    /// Credentials refused; not tried again by this client.
    Refused,
    /// Stopped by its owner.
    Stopped,
}

/// Why a client is not online, as far as its owner must tell the cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfflineReason {
    /// The server refused the credentials.
    Refused,
    /// A BOSH server answers and does not serve the account's domain.
    DomainUnknown,
    /// Nothing that speaks BOSH answers at any address.
    ServerUnreachable,
    /// Another client holds the resource; it is not fought for, [`Status::reason`] says until when.
    Replaced,
    /// An administrator of the server ended the session.
    Kicked,
    /// The account was removed from the server.
    Removed,
    /// Anything else; [`Status::reason`] says what.
    Other,
}

/// Which server the creation answer tells (XEP-0124 `ver`: ejabberd says 1.11, Prosody 1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// ejabberd
    Ejabberd,
    /// Prosody
    Prosody,
    /// anything else
    Other,
}

/// State and counters of a client. Counters run from [`Client::start`](super::Client::start) on, over
/// all its sessions and those of the clients that it follows; what was negotiated belongs to the
/// latest session.
#[derive(Debug, Clone)]
pub struct Status {
    /// Condition.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Why it is not online, for people; `None` while it is, and before the first failure.
    pub reason: Option<String>,
    /// The same for programs.
    pub offline: Option<OfflineReason>,
    /// JID that the server gave to the latest session.
    pub jid: Option<FullJid>,
    /// BOSH address in use, or tried last.
    pub address: Option<Url>,
    /// The server told by its creation answer.
    pub server: Option<Server>,
    /// `wait` as negotiated.
    pub wait: Option<Duration>,
    /// `hold` as negotiated.
    pub hold: Option<u32>,
    /// `requests` as negotiated.
    pub requests: Option<u32>,
    /// `inactivity` as negotiated.
    pub inactivity: Option<Duration>,
    /// SASL mechanism used.
    pub mechanism: Option<&'static str>,
    /// Request id sent last.
    pub rid: Option<u64>,
    /// Round trip to the server, smoothed.
    pub round_trip: Option<Duration>,
    /// Requests that the server has not answered.
    pub requests_out: usize,
    /// Stanzas waiting to be sent.
    pub queued: usize,
    /// Calls waiting for an answer.
    pub pending: usize,
    /// Bodies posted, repetitions included.
    pub bodies: u64,
    /// Bodies posted again after a broken connection.
    pub resent: u64,
    /// Bodies that carried stanzas, repetitions left out.
    pub batches: u64,
    /// Stanzas sent.
    pub stanzas_sent: u64,
    /// Stanzas received.
    pub stanzas_received: u64,
    /// Sessions that came online.
    pub logins: u64,
    /// Whether calls go on waiting while a lost session is replaced by one that resumes its stream.
    pub resuming: bool,
    /// Sessions that went on with the stream of the one before (XEP-0198).
    pub resumed: u64,
    /// Streams that the server would not resume: what was sent on them and not answered is lost.
    pub lost_streams: u64,
    /// Sessions given up since ejabberd had parked a request.
    pub parked: u64,
    /// Stanzas that the server refused to take.
    pub refused_stanzas: u64,
    /// Stanzas that arrived and were beyond what is read.
    pub unreadable: u64,
    /// Answers that nobody waited for any more.
    pub late_answers: u64,
    /// Answers from somebody who was not asked.
    pub foreign_answers: u64,
    /// Stanzas dropped since the owner did not take them from the receiver.
    pub dropped: u64,
    pub(crate) ledger: Arc<Ledger>,
}

impl Status {
    pub(crate) fn new() -> Self {
        let mut status = Status {
            state: State::Connecting,
            since: Timestamp::now(),
            reason: None,
            offline: None,
            jid: None,
            address: None,
            server: None,
            wait: None,
            hold: None,
            requests: None,
            inactivity: None,
            mechanism: None,
            rid: None,
            round_trip: None,
            requests_out: 0,
            queued: 0,
            pending: 0,
            bodies: 0,
            resent: 0,
            batches: 0,
            stanzas_sent: 0,
            stanzas_received: 0,
            logins: 0,
            resuming: false,
            resumed: 0,
            lost_streams: 0,
            parked: 0,
            refused_stanzas: 0,
            unreadable: 0,
            late_answers: 0,
            foreign_answers: 0,
            dropped: 0,
            ledger: Arc::new(Ledger::new()),
        };
        status.enter(State::Connecting, None);
        status
    }

    /// The status of the client that comes after the one that had this: the counters go on.
    pub(crate) fn followed(self) -> Self {
        let mut status = Status {
            reason: None,
            offline: None,
            jid: None,
            address: None,
            server: None,
            wait: None,
            hold: None,
            requests: None,
            inactivity: None,
            mechanism: None,
            rid: None,
            round_trip: None,
            requests_out: 0,
            queued: 0,
            pending: 0,
            resuming: false,
            ..self
        };
        status.enter(State::Connecting, None);
        status
    }

    /// What else is to be told of the sessions; made when asked for, so ask seldom.
    pub fn figures(&self) -> Figures {
        self.ledger.figures()
    }

    pub(crate) fn enter(&mut self, state: State, reason: Option<&str>) {
        self.since = Timestamp::now();
        let reason = reason.map(str::to_owned);
        self.ledger.entered(Transition { at: self.since, state: state.clone(), reason });
        self.state = state;
    }

    /// The counters of a session went from here to there. Stanzas sent may also become fewer: the
    /// server has refused some.
    pub(crate) fn advance(&mut self, from: &Counters, to: &Counters) {
        if from == to {
            return;
        }
        self.bodies += to.bodies - from.bodies;
        self.resent += to.resent - from.resent;
        self.batches += to.batches - from.batches;
        self.stanzas_sent = (self.stanzas_sent + to.stanzas_sent).saturating_sub(from.stanzas_sent);
        self.stanzas_received += to.stanzas_received - from.stanzas_received;
        self.refused_stanzas += to.refused - from.refused;
        self.unreadable += to.unreadable - from.unreadable;
        self.ledger.flowed(Amounts {
            bodies: to.bodies - from.bodies,
            stanzas_sent: to.stanzas_sent.saturating_sub(from.stanzas_sent),
            stanzas_received: to.stanzas_received - from.stanzas_received,
        });
    }

    /// The client is stopped.
    pub(crate) fn stopped(&mut self) {
        match self.state {
            // Told already.
            State::Offline => self.state = State::Stopped,
            _ => self.enter(State::Stopped, Some("stopped")),
        }
    }

    /// An attempt at this address begins.
    pub(crate) fn begin(&mut self, address: &Url) {
        if self.state != State::Connecting {
            self.enter(State::Connecting, None);
        }
        self.address = Some(address.clone());
        self.requests_out = 0;
        self.queued = 0;
    }

    /// A session came online.
    pub(crate) fn online(&mut self, jid: FullJid, resumed: bool) {
        self.enter(State::Online(jid.clone()), None);
        self.jid = Some(jid);
        self.reason = None;
        self.offline = None;
        self.logins += 1;
        self.resuming = false;
        self.resumed += u64::from(resumed);
    }

    /// No attempt is made for a while; `false` if that is known already.
    pub(crate) fn rest(&mut self) -> bool {
        let news = self.state != State::Offline && !self.resuming;
        if news {
            self.enter(State::Offline, self.reason.clone().as_deref());
        }
        news
    }

    /// The server is known to be away: nobody waits for it unasked.
    pub(crate) fn away(&mut self) {
        self.resuming = false;
        self.rest();
    }

    /// A session ended; `resumable`: whether its stream may go on in the next.
    pub(crate) fn explain(&mut self, end: &End, resumable: bool) {
        let was_online = matches!(self.state, State::Online(_));
        // Once only: while the server is away, callers are better told so.
        self.resuming = resumable && was_online;
        if let Some(cause) = Cause::of(end) {
            self.ledger.ended(cause, was_online);
        }
        if was_online {
            let state = if resumable { State::Connecting } else { State::Offline };
            self.enter(state, Some(&end.to_string()));
        }
        self.requests_out = 0;
        self.queued = 0;
        self.offline = match end {
            End::Closed => None,
            End::Refused(_) => Some(OfflineReason::Refused),
            End::DomainUnknown(_) => Some(OfflineReason::DomainUnknown),
            End::Unreachable(_) | End::Silent(_) | End::Lost(_) => Some(OfflineReason::ServerUnreachable),
            end => Some(match end.conflict() {
                Some(Conflict::Replaced) => OfflineReason::Replaced,
                Some(Conflict::Kicked) => OfflineReason::Kicked,
                Some(Conflict::Removed) => OfflineReason::Removed,
                None => OfflineReason::Other,
            }),
        };
        self.reason = self.offline.map(|_| end.to_string());
        self.parked += u64::from(*end == End::Parked);
    }
}
