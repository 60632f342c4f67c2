use std::collections::VecDeque;
use std::sync::Arc;

use jid::{BareJid, Jid};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::account::{Account, Options};
use super::answers;
use super::bosh::{Carried, Dialer, Outbox, WRAPPER_BYTES};
use super::earlier::{Earlier, Unclaimed};
use super::error::{IqError, NotSent};
use super::limits::Limits;
use super::network::HttpNetwork;
use super::outgoing::Outgoing;
use super::pending::{IqId, Pending};
use super::stanza::{ErrorType, Inbound, IqKind, IqRequest, StanzaError};
use super::status::{State, Status};
use super::stream::{Resumable, Stream};
use super::task::{Command, Task};
use super::{CLIENT, PING};
use crate::xml::Element;

/// Stanzas handed over and not yet taken by the task: callers beyond it wait their turn.
const COMMANDS: usize = 1_024;
/// What arrived unasked and was not yet taken by the owner.
const INBOUND: usize = 1_024;

/// A running session and whatever brings it back: cheap to clone, one task behind it, which ends
/// with [`Client::stop`] or with the last handle.
#[derive(Debug, Clone)]
pub struct Client {
    pending: Arc<Pending>,
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    stop: CancellationToken,
    stream: watch::Receiver<Option<Resumable>>,
    recorded: Arc<watch::Sender<Option<Resumable>>>,
    earlier: Arc<Unclaimed>,
    /// Largest stanza that fits into a body.
    largest: usize,
}

impl Client {
    /// Starts the task that logs in and stays logged in until [`Client::stop`].
    /// What arrives unasked comes out of the receiver. It is bounded: while it is full, an iq is
    /// answered `resource-constraint`, messages are dropped and counted. Presence waits, up to 65,536 of it,
    /// and leaves half of the places to the others.
    pub fn start(account: Account, options: Options) -> (Client, mpsc::Receiver<Inbound>) {
        Client::resume(account, options, None)
    }

    /// The same, going on with the stream that an earlier process left, if the server still holds it
    /// (XEP-0198, section 5): the same full JID, and what that process did not acknowledge comes again,
    /// answers to its calls among it: [`Client::earlier`].
    pub fn resume(
        account: Account,
        options: Options,
        from: Option<Earlier>,
    ) -> (Client, mpsc::Receiver<Inbound>) {
        let dialer = Dialer::new(account.ca_pem.clone());
        let (client, task, inbound) = Client::new(account, options, from);
        tokio::spawn(task.run(HttpNetwork(dialer)));
        (client, inbound)
    }

    /// A handle and its task, not yet running.
    pub(crate) fn new(
        account: Account,
        mut options: Options,
        from: Option<Earlier>,
    ) -> (Client, Task, mpsc::Receiver<Inbound>) {
        let (commands, received) = mpsc::channel(COMMANDS);
        let (owner, inbound) = mpsc::channel(INBOUND);
        let first = options.follows.take().map_or_else(Status::new, Status::followed);
        let pending = Arc::new(Pending::new(account.jid.clone(), Arc::clone(&first.ledger)));
        let (published, status) = watch::channel(first);
        let stop = CancellationToken::new();
        let (from, calls) = from.map_or((None, Vec::new()), |from| (Some(from.stream), from.calls));
        let (resumable, stream) = watch::channel(from.clone());
        let (recorded, told) = watch::channel(None);
        let largest = options.max_body_bytes.saturating_sub(WRAPPER_BYTES);
        let client = Client {
            pending: Arc::clone(&pending),
            commands,
            status,
            stop: stop.clone(),
            stream,
            recorded: Arc::new(recorded),
            earlier: Arc::new(Unclaimed::new(&pending, calls)),
            largest,
        };
        let carried = from.map(|from| Carried {
            stream: Stream::inherited(Instant::now(), from, options.records_streams),
            outbox: Outbox::default(),
            // Nothing of what that process sent is sent again.
            seal: None,
        });
        let task = Task {
            account,
            options,
            pending,
            commands: received,
            owner,
            drowned: 0,
            presences: VecDeque::new(),
            status: published,
            stop,
            carried,
            resumable,
            recorded: told,
            place: None,
            online_at: None,
        };
        (client, task, inbound)
    }

