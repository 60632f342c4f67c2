//! Commands that a SmartServer carries out while the caller waits (`InvokeCmd` of
//! `LON_Device_Command_Invoke`, manual 14-30).

use super::item::{MessageError, Outcomes, Parsed, Reply, filled, item, message};
use super::network::number;
use super::{Answer, CallError, SmartServerRpc};
use crate::domain::{
    DataPointName, DeviceReport, FrequencyInfo, ItemFault, ProxyAgent, RepeatHop, RepeatingData, StatusData,
};
use crate::xml::Element;
use crate::xmpp::Limits;

/// A command that `InvokeCmd` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the WSDL")]
pub enum InvokedCommand {
    QueryStatus,
    ClearStatus,
    RepeatingData,
    PowerlineData,
    ProxyData,
    SendServicePin,
    PpnData,
}

impl InvokedCommand {
    fn word(self) -> &'static str {
        match self {
            InvokedCommand::QueryStatus => "QueryStatus",
            InvokedCommand::ClearStatus => "ClearStatus",
            InvokedCommand::RepeatingData => "RepeatingData",
            InvokedCommand::PowerlineData => "PowerlineData",
            InvokedCommand::ProxyData => "ProxyData",
            InvokedCommand::SendServicePin => "SendServicePin",
            InvokedCommand::PpnData => "PPNData",
        }
    }
}

/// The command is an attribute (WSDL).
fn request(device: &DataPointName, command: InvokedCommand) -> Element {
    let item = item(Some("LON_Device_Command_Invoke"), device.as_str());
    message("InvokeCmd", [item.with_attr("Command", command.word())])
}

pub(super) fn parse(
    body: &Element,
    device: &DataPointName,
    command: InvokedCommand,
) -> Result<Parsed<Outcomes<Option<DeviceReport>>>, MessageError> {
    let reply = Reply::open(body, "InvokeCmd")?;
    let tells_nothing = matches!(command, InvokedCommand::ClearStatus | InvokedCommand::SendServicePin);
    if tells_nothing && reply.fault_count == Some(0) && reply.items.is_empty() {
        return Ok(reply.parsed(vec![(device.clone(), Ok(None))]));
    }
    Ok(reply.outcomes(std::iter::once(device), |_, item| report(command, item)))
}

fn report(command: InvokedCommand, item: &Element) -> Option<DeviceReport> {
    match command {
        InvokedCommand::QueryStatus => Some(DeviceReport::Status(status(item))),
        InvokedCommand::RepeatingData => Some(DeviceReport::Repeating(repeating(item))),
        InvokedCommand::PowerlineData => Some(DeviceReport::Powerline { frequencies: frequencies(item) }),
        InvokedCommand::ProxyData => {
            Some(DeviceReport::Proxy { agents: item.children_named("ProxyAgent").map(agent).collect() })
        }
        InvokedCommand::PpnData => {
            Some(DeviceReport::Ppn { time_to_removal: number(item, "UCPTtimeToRemoval") })
        }
        InvokedCommand::ClearStatus | InvokedCommand::SendServicePin => None,
    }
}

fn status(item: &Element) -> StatusData {
    StatusData {
        unique_id: filled(item, "UCPTuniqueId").map(|id| id.to_lowercase()),
        transmit_errors: number(item, "UCPTtransmitErrors"),
        transaction_timeouts: number(item, "UCPTtransactionTimeouts"),
        receive_transaction_full: number(item, "UCPTrcvTransactionFull"),
        lost_messages: number(item, "UCPTlostMessages"),
        missed_messages: number(item, "UCPTmissedMessages"),
        reset_cause: filled(item, "UCPTresetCause"),
        version_number: number(item, "UCPTversionNumber"),
        error_log: filled(item, "UCPTerrorLog"),
        neuron_model: filled(item, "UCPTneuronModel"),
        online_status: filled(item, "UCPTonlineStatus"),
    }
}

fn repeating(item: &Element) -> RepeatingData {
    let hop = |hop: &Element| RepeatHop {
        name: super::item::name_of(hop),
        frequency: hop.child("FrequencyInfo").map(frequency),
    };
    RepeatingData {
        commission_status: filled(item, "UCPTplrCommissionStatus"),
        online_status: filled(item, "UCPTplrOnlineStatus"),
        attempts: number(item, "UCPTcommAttempts"),
        failures: number(item, "UCPTcommFailures"),
        agent_switches: number(item, "UCPTcommAgentSwitch"),
        skipped: number(item, "UCPTcommSkipped"),
        failure_history: filled(item, "UCPTfailureHistory"),
        proxy_agents: number(item, "UCPTproxyAgentCount"),
        hops: number(item, "UCPThopCount"),
        chain: item.children_named("RepeatChain").map(hop).collect(),
    }
}

fn agent(agent: &Element) -> ProxyAgent {
    ProxyAgent {
        name: super::item::name_of(agent),
        failure_history: filled(agent, "UCPTfailureHistory"),
        frequencies: frequencies(agent),
    }
}

fn frequencies(of: &Element) -> Vec<FrequencyInfo> {
    of.children_named("FrequencyInfo").map(frequency).collect()
}

fn frequency(info: &Element) -> FrequencyInfo {
    FrequencyInfo {
        frequency: number(info, "UCPTfrequency"),
        measurement: filled(info, "UCPTsignalMeasurementType"),
        strength: number(info, "UCPTsignalStrength"),
        margin: number(info, "UCPTsignalMargin"),
        unit: filled(info, "UCPTsignalUnit"),
    }
}

impl SmartServerRpc {
    /// Lets the SmartServer carry out a command at a device, and tells what came of it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn invoke_device(
        &self,
        device: &DataPointName,
        command: InvokedCommand,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<Option<DeviceReport>, ItemFault>>, CallError> {
        let answer = self.call(request(device, command), limits, |body| parse(body, device, command)).await?;
        let Answer { mut value, warnings, properties, round_trip } = answer;
        let value = value.pop().map_or(Ok(None), |(_, outcome)| outcome);
        Ok(Answer { value, warnings, properties, round_trip })
    }
}

#[cfg(test)]
#[path = "device_command_tests.rs"]
mod tests;
