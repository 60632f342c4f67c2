//! Stream management (XEP-0198): what outlives a BOSH session, so that its successor goes on with
//! the same full JID, loses no answer, and knows which stanzas the server has taken.

use std::collections::VecDeque;
use std::time::Duration;

use jid::FullJid;
use tokio::time::Instant;

use super::outgoing::Outgoing;
use super::repeats::Repeats;
use crate::xml::Element;

/// Namespace of stream management.
pub(crate) const SM: &str = "urn:xmpp:sm:3";

/// After so many stanzas the server is asked how many it has taken; until then they are kept.
const ASK_AFTER: usize = 64;
/// Least time between two acknowledgements. ejabberd asks for one after each stanza as long as none
/// is outstanding, and each question costs a body: who answers at leisure is asked less.
const ACK_PACE: Duration = Duration::from_millis(250);
/// A question of the server is answered no later than this; ejabberd waits 60 s, then gives us up.
const ACK_LATEST: Duration = Duration::from_secs(10);
/// Stanzas received that are acknowledged unasked and at once: ejabberd ends a stream with 5,000 open
/// ones, and when its restart brings back as many SmartServers they come within seconds.
const ACK_EACH: u32 = 200;
/// Each so many stanzas received are to be recorded without delay, since they cannot be acknowledged
/// before that.
const RECORD_EACH: u32 = 500;
/// Stanzas kept for a server that does not say what it has taken.
const SENT_MOST: usize = 65_536;
/// The same in bytes.
const SENT_BYTES: usize = 64 << 20;
/// So many received stanzas may wait to be recorded before they are acknowledged all the same.
const UNSAVED_MOST: u32 = 2_000;
/// So many sessions in a row may end before anything has arrived on a resumed stream: what the server
/// would send next cannot be read, and it would send it for ever.
const FRUITLESS_MOST: u32 = 3;

/// What resumes a stream after the process that began it has died (XEP-0198, section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumable {
    /// The id that the server gave to the stream.
    pub id: String,
    /// The JID that it is bound to.
    pub jid: FullJid,
    /// Stanzas received on it, modulo 2^32; what the server sent after them, it sends again.
    pub received: u32,
}

/// A stanza that was sent and not acknowledged.
#[derive(Debug)]
struct Sent {
    rid: u64,
    stanza: Outgoing,
}

/// One stream and both its counts, from `<enable/>` to its end, over as many BOSH sessions as it
/// takes.
#[derive(Debug)]
pub(crate) struct Stream {
    jid: FullJid,
    /// Given once the server has agreed; without it the stream cannot be resumed.
    id: Option<String>,
    /// Whether the stream was taken over from an earlier run: what that one sent is not known.
    inherited: bool,
    sent: VecDeque<Sent>,
    sent_bytes: usize,
    /// The server's count of what we sent.
    taken: u32,
    /// Stanzas sent since the server was asked for its count.
    since_asked: usize,
    received: u32,
    /// Our count as last told to the server.
    told: u32,
    told_at: Instant,
    /// Our count as recorded; `None` when nobody records it.
    saved: Option<u32>,
    /// Since when the server waits for our count.
    owed_since: Option<Instant>,
    suspicion: Suspicion,
    /// Sessions that resumed it and brought nothing, one after another.
    fruitless: u32,
    repeats: Repeats,
}

impl Stream {
    /// A stream that is about to be enabled. `recorded`: whether the owner records its count; then
    /// nothing is acknowledged before that.
    pub(crate) fn new(now: Instant, jid: FullJid, recorded: bool) -> Stream {
        Stream {
            jid,
            id: None,
            inherited: false,
            sent: VecDeque::new(),
            sent_bytes: 0,
            taken: 0,
            since_asked: 0,
            received: 0,
            told: 0,
            told_at: now,
            saved: recorded.then_some(0),
            owed_since: None,
            suspicion: Suspicion::default(),
            fruitless: 0,
            repeats: Repeats::default(),
        }
    }

    /// The stream of an earlier run.
    pub(crate) fn inherited(now: Instant, from: Resumable, recorded: bool) -> Stream {
        let received = from.received;
        Stream {
            id: Some(from.id),
            inherited: true,
            received,
            told: received,
            saved: recorded.then_some(received),
            ..Stream::new(now, from.jid, recorded)
        }
    }

    pub(crate) fn jid(&self) -> &FullJid {
        &self.jid
    }