    /// Sends an iq and waits for its answer: the only child of the result, if there is one. It is
    /// withdrawn if it cannot be posted in time, and given up if it is not answered in time.
    /// Dropping the future forgets the call, and withdraws the stanza if it was not posted yet.
    ///
    /// An answer counts only if it comes from `to`; for the own account or domain, from either.
    ///
    /// # Errors
    /// [`IqError`]; it says whether the stanza may have reached its addressee. A stanza that the
    /// server would not take, or could not, ends with a stanza error made here: `bad-request`
    /// when it is not XML as XMPP wants it, `policy-violation` when the server has other reasons.
    pub async fn iq(
        &self,
        to: &Jid,
        kind: IqKind,
        payload: Element,
        limits: impl Into<Limits>,
    ) -> Result<Option<Element>, IqError> {
        self.iq_as(self.iq_id(), to, kind, payload, limits).await
    }

    /// The id of a call that is to come, for [`Client::iq_as`].
    pub fn iq_id(&self) -> IqId {
        self.pending.reserve()
    }

    /// The same as [`Client::iq`], under an id that the caller knows beforehand.
    ///
    /// # Errors
    /// As [`Client::iq`]; `NotSent` when the id was given by another client.
    pub async fn iq_as(
        &self,
        id: IqId,
        to: &Jid,
        kind: IqKind,
        payload: Element,
        limits: impl Into<Limits>,
    ) -> Result<Option<Element>, IqError> {
        let limits = limits.into();
        let waiting = self.pending.open(&id, to, limits.posted_by);
        let mut waiting = waiting.ok_or(NotSent::SessionLost)?;
        let iq = Element::new(CLIENT, "iq")
            .with_attr("type", if kind == IqKind::Get { "get" } else { "set" })
            .with_attr("to", to.as_str())
            .with_attr("id", id.as_str())
            .with_child(payload);
        let xml = self.accept(&iq)?;
        let (fate, call) = (waiting.fate().clone(), Some(waiting.key()));
        let stanza = Outgoing::unattended(xml);
        let stanza = if self.pending.is_own_server(to) { stanza } else { stanza.to(to) };
        let stanza = Outgoing { fate, call, ..stanza };
        let handed_over = self.hand_over(Command { stanza, accepted: None });
        match timeout_at(limits.posted_by, handed_over).await {
            Ok(done) => done?,
            Err(_) => return Err(waiting.expired()),
        }
        if let Ok(result) = timeout_at(limits.posted_by, waiting.result()).await {
            return result;
        }
        let fate = waiting.fate().clone();
        loop {
            let posted_at = waiting.posted_at().ok_or_else(|| waiting.expired())?;
            tokio::select! {
                answer = timeout_at(limits.answered_by(posted_at), waiting.result()) => {
                    return answer.unwrap_or_else(|_| Err(waiting.expired()));
                }
                // It was not taken, and it is too late to post it again.
                () = fate.unposted() => {}
            }
        }
    }

    /// Waits for the answer to a call of an earlier run ([`Client::resume`]). Its stanza may have been
    /// sent, and is not sent by this client.
    ///
    /// # Errors
    /// [`IqError`]: `Deadline`; `SessionLost` when the stream could not be resumed, and for a call that
    /// is not known; a stanza error.
    pub async fn earlier(&self, id: &str, deadline: Instant) -> Result<Option<Element>, IqError> {
        self.earlier.claim(id, deadline).await
    }

    /// Whether the call with this id still waits: then its answer is not among the stanzas that
    /// [`Client::stream`] counted before.
    pub fn awaits(&self, id: &str) -> bool {
        self.pending.awaits(id)
    }

