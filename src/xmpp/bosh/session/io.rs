use std::time::Duration;

use jid::FullJid;

use super::super::end::End;
use super::super::login::Identity;
use super::super::outbox::Outbox;
use super::super::seal::Seal;
use super::super::transport::Post;
use crate::xml::Element;
use crate::xmpp::Options;
use crate::xmpp::outgoing::Outgoing;
use crate::xmpp::stream::{Resumable, Stream};

/// What a session is opened with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) identity: Identity,
    /// Random, below 2^52 (XEP-0124, section 14.1).
    pub(crate) first_rid: u64,
    pub(crate) wait: Duration,
    /// How long one step of the log-in may take.
    pub(crate) step_limit: Duration,
    pub(crate) max_stanzas: usize,
    pub(crate) max_body_bytes: usize,
    /// Whether others are told that the account is there, by initial presence.
    pub(crate) announces: bool,
    /// Whether streams are to outlive sessions, where the server is known to do that right.
    pub(crate) resumes: bool,
    /// Whether the owner records the counts of the stream.
    pub(crate) recorded: bool,
    /// How often the server has ended a stream for what was not acknowledged.
    pub(crate) drowned: u32,
    /// What the session before this one left to be resumed.
    pub(crate) carried: Option<Carried>,
}

/// What one session hands to the next, so that its calls lose nothing.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) stream: Stream,
    /// Stanzas not yet sent.
    pub(crate) outbox: Outbox,
    /// What ends the session that carried the stream, unless the server has said that it is gone.
    pub(crate) seal: Option<Seal>,
}

impl Settings {
    pub(crate) fn new(identity: Identity, options: &Options, step_limit: Duration) -> Self {
        Settings {
            identity,
            first_rid: rand::random_range(1..1 << 52),
            wait: options.wait,
            step_limit,
            max_stanzas: options.max_stanzas,
            max_body_bytes: options.max_body_bytes,
            announces: true,
            resumes: options.resumes_streams,
            recorded: options.records_streams,
            drowned: 0,
            carried: None,
        }
    }
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// A request has been handed to the network.
    Written { rid: u64 },
    /// A request was answered.
    Answered { rid: u64, status: u16, body: String },
    /// A request's connection failed.
    Failed { rid: u64, error: String },
    /// Stanzas are to be sent.
    Send(Vec<Outgoing>),
    /// The owner has recorded this stream with its count.
    Recorded(Resumable),
    /// The time that [`wake_at`](super::Session::wake_at) asked for has come.
    Tick,
    /// Send what is queued, then end.
    Close,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Post this.
    Post(Post),
    /// Give up this request and its connection.
    Abort { rid: u64 },
    /// Logged in; `resumed`: what was in flight goes on.
    Online { jid: FullJid, resumed: bool },
    /// The stream before this session could not be resumed: what was sent on it is lost.
    StreamLost,
    /// A stanza arrived.
    Deliver(Element),
    /// The server will not take this stanza and said so with an HTTP status.
    Refused { stanza: Outgoing, status: u16 },
    /// The session is over; nothing follows.
    Ended(End),
}

/// What the server and the session agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) wait: Duration,
    pub(crate) hold: u32,
    pub(crate) requests: u32,
    pub(crate) inactivity: Option<Duration>,
}

/// Counters of one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) bodies: u64,
    pub(crate) resent: u64,
    /// Bodies that carried stanzas, repetitions left out.
    pub(crate) batches: u64,
    pub(crate) stanzas_sent: u64,
    pub(crate) stanzas_received: u64,
    pub(crate) refused: u64,
    pub(crate) unreadable: u64,
}
