use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DataPointName, DeviceCommandId, SmartServerId};

/// What a device may be asked for; those that need nothing but its name (manual 14-25 ... 14-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceOrder {
    /// Blink, so that people find it.
    Wink,
    /// Restart it.
    Reset,
    /// Run its application.
    Online,
    /// Stop its application.
    Offline,
    /// Load its network configuration and let it take part in the network.
    Commission,
    /// Take it out of the network.
    Decommission,
    /// Read its program id.
    FetchProgramId,
    /// Take its Neuron ID from the service pin message that comes next.
    FetchNeuronId,
    /// Read the defaults of its configuration properties.
    UpdateCpDefaults,
    /// Ask for its error counters and state.
    QueryStatus,
    /// Zero its error counters.
    ClearStatus,
    /// Ask how its messages are repeated on the powerline.
    RepeatingData,
    /// Ask how well it is heard on the powerline.
    PowerlineData,
    /// Ask by which other devices it is reached.
    ProxyData,
    /// Let it tell its Neuron ID.
    SendServicePin,
    /// Ask for its data on a powerline network of the PPN kind.
    PpnData,
}

/// How an order is carried to the SmartServer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceCommandMode {
    /// By `InvokeCmd`: its answer is the outcome.
    Invoke,
    /// By `Set`: the SmartServer takes it down, and shows by and by how it ended.
    Set,
}

impl DeviceOrder {
    /// Its mode: `InvokeCmd` where that is allowed (manual 14-30).
    pub fn mode(self) -> DeviceCommandMode {
        match self {
            DeviceOrder::QueryStatus
            | DeviceOrder::ClearStatus
            | DeviceOrder::RepeatingData
            | DeviceOrder::PowerlineData
            | DeviceOrder::ProxyData
            | DeviceOrder::SendServicePin
            | DeviceOrder::PpnData => DeviceCommandMode::Invoke,
            DeviceOrder::Wink
            | DeviceOrder::Reset
            | DeviceOrder::Online
            | DeviceOrder::Offline
            | DeviceOrder::Commission
            | DeviceOrder::Decommission
            | DeviceOrder::FetchProgramId
            | DeviceOrder::FetchNeuronId
            | DeviceOrder::UpdateCpDefaults => DeviceCommandMode::Set,
        }
    }
}

/// How far a device command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceCommandPhase {
    /// Stored, waiting for its turn.
    Queued,
    /// Handed to the XMPP session; not known to have been taken.
    Sent,
    /// Taken by the SmartServer, which is at work on it.
    Pending,
    /// It has an outcome.
    Finished,
}

/// The fate of a device command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceOutcome {
    /// Done, says the SmartServer.
    Done,
    /// The SmartServer tried and failed.
    Failed,
    /// The SmartServer did not take it, or it was not safe to send.
    Refused,
    /// The SmartServer has no such device.
    NotFound,
    /// It never left the gateway: safe to repeat.
    NotSent,
    /// Handed over, and no end was seen: it may have been executed, or may still be.
    Unknown,
    /// Its deadline passed before it could be sent.
    Expired,
}

/// A command to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceCommand {
    /// Id.
    pub id: DeviceCommandId,
    /// The SmartServer that the device is behind.
    pub smartserver_id: SmartServerId,
    /// The device's name there.
    pub device: DataPointName,
    /// What is asked.
    pub order: DeviceOrder,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// Name of the API key that asked.
    pub requested_by: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it is given up.
    pub deadline_at: Timestamp,
    /// What has become of it.
    pub progress: DeviceProgress,
}

/// What has become of a device command.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceProgress {
    /// How far it has come.
    pub phase: DeviceCommandPhase,
    /// Its fate, once finished.
    pub outcome: Option<DeviceOutcome>,
    /// Why, for people.
    pub detail: Option<String>,
    /// What the SmartServer told of the device.
    pub report: Option<DeviceReport>,
    /// What the device showed of the same command before this one was sent: what differs from it came
    /// of this one.
    pub shown_before: Option<String>,
    /// Last change.
    pub updated_at: Timestamp,
}

impl DeviceCommand {
    /// Whether it has its outcome.
    pub fn is_finished(&self) -> bool {
        self.progress.phase == DeviceCommandPhase::Finished
    }
}

/// What a command brought to light of a device. Words as `DRC_POWER_UP` are the SmartServer's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeviceReport {
    /// Counters and state (manual 14-30).
    Status(StatusData),
    /// How messages are repeated.
    Repeating(RepeatingData),
    /// How well it is heard.
    Powerline {
        /// One entry per frequency.
        frequencies: Vec<FrequencyInfo>,
    },
    /// By which devices it is reached.
    Proxy {
        /// The devices.
        agents: Vec<ProxyAgent>,
    },
    /// Data of the PPN kind.
    Ppn {
        /// `UCPTtimeToRemoval`.
        time_to_removal: Option<i64>,
    },
    /// Its configuration when the command had ended.
    State {
        /// `UCPTapplicationStatus`.
        application_status: Option<String>,
        /// `UCPTcommissionStatus`.
        commission_status: Option<String>,
        /// `UCPTuniqueId`.
        unique_id: Option<String>,
        /// `UCPTprogramId`.
        program_id: Option<String>,
    },
}

/// Counters and state of a device (`LON_Device_StatusData_InvokeResponse`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are named as in the manual, 14-30")]
pub struct StatusData {
    pub unique_id: Option<String>,
    pub transmit_errors: Option<i64>,
    pub transaction_timeouts: Option<i64>,
    pub receive_transaction_full: Option<i64>,
    pub lost_messages: Option<i64>,
    pub missed_messages: Option<i64>,
    pub reset_cause: Option<String>,
    pub version_number: Option<i64>,
    pub error_log: Option<String>,
    pub neuron_model: Option<String>,
    pub online_status: Option<String>,
}

/// How a device's messages are repeated (`LON_Device_RepeatingData_InvokeResponse`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are named as in the WSDL")]
pub struct RepeatingData {
    pub commission_status: Option<String>,
    pub online_status: Option<String>,
    pub attempts: Option<i64>,
    pub failures: Option<i64>,
    pub agent_switches: Option<i64>,
    pub skipped: Option<i64>,
    pub failure_history: Option<String>,
    pub proxy_agents: Option<i64>,
    pub hops: Option<i64>,
    pub chain: Vec<RepeatHop>,
}

/// A device that repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatHop {
    /// Its name.
    pub name: String,
    /// How well it is heard.
    pub frequency: Option<FrequencyInfo>,
}

/// A device by which another is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyAgent {
    /// Its name.
    pub name: String,
    /// `UCPTfailureHistory`.
    pub failure_history: Option<String>,
    /// How well it is heard.
    pub frequencies: Vec<FrequencyInfo>,
}

/// Signal at a frequency (`LON_Device_DataFrequencyInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are named as in the WSDL")]
pub struct FrequencyInfo {
    pub frequency: Option<i64>,
    pub measurement: Option<String>,
    pub strength: Option<i64>,
    pub margin: Option<i64>,
    pub unit: Option<String>,
}
