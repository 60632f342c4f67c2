use std::time::Duration;

use jid::FullJid;
use tokio::time::{Instant, sleep, sleep_until};

use super::answers;
use super::bosh::{Action, Counters, End, Event, Input, Session, Settings, Transport};
use super::error::{IqError, NotSent};
use super::incoming::Incoming;
use super::outgoing::Outgoing;
use super::pending::Met;
use super::stanza::{ErrorType, Inbound, StanzaError};
use super::status::Status;
use super::task::{Command, Task};
use crate::xml::Element;

/// Namespace of the time at which a stanza was sent first.
const DELAY: &str = "urn:xmpp:delay";
/// Presence that waits for the owner; the server tells that of a whole roster at once.
const PRESENCES: usize = 65_536;
/// Places of the owner's that presence leaves free for what must be answered.
const RESERVED: usize = 512;
/// Pause before presence that waits is offered again.
const PRESENCE_PAUSE: Duration = Duration::from_millis(5);
/// Stanzas taken from callers at once.
const GULP: usize = 256;

/// One session from its creation to its end.
pub(crate) struct Running<'t, T> {
    task: &'t mut Task,
    session: Session,
    transport: T,
    /// To do before anything else happens.
    actions: Vec<Action>,
    /// What the client answers by itself.
    replies: Vec<Outgoing>,
    /// Addressees that left, with the time before which calls to them were posted that end with that.
    gone: Vec<(FullJid, Option<Instant>)>,
    online: bool,
    closing: bool,
    begun: Instant,
    /// Counters as published.
    told: Counters,
    /// Samples of the round trip that the ledger has.
    told_trips: u64,
}

impl<'t, T: Transport> Running<'t, T> {
    pub(crate) fn new(task: &'t mut Task, settings: Settings, transport: T) -> Self {
        let begun = Instant::now();
        let (session, actions) = Session::new(begun, settings);
        Running {
            task,
            session,
            transport,
            actions,
            replies: Vec::new(),
            gone: Vec::new(),
            online: false,
            closing: false,
            begun,
            told: Counters::default(),
            told_trips: 0,
        }
    }

    /// Runs it to its end.
    pub(crate) async fn run(mut self) -> End {
        let mut gulp = Vec::new();
        loop {
            if let Some(end) = self.act() {
                self.publish();
                return end;
            }
            self.publish();
            let input = self.next_input(&mut gulp).await;
            self.actions.extend(self.session.handle(Instant::now(), input));
        }
    }

    async fn next_input(&mut self, gulp: &mut Vec<Command>) -> Input {
        self.session.expect_answers(self.task.pending.len() > 0);
        let wake_at = self.session.wake_at();
        let wake = async {
            match wake_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.transport.event() => match event {
                Event::Written { rid } => Input::Written { rid },
                Event::Answered { rid, status, body } => Input::Answered { rid, status, body },
                Event::Failed { rid, error } => Input::Failed { rid, error },
            },
            () = wake => Input::Tick,
            () = sleep(PRESENCE_PAUSE), if !self.task.presences.is_empty() => Input::Tick,
            Ok(()) = self.task.recorded.changed() => match &*self.task.recorded.borrow_and_update() {
                Some(stream) => Input::Recorded(stream.clone()),
                None => Input::Tick,
            },
            () = self.task.stop.cancelled(), if !self.closing => self.close(),
            taken = self.task.commands.recv_many(gulp, GULP), if !self.closing => match taken {
                0 => self.close(),
                _ => self.take(gulp),
            },
        }
    }

    fn close(&mut self) -> Input {
        self.closing = true;
        // Callers that come now learn that it is too late; what was handed over is still sent.
        self.task.commands.close();
        let mut stanzas = Vec::new();
        while let Ok(command) = self.task.commands.try_recv() {
            stanzas.extend(self.admit(command));
        }
        self.actions = self.session.handle(Instant::now(), Input::Send(stanzas));
        Input::Close
    }

