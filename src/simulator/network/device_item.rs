use super::super::engine::Context;
use super::super::unit::Unit;
use super::super::wire::{leaf, named, typed_item};
use super::bus::{Bus, Kind, Level};
use super::record::Record;
use super::tree::device_annotation;
use crate::xml::Element;

/// The configuration of a device under a type (manual 14-26). A device that is not reachable is
/// configured and running all the same: only its points and its status tell.
pub(in super::super) fn device_item(unit: &Unit, n: usize, kind: Kind, context: &Context<'_>) -> Element {
    let members = match kind.bus {
        None | Some(Bus::Lon) => device_record(unit, n, context).in_order(kind),
        Some(bus) => other_bus(unit, n, bus, context),
    };
    typed_item(&kind.name()).with_children(members)
}

/// All that the configuration of a device shows.
fn device_record(unit: &Unit, n: usize, context: &Context<'_>) -> Record {
    let device = &unit.network.devices[n];
    let config = &unit.plan.devices[n];
    let mut record = device.kept_or_default(config, n);
    record.put(leaf("UCPTname", &config.name));
    record.put(leaf("UCPTannotation", device_annotation(unit, n)));
    record.put(leaf("UCPTlastUpdate", context.stamp(unit, device.changed)));
    record.put(leaf("UCPThandle", device.handle.to_string()));
    if record.text("UCPThidden").is_none() {
        record.put(leaf("UCPThidden", "0"));
    }
    record.put(named("UCPTapplicationStatus", if device.running { "APP_RUNNING" } else { "APP_STOPPED" }));
    let commission = if device.commissioned { "COMMISSIONED" } else { "DECOMMISSIONED" };
    record.put(named("UCPTcommissionStatus", commission));
    let commands = device.commands.iter().map(|c| c.element(context.stamp(unit, c.updated)));
    record.extend(commands);
    record
}

/// Values of enumerations here are guesses: no message with them was to be had.
fn other_bus(unit: &Unit, n: usize, bus: Bus, context: &Context<'_>) -> Vec<Element> {
    let base = Kind { bus: None, level: Level::Device };
    let mut all = device_record(unit, n, context).in_order(base);
    all.push(leaf("UCPThandle", unit.network.devices[n].handle.to_string()));
    let address = |children: Vec<Element>| super::super::wire::element("Address").with_children(children);
    match bus {
        Bus::Modbus => all.push(address(vec![leaf("UCPTaddress", (n + 1).to_string())])),
        Bus::Mbus => {
            all.push(named("UCPTspeed", "2400"));
            all.push(leaf("UCPTmbusManId", "NOC"));
            all.push(address(vec![
                named("UCPTmbusAddressTyp", "PRIMARY"),
                leaf("UCPTmbusPrimaryAddress", (n + 1).to_string()),
                leaf("UCPTmbusSecondaryAddress", format!("{:08}FFFFFFFF", n + 1)),
            ]));
        }
        Bus::Lon | Bus::Virtual => {}
    }
    all
}

/// The answer to the command `QueryStatus` (manual 14-30).
pub(in super::super) fn status_item(unit: &Unit, n: usize, context: &Context<'_>) -> Element {
    let device = &unit.network.devices[n];
    let counters = [
        ("UCPTtransmitErrors", 0),
        ("UCPTtransactionTimeouts", device.timeouts),
        ("UCPTrcvTransactionFull", 0),
        ("UCPTlostMessages", 0),
        ("UCPTmissedMessages", 0),
    ];
    typed_item("LON_Device_StatusData_InvokeResponse")
        .with_child(leaf("UCPTname", &unit.plan.devices[n].name))
        .with_child(leaf("UCPThidden", "0"))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, context.now)))
        .with_child(leaf("UCPTuniqueId", &device.neuron_id))
        .with_children(counters.map(|(name, count)| leaf(name, count.to_string())))
        .with_child(named("UCPTresetCause", device.reset_cause))
        .with_child(leaf("UCPTversionNumber", "4"))
        .with_child(named("UCPTerrorLog", "DELT_NO_ERROR"))
        .with_child(named("UCPTneuronModel", "MN_NEURON_3150"))
        .with_child(named("UCPTonlineStatus", online_status(unit, n)))
}

fn online_status(unit: &Unit, n: usize) -> &'static str {
    let device = &unit.network.devices[n];
    match (unit.unreachable.contains(&n), device.commissioned, device.running) {
        (true, ..) => "DST_CONFIGURED_HARD_OFFLINE",
        (_, false, false) => "DST_UNCONFIGURED_OFFLINE",
        (_, false, true) => "DST_UNCONFIGURED",
        (_, true, false) => "DST_CONFIGURED_SOFT_OFFLINE",
        (_, true, true) => "DST_CONFIGURED_ONLINE",
    }
}
