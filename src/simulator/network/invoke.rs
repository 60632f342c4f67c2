use super::super::answers::value::name_item;
use super::super::engine::Context;
use super::super::request::AskedItem;
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf, named, typed_item};
use super::bus::{Bus, Kind, Level};
use super::device_item::status_item;
use super::tree::places;
use crate::xml::Element;

/// A command of a LON device that is done before it is answered (manual 14-30). Only
/// `QueryStatus` is answered for a device that is not reachable.
pub(in super::super) fn device_command(
    unit: &mut Unit,
    item: &AskedItem,
    context: &Context<'_>,
) -> Result<Element, Fault> {
    let command = item.element.attr("Command").ok_or_else(|| Fault::new(4, "Command missing"))?;
    let is_meant =
        |n: &usize| unit.plan.devices[*n].name == item.name && unit.plan.devices[*n].bus == Bus::Lon;
    let n = (0..unit.plan.devices.len()).find(is_meant).ok_or_else(|| missing(&item.name))?;
    if command == "QueryStatus" {
        return Ok(status_item(unit, n, context));
    }
    if unit.unreachable.contains(&n) {
        unit.network.devices[n].timeouts += 1;
        return Err(failed(command));
    }
    let stamp = context.stamp(unit, context.now);
    let device = &mut unit.network.devices[n];
    match command {
        "ClearStatus" => {
            (device.timeouts, device.reset_cause) = (0, "DRC_CLEARED");
            Ok(name_item(&item.name))
        }
        "SendServicePin" => {
            device.service_pins += 1;
            Ok(name_item(&item.name))
        }
        "RepeatingData" => Ok(response("RepeatingData", item, stamp, repeating_data())),
        "PowerlineData" => {
            Ok(response("PowerlineData", item, stamp, vec![frequency(132_000), frequency(115_000)]))
        }
        "ProxyData" => Ok(response("ProxyData", item, stamp, vec![proxy_agent(unit)])),
        "PPNData" => Ok(response("PPNData", item, stamp, vec![leaf("UCPTtimeToRemoval", "3600")])),
        _ => Err(failed(command)),
    }
}

fn missing(name: &str) -> Fault {
    Fault::new(6, format!("Instance doesn't exist {name}"))
}

fn failed(command: &str) -> Fault {
    Fault::new(12, format!("command failed {command}"))
}

/// The answer of a kind; members as in the WSDL, values made up.
fn response(kind: &str, item: &AskedItem, stamp: String, members: Vec<Element>) -> Element {
    typed_item(&format!("LON_Device_{kind}_InvokeResponse"))
        .with_children([leaf("UCPTname", &item.name), leaf("UCPThidden", "0"), leaf("UCPTlastUpdate", stamp)])
        .with_children(members)
}

fn repeating_data() -> Vec<Element> {
    vec![
        named("UCPTplrCommissionStatus", "COMMISSIONED"),
        named("UCPTplrOnlineStatus", "ONLINE"),
        leaf("UCPTcommAttempts", "120"),
        leaf("UCPTcommFailures", "2"),
        leaf("UCPTcommAgentSwitch", "0"),
        leaf("UCPTcommSkipped", "0"),
        named("UCPTfailureHistory", "0"),
        leaf("UCPTproxyAgentCount", "0"),
        leaf("UCPThopCount", "0"),
    ]
}

fn proxy_agent(unit: &Unit) -> Element {
    let agent = unit.plan.devices.first().map(|device| device.name.clone()).unwrap_or_default();
    element("ProxyAgent").with_children([
        leaf("UCPTname", agent),
        named("UCPTfailureHistory", "0"),
        frequency(132_000),
    ])
}

fn frequency(hertz: u32) -> Element {
    element("FrequencyInfo").with_children([
        leaf("UCPTfrequency", hertz.to_string()),
        named("UCPTsignalMeasurementType", "SMT_PRIMARY"),
        leaf("UCPTsignalStrength", "-30"),
        leaf("UCPTsignalMargin", "24"),
        leaf("UCPTsignalUnit", "dB"),
    ])
}

/// A command of a LON network. There is no LNS server and no PPN here: only `Syncronize` (so
/// spelt in the WSDL) has something to do, and nothing to say.
pub(in super::super) fn network_command(unit: &Unit, item: &AskedItem) -> Result<Element, Fault> {
    let command = item.element.attr("Command").ok_or_else(|| Fault::new(4, "Command missing"))?;
    check_network(unit, &item.name)?;
    match command {
        "Syncronize" | "ListLnsNetworkInterfaces" => Ok(name_item(&item.name)),
        _ => Err(failed(command)),
    }
}

/// A scan of a LON network for devices: `SetScan` answers what it was asked, `GetScan` that none is
/// under way.
pub(in super::super) fn scan(unit: &Unit, item: &AskedItem, context: &Context<'_>) -> Result<Element, Fault> {
    let command = item.element.attr("ScanCommand").ok_or_else(|| Fault::new(4, "ScanCommand missing"))?;
    check_network(unit, &item.name)?;
    if !matches!(command, "GetScan" | "SetScan") {
        return Err(failed(command));
    }
    let done = element("Command").with_children([
        leaf("UCPTcommand", "Scan"),
        leaf("UCPTlastUpdate", context.stamp(unit, context.now)),
        named("UCPTstatus", "STATUS_DONE"),
    ]);
    Ok(typed_item("LON_Network_ScanCommand_Invoke").with_attr("ScanCommand", command).with_children([
        leaf("UCPTname", &item.name),
        done,
        leaf("UCPTunCfgOnly", "0"),
    ]))
}

fn check_network(unit: &Unit, name: &str) -> Result<(), Fault> {
    let networks = places(unit, Kind { bus: Some(Bus::Lon), level: Level::Network });
    networks.iter().any(|network| network.name == name).then_some(()).ok_or_else(|| missing(name))
}
