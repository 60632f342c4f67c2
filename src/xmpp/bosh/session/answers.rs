use std::time::Duration;

use jid::FullJid;
use tokio::time::Instant;

use super::super::body::{Answer, Kind};
use super::super::end::{End, Terminate};
use super::super::login::{self, Step};
use super::super::profile::Profile;
use super::super::timing;
use super::super::window::Place;
use super::super::{STREAM, STREAM_ERRORS};
use super::{Action, Agreed, Next, Phase, Session};
use crate::xml::Element;
use crate::xmpp::CLIENT;
use crate::xmpp::outgoing::Outgoing;
use crate::xmpp::stream::SM;

/// What answers of the server lead to.
impl Session {
    /// Keeps an answer until all older ones are there, then takes them in order.
    pub(super) fn accept(&mut self, now: Instant, rid: u64, answer: Answer) {
        self.sample_round_trip(now, rid);
        self.failing_since = None;
        if let Some(request) = self.window.get(rid) {
            request.place = Place::Written(request.written.unwrap_or(now));
            request.answer = Some((now, answer));
        }
        while let Some((request, answer)) = self.window.pop_answered() {
            self.take(now, answer);
            // It was taken after it had been written, and who knows when.
            let inactivity = self.agreed.and_then(|agreed| agreed.inactivity);
            self.known_until = request.written.zip(inactivity).map(|(written, limit)| written + limit);
            if matches!(self.phase, Phase::Ended) {
                return;
            }
        }
        if self.window.is_empty() {
            self.idle_since = now;
        }
    }

    /// Requests of a login are answered at once, and a held one as soon as its successor arrives.
    fn sample_round_trip(&mut self, now: Instant, rid: u64) {
        let written = match self.window.pair() {
            Some((older, newer)) if older.rid == rid && !newer.is_answered() => newer.written,
            None if self.phase_until.is_some() => self.window.newest().and_then(|r| r.written),
            _ => None,
        };
        if let Some(written) = written {
            self.round_trip.sample(now.duration_since(written));
        }
    }

    /// Takes an answer that is next in order. Its stanzas count even if it ends the session
    /// (XEP-0206, section 6).
    fn take(&mut self, now: Instant, mut answer: Answer) {
        let payload = std::mem::take(&mut answer.payload);
        self.counters.unreadable += answer.unreadable as u64;
        self.count_received(answer.unreadable);
        if let Phase::Creating(_) = self.phase {
            self.created(&answer);
        }
        let stream_error = payload.iter().find(|e| e.is(STREAM, "error")).map(stream_error);
        for element in payload {
            self.take_element(now, element);
        }
        if let Some(end) = stream_error {
            self.server_ended(end);
        } else if let Kind::Terminate(condition) = answer.kind {
            self.server_ended(self.terminated(now, condition.unwrap_or(Terminate::UndefinedCondition)));
        }
    }

    /// A session that is not found although it was in use, over connections that hold, was ended. Over
    /// a new connection a request may have met a server that was restarted.
    fn terminated(&self, now: Instant, condition: Terminate) -> End {
        let inactivity = self.agreed.and_then(|agreed| agreed.inactivity).unwrap_or_default();
        let vanished = self.profile.tells_ends_to_held
            && condition == Terminate::ItemNotFound
            && matches!(self.phase, Phase::Online)
            && self.known_until.is_some_and(|until| now < until)
            && self.failed_at.is_none_or(|at| now >= at + inactivity);
        if vanished { End::Vanished } else { End::Terminated(condition) }
    }