    fn take(&mut self, gulp: &mut Vec<Command>) -> Input {
        Input::Send(gulp.drain(..).filter_map(|command| self.admit(command)).collect())
    }

    /// Lets a stanza into the session, or tells its caller why not.
    fn admit(&mut self, command: Command) -> Option<Outgoing> {
        let reason = match self.online || self.task.is_resuming() {
            false => Some(NotSent::Offline),
            true => self.session.is_full().then_some(NotSent::QueueFull),
        };
        if let Some(reason) = reason {
            self.task.decline(command, reason);
            return None;
        }
        if let Some(accepted) = command.accepted {
            let _ = accepted.send(Ok(()));
        }
        Some(command.stanza)
    }

    /// Does what the session wants, and what follows from that.
    fn act(&mut self) -> Option<End> {
        loop {
            for action in std::mem::take(&mut self.actions) {
                match action {
                    Action::Post(post) => self.transport.post(post),
                    Action::Abort { rid } => self.transport.abort(rid),
                    Action::Online { jid, resumed } => self.came_online(jid, resumed),
                    Action::StreamLost => self.stream_lost(),
                    Action::Deliver(stanza) => self.deliver(stanza),
                    Action::Refused { stanza, status } => self.refused(&stanza, status),
                    Action::Ended(end) => {
                        self.end_calls_to_gone();
                        return Some(end);
                    }
                }
            }
            self.end_calls_to_gone();
            self.pass_presences();
            if self.replies.is_empty() {
                return None;
            }
            let replies = Input::Send(std::mem::take(&mut self.replies));
            self.actions = self.session.handle(Instant::now(), replies);
        }
    }

    fn came_online(&mut self, jid: FullJid, resumed: bool) {
        tracing::info!(%jid, mechanism = self.session.mechanism(), resumed, "session online");
        self.online = true;
        self.task.came_online();
        self.transport.prepare();
        let took = self.begun.elapsed();
        self.task.status.send_modify(|status| {
            status.ledger.logged_in(took);
            status.online(jid, resumed);
        });
    }

    fn stream_lost(&mut self) {
        tracing::warn!(jid = %self.task.account.jid, "the server did not resume the stream");
        self.task.pending.session_lost();
        self.task.status.send_modify(|status| {
            status.lost_streams += 1;
            status.resuming = false;
        });
    }

    /// The server would not take a stanza, and says so only by an HTTP status.
    fn refused(&mut self, stanza: &Outgoing, status: u16) {
        tracing::warn!(jid = %self.task.account.jid, status, bytes = stanza.xml.len(), "stanza refused");
        let condition = if status == 400 { "bad-request" } else { "policy-violation" };
        let mut error = StanzaError::plain(ErrorType::Modify, condition);
        error.text = Some(format!("the XMPP server refused the stanza with HTTP {status}"));
        if let Some(call) = stanza.call {
            self.task.pending.fail(call, IqError::Stanza(Box::new(error)));
        }
    }

