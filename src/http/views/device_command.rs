use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::device::{self, DeviceReportView};
use super::time;
use crate::domain::{
    DataPointName, DeviceCommand, DeviceCommandMode, DeviceCommandPhase, DeviceOrder, DeviceOutcome,
};
use crate::gateway::{Gateway, NewDeviceCommand};
use crate::http::extract;
use crate::http::problem::HttpError;

/// Longest reason, in characters.
const REASON_MAX: usize = 500;

/// What is asked of a device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDeviceCommand)]
pub(crate) struct NewDeviceCommandView {
    /// Its name.
    #[schema(min_length = 1, max_length = 512, example = "Net/LON/Pump 3")]
    device: String,
    command: DeviceOrderView,
    /// True to decommission: the device no longer takes part in its network then.
    #[serde(default)]
    confirm: bool,
    /// Why, for those who read the log later.
    #[schema(max_length = 500, example = "which of them is it?")]
    reason: Option<String>,
    /// Milliseconds after which it is given up: not sent any more, or no longer looked after.
    #[schema(minimum = 1000, maximum = 86400000, default = 600000)]
    deadline_ms: Option<u64>,
}

/// Commands to a device.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceOrder, example = "wink")]
pub(crate) enum DeviceOrderView {
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
    /// Take it out of the network; needs `confirm`.
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
    /// Ask for its data on a PPN powerline network.
    PpnData,
}

macro_rules! orders {
    ($from:ident, $to:ident) => {
        super::reading::same_words!($from, $to: Wink, Reset, Online, Offline, Commission, Decommission,
            FetchProgramId, FetchNeuronId, UpdateCpDefaults, QueryStatus, ClearStatus, RepeatingData,
            PowerlineData, ProxyData, SendServicePin, PpnData);
    };
}

orders!(DeviceOrder, DeviceOrderView);
orders!(DeviceOrderView, DeviceOrder);

/// How a command is carried.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceCommandMode)]
pub(crate) enum DeviceCommandModeView {
    /// The SmartServer's answer is the outcome.
    Invoke,
    /// The SmartServer takes it down and carries it out in its own time; the gateway looks after it.
    Set,
}

super::reading::same_words!(DeviceCommandMode, DeviceCommandModeView: Invoke, Set);

/// How far a command has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceCommandPhase)]
pub(crate) enum DeviceCommandPhaseView {
    /// Waiting for its turn.
    Queued,
    /// Handed over; not known to have been taken.
    Sent,
    /// Taken by the SmartServer, which is at work on it.
    Pending,
    /// It has an outcome.
    Finished,
}

super::reading::same_words!(DeviceCommandPhase, DeviceCommandPhaseView: Queued, Sent, Pending, Finished);

/// The fate of a device command.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceOutcome)]
pub(crate) enum DeviceOutcomeView {
    /// Done, says the SmartServer.
    Done,
    /// The SmartServer tried and failed.
    Failed,
    /// The SmartServer did not take it, or it was not safe to send.
    Refused,
    /// The SmartServer has no such device.
    NotFound,
    /// It never reached the SmartServer: safe to repeat.
    NotSent,
    /// Sent, and no end was seen: it may have been executed, or may still be.
    Unknown,
    /// Its deadline passed before it was sent.
    Expired,
}

super::reading::same_words!(DeviceOutcome, DeviceOutcomeView: Done, Failed, Refused, NotFound, NotSent, Unknown, Expired);

/// A command to a device, and its fate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceCommand)]
pub(crate) struct DeviceCommandView {
    id: Uuid,
    /// Key of the SmartServer; its id once it is removed.
    smartserver: String,
    #[schema(example = "Net/LON/Pump 3")]
    device: String,
    command: DeviceOrderView,
    mode: DeviceCommandModeView,
    /// The caller's words.
    reason: Option<String>,
    /// Name of the API key that asked.
    requested_by: String,
    created_at: String,
    deadline_at: String,
    phase: DeviceCommandPhaseView,
    outcome: Option<DeviceOutcomeView>,
    /// Why it has this outcome, in words.
    detail: Option<String>,
    /// What the SmartServer told of the device.
    result: Option<DeviceReportView>,
    updated_at: String,
}

/// A page of device commands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceCommandPage {
    pub(crate) items: Vec<DeviceCommandView>,
    pub(crate) next_cursor: Option<String>,
}

impl TryFrom<NewDeviceCommandView> for NewDeviceCommand {
    type Error = HttpError;

    fn try_from(view: NewDeviceCommandView) -> Result<Self, HttpError> {
        let deadline = extract::duration("deadline_ms", view.deadline_ms, 1_000, extract::DAY_MS)?;
        if view.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
            return Err(HttpError::Shape(format!("reason: at most {REASON_MAX} characters")));
        }
        let device = view.device.parse().map_err(|_| HttpError::Shape(format!("device: {NAME_RULE}")))?;
        Ok(NewDeviceCommand {
            device,
            order: view.command.into(),
            confirm: view.confirm,
            reason: view.reason,
            deadline,
        })
    }
}

/// What a name is.
pub(crate) const NAME_RULE: &str = "1 to 512 characters, no control characters";
const _: () = assert!(DataPointName::MAX == 512);

impl DeviceCommandView {
    pub(crate) fn new(gateway: &Gateway, command: DeviceCommand) -> Self {
        let id = command.smartserver_id.to_string();
        let progress = command.progress;
        DeviceCommandView {
            id: command.id.0,
            smartserver: gateway.unit(&id).map_or(id, |unit| unit.info().key.clone()),
            device: command.device.to_string(),
            command: command.order.into(),
            mode: command.order.mode().into(),
            reason: command.reason,
            requested_by: command.requested_by,
            created_at: time(command.created_at),
            deadline_at: time(command.deadline_at),
            phase: progress.phase.into(),
            outcome: progress.outcome.map(Into::into),
            detail: progress.detail,
            result: progress.report.as_ref().and_then(device::report),
            updated_at: time(progress.updated_at),
        }
    }
}
