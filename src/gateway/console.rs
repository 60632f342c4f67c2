//! Messages that the typed API does not know, and system information.

use std::time::Duration;

use tokio::time::Instant;

use super::{Gateway, GatewayError};
use crate::smartserver::{Answer, SmartServerRpc, SystemInfo, SystemSection, console};

/// What a SmartServer answered to a message from the console.
#[derive(Debug, Clone)]
pub struct ConsoleAnswer {
    /// The envelope as XML.
    pub envelope: String,
    /// What stands in its body, as JSON.
    pub body: serde_json::Value,
    /// Whether that is a fault.
    pub is_fault: bool,
    /// How long it took.
    pub timing: Timing,
}

/// Where a call's time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Until it was the call's turn.
    pub queued: Duration,
    /// From sending to the answer.
    pub round_trip: Duration,
    /// The SmartServer's own part of that, if it told.
    pub processing: Option<Duration>,
}

impl Gateway {
    /// Sends a SOAP body or envelope as it is and returns what comes back, a fault included.
    ///
    /// # Errors
    /// `Soap` when the document cannot be sent; else those of the call.
    pub async fn soap(
        &self,
        key: &str,
        document: &str,
        timeout: Option<Duration>,
    ) -> Result<ConsoleAnswer, GatewayError> {
        let unit = self.unit(key)?;
        let message = console::read(document).map_err(|error| GatewayError::Soap(error.to_string()))?;
        let deadline = self.deadline(timeout);
        let begun = Instant::now();
        let ask = move |rpc: SmartServerRpc, limits| async move {
            let queued = begun.elapsed();
            rpc.raw(message, limits).await.map(|raw| Answer::from((raw, queued)))
        };
        let answer = self.call_anyway(&unit, deadline, ask).await?;
        let (raw, queued) = answer.value;
        let processing = answer.properties.and_then(|properties| properties.processing);
        Ok(ConsoleAnswer {
            body: console::body_as_json(&raw.envelope),
            envelope: raw.envelope.to_xml(),
            is_fault: raw.is_fault,
            timing: Timing { queued, round_trip: answer.round_trip, processing },
        })
    }

    /// A section of a SmartServer's system information.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn system(&self, key: &str, section: SystemSection) -> Result<SystemInfo, GatewayError> {
        let unit = self.unit(key)?;
        let deadline = self.deadline(None);
        let ask = move |rpc: SmartServerRpc, limits| async move { rpc.system_info(section, limits).await };
        let answer = self.call(&unit, deadline, ask).await?;
        if let Some(real_time) = &answer.value.real_time {
            self.note_real_time(&unit, real_time, answer.round_trip);
        }
        Ok(answer.value)
    }
}
