//! Chat with a SmartServer: it answers any message with a sentence of its own.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jid::Jid;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::unknown_senders::Approach;
use super::{Gateway, GatewayError, Unit};
use crate::domain::IdentityId;
use crate::xml::Element;
use crate::xmpp::{Condition, ErrorType, IqError, Message, StanzaError};

/// Longest text that is sent, in characters.
pub(super) const TEXT_MAX: usize = 4_000;
/// What is kept of an answer, in characters.
const ANSWER_MAX: usize = 64_000;
/// Callers that may wait for answers of one SmartServer.
const WAITING_MAX: usize = 16;
/// Our threads begin so: an answer in one that nobody waits for is late, and nobody else's.
const THREAD: &str = "nocgate-";

/// What a SmartServer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatAnswer {
    /// Its words.
    pub text: String,
    /// Its JID, as the server stamped it.
    pub from: Jid,
    /// From sending to the answer.
    pub round_trip: Duration,
}

/// Those who wait for one SmartServer to say something, in the order in which they spoke.
#[derive(Debug, Default)]
pub(super) struct Chats(VecDeque<Waiting>);

#[derive(Debug)]
struct Waiting {
    /// Thread and id of what was said.
    thread: String,
    answer: oneshot::Sender<Message>,
}

impl Chats {
    fn wait(&mut self) -> Result<(String, oneshot::Receiver<Message>), GatewayError> {
        self.0.retain(|waiting| !waiting.answer.is_closed());
        if self.0.len() >= WAITING_MAX {
            return Err(busy(self.0.len()));
        }
        let (answer, receiver) = oneshot::channel();
        let thread = format!("{THREAD}{}", Uuid::now_v7().simple());
        self.0.push_back(Waiting { thread: thread.clone(), answer });
        Ok((thread, receiver))
    }

    /// Gives a message to the one whom it answers: by its thread or id, or, since SmartServers may know
    /// neither, to whoever has waited longest. Each answer goes to one.
    fn answered(&mut self, message: Message) -> Option<Message> {
        self.0.retain(|waiting| !waiting.answer.is_closed());
        let thread = child(&message, "thread").map(Element::text);
        let names = [thread.as_deref(), message.id.as_deref()];
        let ours = |name: &&str| name.starts_with(THREAD);
        let found = match names.into_iter().flatten().find(ours) {
            Some(name) => self.0.iter().position(|waiting| waiting.thread == name),
            None if message.kind == "error" => None,
            None => (!self.0.is_empty()).then_some(0),
        };
        match found.and_then(|at| self.0.remove(at)) {
            Some(waiting) => waiting.answer.send(message).err(),
            None => Some(message),
        }
    }
}

/// An answer to one of those who wait comes soon, or never.
fn busy(queued: usize) -> GatewayError {
    GatewayError::Busy { queued, retry_after: Duration::from_secs(1) }
}

impl Gateway {
    /// Says something to a SmartServer and waits for its answer.
    ///
    /// # Errors
    /// `Invalid` text; `Busy` when too many wait already; else as any call.
    pub async fn chat(
        &self,
        key: &str,
        text: &str,
        timeout: Option<Duration>,
    ) -> Result<ChatAnswer, GatewayError> {
        let unit = self.unit(key)?;
        check(text)?;
        self.chat_with(&unit, text, self.deadline(timeout)).await
    }

    pub(super) async fn chat_with(
        &self,
        unit: &Arc<Unit>,
        text: &str,
        deadline: Instant,
    ) -> Result<ChatAnswer, GatewayError> {
        let info = unit.info();
        let client = self.0.connections.online(info.identity_id, deadline).await?;
        let (thread, answer) = unit.chats.lock().unwrap_or_else(PoisonError::into_inner).wait()?;
        let heard = self.overhear_said(unit, text);
        let sent = Instant::now();
        let said = async {
            let to = Jid::from(info.jid.clone());
            match timeout_at(deadline, client.chat(&to, text, Some(&thread), Some(&thread))).await {
                Ok(queued) => queued.map_err(IqError::NotSent)?,
                Err(_late) => return Err(GatewayError::Deadline { sent: false }),
            }
            match timeout_at(deadline, answer).await {
                Ok(Ok(message)) => Ok(message),
                Ok(Err(_dropped)) => Err(GatewayError::Stopping),
                Err(_late) => Err(GatewayError::Deadline { sent: true }),
            }
        };
        let said = said.await;
        if let Some(exchange) = heard {
            exchange.said(said.as_ref());
        }
        understand(said?, sent.elapsed())
    }

