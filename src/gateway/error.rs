use std::time::Duration;

use crate::domain::types::EncodeError;
use crate::domain::{ItemFault, SessionTrouble};
use crate::smartserver::{CallError, NOT_IN_ANSWER};
use crate::store::{Missing, StoreError};
use crate::xmpp::{ErrorType, IqError, NotSent, StanzaError};

/// What can go wrong, in words of the field. `http/problem.rs` gives each a code and a status.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GatewayError {
    /// Nothing of this kind is registered here under this id, key or name.
    #[error("{what} is not known here")]
    Unknown {
        /// What was looked for.
        what: Thing,
    },
    /// It is there already, or still in use.
    #[error("{0}")]
    Conflict(String),
    /// A field of the request cannot be accepted.
    #[error("{field}: {message}")]
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The value does not fit the data point's type.
    #[error("{0}")]
    Value(EncodeError),
    /// The document given to the console cannot be sent.
    #[error("the SOAP document cannot be sent: {0}")]
    Soap(String),
    /// The identity's session is not online.
    #[error("the identity's session is not online: {reason}")]
    Session {
        /// Which kind of trouble.
        cause: SessionTrouble,
        /// What is known of it.
        reason: String,
    },
    /// The XMPP server could not hand the request to the SmartServer.
    #[error("the SmartServer is not reachable ({condition})")]
    Unreachable {
        /// Condition of the stanza error.
        condition: String,
    },
    /// The XMPP server knows no such address.
    #[error("the XMPP server knows no such address ({condition})")]
    NoSuchAddress {
        /// Condition of the stanza error.
        condition: String,
    },
    /// The XMPP server or the SmartServer asks to wait.
    #[error("asked to wait ({condition})")]
    Wait {
        /// Condition of the stanza error.
        condition: String,
    },
    /// The XMPP server does not allow the request.
    #[error("the XMPP server does not allow this ({condition})")]
    Forbidden {
        /// Condition of the stanza error.
        condition: String,
    },
    /// The SmartServer or the XMPP server rejected the request in another way.
    #[error("the request was rejected ({condition})")]
    Rejected {
        /// Condition of the stanza error.
        condition: String,
    },
    /// The SmartServer answered with a fault.
    #[error("the SmartServer answered with fault {code}: {text}")]
    Fault {
        /// Fault code.
        code: String,
        /// Its words.
        text: String,
    },
    /// The SmartServer's answer could not be understood.
    #[error("the SmartServer's answer could not be understood: {0}")]
    Malformed(String),
    /// Too many calls wait for this SmartServer already.
    #[error("{queued} calls wait for this SmartServer already")]
    Busy {
        /// Calls waiting.
        queued: usize,
        /// Time that these may take.
        retry_after: Duration,
    },
    /// The SmartServer did not answer lately, and is not asked before it was probed.
    #[error("the SmartServer is not asked at the moment: {why}")]
    NotAsked {
        /// What happened, and what comes next, in words.
        why: String,
        /// Time until the next probe.
        retry_after: Duration,
    },
    /// Devices behind this SmartServer were polled too often within a minute.
    #[error("devices behind this SmartServer are polled for {per_minute} data points a minute at most")]
    PollBudget {
        /// The cap.
        per_minute: u32,
        /// Time until there may be another poll.
        retry_after: Duration,
    },
    /// The deadline passed.
    #[error("{}", if *.sent { "no answer within the deadline" } else { "the deadline passed before it could be sent" })]
    Deadline {
        /// Whether the request may have reached the SmartServer.
        sent: bool,
    },
    /// The request is larger than the XMPP server takes.
    #[error("the request has {size} bytes; the XMPP server takes {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The session ended.
    #[error("the session ended before {}", if *.sent { "the answer came" } else { "it was sent" })]
    SessionLost {
        /// Whether the request may have reached the SmartServer.
        sent: bool,
    },
    /// The SmartServer left the XMPP server with the request in hand.
    #[error("the SmartServer left the XMPP server before it answered")]
    PeerGone,
    /// A change was sent and not answered: it may have been executed, and is not sent again.
    #[error("whether it was done is not known: {0}")]
    OutcomeUnknown(String),
    /// The database failed.
    #[error("the database failed")]
    Store(String),
    /// Nobody more can be told events.
    #[error("{limit} listeners are told events already")]
    TooManyListeners {
        /// So many may be.
        limit: usize,
    },
    /// Nobody more can listen to messages.
    #[error("{limit} listen {of} already")]
    TooManyTrafficListeners {
        /// So many may.
        limit: usize,
        /// To one SmartServer, or in all.
        of: &'static str,
    },
    /// No more identities can be tested at the moment.
    #[error("{limit} identities are being tested already")]
    TooManyTests {
        /// So many may be.
        limit: usize,
    },
    /// The gateway is stopping.
    #[error("the gateway is stopping")]
    Stopping,
}

