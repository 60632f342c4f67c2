use std::sync::Arc;

use super::super::engine::Context;
use super::super::plan::DeviceConfig;
use super::super::request::AskedItem;
use super::super::unit::Unit;
use super::super::wire::Fault;
use super::bus::{Bus, Kind, Level};
use super::commands::{Wanted, ask};
use super::configure::check_name;
use super::device::Device;
use super::record::Record;

/// Set of a LON device (manual 14-22 to 14-29). It is overwritten: without both statuses it is
/// decommissioned and stopped. The handle of a device with a new name renames it; a name without a
/// handle, or with one that is free, is a new device, which takes the place of one of that name.
pub(in super::super) fn set_device(
    unit: &mut Unit,
    item: &AskedItem,
    context: &Context<'_>,
) -> Result<(), Fault> {
    check_name(&item.name, Level::Device)?;
    let kind = Kind { bus: Some(Bus::Lon), level: Level::Device };
    let given = Record::asked(&item.element, kind)?;
    let wanted: Vec<Wanted> = given.all("Command").map(Wanted::read).collect::<Result<_, _>>()?;
    let statuses = statuses(&given)?;
    let n = subject(unit, &item.name, &given, context)?;
    if unit.plan.devices[n].bus != Bus::Lon {
        return Err(other_driver(&item.name));
    }
    let (running, commissioned) = statuses.unwrap_or((false, false));
    let device = &mut unit.network.devices[n];
    // A status that a command is to change stays until the command is done.
    let by_command = |name: &str| statuses.is_some() && wanted.iter().any(|w| w.is_request_of(name));
    if !by_command("ChangeApplicationStatus") {
        device.running = running;
    }
    if !by_command("ChangeCommissionStatus") {
        device.commissioned = commissioned;
    }
    ask(device, &wanted, (running, commissioned), (context.now, context.behaviour));
    device.record = Some(own(given));
    device.changed = context.now;
    unit.configured = context.now;
    Ok(())
}

/// Running and commissioned; `None` if one of them is left out.
fn statuses(given: &Record) -> Result<Option<(bool, bool)>, Fault> {
    let status = |name: &str, yes: &str, no: &[&str]| match given.text(name) {
        None => Ok(None),
        Some(text) if text == yes => Ok(Some(true)),
        Some(text) if no.contains(&text.as_str()) => Ok(Some(false)),
        Some(text) => Err(Fault::new(2, format!("{name} is not valid: {text}"))),
    };
    let running = status("UCPTapplicationStatus", "APP_RUNNING", &["APP_STOPPED"])?;
    let no = ["DECOMMISSIONED", "COMSTATE_NUL"];
    let commissioned = status("UCPTcommissionStatus", "COMMISSIONED", &no)?;
    Ok(running.zip(commissioned))
}

/// What is kept as it was given.
fn own(mut given: Record) -> Record {
    for computed in ["UCPThandle", "UCPTapplicationStatus", "UCPTcommissionStatus", "Command"] {
        given.remove(computed);
    }
    given
}

/// The device that is meant, renamed or made if need be.
fn subject(unit: &mut Unit, name: &str, given: &Record, context: &Context<'_>) -> Result<usize, Fault> {
    let handle = given.text("UCPThandle").and_then(|handle| handle.parse::<usize>().ok());
    let by_handle = unit.network.devices.iter().position(|device| Some(device.handle) == handle);
    let by_name = unit.plan.devices.iter().position(|device| device.name == name);
    match (by_handle, by_name) {
        (Some(a), Some(b)) if a == b => Ok(a),
        (Some(_), Some(_)) => Err(Fault::new(10, format!("cannot set {name}: the name is taken"))),
        (Some(n), None) => rename(unit, n, name),
        (None, Some(n)) => {
            unit.network.devices[n].handle = free_handle(unit);
            Ok(n)
        }
        (None, None) => create(unit, name, context),
    }
}

fn rename(unit: &mut Unit, n: usize, name: &str) -> Result<usize, Fault> {
    if unit.plan.devices[n].bus != Bus::Lon {
        return Err(other_driver(name));
    }
    Arc::make_mut(&mut unit.plan).rename_device(n, name);
    Ok(n)
}

fn other_driver(name: &str) -> Fault {
    Fault::new(10, format!("cannot set {name} as LON_Device_Cfg"))
}

fn create(unit: &mut Unit, name: &str, context: &Context<'_>) -> Result<usize, Fault> {
    let channel = name.rsplit_once('/').map(|(channel, _)| format!("{channel}/")).unwrap_or_default();
    let is_there =
        unit.plan.devices.iter().any(|other| other.bus == Bus::Lon && other.name.starts_with(&channel));
    if !is_there {
        return Err(Fault::new(8, format!("cannot create {name}: there is no such channel")));
    }
    let config = DeviceConfig { name: name.to_owned(), internal: false, bus: Bus::Lon };
    let n = unit.plan.devices.len();
    let mut device = Device::new(&config, n, unit.seed, context.now);
    device.handle = free_handle(unit);
    unit.network.devices.push(device);
    Arc::make_mut(&mut unit.plan).devices.push(config);
    Ok(n)
}

fn free_handle(unit: &Unit) -> usize {
    unit.network.devices.iter().map(|device| device.handle).max().unwrap_or(0) + 1
}
