use jid::FullJid;
use tokio::time::Instant;

use super::super::flood::Course;
use super::{Action, Carried, Flood, Next, Phase, Resumable, Seal, Session, Stream, timing};
use crate::xml::Element;
use crate::xmpp::outgoing::Outgoing;
use crate::xmpp::stream::SM;

/// Stream management (XEP-0198): neither XEP-0124 nor XEP-0206 mentions it, ejabberd does it right.
impl Session {
    /// The server is known now: whether it can resume what the session before left.
    pub(super) fn offer_resumption(&mut self) {
        let resumes = self.profile.resumes && self.settings.resumes;
        let resume = self.stream.as_ref().filter(|_| resumes).and_then(Stream::resume);
        match (resume, &mut self.phase) {
            (Some(resume), Phase::Creating(login) | Phase::LoggingIn { login, .. }) => login.resume(resume),
            _ => self.lose_stream(None),
        }
    }

    /// A new stream is managed as soon as what follows initial presence has arrived: the ping that goes
    /// out behind it.
    pub(super) fn await_flood(&mut self, jid: FullJid) -> Outgoing {
        self.flood.insert(Flood::new(jid, self.settings.first_rid, self.settings.drowned)).ping()
    }

    /// A stanza arrived; whether it answers a ping that sounds the flood.
    pub(super) fn sounds_flood(&mut self, now: Instant, stanza: &Element) -> bool {
        match self.flood.as_mut().map_or(Course::On, |flood| flood.meets(stanza)) {
            Course::On => return false,
            Course::Ask(ping) => self.outbox.put_back(vec![ping]),
            Course::Over(jid) => {
                self.flood = None;
                if matches!(self.phase, Phase::Online) {
                    self.enable(now, jid);
                }
            }
        }
        true
    }

    /// Asks for a stream that can be resumed, with the first request that follows.
    fn enable(&mut self, now: Instant, jid: FullJid) {
        self.stream = Some(Stream::new(now, jid, self.settings.recorded));
        self.preamble = Some(Element::new(SM, "enable").with_attr("resume", "true").to_xml());
    }

    /// Whether the stream must not be resumed yet: its old session may still take requests.
    pub(super) fn awaits_seal(&self) -> bool {
        self.seal.is_some()
            && matches!(&self.phase, Phase::LoggingIn { login, next: Next::Send(_) } if login.is_resuming())
    }

    pub(super) fn is_seal(&self, rid: u64) -> bool {
        self.seal.as_ref().is_some_and(|seal| seal.rid() == rid)
    }

    pub(super) fn sealed(&mut self, now: Instant, status: u16, body: &str) {
        if self.seal.as_mut().is_some_and(|seal| seal.holds(now, status, body)) {
            self.seal = None;
        }
    }

    /// Posts what seals the session before, once its server has shown that it is there.
    pub(super) fn post_seal(&mut self, now: Instant) {
        let seals = self.seals();
        let post = self.seal.as_mut().filter(|_| seals).and_then(|seal| seal.post(now));
        self.actions.extend(post.map(Action::Post));
    }

    /// When the seal is to be asked for again.
    pub(super) fn seal_at(&self) -> Option<Instant> {
        self.seal.as_ref().filter(|_| self.seals()).and_then(Seal::due)
    }

    fn seals(&self) -> bool {
        matches!(&self.phase, Phase::LoggingIn { login, .. } if login.is_authenticated())
    }

    /// The log-in is over: a server that does not answer `<resume/>`, or not as it must, is not asked
    /// again.
    pub(super) fn stop_resuming(&mut self) {
        if matches!(&self.phase, Phase::LoggingIn { login, .. } if login.is_resuming()) {
            self.stream = None;
        }
    }

    /// This session is over; unless it is gone at the server too, the next one has to seal it.
    pub(super) fn seal_unless(&mut self, gone: bool) {
        self.seal = (!gone).then(|| Seal::new(&self.sid, self.window.next_rid()));
    }

    pub(super) fn resumed(&mut self, now: Instant, taken: u32, id: Option<&str>) {
        let Some(stream) = &mut self.stream else { return };
        let again = stream.resumed(now, taken, id);
        let jid = stream.jid().clone();
        self.outbox.put_back(again);
        self.enter_online(jid, true);
    }

    /// What was sent on the stream is lost, or known not to have been taken.
    pub(super) fn lose_stream(&mut self, taken: Option<u32>) {
        self.seal = None;
        if let Some(stream) = self.stream.take() {
            stream.lost(taken);
            self.actions.push(Action::StreamLost);
        }
    }

    /// An element of stream management on a stream that is up.
    pub(super) fn manage(&mut self, now: Instant, element: &Element) {
        let Some(stream) = &mut self.stream else { return };
        match element.name.as_str() {
            "enabled" => stream.enabled(element),
            "failed" => self.stream = None,
            "r" => stream.asked(now),
            "a" => {
                if let Some(taken) = element.attr("h").and_then(|h| h.parse().ok()) {
                    stream.acknowledged(taken);
                }
            }
            _ => {}
        }
    }

    pub(super) fn recorded(&mut self, recorded: &Resumable) {
        if let Some(stream) = &mut self.stream {
            stream.recorded(recorded);
        }
    }

    /// What goes before the stanzas of the request that is posted now.
    pub(super) fn take_preamble(&mut self, now: Instant) -> Option<String> {
        let answer = self.stream.as_mut().and_then(|stream| stream.answer(now));
        [self.preamble.take(), answer].into_iter().flatten().reduce(|all, next| all + &next)
    }

    /// Notes what the request that is posted now carries; what goes behind its stanzas.
    pub(super) fn sends(&mut self, rid: u64, stanzas: &[Outgoing]) -> Option<String> {
        let stream = self.stream.as_mut()?;
        stream.sends(rid, stanzas);
        stream.question()
    }

    /// When a request has to go out to acknowledge what was received.
    pub(super) fn answer_at(&self) -> Option<Instant> {
        self.stream.as_ref().filter(|_| matches!(self.phase, Phase::Online)).and_then(Stream::answer_at)
    }

    /// How long a stall may last: not long where a wrong guess costs only a resumption.
    pub(super) fn stall_patience(&self) -> std::time::Duration {
        match &self.stream {
            Some(stream) if stream.is_resumable() => stream.patience(),
            _ => timing::STALLED_AFTER,
        }
    }

    /// Brings what a later process needs to go on with the stream up to date; whether that is to be
    /// recorded without delay.
    pub(crate) fn describe_stream(&self, known: &mut Option<Resumable>) -> bool {
        match &self.stream {
            Some(stream) => stream.describe(known),
            None => known.take().is_some(),
        }
    }

    /// What this session, which is over, leaves to the next.
    pub(crate) fn take_carried(&mut self) -> Option<Carried> {
        let stream = self.stream.take().filter(Stream::is_resumable)?;
        let (outbox, seal) = (std::mem::take(&mut self.outbox), self.seal.take().map(Seal::anew));
        Some(Carried { stream, outbox, seal })
    }
}