    /// Brings what resumes the stream up to date; whether that is to be recorded without delay: it is
    /// another stream than before, or much was received on it.
    pub(crate) fn describe(&self, known: &mut Option<Resumable>) -> bool {
        match (known, &self.id) {
            (Some(known), Some(id)) if known.id == *id => {
                let before = std::mem::replace(&mut known.received, self.received);
                self.saved.is_some() && before / RECORD_EACH != self.received / RECORD_EACH
            }
            (known, Some(id)) => {
                let (id, jid) = (id.clone(), self.jid.clone());
                *known = Some(Resumable { id, jid, received: self.received });
                true
            }
            (known, None) => known.take().is_some(),
        }
    }

    pub(crate) fn is_resumable(&self) -> bool {
        self.id.is_some()
    }

    /// `<enabled/>` arrived.
    pub(crate) fn enabled(&mut self, enabled: &Element) {
        let resumes = matches!(enabled.attr("resume"), Some("true" | "1"));
        self.id = enabled.attr("id").filter(|_| resumes).map(str::to_owned);
        self.received = 0;
    }

    /// These stanzas go out with a request.
    pub(crate) fn sends(&mut self, rid: u64, stanzas: &[Outgoing]) {
        self.since_asked += stanzas.len();
        self.sent.extend(stanzas.iter().map(|stanza| Sent { rid, stanza: stanza.clone() }));
        self.sent_bytes += stanzas.iter().map(|stanza| stanza.xml.len()).sum::<usize>();
        if self.sent.len() > SENT_MOST || self.sent_bytes > SENT_BYTES {
            self.distrust();
        }
    }

    /// The server refused a request; these stanzas go out in its place.
    pub(crate) fn replaces(&mut self, rid: u64, stanzas: &[Outgoing]) {
        self.sent.retain(|sent| sent.rid != rid);
        let at = self.sent.partition_point(|sent| sent.rid < rid);
        for stanza in stanzas.iter().rev() {
            self.sent.insert(at, Sent { rid, stanza: stanza.clone() });
        }
        self.sent_bytes = self.sent.iter().map(|sent| sent.stanza.xml.len()).sum();
    }

    /// `<r/>` for the next request, when it is time to ask.
    pub(crate) fn question(&mut self) -> Option<String> {
        if self.since_asked < ASK_AFTER {
            return None;
        }
        self.since_asked = 0;
        Some(Element::new(SM, "r").to_xml())
    }

    /// `<a/>` arrived. A server that counts more than was sent cannot be trusted to resume.
    pub(crate) fn acknowledged(&mut self, taken: u32) {
        let news = taken.wrapping_sub(self.taken) as usize;
        if news > self.sent.len() {
            self.distrust();
        } else {
            self.sent_bytes -= self.sent.drain(..news).map(|sent| sent.stanza.xml.len()).sum::<usize>();
        }
        self.taken = taken;
    }

    /// Gives up the wish to resume: what the server counts is of no use.
    fn distrust(&mut self) {
        self.id = None;
        self.sent.clear();
        self.sent_bytes = 0;
    }

    /// Stanzas arrived.
    pub(crate) fn receives(&mut self, stanzas: usize) {
        if stanzas > 0 {
            self.fruitless = 0;
        }
        self.received = self.received.wrapping_add(u32::try_from(stanzas).unwrap_or(u32::MAX));
    }

    /// Whether a stanza that arrived is to be forgotten, since it came before.
    pub(crate) fn is_repeat(&mut self, now: Instant, stanza: &Element) -> bool {
        self.repeats.is_repeat(now, stanza)
    }

    /// `<r/>` arrived.
    pub(crate) fn asked(&mut self, now: Instant) {
        self.owed_since.get_or_insert(now);
    }

    /// The owner has recorded a stream: this one, or one that it takes the place of.
    pub(crate) fn recorded(&mut self, recorded: &Resumable) {
        if self.id.as_ref() == Some(&recorded.id) {
            self.saved = Some(recorded.received);
        }
    }

    /// When the next request must tell our count.
    pub(crate) fn answer_at(&self) -> Option<Instant> {
        let paced = self.told_at + ACK_PACE;
        let certain = self.certain();
        if certain.wrapping_sub(self.told) >= ACK_EACH {
            return Some(self.told_at);
        }
        let since = self.owed_since?;
        match certain != self.told || self.received == self.told {
            true => Some(paced.max(since)),
            false => Some(since + ACK_LATEST),
        }
    }