    fn deliver(&mut self, stanza: Element) {
        // From before the stream was resumed (XEP-0203).
        let delayed = stanza.child_ns(DELAY, "delay").is_some();
        match Incoming::read(stanza, &self.task.account.jid) {
            Some(Incoming::Answer { from, id, result }) => {
                let result = result.map_err(IqError::from);
                let met = self.task.pending.answer(from.as_ref(), &id, result);
                match met {
                    Met::Caller => {}
                    Met::Nobody => self.count(|status| status.late_answers += 1),
                    Met::Stranger => self.count(|status| status.foreign_answers += 1),
                }
            }
            Some(Incoming::Request(request)) => {
                let answer = answers::own(&request, &self.task.options, &self.task.account.jid);
                let (to, id) = (request.from.clone(), request.id.clone());
                match answer {
                    Some(answer) => self.reply(&to, &id, &answer),
                    None if self.offer(Inbound::Iq(request)) => {}
                    None => {
                        let busy = StanzaError::plain(ErrorType::Wait, "resource-constraint");
                        self.reply(&to, &id, &Err(busy));
                    }
                }
            }
            Some(Incoming::BadRequest { from, id }) => {
                let error = StanzaError::plain(ErrorType::Modify, "bad-request");
                self.reply(&from, &id, &Err(error));
            }
            Some(Incoming::Message(message)) => {
                self.offer(Inbound::Message(message));
            }
            Some(Incoming::Presence(presence)) if presence.from.to_bare() != self.task.account.jid => {
                if let (Some("unavailable"), Ok(peer)) =
                    (presence.kind.as_deref(), presence.from.try_as_full())
                {
                    self.gone.push((peer.clone(), self.task.online_at.filter(|_| delayed)));
                }
                match self.task.presences.len() < PRESENCES {
                    true => self.task.presences.push_back(presence),
                    false => self.count(|status| status.dropped += 1),
                }
                self.pass_presences();
            }
            Some(Incoming::Presence(_)) => {}
            None => {}
        }
    }

    /// When all that came with the news is delivered: an addressee that came back may have answered since.
    fn end_calls_to_gone(&mut self) {
        for (peer, before) in self.gone.drain(..) {
            self.task.pending.peer_gone(&peer, before);
        }
    }

    /// Offers something to the owner, who never holds up the session.
    fn offer(&mut self, inbound: Inbound) -> bool {
        let taken = self.task.owner.try_send(inbound).is_ok();
        if !taken {
            self.count(|status| status.dropped += 1);
        }
        taken
    }

    /// Passes presence on to the owner, as far as that leaves places for the rest.
    fn pass_presences(&mut self) {
        while self.task.owner.capacity() > RESERVED
            && let Some(presence) = self.task.presences.pop_front()
        {
            self.offer(Inbound::Presence(presence));
        }
    }

    /// Answers a request by itself; a peer that asks faster than the server takes is not answered.
    fn reply(&mut self, to: &jid::Jid, id: &str, answer: &answers::Answer) {
        if self.session.is_full() {
            return self.count(|status| status.dropped += 1);
        }
        let xml = answers::stanza(to, id, answer).to_xml();
        self.replies.push(Outgoing::unattended(xml).to(to));
    }

    /// Changes the status without waking those who wait for a change of state.
    fn count(&self, change: impl FnOnce(&mut Status)) {
        self.task.status.send_if_modified(|status| {
            change(status);
            false
        });
    }

    /// Brings the status up to date. This is done at each turn, so nothing is worked out here.
    fn publish(&mut self) {
        let session = &self.session;
        let now = session.counters();
        let told = std::mem::replace(&mut self.told, now);
        let trip = session.round_trip();
        let news = trip.samples != std::mem::replace(&mut self.told_trips, trip.samples);
        let pending = self.task.pending.len();
        self.task.resumable.send_if_modified(|known| session.describe_stream(known));
        self.count(|status| {
            let agreed = session.agreed();
            status.server = agreed.map(|_| session.profile().server);
            status.wait = agreed.map(|agreed| agreed.wait);
            status.hold = agreed.map(|agreed| agreed.hold);
            status.requests = agreed.map(|agreed| agreed.requests);
            status.inactivity = agreed.and_then(|agreed| agreed.inactivity);
            status.mechanism = session.mechanism();
            status.round_trip = trip.get();
            status.rid = Some(session.rid());
            status.requests_out = session.requests_out();
            status.queued = session.queued();
            status.pending = pending;
            status.advance(&told, &now);
            if news {
                status.ledger.request(trip.latest);
            }
        });
    }
}

/// However it ends, also given up half-way: what it leaves is for its successor.
impl<T> Drop for Running<'_, T> {
    fn drop(&mut self) {
        self.task.carried = self.session.take_carried();
    }
}
