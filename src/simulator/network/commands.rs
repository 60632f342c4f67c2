use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::behaviour::Behaviour;
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf, named};
use super::device::Device;
use crate::xml::Element;

/// Commands of a device (WSDL, `LON_Device_eCommand`).
const ALL: [&str; 17] = [
    "Reset",
    "ChangeApplicationStatus",
    "Wink",
    "ChangeCommissionStatus",
    "FetchProgId",
    "ImageDownload",
    "GetTemplate",
    "CpFileTransfer",
    "QueryStatus",
    "ClearStatus",
    "RepeatingData",
    "PowerlineData",
    "SendServicePin",
    "ProxyData",
    "UpdateCpDefaults",
    "FetchNeuronId",
    "PPNData",
];

/// Those that only InvokeCmd takes (WSDL, at `LON_Device_Cfg`): asked for by Set they fail.
const SYNCHRONOUS_ONLY: [&str; 6] =
    ["QueryStatus", "ClearStatus", "RepeatingData", "PowerlineData", "ProxyData", "PPNData"];

/// A command that was asked for by Set (manual 14-25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandState {
    /// `Wink`
    pub name: String,
    /// `STATUS_PENDING`, `STATUS_DONE`, `STATUS_FAIL` or `STATUS_CANCEL`.
    pub status: &'static str,
    /// Last change of the status.
    pub updated: Timestamp,
    /// When it ends, as long as it is pending.
    ends: Timestamp,
    /// Status that the device is to have then.
    target: Option<bool>,
}

/// What a `Command` of a Set wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub name: String,
    pub status: String,
}

impl Wanted {
    pub(super) fn read(command: &Element) -> Result<Wanted, Fault> {
        let text = |name: &str| command.child_text(name).map(|text| text.trim().to_owned());
        let name = text("UCPTcommand").ok_or_else(|| Fault::new(4, "UCPTcommand missing"))?;
        let status = text("UCPTstatus").unwrap_or_default();
        let known = ["STATUS_REQUEST", "STATUS_CANCEL", "STATUS_PENDING", "STATUS_DONE", "STATUS_FAIL"];
        if !ALL.contains(&name.as_str()) {
            return Err(Fault::new(2, format!("unknown command {name}")));
        }
        if !known.contains(&status.as_str()) && !matches!(status.as_str(), "" | "STATUS_INVOKE") {
            return Err(Fault::new(2, format!("unknown status {status}")));
        }
        Ok(Wanted { name, status })
    }

    /// Whether it asks for something.
    pub(super) fn is_request_of(&self, name: &str) -> bool {
        self.status == "STATUS_REQUEST" && self.name == name
    }
}

impl CommandState {
    /// The `Command` of a `LON_Device_Cfg`.
    pub(super) fn element(&self, stamp: String) -> Element {
        let failed = self.status == "STATUS_FAIL";
        element("Command")
            .with_children(failed.then(|| Fault::new(12, "command failed").element()))
            .with_children([
                leaf("UCPTcommand", &self.name),
                leaf("UCPTlastUpdate", stamp),
                named("UCPTstatus", self.status),
            ])
    }

    fn set(&mut self, status: &'static str, at: Timestamp) {
        (self.status, self.updated) = (status, at);
    }
}

/// Takes what a Set says of a device's commands. One that is pending goes on, also when the Set
/// leaves it out; of those that ended only those stay that the Set names.
pub(super) fn ask(
    device: &mut Device,
    wanted: &[Wanted],
    (running, commissioned): (bool, bool),
    (now, behaviour): (Timestamp, &Behaviour),
) {
    device.commands.retain(|c| c.status == "STATUS_PENDING" || wanted.iter().any(|w| w.name == c.name));
    for wanted in wanted {
        let target = match wanted.name.as_str() {
            "ChangeApplicationStatus" => Some(running),
            "ChangeCommissionStatus" => Some(commissioned),
            _ => None,
        };
        let pending =
            device.commands.iter_mut().find(|c| c.name == wanted.name && c.status == "STATUS_PENDING");
        match (wanted.status.as_str(), pending) {
            ("STATUS_CANCEL", Some(pending)) => pending.set("STATUS_CANCEL", now),
            ("STATUS_REQUEST", None) => {
                device.commands.retain(|c| c.name != wanted.name);
                let ends = after(now, behaviour.command_time);
                let (name, status) = (wanted.name.clone(), "STATUS_PENDING");
                device.commands.push(CommandState { name, status, updated: now, ends, target });
            }
            _ => {}
        }
    }
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause).ok().and_then(|pause| now.checked_add(pause).ok()).unwrap_or(now)
}

/// Ends the commands whose time has come. Whether they succeed is decided then.
pub(in super::super) fn settle(unit: &mut Unit, now: Timestamp, behaviour: &Behaviour) {
    for n in 0..unit.network.devices.len() {
        let reachable = !unit.unreachable.contains(&n);
        let mut changed = false;
        let device = &mut unit.network.devices[n];
        for at in 0..device.commands.len() {
            let command = &device.commands[at];
            if command.status != "STATUS_PENDING" || command.ends > now {
                continue;
            }
            let (name, target, ends) = (command.name.clone(), command.target, command.ends);
            let fails = !reachable || behaviour.failing_commands.contains(&name);
            let done = !fails && take_effect(device, &name, target);
            changed |= done && target.is_some();
            device.commands[at].set(if done { "STATUS_DONE" } else { "STATUS_FAIL" }, ends);
        }
        if changed {
            device.changed = now;
            unit.configured = now;
        }
    }
}

/// Whether the command could be done.
fn take_effect(device: &mut Device, name: &str, target: Option<bool>) -> bool {
    // Only a Set asks for commands, and it leaves a record.
    let Some(record) = device.record.as_mut().filter(|_| !SYNCHRONOUS_ONLY.contains(&name)) else {
        return false;
    };
    match name {
        "Wink" => device.winks += 1,
        "Reset" => {
            device.resets += 1;
            device.reset_cause = "DRC_SOFTWARE_RESET";
        }
        "SendServicePin" => device.service_pins += 1,
        "ChangeApplicationStatus" => device.running = target.unwrap_or(device.running),
        "ChangeCommissionStatus" => device.commissioned = target.unwrap_or(device.commissioned),
        "FetchProgId" => record.put(leaf("UCPTprogramId", device.program_id)),
        "FetchNeuronId" => record.put(leaf("UCPTuniqueId", &device.neuron_id)),
        "ImageDownload" => return record.text("UCPTurlImage").is_some(),
        _ => {}
    }
    true
}
