//! From what happened to a device command on the wire to an honest outcome.

use super::GatewayError;
use super::settle::fate_of_call;
use crate::domain::{BusItem, Device, DeviceOutcome, DeviceReport, ItemFault, Outcome};
use crate::smartserver::NOT_IN_ANSWER;

/// Fault "command failed" (manual 2-8).
const COMMAND_FAILED: i32 = 12;

/// How a device command ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeviceFate {
    pub(super) outcome: DeviceOutcome,
    pub(super) detail: Option<String>,
    pub(super) report: Option<DeviceReport>,
}

impl DeviceFate {
    pub(super) fn new(outcome: DeviceOutcome, detail: impl Into<String>) -> Self {
        DeviceFate { outcome, detail: Some(detail.into()), report: None }
    }

    pub(super) fn done(report: Option<DeviceReport>) -> Self {
        DeviceFate { outcome: DeviceOutcome::Done, detail: None, report }
    }
}

/// What a failure before anything was changed means.
pub(super) fn not_sent(error: &GatewayError) -> DeviceFate {
    match error {
        GatewayError::Deadline { .. } => {
            DeviceFate::new(DeviceOutcome::Expired, "it could not be sent in time")
        }
        error => DeviceFate::new(DeviceOutcome::NotSent, error.to_string()),
    }
}

/// What a call without a usable answer means.
pub(super) fn fate_of_failure(error: &GatewayError) -> DeviceFate {
    let fate = fate_of_call(error);
    let outcome = match fate.outcome {
        Outcome::Refused => DeviceOutcome::Refused,
        Outcome::NotFound => DeviceOutcome::NotFound,
        Outcome::NotSent => DeviceOutcome::NotSent,
        Outcome::Expired => DeviceOutcome::Expired,
        _ => DeviceOutcome::Unknown,
    };
    DeviceFate { outcome, detail: fate.reason, report: None }
}

pub(super) fn fate_of_fault(fault: &ItemFault) -> DeviceFate {
    let outcome = match fault.code {
        NOT_IN_ANSWER => DeviceOutcome::Unknown,
        COMMAND_FAILED => DeviceOutcome::Failed,
        _ if fault.is_not_found() => DeviceOutcome::NotFound,
        _ => DeviceOutcome::Refused,
    };
    DeviceFate::new(outcome, format!("the SmartServer answered fault {}: {}", fault.code, fault.text))
}

/// The device's state, as a result shows it.
pub(super) fn state_of(device: &BusItem<Device>) -> DeviceReport {
    let device = &device.detail;
    DeviceReport::State {
        application_status: device.application_status.clone(),
        commission_status: device.commission_status.clone(),
        unique_id: device.unique_id.clone(),
        program_id: device.program_id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_as_what_it_means() {
        let fate = |code| fate_of_fault(&ItemFault { code, text: String::new() }).outcome;
        let expected = [
            (6, DeviceOutcome::NotFound),
            (14, DeviceOutcome::NotFound),
            (12, DeviceOutcome::Failed),
            (10, DeviceOutcome::Refused),
            (NOT_IN_ANSWER, DeviceOutcome::Unknown),
        ];
        for (code, outcome) in expected {
            assert_eq!(fate(code), outcome, "{code}");
        }
        assert_eq!(fate_of_failure(&GatewayError::PeerGone).outcome, DeviceOutcome::Unknown);
        assert_eq!(fate_of_failure(&GatewayError::Stopping).outcome, DeviceOutcome::NotSent);
        assert_eq!(not_sent(&GatewayError::PeerGone).outcome, DeviceOutcome::NotSent);
    }
}