    /// Takes a message: an answer, if somebody waits for one of this SmartServer.
    pub(super) fn take_message(&self, identity: IdentityId, message: Message) {
        let is_answer = match message.kind.as_str() {
            "chat" | "normal" => message.body.is_some(),
            kind => kind == "error",
        };
        let unit = self.sender(identity, &message.from);
        // What a server has to say is no sign of a SmartServer, nor is what it gives back.
        let is_chat = matches!(message.kind.as_str(), "chat" | "normal");
        if unit.is_none() && is_chat && message.from.node().is_some() {
            return self.note_unknown(identity, &message.from, Approach::Message, None);
        }
        let left = match unit.as_ref().filter(|_| is_answer) {
            Some(unit) => unit.chats.lock().unwrap_or_else(PoisonError::into_inner).answered(message),
            None => Some(message),
        };
        if let Some(message) = left {
            if let Some(unit) = &unit {
                self.overhear_message(unit, &message);
            }
            tracing::debug!(from = %message.from, kind = message.kind, "message ignored");
        }
    }
}

fn check(text: &str) -> Result<(), GatewayError> {
    let length = text.chars().count();
    if (1..=TEXT_MAX).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!("1 to {TEXT_MAX} characters, no control characters");
    Err(GatewayError::Invalid { field: "text", message })
}

fn understand(message: Message, round_trip: Duration) -> Result<ChatAnswer, GatewayError> {
    if message.kind == "error" {
        return Err(refusal(&message).into());
    }
    let text = message.body.unwrap_or_default().chars().take(ANSWER_MAX).collect();
    Ok(ChatAnswer { text, from: message.from, round_trip })
}

/// Why the message was given back.
fn refusal(message: &Message) -> StanzaError {
    let error = child(message, "error");
    let condition = error.and_then(|error| error.elements().find(|e| e.name != "text"));
    let wait = error.and_then(|error| error.attr("type")) == Some("wait");
    StanzaError {
        kind: if wait { ErrorType::Wait } else { ErrorType::Cancel },
        condition: Condition(condition.map_or("undefined-condition", |e| e.name.as_str()).to_owned()),
        text: None,
        application: None,
        payload: None,
    }
}

fn child<'a>(message: &'a Message, name: &str) -> Option<&'a Element> {
    message.payloads.iter().find(|element| element.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::CLIENT;

    fn message(thread: Option<&str>, body: &str) -> Message {
        Message {
            from: "unit@xmpp.example/ilon".parse().unwrap(),
            id: None,
            kind: "chat".into(),
            body: Some(body.into()),
            payloads: thread.map(|text| Element::new(CLIENT, "thread").with_text(text)).into_iter().collect(),
        }
    }

    fn body(answer: &mut oneshot::Receiver<Message>) -> Option<String> {
        answer.try_recv().ok()?.body
    }

    #[test]
    fn an_answer_goes_to_one_by_its_thread_or_in_turn() {
        let mut chats = Chats::default();
        let (_, mut first) = chats.wait().unwrap();
        let (thread, mut second) = chats.wait().unwrap();
        let (_, mut third) = chats.wait().unwrap();
        assert!(chats.answered(message(Some(&thread), "two")).is_none());
        assert!(chats.answered(message(Some("its own"), "one")).is_none());
        assert!(chats.answered(message(None, "three")).is_none());
        assert!(chats.answered(message(None, "four")).is_some());
        let answers = [&mut first, &mut second, &mut third].map(body);
        assert_eq!(answers, ["one", "two", "three"].map(|text| Some(text.to_owned())));
    }

    #[test]
    fn a_late_answer_is_not_somebody_elses() {
        let mut chats = Chats::default();
        let (gone, receiver) = chats.wait().unwrap();
        drop(receiver);
        let (_, mut waiting) = chats.wait().unwrap();
        assert!(chats.answered(message(Some(&gone), "late")).is_some());
        assert_eq!(body(&mut waiting), None);
    }

    #[test]
    fn what_is_given_back_ends_the_wait_of_its_sender_only() {
        let mut chats = Chats::default();
        let (_, mut first) = chats.wait().unwrap();
        let (id, mut second) = chats.wait().unwrap();
        let error = |id: Option<&str>| Message {
            id: id.map(str::to_owned),
            kind: "error".into(),
            ..message(None, "hello")
        };
        assert!(chats.answered(error(None)).is_some());
        assert!(chats.answered(error(Some(&id))).is_none());
        assert!(body(&mut first).is_none() && body(&mut second).is_some());
    }

    #[test]
    fn only_so_many_wait() {
        let mut chats = Chats::default();
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| chats.wait().unwrap()).collect();
        assert_eq!(chats.wait().unwrap_err(), busy(WAITING_MAX));
        drop(waiting);
        assert!(chats.wait().is_ok());
    }

    #[test]
    fn texts_are_checked() {
        assert_eq!(check("Hello, unit!"), Ok(()));
        for text in ["", "a\nb", "\u{1b}", &"x".repeat(TEXT_MAX + 1)] {
            assert!(matches!(check(text), Err(GatewayError::Invalid { field: "text", .. })), "{text:?}");
        }
    }
}
