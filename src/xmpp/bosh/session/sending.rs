use bytes::Bytes;
use tokio::time::Instant;

use super::super::body::{self, Purpose, WRAPPER_BYTES};
use super::super::end::End;
use super::super::timing;
use super::super::transport::{Post, Start};
use super::super::window::Place;
use super::{Action, Next, Phase, Session};
use crate::xml::Element;
use crate::xmpp::CLIENT;
use crate::xmpp::outgoing::Outgoing;

/// What happens by itself as time passes, and what is sent.
impl Session {
    /// Acts on what has taken too long.
    pub(super) fn watch(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        if self.phase_until.is_some_and(|until| now >= until) {
            return match &self.phase {
                Phase::Creating(_) | Phase::LoggingIn { .. } if now < self.login_until => {
                    self.end(End::Silent(self.settings.step_limit));
                }
                _ => self.end(End::Login("it took too long".into())),
            };
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| now >= at);
        if due(self.stalled_at()) {
            self.stalled(now);
        }
        let wait = self.agreed.map_or(self.settings.wait, |agreed| agreed.wait);
        let overdue = self.window.iter().filter(|r| due(timing::overdue_at(r, wait))).map(|r| r.rid);
        for rid in overdue.collect::<Vec<_>>() {
            self.give_up(now, rid, "no answer in time");
        }
    }

    /// When the older of two requests is to be taken for stalled. A server that holds two may hold
    /// both; and one that parks nothing has been asked often enough after one repetition.
    pub(super) fn stalled_at(&self) -> Option<Instant> {
        let (older, newer) = self.window.pair()?;
        let holds_both = self.agreed.is_none_or(|agreed| agreed.hold > 1);
        let asked = !self.profile.parks && older.tries > 0;
        let no_use = !newer.is_answered() && (holds_both || asked);
        timing::stalled_at(&self.window, self.round_trip, self.stall_patience()).filter(|_| !no_use)
    }

    /// The older one is repeated, which is safe, since all before it is answered. If that does not
    /// help, or the newer one may be parked, ejabberd will not go on.
    fn stalled(&mut self, now: Instant) {
        let Some((older, newer)) = self.window.pair() else { return };
        let suspect = older.tries > 0 || timing::may_be_parked(&self.profile, older, newer, self.round_trip);
        let (rid, parked) = (older.rid, newer.rid);
        if self.profile.parks && suspect && !newer.is_answered() {
            if let Some(stream) = &mut self.stream {
                stream.suspect(parked);
            }
            return self.end(End::Parked);
        }
        self.give_up(now, rid, "no answer although a later request arrived");
    }

    /// The broken request to be repeated next.
    pub(super) fn resend_at(&self) -> Option<(u64, Instant)> {
        self.window
            .resend_at(|older, newer| timing::may_be_parked(&self.profile, older, newer, self.round_trip))
    }

    fn give_up(&mut self, now: Instant, rid: u64, why: &str) {
        self.actions.push(Action::Abort { rid });
        self.failed(now, rid, why.into());
    }

    /// Posts what may be posted. One request at a time is on its way to the network: so none can
    /// overtake its predecessor there.
    pub(super) fn pump(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        self.post_seal(now);
        if let Some((rid, _)) = self.resend_at().filter(|(_, at)| now >= *at) {
            self.repost(now, rid);
        } else if self.post_at().is_some_and(|at| now >= at) {
            self.post_next(now);
        }
    }

    fn repost(&mut self, now: Instant, rid: u64) {
        let Some(request) = self.window.get(rid) else { return };
        request.place = Place::Posting(now);
        request.start = Start::default();
        let post = Post { rid, body: request.body.clone(), start: request.start.clone() };
        self.counters.bodies += 1;
        self.counters.resent += 1;
        self.actions.push(Action::Post(post));
    }

    /// When the next request is to be posted, as things stand.
    pub(super) fn post_at(&mut self) -> Option<Instant> {
        if !self.window.is_open() {
            return None;
        }
        let has_data = !self.outbox.is_empty();
        match &self.phase {
            Phase::Creating(_) | Phase::Ended => None,
            Phase::LoggingIn { .. } if self.awaits_seal() => None,
            Phase::LoggingIn { .. } => self.window.is_empty().then_some(self.idle_since),
            Phase::Closing { terminate_sent: true, .. } => None,
            Phase::Closing { .. } => Some(self.spaced()),
            Phase::Online if has_data || self.preamble.is_some() => Some(self.spaced()),
            Phase::Online => {
                let idle = self.window.is_empty();
                let poll = idle.then(|| self.idle_since + timing::linger(self.awaiting));
                let answer = self.answer_at().map(|at| at.max(self.spaced()));
                poll.into_iter().chain(answer).min()
            }
        }
    }

    /// Now, or as long after an unanswered predecessor as the server needs.
    fn spaced(&self) -> Instant {
        let Some(older) = self.window.newest() else { return self.idle_since };
        let written = older.written.unwrap_or(self.idle_since);
        written + timing::spacing(&self.profile, older, self.round_trip)
    }

    fn post_next(&mut self, now: Instant) {
        let rid = self.window.next_rid();
        let domain = self.settings.identity.jid.domain().as_str();
        let (purpose, stanzas) = match &mut self.phase {
            Phase::LoggingIn { next, .. } => match std::mem::replace(next, Next::Poll) {
                Next::Poll => (Purpose::Carry, Vec::new()),
                Next::Restart => (Purpose::Restart(domain), Vec::new()),
                Next::Send(xml) => (Purpose::Carry, vec![xml]),
            },
            // What waits is for the server that lets us in, and nobody else's to see.
            Phase::Closing { bound, terminate_sent, .. } if !*bound || self.outbox.is_empty() => {
                *terminate_sent = true;
                let presence = Element::new(CLIENT, "presence").with_attr("type", "unavailable");
                let announced = *bound && self.settings.announces;
                (Purpose::Terminate, announced.then(|| presence.to_xml()).into_iter().collect())
            }
            _ => return self.post_batch(now, rid),
        };
        let body = body::request(rid, &self.sid, purpose, stanzas.iter().map(String::as_str));
        self.post(now, body, None, Vec::new());
    }

    fn post_batch(&mut self, now: Instant, rid: u64) {
        let preamble = self.take_preamble(now);
        let stanzas = self.outbox.batch(now, self.settings.max_stanzas, self.batch_bytes());
        let question = self.sends(rid, &stanzas);
        let text = preamble.iter().map(String::as_str);
        let text = text.chain(stanzas.iter().map(|s| &*s.xml)).chain(question.as_deref());
        let body = body::request(rid, &self.sid, Purpose::Carry, text);
        self.counters.stanzas_sent += stanzas.len() as u64;
        self.counters.batches += u64::from(!stanzas.is_empty());
        self.post(now, body, preamble, stanzas);
    }

    pub(super) fn batch_bytes(&self) -> usize {
        self.settings.max_body_bytes.saturating_sub(WRAPPER_BYTES)
    }

    pub(super) fn post(
        &mut self,
        now: Instant,
        body: String,
        preamble: Option<String>,
        stanzas: Vec<Outgoing>,
    ) {
        let rid = self.window.next_rid();
        let body = Bytes::from(body);
        if matches!(self.phase, Phase::Creating(_) | Phase::LoggingIn { .. }) {
            self.phase_until = Some(self.login_until.min(now + self.settings.step_limit));
        }
        self.counters.bodies += 1;
        let post = Post { rid, body, start: Start::default() };
        self.window.push(now, &post, preamble, stanzas);
        self.actions.push(Action::Post(post));
    }
}