/// What can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An identity.
    Identity,
    /// A SmartServer.
    SmartServer,
    /// A data point.
    DataPoint,
    /// A command.
    Command,
    /// A device, or another item of a SmartServer's networks.
    Device,
    /// A device command.
    DeviceCommand,
    /// An API key.
    ApiKey,
    /// A subscription to a pubsub node.
    PubsubSubscription,
    /// A data logger.
    DataLogger,
    /// An alarm generator.
    AlarmGenerator,
    /// An alarm notifier.
    AlarmNotifier,
    /// An alarm of the fleet.
    Alarm,
    /// A poll group.
    PollGroup,
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Thing::Identity => "this identity",
            Thing::SmartServer => "this SmartServer",
            Thing::DataPoint => "this data point",
            Thing::Command => "this command",
            Thing::Device => "a device of this name",
            Thing::DeviceCommand => "this device command",
            Thing::ApiKey => "this API key",
            Thing::PubsubSubscription => "this pubsub subscription",
            Thing::DataLogger => "this data logger",
            Thing::AlarmGenerator => "this alarm generator",
            Thing::AlarmNotifier => "this alarm notifier",
            Thing::Alarm => "this alarm",
            Thing::PollGroup => "this poll group",
        })
    }
}

impl From<CallError> for GatewayError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Iq(error) => error.into(),
            CallError::Fault(fault) => GatewayError::Fault { text: fault.words(), code: fault.code },
            CallError::GlobalFault(fault) => {
                GatewayError::Fault { code: fault.code.to_string(), text: fault.text }
            }
            CallError::Malformed(what) => GatewayError::Malformed(what),
            CallError::Request(error) => GatewayError::Soap(error.to_string()),
            CallError::Selector(error) => GatewayError::Soap(error.to_string()),
        }
    }
}

impl From<ItemFault> for GatewayError {
    fn from(fault: ItemFault) -> Self {
        if fault.code == NOT_IN_ANSWER {
            return GatewayError::Malformed("it does not mention the data point".to_owned());
        }
        GatewayError::Fault { code: fault.code.to_string(), text: fault.text }
    }
}

impl From<IqError> for GatewayError {
    fn from(error: IqError) -> Self {
        match error {
            IqError::NotSent(NotSent::Offline) => {
                GatewayError::Session { cause: SessionTrouble::Offline, reason: "not logged in".into() }
            }
            IqError::NotSent(NotSent::QueueFull) => GatewayError::Wait { condition: "queue full".into() },
            IqError::NotSent(NotSent::TooLarge { size, limit }) => GatewayError::TooLarge { size, limit },
            IqError::NotSent(NotSent::SessionLost) => GatewayError::SessionLost { sent: false },
            IqError::SessionLost => GatewayError::SessionLost { sent: true },
            IqError::NotSent(NotSent::PeerGone) => {
                GatewayError::Unreachable { condition: "it left the XMPP server".into() }
            }
            IqError::PeerGone => GatewayError::PeerGone,
            IqError::NotSent(NotSent::Deadline) => GatewayError::Deadline { sent: false },
            IqError::Deadline => GatewayError::Deadline { sent: true },
            IqError::Stanza(error) => (*error).into(),
        }
    }
}

impl From<StanzaError> for GatewayError {
    fn from(error: StanzaError) -> Self {
        let condition = error.condition.0;
        match condition.as_str() {
            "service-unavailable" | "recipient-unavailable" | "remote-server-timeout" => {
                GatewayError::Unreachable { condition }
            }
            "item-not-found" | "remote-server-not-found" | "gone" => {
                GatewayError::NoSuchAddress { condition }
            }
            "not-allowed"
            | "forbidden"
            | "not-authorized"
            | "subscription-required"
            | "registration-required" => GatewayError::Forbidden { condition },
            _ if error.kind == ErrorType::Wait => GatewayError::Wait { condition },
            "resource-constraint" => GatewayError::Wait { condition },
            _ => GatewayError::Rejected { condition },
        }
    }
}

impl From<StoreError> for GatewayError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(conflict) => GatewayError::Conflict(conflict.to_string()),
            // What comes from SmartServers is XML, which cannot hold it: the caller sent it.
            StoreError::Nul => GatewayError::Invalid { field: "request", message: error.to_string() },
            StoreError::NotFound(Missing::Identity) => GatewayError::Unknown { what: Thing::Identity },
            StoreError::NotFound(Missing::SmartServer) => GatewayError::Unknown { what: Thing::SmartServer },
            StoreError::NotFound(Missing::ApiKey) => GatewayError::Unknown { what: Thing::ApiKey },
            StoreError::NotFound(Missing::PollGroup) => GatewayError::Unknown { what: Thing::PollGroup },
            other => {
                tracing::error!(error = %other, "database");
                GatewayError::Store(other.to_string())
            }
        }
    }
}

impl From<EncodeError> for GatewayError {
    fn from(error: EncodeError) -> Self {
        GatewayError::Value(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_refuses_is_told_as_the_fault_of_whose_it_is() {
        let nul = GatewayError::from(StoreError::Nul);
        assert!(matches!(nul, GatewayError::Invalid { .. }), "{nul:?}");
        for (missing, what) in [
            (Missing::Identity, Thing::Identity),
            (Missing::SmartServer, Thing::SmartServer),
            (Missing::ApiKey, Thing::ApiKey),
            (Missing::PollGroup, Thing::PollGroup),
        ] {
            assert_eq!(GatewayError::from(StoreError::NotFound(missing)), GatewayError::Unknown { what });
        }
        for ours in [StoreError::NotFound(Missing::Reference), StoreError::Busy] {
            let ours = GatewayError::from(ours);
            assert!(matches!(ours, GatewayError::Store(_)), "{ours:?}");
        }
    }
}
