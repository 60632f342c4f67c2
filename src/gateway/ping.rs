//! Which ways to a SmartServer work, and how fast.

use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use tokio::time::Instant;

use super::chat::ChatAnswer;
use super::{Gateway, GatewayError, Unit};
use crate::smartserver::{SmartServerRpc, SystemSection, SystemTime};
use crate::xml::Element;
use crate::xmpp::IqKind;

/// Time for all three when the caller does not say.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is said in the chat.
const GREETING: &str = "ping";
/// Namespace of questions for what somebody is and knows (XEP-0030).
const DISCO: &str = "http://jabber.org/protocol/disco#info";
/// Identities and features that are kept of an answer.
const KEPT: usize = 100;

/// What a SmartServer answered on each way.
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    /// An instant message.
    pub chat: Pinged<ChatAnswer>,
    /// The question for what it is (XEP-0030).
    pub disco: Pinged<Disco>,
    /// The system's time, a SOAP call that costs it little.
    pub soap: Pinged<Clocked>,
}

/// How it went on one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Pinged<T> {
    /// From sending to the answer, if one came. A call that waited for its turn did so before.
    pub round_trip: Option<Duration>,
    /// The answer.
    pub outcome: Result<T, GatewayError>,
}

/// What a SmartServer says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disco {
    /// What it is.
    pub identities: Vec<DiscoIdentity>,
    /// What it knows, as namespaces.
    pub features: Vec<String>,
}

/// One of the things that it says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoIdentity {
    /// Category, as `automation`.
    pub category: String,
    /// Type, as `soap`.
    pub kind: String,
    /// Name for people.
    pub name: Option<String>,
}

/// A SmartServer's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocked {
    /// What it says.
    pub time: Option<SystemTime>,
}

impl Gateway {
    /// Tries chat, disco#info and a SOAP call at once. Only the SOAP call counts for health, as any call.
    ///
    /// # Errors
    /// `Unknown`; `Session` when its identity is not online.
    pub async fn ping(&self, key: &str, timeout: Option<Duration>) -> Result<Ping, GatewayError> {
        let unit = self.unit(key)?;
        let deadline = Instant::now() + timeout.unwrap_or(PATIENCE);
        self.0.connections.online(unit.info().identity_id, deadline).await?;
        let (chat, disco, soap) = tokio::join!(
            self.ping_chat(&unit, deadline),
            self.disco(&unit, deadline),
            self.clock(&unit, deadline)
        );
        Ok(Ping { chat, disco, soap })
    }

    async fn ping_chat(&self, unit: &Arc<Unit>, deadline: Instant) -> Pinged<ChatAnswer> {
        let outcome = self.chat_with(unit, GREETING, deadline).await;
        Pinged { round_trip: outcome.as_ref().ok().map(|answer| answer.round_trip), outcome }
    }

    async fn disco(&self, unit: &Unit, deadline: Instant) -> Pinged<Disco> {
        let info = unit.info();
        let client = match self.0.connections.online(info.identity_id, deadline).await {
            Ok(client) => client,
            Err(error) => return Pinged { round_trip: None, outcome: Err(error) },
        };
        let sent = Instant::now();
        let to = Jid::from(info.jid.clone());
        let answer = client.iq(&to, IqKind::Get, Element::new(DISCO, "query"), deadline).await;
        match answer {
            Ok(query) => {
                let outcome = query.as_ref().and_then(read).ok_or_else(no_disco);
                Pinged { round_trip: Some(sent.elapsed()), outcome }
            }
            Err(error) => Pinged { round_trip: None, outcome: Err(error.into()) },
        }
    }

    async fn clock(&self, unit: &Arc<Unit>, deadline: Instant) -> Pinged<Clocked> {
        let ask =
            |rpc: SmartServerRpc, limits| async move { rpc.system_info(SystemSection::Time, limits).await };
        match self.call_anyway(unit, deadline, ask).await {
            Ok(answer) => Pinged {
                round_trip: Some(answer.round_trip),
                outcome: Ok(Clocked { time: answer.value.time }),
            },
            Err(error) => Pinged { round_trip: None, outcome: Err(error) },
        }
    }
}

impl<T> Pinged<T> {
    /// Whether the SmartServer itself answered; a fault is an answer.
    pub fn answered(&self) -> bool {
        matches!(self.outcome, Ok(_) | Err(GatewayError::Fault { .. } | GatewayError::Malformed(_)))
    }
}

fn no_disco() -> GatewayError {
    GatewayError::Malformed("it is not that to disco#info".into())
}

fn read(query: &Element) -> Option<Disco> {
    let text = |element: &Element, name: &str| element.attr_ns("", name).map(str::to_owned);
    let identity = |element: &Element| {
        Some(DiscoIdentity {
            category: text(element, "category")?,
            kind: text(element, "type")?,
            name: text(element, "name"),
        })
    };
    query.is(DISCO, "query").then(|| Disco {
        identities: query.children_named("identity").filter_map(identity).take(KEPT).collect(),
        features: query.children_named("feature").filter_map(|e| text(e, "var")).take(KEPT).collect(),
    })
}