    /// `<a/>` for the next request, when it is time to tell.
    pub(crate) fn answer(&mut self, now: Instant) -> Option<String> {
        self.answer_at().filter(|at| now >= *at)?;
        let overdue = self.owed_since.is_some_and(|since| now >= since + ACK_LATEST);
        self.told = if overdue { self.received } else { self.certain() };
        self.told_at = now;
        self.owed_since = None;
        Some(Element::new(SM, "a").with_attr("h", self.told.to_string()).to_xml())
    }

    /// What may be acknowledged: all that is recorded; everything when recording does not keep up.
    fn certain(&self) -> u32 {
        match self.saved {
            Some(saved) if self.received.wrapping_sub(saved) < UNSAVED_MOST => {
                // What was told once, for want of time, is not taken back.
                let behind = self.received.wrapping_sub(saved) > self.received.wrapping_sub(self.told);
                if behind { self.told } else { saved }
            }
            _ => self.received,
        }
    }

    /// `<resume/>` for the successor of the session.
    pub(crate) fn resume(&self) -> Option<String> {
        let resume = Element::new(SM, "resume")
            .with_attr("h", self.received.to_string())
            .with_attr("previd", self.id.clone()?);
        Some(resume.to_xml())
    }

    /// `<resumed/>` arrived: the stanzas that the server has not taken, to be sent again. Those whose
    /// caller has been told an end meanwhile are left out.
    pub(crate) fn resumed(&mut self, now: Instant, taken: u32, id: Option<&str>) -> Vec<Outgoing> {
        if std::mem::take(&mut self.inherited) {
            self.taken = taken;
        }
        self.acknowledged(taken);
        self.suspicion.judge(self.sent.iter().map(|sent| sent.rid));
        // A server may give a resumed stream a new id.
        if let (Some(own), Some(id)) = (&mut self.id, id) {
            id.clone_into(own);
        }
        self.repeats.watch(now);
        self.told = self.received;
        self.told_at = now;
        self.owed_since = None;
        self.since_asked = 0;
        self.fruitless += 1;
        self.sent_bytes = 0;
        let again: Vec<Outgoing> = self.sent.drain(..).map(|sent| sent.stanza).collect();
        again.iter().for_each(|stanza| stanza.fate.unpost());
        again
    }

    /// The stream is over: with the server's count, what it has not taken counts as never sent.
    pub(crate) fn lost(mut self, taken: Option<u32>) {
        let Some(taken) = taken else { return };
        self.acknowledged(taken);
        if self.is_resumable() {
            self.sent.iter().for_each(|sent| sent.stanza.fate.unpost());
        }
    }

    /// The latest session brought nothing for a reason that has nothing to do with what is sent to us.
    pub(crate) fn excuse(&mut self) {
        self.fruitless = self.fruitless.saturating_sub(1);
    }

    /// Whether it makes sense to resume it once more.
    pub(crate) fn is_fruitful(&self) -> bool {
        self.fruitless < FRUITLESS_MOST
    }

    /// How long a stall may last before this stream is resumed on a new session.
    pub(crate) fn patience(&self) -> Duration {
        self.suspicion.patience
    }

    /// A request is taken for parked.
    pub(crate) fn suspect(&mut self, rid: u64) {
        self.suspicion.suspect = Some(rid);
    }
}

/// Learns from each resumption whether a request had really been parked: on a busy machine an answer
/// takes its time, and a resumption costs more than waiting.
#[derive(Debug)]
struct Suspicion {
    patience: Duration,
    suspect: Option<u64>,
}

const LEAST_PATIENCE: Duration = Duration::from_millis(50);
const MOST_PATIENCE: Duration = Duration::from_secs(4);

impl Default for Suspicion {
    fn default() -> Self {
        Suspicion { patience: LEAST_PATIENCE, suspect: None }
    }
}

impl Suspicion {
    fn judge(&mut self, not_taken: impl IntoIterator<Item = u64>) {
        let Some(suspect) = self.suspect.take() else { return };
        self.patience = match not_taken.into_iter().any(|rid| rid == suspect) {
            true => LEAST_PATIENCE.max(self.patience / 2),
            false => MOST_PATIENCE.min(self.patience * 2),
        };
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
