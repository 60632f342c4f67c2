use jid::FullJid;
use tokio::time::{Instant, sleep_until};

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
    online: bool,
    closing: bool,
    /// Counters of the sessions before this one.
    before: Counters,
}

impl<'t, T: Transport> Running<'t, T> {
    pub(crate) fn new(task: &'t mut Task, settings: Settings, transport: T) -> Self {
        let (session, actions) = Session::new(Instant::now(), settings);
        let before = counters(&task.status.borrow());
        let (replies, online, closing) = (Vec::new(), false, false);
        Running { task, session, transport, actions, replies, online, closing, before }
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
                    Action::Ended(end) => return Some(end),
                }
            }
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
        self.task.status.send_modify(|status| status.online(jid, resumed));
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
                self.count(|status| match met {
                    Met::Caller => {}
                    Met::Nobody => status.late_answers += 1,
                    Met::Stranger => status.foreign_answers += 1,
                });
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
                    self.task.pending.peer_gone(peer, self.task.online_at.filter(|_| delayed));
                }
                self.offer(Inbound::Presence(presence));
            }
            Some(Incoming::Presence(_)) => {}
            None => {}
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

    fn publish(&mut self) {
        let (session, before) = (&self.session, self.before);
        let now = session.counters();
        let pending = self.task.pending.len();
        self.task.resumable.send_if_modified(|known| session.describe_stream(known));
        self.count(|status| {
            status.server = session.agreed().map(|_| session.profile().server);
            status.wait = session.agreed().map(|agreed| agreed.wait);
            status.hold = session.agreed().map(|agreed| agreed.hold);
            status.requests = session.agreed().map(|agreed| agreed.requests);
            status.inactivity = session.agreed().and_then(|agreed| agreed.inactivity);
            status.mechanism = session.mechanism();
            status.round_trip = session.round_trip();
            status.rid = Some(session.rid());
            status.requests_out = session.requests_out();
            status.queued = session.queued();
            status.pending = pending;
            status.bodies = before.bodies + now.bodies;
            status.resent = before.resent + now.resent;
            status.stanzas_sent = before.stanzas_sent + now.stanzas_sent;
            status.stanzas_received = before.stanzas_received + now.stanzas_received;
            status.refused_stanzas = before.refused + now.refused;
            status.unreadable = before.unreadable + now.unreadable;
        });
    }
}

/// However it ends, also given up half-way: what it leaves is for its successor.
impl<T> Drop for Running<'_, T> {
    fn drop(&mut self) {
        self.task.carried = self.session.take_carried();
    }
}

fn counters(status: &Status) -> Counters {
    Counters {
        bodies: status.bodies,
        resent: status.resent,
        stanzas_sent: status.stanzas_sent,
        stanzas_received: status.stanzas_received,
        refused: status.refused_stanzas,
        unreadable: status.unreadable,
    }
}