    /// Pings the own server (XEP-0199), which has then taken all that was sent to it before.
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn ping_server(&self, limits: impl Into<Limits>) -> Result<(), IqError> {
        let server = Jid::from(BareJid::from_parts(None, self.account().domain()));
        match self.iq(&server, IqKind::Get, Element::new(PING, "ping"), limits).await {
            // Whatever it says, it has answered.
            Ok(_) | Err(IqError::Stanza(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Answers an [`IqRequest`].
    ///
    /// # Errors
    /// [`NotSent`] when the answer could not be queued. An answer that holds characters which XML
    /// does not allow is replaced by the error `internal-server-error`.
    pub async fn reply(
        &self,
        to: &IqRequest,
        answer: Result<Option<Element>, StanzaError>,
    ) -> Result<(), NotSent> {
        let send = async |xml| self.send(Outgoing::unattended(xml).to(&to.from)).await;
        match self.accept(&answers::stanza(&to.from, &to.id, &answer)) {
            Ok(xml) => send(xml).await,
            Err(IqError::NotSent(reason)) => Err(reason),
            Err(_) => {
                let error = StanzaError::plain(ErrorType::Cancel, "internal-server-error");
                send(answers::stanza(&to.from, &to.id, &Err(error)).to_xml()).await
            }
        }
    }

    /// Sends a chat message; characters that XML does not allow are left out.
    ///
    /// # Errors
    /// [`NotSent`] when it could not be queued.
    pub async fn message(&self, to: &Jid, body: &str) -> Result<(), NotSent> {
        self.chat(to, body, None, None).await
    }

    /// The same with an id, by which a server gives it back, and a thread, which an answer repeats if
    /// its sender knows threads (RFC 6121, section 5.2.5).
    ///
    /// # Errors
    /// As [`Client::message`].
    pub async fn chat(
        &self,
        to: &Jid,
        body: &str,
        id: Option<&str>,
        thread: Option<&str>,
    ) -> Result<(), NotSent> {
        let text: String = body.chars().filter(|c| is_allowed(*c)).collect();
        let thread = thread.map(|thread| Element::new(CLIENT, "thread").with_text(thread));
        let mut message = Element::new(CLIENT, "message")
            .with_attr("type", "chat")
            .with_attr("to", to.as_str())
            .with_child(Element::new(CLIENT, "body").with_text(text))
            .with_children(thread);
        if let Some(id) = id {
            message = message.with_attr("id", id);
        }
        let xml = message.to_xml();
        self.check_size(&xml)?;
        self.send(Outgoing::unattended(xml).to(to)).await
    }

    /// State and counters. The receiver is woken when the state changes. Counters go on without
    /// waking anybody: what is borrowed from it holds them as of the session's last activity.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// The stream as it can be resumed by a later process, `None` when it cannot. The receiver is
    /// woken when the stream changes, and when much was received on it if its count is recorded; else the
    /// count goes on without waking anybody.
    pub fn stream(&self) -> watch::Receiver<Option<Resumable>> {
        self.stream.clone()
    }

    /// Tells that the stream is recorded with this count: so much may be acknowledged. Only for clients
    /// with [`Options::records_streams`].
    pub fn recorded(&self, stream: Resumable) {
        self.recorded.send_replace(Some(stream));
    }

    /// Drains what is queued, terminates the session and ends the task; returns when it has ended.
    /// May be called again, and by several.
    pub async fn stop(&self) {
        self.stop.cancel();
        let mut status = self.status.clone();
        // An error means that the task is gone already.
        let _ = status.wait_for(|status| status.state == State::Stopped).await;
    }

    /// A bad stanza spoils the whole body that it is sent in, so it is refused here.
    fn accept(&self, stanza: &Element) -> Result<String, IqError> {
        let xml = stanza.to_xml();
        self.check_size(&xml)?;
        if !xml.chars().all(is_allowed) {
            let mut error = StanzaError::plain(ErrorType::Modify, "bad-request");
            error.text = Some("a character that XML does not allow".into());
            return Err(IqError::Stanza(Box::new(error)));
        }
        Ok(xml)
    }

    fn check_size(&self, xml: &str) -> Result<(), NotSent> {
        match xml.len() <= self.largest {
            true => Ok(()),
            false => Err(NotSent::TooLarge { size: xml.len(), limit: self.largest }),
        }
    }

    pub(super) fn account(&self) -> &BareJid {
        self.pending.account()
    }

    /// Sends a stanza in the place of those for the own server.
    pub(super) async fn send_to_server(&self, xml: String) -> Result<(), NotSent> {
        self.send(Outgoing::unattended(xml)).await
    }

    async fn send(&self, stanza: Outgoing) -> Result<(), NotSent> {
        let (accepted, outcome) = oneshot::channel();
        self.hand_over(Command { stanza, accepted: Some(accepted) }).await?;
        outcome.await.unwrap_or(Err(NotSent::Offline))
    }

    async fn hand_over(&self, command: Command) -> Result<(), NotSent> {
        let taken = |status: &Status| status.resuming || matches!(status.state, State::Online(_));
        if !taken(&self.status.borrow()) {
            return Err(NotSent::Offline);
        }
        self.commands.send(command).await.map_err(|_| NotSent::Offline)
    }
}

/// XML 1.0, production 2.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
