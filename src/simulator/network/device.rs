use jiff::Timestamp;

use super::super::plan::DeviceConfig;
use super::super::signal::{mix, seed_of};
use super::super::wire::{element, leaf};
use super::bus::Bus;
use super::commands::CommandState;
use super::record::Record;

/// Program id of the SmartServer's own device (manual 14-18).
const INTERNAL: &str = "900001012881040C";
const FOREIGN: &str = "80000105288A0403";

/// A device as the SmartServer knows it, and what the device itself has.
#[derive(Debug, Clone)]
pub(in super::super) struct Device {
    /// `UCPThandle`
    pub handle: usize,
    /// Members that were set but handle, both statuses and commands; `None` before the first Set.
    pub record: Option<Record>,
    /// `APP_RUNNING`; otherwise the application is stopped.
    pub running: bool,
    /// `COMMISSIONED`; otherwise it takes no part in its network.
    pub commissioned: bool,
    pub commands: Vec<CommandState>,
    pub changed: Timestamp,
    /// The number burnt into the device.
    pub neuron_id: String,
    /// Of the image loaded into the device.
    pub program_id: &'static str,
    pub winks: u64,
    pub resets: u64,
    pub service_pins: u64,
    /// Transactions that were not answered in time.
    pub timeouts: u64,
    /// `UCPTresetCause`
    pub reset_cause: &'static str,
}

impl Device {
    pub(in super::super) fn new(config: &DeviceConfig, n: usize, seed: u64, now: Timestamp) -> Self {
        Device {
            handle: n + 1,
            record: None,
            running: true,
            commissioned: true,
            commands: Vec::new(),
            changed: now,
            neuron_id: format!("{:012x}", mix(seed_of(&config.name), seed) & 0xffff_ffff_ffff),
            program_id: if config.internal { INTERNAL } else { FOREIGN },
            winks: 0,
            resets: 0,
            service_pins: 0,
            timeouts: 0,
            reset_cause: "DRC_POWER_UP",
        }
    }

    /// Whether its application takes part in the network.
    pub(in super::super) fn is_online(&self) -> bool {
        self.running && self.commissioned
    }

    /// What was set, else what the profile says of device `n`.
    pub(super) fn kept_or_default(&self, config: &DeviceConfig, n: usize) -> Record {
        self.record.clone().unwrap_or_else(|| self.default_record(config, n))
    }

    fn default_record(&self, config: &DeviceConfig, n: usize) -> Record {
        let mut all = Vec::new();
        if config.bus == Bus::Lon {
            all.push(leaf("UCPTuri", "LON_Device_Cfg.htm"));
            all.push(leaf("UCPTuniqueId", &self.neuron_id));
            all.push(leaf("UCPTprogramId", self.program_id));
            all.push(leaf("UCPTlocal", if config.internal { "1" } else { "0" }));
            all.push(element("Address").with_children([
                leaf("UCPTdomainIndex", "0"),
                leaf("UCPTdomainLength", "1"),
                leaf("UCPTdomainKey", "51"),
                leaf("UCPTsubnet", (n / 127 + 1).to_string()),
                leaf("UCPTnodeId", (n % 127 + 1).to_string()),
            ]));
        }
        Record::new(all)
    }
}