    fn created(&mut self, answer: &Answer) {
        if let Some(end) = login::creation_refused(answer) {
            return self.end(end);
        }
        let Some(sid) = answer.sid.clone() else {
            return self.end(End::Unreachable("the answer holds no session id".into()));
        };
        self.sid = sid;
        self.profile = Profile::of(answer.ver.as_deref());
        let hold = answer.hold.unwrap_or(1);
        if hold == 0 {
            return self.end(End::Login("the server holds no requests".into()));
        }
        let agreed = Agreed {
            // No longer than what was asked for (XEP-0124, section 7.2).
            wait: answer.wait.map_or(self.settings.wait, |s| self.settings.wait.min(Duration::from_secs(s))),
            hold,
            requests: answer.requests.unwrap_or(hold.saturating_add(1)),
            inactivity: answer.inactivity.map(|s| timing::MOST_INACTIVITY.min(Duration::from_secs(s))),
        };
        self.agreed = Some(agreed);
        if let Phase::Creating(login) = std::mem::replace(&mut self.phase, Phase::Ended) {
            self.phase = Phase::LoggingIn { login, next: Next::Poll };
        }
        self.offer_resumption();
    }

    fn take_element(&mut self, now: Instant, element: Element) {
        match &mut self.phase {
            Phase::LoggingIn { login, .. } => {
                let step = login.take(element);
                self.mechanism = login.mechanism();
                if let Some(step) = step {
                    self.step(now, step);
                }
            }
            Phase::Online | Phase::Closing { .. }
                if matches!(element.name.as_str(), "iq" | "message" | "presence") =>
            {
                self.count_received(1);
                if self.sounds_flood(now, &element) {
                    return;
                }
                if !self.stream.as_mut().is_some_and(|stream| stream.is_repeat(now, &element)) {
                    self.deliver(element);
                }
            }
            Phase::Online | Phase::Closing { .. } if element.ns == SM => self.manage(now, &element),
            _ => {}
        }
    }

    fn step(&mut self, now: Instant, step: Step) {
        let following = match step {
            Step::Send(xml) => Next::Send(xml),
            Step::Restart => Next::Restart,
            Step::Deliver(stanza) => return self.deliver(stanza),
            Step::End(end) => return self.close(now, end),
            Step::Bound(jid) => return self.bound(jid),
            Step::Resumed { taken, id } => return self.resumed(now, taken, id.as_deref()),
            Step::Lost { taken, then } => {
                self.lose_stream(taken);
                return self.step(now, *then);
            }
        };
        if let Phase::LoggingIn { next, .. } = &mut self.phase {
            *next = following;
        }
    }

    fn bound(&mut self, jid: FullJid) {
        let manages = matches!(&self.phase, Phase::LoggingIn { login, .. } if login.manages_streams());
        if !self.settings.announces {
            return self.enter_online(jid, false);
        }
        let mut first = vec![Outgoing::unattended(Element::new(CLIENT, "presence").to_xml())];
        if manages && self.profile.resumes && self.settings.resumes {
            first.push(self.await_flood(jid.clone()));
        }
        self.outbox.put_back(first);
        self.enter_online(jid, false);
    }

    pub(super) fn enter_online(&mut self, jid: FullJid, resumed: bool) {
        self.phase = Phase::Online;
        self.phase_until = None;
        self.widen();
        self.actions.push(Action::Online { jid, resumed });
    }

    fn count_received(&mut self, stanzas: usize) {
        let up = matches!(self.phase, Phase::Online | Phase::Closing { .. });
        if let Some(stream) = self.stream.as_mut().filter(|_| up) {
            stream.receives(stanzas);
        }
    }

    fn deliver(&mut self, stanza: Element) {
        self.counters.stanzas_received += 1;
        self.actions.push(Action::Deliver(stanza));
    }

    fn server_ended(&mut self, end: End) {
        match (&self.phase, end) {
            (Phase::Ended, _) => {}
            (Phase::LoggingIn { .. }, End::StreamError { condition, .. }) if condition == "host-unknown" => {
                self.end(End::DomainUnknown(Terminate::HostUnknown));
            }
            (_, end) => self.end(end),
        }
    }
}

/// `<stream:error/>`: its condition is the child in the namespace of conditions.
fn stream_error(error: &Element) -> End {
    let condition = error.elements().find(|e| e.ns == STREAM_ERRORS && e.name != "text");
    End::StreamError {
        condition: condition.map_or_else(|| "undefined-condition".to_owned(), |c| c.name.clone()),
        text: error.child_text("text"),
    }
}
