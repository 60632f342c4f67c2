use super::super::engine::Context;
use super::super::signal::{mix, seed_of};
use super::super::unit::Unit;
use super::super::wire::{leaf, named, typed_item};
use crate::xml::Element;

/// Program id of the SmartServer's own device (manual 14-18).
const INTERNAL: &str = "900001012881040C";
const FOREIGN: &str = "80000105288A0403";

/// Names and annotations of the devices.
pub(in super::super) fn devices(unit: &Unit) -> Vec<(String, String)> {
    (0..unit.plan.devices.len()).map(|n| (unit.plan.devices[n].name.clone(), annotation(unit, n))).collect()
}

/// Names and annotations of the functional blocks.
pub(in super::super) fn blocks(unit: &Unit) -> Vec<(String, String)> {
    let mut names: Vec<&str> =
        unit.all().into_iter().filter_map(|n| Some(unit.config(n).name.rsplit_once('/')?.0)).collect();
    names.dedup();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    let applications: Vec<(String, String)> = unit.application_blocks();
    let plain = |name: &&str| applications.iter().all(|(application, _)| application != name);
    let plain = names.into_iter().filter(plain);
    let plain = plain.map(|name| (name.to_owned(), "Fb;xsi:type=\"LON_Fb_Cfg\"".to_owned()));
    plain.chain(applications.iter().cloned()).collect()
}

/// The `LON_Device_Cfg` of a device (manual 14-26). A device that is not reachable is configured
/// and running all the same: only its points tell.
pub(in super::super) fn item(unit: &Unit, n: usize, context: &Context<'_>) -> Element {
    typed_item("LON_Device_Cfg").with_children([
        leaf("UCPTname", &unit.plan.devices[n].name),
        leaf("UCPTannotation", annotation(unit, n)),
        leaf("UCPThidden", "0"),
        leaf("UCPTlastUpdate", context.stamp(unit, unit.configured)),
        leaf("UCPTuri", "LON_Device_Cfg.htm"),
        leaf("UCPThandle", (n + 1).to_string()),
        leaf("UCPTuniqueId", unique_id(unit, n)),
        leaf("UCPTprogramId", program_id(unit, n)),
        named("UCPTapplicationStatus", "APP_RUNNING"),
        named("UCPTcommissionStatus", "COMMISSIONED"),
    ])
}

/// The answer to the command `QueryStatus` (manual 14-30).
pub(in super::super) fn status(unit: &Unit, n: usize, context: &Context<'_>) -> Element {
    let online =
        if unit.unreachable.contains(&n) { "DST_CONFIGURED_HARD_OFFLINE" } else { "DST_CONFIGURED_ONLINE" };
    let zeroes = [
        "UCPTtransmitErrors",
        "UCPTtransactionTimeouts",
        "UCPTrcvTransactionFull",
        "UCPTlostMessages",
        "UCPTmissedMessages",
    ];
    typed_item("LON_Device_StatusData_InvokeResponse")
        .with_child(leaf("UCPTname", &unit.plan.devices[n].name))
        .with_child(leaf("UCPThidden", "0"))
        .with_child(leaf("UCPTlastUpdate", context.stamp(unit, context.now)))
        .with_child(leaf("UCPTuniqueId", unique_id(unit, n)))
        .with_children(zeroes.map(|name| leaf(name, "0")))
        .with_child(named("UCPTresetCause", "DRC_POWER_UP"))
        .with_child(leaf("UCPTversionNumber", "4"))
        .with_child(named("UCPTerrorLog", "DELT_NO_ERROR"))
        .with_child(named("UCPTneuronModel", "MN_NEURON_3150"))
        .with_child(named("UCPTonlineStatus", online))
}

fn annotation(unit: &Unit, n: usize) -> String {
    let local = if unit.plan.devices[n].internal { ";local" } else { "" };
    format!("{};xsi:type=\"LON_Device_Cfg\"{local}", program_id(unit, n))
}

fn program_id(unit: &Unit, n: usize) -> &'static str {
    if unit.plan.devices[n].internal { INTERNAL } else { FOREIGN }
}

fn unique_id(unit: &Unit, n: usize) -> String {
    format!("{:012x}", mix(seed_of(&unit.plan.devices[n].name), unit.seed) & 0xffff_ffff_ffff)
}
