use std::collections::HashSet;

use super::super::engine::Context;
use super::super::unit::Unit;
use super::super::wire::{element, leaf, named, typed_item};
use super::bus::{Bus, Kind, Level};
use crate::xml::Element;

/// A network, a channel or a functional block. They follow from the names of devices and points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Place {
    pub name: String,
    pub bus: Bus,
    level: Level,
    /// `UCPThandle` or `UCPTfbIndex`.
    key: usize,
    /// The annotation of a block with an application.
    application: Option<String>,
}

impl Place {
    pub(in super::super) fn annotation(&self) -> String {
        if let Some(annotation) = &self.application {
            return annotation.clone();
        }
        let token = match self.level {
            Level::Network => "Network",
            Level::Channel => "Channel",
            _ => "Fb",
        };
        let kind = Kind { bus: Some(self.bus), level: self.level };
        format!("{token};xsi:type=\"{}\"", kind.name())
    }
}

/// The networks, channels or blocks that a type shows. A network with channels of several buses is
/// shown by the type of each of them, and once by the generic type.
pub(in super::super) fn places(unit: &Unit, kind: Kind) -> Vec<Place> {
    let mut seen = HashSet::new();
    let mut all: Vec<(String, Bus)> = members_of(unit, kind.level)
        .into_iter()
        .filter(|(name, bus)| seen.insert((name.clone(), kind.bus.and(Some(*bus as u8)))))
        .collect();
    let mut place = all.drain(..).enumerate().map(|(n, (name, bus))| Place {
        application: unit.application(&name).map(|n| unit.applications[n].block.kind.annotation()),
        name,
        bus,
        level: kind.level,
        key: n + 1,
    });
    place.by_ref().filter(|place| kind.shows(place.bus)).collect()
}

fn members_of(unit: &Unit, level: Level) -> Vec<(String, Bus)> {
    if level == Level::Block {
        let block = |n: usize| {
            let config = unit.config(n);
            Some((config.name.rsplit_once('/')?.0.to_owned(), config.bus))
        };
        let applications = unit.applications.iter().map(|a| (a.block.name.clone(), Bus::Lon));
        return unit.all().into_iter().filter_map(block).chain(applications).collect();
    }
    let upper = |name: &str| name.split('/').take(level.depth()).collect::<Vec<_>>().join("/");
    unit.plan.devices.iter().map(|device| (upper(&device.name), device.bus)).collect()
}

/// `UCPTannotation` of a device (manual 14-18).
pub(in super::super) fn device_annotation(unit: &Unit, n: usize) -> String {
    let config = &unit.plan.devices[n];
    let kind = Kind { bus: Some(config.bus), level: Level::Device }.name();
    match config.bus {
        Bus::Lon => {
            let local = if config.internal { ";local" } else { "" };
            format!("{};xsi:type=\"{kind}\"{local}", unit.network.devices[n].program_id)
        }
        _ => format!("App;xsi:type=\"{kind}\""),
    }
}

/// The configuration of a place under a type. Values of enumerations here are guesses: no message
/// with them was to be had.
pub(in super::super) fn item(unit: &Unit, place: &Place, kind: Kind, context: &Context<'_>) -> Element {
    typed_item(&kind.name())
        .with_children([
            leaf("UCPTname", &place.name),
            leaf("UCPTannotation", place.annotation()),
            leaf("UCPThidden", "0"),
            leaf("UCPTlastUpdate", context.stamp(unit, unit.network.since)),
        ])
        .with_children(own_members(unit, place, kind))
}

fn own_members(unit: &Unit, place: &Place, kind: Kind) -> Vec<Element> {
    let mut all = if place.level == Level::Block { data_points(unit, &place.name) } else { Vec::new() };
    let Some(bus) = kind.bus else { return all };
    let key = if (bus, place.level) == (Bus::Lon, Level::Block) { "UCPTfbIndex" } else { "UCPThandle" };
    all.push(leaf(key, place.key.to_string()));
    all.extend(match (place.level, bus) {
        (Level::Network, Bus::Lon) => lon_network(),
        (Level::Channel, bus) => channel(bus),
        (Level::Block, Bus::Lon) => vec![named("UCPTdynamic", "DDT_STATIC")],
        _ => Vec::new(),
    });
    all
}

fn data_points(unit: &Unit, block: &str) -> Vec<Element> {
    if let Some(n) = unit.application(block) {
        return unit.applications[n].block.data_points();
    }
    let of_block = |n: &usize| unit.config(*n).name.rsplit_once('/').is_some_and(|(own, _)| own == block);
    unit.all().into_iter().filter(of_block).map(|n| data_point(unit, n)).collect()
}

fn data_point(unit: &Unit, n: usize) -> Element {
    let config = unit.config(n);
    let (kind, direction) = if config.input { ("Input", "dir_in") } else { ("Output", "dir_out") };
    element("DataPoint")
        .with_attr("dpType", kind)
        .with_attr("discrim", direction)
        .with_children([leaf("UCPTname", &config.name), leaf("UCPTformatDescription", &config.format)])
}

fn lon_network() -> Vec<Element> {
    let domain = [("UCPTdomainIndex", "0"), ("UCPTdomainLength", "1"), ("UCPTdomainKey", "51")];
    vec![
        named("UCPTmgmtMode", "MGMT_STANDALONE"),
        element("Domain").with_children(domain.map(|(name, text)| leaf(name, text))),
    ]
}

fn channel(bus: Bus) -> Vec<Element> {
    match bus {
        Bus::Lon => vec![
            named("UCPTchannelType", "TP/FT-10"),
            named("UCPTtransceiverId", "FT-10"),
            leaf("UCPTretryCount", "3"),
            named("UCPTchannelMode", "CM_STANDARD"),
        ],
        Bus::Modbus => vec![
            named("UCPTchannelType", "MODBUS_RTU"),
            serial("9600", "EVEN"),
            named("UCPTretryCount", "3"),
            leaf("UCPTtimeout", "1000"),
        ],
        Bus::Mbus => vec![
            named("UCPTchannelType", "MBUS_SERIAL"),
            serial("2400", "EVEN"),
            named("UCPTretryCount", "2"),
        ],
        Bus::Virtual => vec![leaf("UCPTchannelType", "VIRTUAL")],
    }
}

fn serial(speed: &str, parity: &str) -> Element {
    element("InterfaceOptions").with_children([
        named("UCPTspeed", speed),
        named("UCPTsize", "8"),
        named("UCPTparity", parity),
        named("UCPTstopBits", "1"),
    ])
}
