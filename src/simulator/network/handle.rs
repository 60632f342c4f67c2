use jiff::Timestamp;

use super::super::handle::{ChangeError, Handle};
use super::super::unit::Unit;
use super::commands::{CommandState, settle};
use super::restart::{rename_point, restart};

/// A device as it is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceState {
    /// `UCPThandle`
    pub handle: usize,
    /// Whether it answers on its channel.
    pub reachable: bool,
    /// `APP_RUNNING`
    pub running: bool,
    /// `COMMISSIONED`
    pub commissioned: bool,
    /// Commands asked for by Set, with their outcome.
    pub commands: Vec<CommandState>,
    /// How often it winked.
    pub winks: u64,
    /// How often it was reset.
    pub resets: u64,
    /// How often it was asked for its service pin message.
    pub service_pins: u64,
    /// Transactions that were not answered in time, since its status was cleared.
    pub timeouts: u64,
}

impl Handle {
    /// Names of all devices, in the order of the configuration.
    pub fn device_names(&self) -> Vec<String> {
        self.shared.unit().plan.devices.iter().map(|device| device.name.clone()).collect()
    }

    /// A device by its name (`Net/LON/AHU 1`).
    pub fn device_state(&self, name: &str) -> Option<DeviceState> {
        let behaviour = self.behaviour();
        let mut unit = self.shared.unit();
        settle(&mut unit, Timestamp::now(), &behaviour);
        device(&unit, name).map(|n| state(&unit, n))
    }

    /// How often a device winked.
    pub fn winks(&self, name: &str) -> Option<u64> {
        self.device_state(name).map(|state| state.winks)
    }

    /// Cuts off a device or connects it again.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn set_reachable(&self, name: &str, reachable: bool) -> Result<(), ChangeError> {
        let mut unit = self.shared.unit();
        let n = device(&unit, name).ok_or_else(|| ChangeError::UnknownName(name.to_owned()))?;
        if reachable {
            unit.unreachable.remove(&n)
        } else {
            unit.unreachable.insert(n)
        };
        Ok(())
    }

    /// Renames a point on the SmartServer itself, inside its device; whether it could be.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn rename_point(&self, name: &str, new: &str) -> Result<bool, ChangeError> {
        self.with(name, |unit, n| rename_point(unit, n, new, Timestamp::now()))
    }

    /// Boots without logging out: boot time and header say now, every point is free and waits for
    /// its first poll.
    pub fn reboot(&self) {
        restart(&mut self.shared.unit(), Timestamp::now());
    }

    /// Logs out, boots, logs in again and waits until it is online.
    pub async fn restart(&self) {
        self.go_offline().await;
        self.reboot();
        self.come_back().await;
    }
}

fn device(unit: &Unit, name: &str) -> Option<usize> {
    unit.plan.devices.iter().position(|device| device.name == name)
}

fn state(unit: &Unit, n: usize) -> DeviceState {
    let device = &unit.network.devices[n];
    DeviceState {
        handle: device.handle,
        reachable: !unit.unreachable.contains(&n),
        running: device.running,
        commissioned: device.commissioned,
        commands: device.commands.clone(),
        winks: device.winks,
        resets: device.resets,
        service_pins: device.service_pins,
        timeouts: device.timeouts,
    }
}
