//! Networks, channels, devices and functional blocks of all buses: List and Get (manual 14-3 ... 14-43).

use super::batches::BatchLimits;
use super::item::{MessageError, Outcomes, Parsed, Reply, filled, item, message, name_of, text_element};
use super::rpc::check_count;
use super::{Answer, CallError, Selector, SmartServerRpc, dates};
use crate::domain::{
    Bus, BusItem, Channel, DataPointName, Device, DeviceAddress, Domain, FunctionalBlock, ItemFault, Network,
    ShownCommand,
};
use crate::xml::Element;
use crate::xmpp::Limits;

/// For `Get` of what is on a bus. A device of a LON network with its addresses and commands has about
/// 2 kB.
pub(super) const ANSWER_BYTES: usize = 2_400;

impl BatchLimits {
    /// For `Get` of networks, channels, devices and functional blocks.
    pub const BUS: BatchLimits = BatchLimits { answer_bytes: ANSWER_BYTES, ..Self::READ };
}

/// A level of the hierarchy of names, and how its items read.
pub trait BusLevel: Default + Send + 'static {
    /// xsi type of its configuration on a bus.
    fn xsi_type(bus: Bus) -> &'static str;
    /// What only this level has, in an item.
    fn read(item: &Element) -> Self;
}

impl BusLevel for Network {
    fn xsi_type(bus: Bus) -> &'static str {
        match bus {
            Bus::Lon => "LON_Network_Cfg",
            Bus::Modbus => "MOD_Network_Cfg",
            Bus::Mbus => "MBS_Network_Cfg",
            Bus::Virtual => "Virtual_Network_Cfg",
        }
    }

    fn read(item: &Element) -> Self {
        let domain = |domain: &Element| Domain {
            index: number(domain, "UCPTdomainIndex"),
            length: number(domain, "UCPTdomainLength"),
            id: filled(domain, "UCPTdomainKey"),
        };
        Network {
            management_mode: filled(item, "UCPTmgmtMode"),
            lns_sync: filled(item, "UCPTlnsSync"),
            domains: item.children_named("Domain").map(domain).collect(),
        }
    }
}

impl BusLevel for Channel {
    fn xsi_type(bus: Bus) -> &'static str {
        match bus {
            Bus::Lon => "LON_Channel_Cfg",
            Bus::Modbus => "MOD_Channel_Cfg",
            Bus::Mbus => "MBS_Channel_Cfg",
            Bus::Virtual => "Virtual_Channel_Cfg",
        }
    }

    fn read(item: &Element) -> Self {
        Channel {
            channel_type: filled(item, "UCPTchannelType"),
            transceiver: filled(item, "UCPTtransceiverId"),
            mode: filled(item, "UCPTchannelMode"),
            retries: filled(item, "UCPTretryCount"),
        }
    }
}

impl BusLevel for Device {
    fn xsi_type(bus: Bus) -> &'static str {
        match bus {
            Bus::Lon => "LON_Device_Cfg",
            Bus::Modbus => "MOD_Device_Cfg",
            Bus::Mbus => "MBS_Device_Cfg",
            Bus::Virtual => "Virtual_Device_Cfg",
        }
    }

    fn read(item: &Element) -> Self {
        Device {
            unique_id: filled(item, "UCPTuniqueId").map(|id| id.to_lowercase()),
            program_id: filled(item, "UCPTprogramId").map(|id| id.to_lowercase()),
            application_status: filled(item, "UCPTapplicationStatus"),
            commission_status: filled(item, "UCPTcommissionStatus"),
            geo_position: filled(item, "UCPTgeoPosition"),
            location_id: filled(item, "UCPTlocationId"),
            is_local: is_local(item),
            addresses: item.children_named("Address").map(address).collect(),
            commands: item.children_named("Command").filter_map(shown).collect(),
        }
    }
}

impl BusLevel for FunctionalBlock {
    fn xsi_type(bus: Bus) -> &'static str {
        match bus {
            Bus::Lon => "LON_Fb_Cfg",
            Bus::Modbus => "MOD_Fb_Cfg",
            Bus::Mbus => "MBS_Fb_Cfg",
            Bus::Virtual => "Virtual_Fb_Cfg",
        }
    }

    fn read(item: &Element) -> Self {
        FunctionalBlock {
            index: number(item, "UCPTfbIndex"),
            profile: filled(item, "UCPTfptKey"),
            dynamic: filled(item, "UCPTdynamic"),
        }
    }
}

/// `UCPTlocal`, or the end of an annotation (manual 14-18).
fn is_local(item: &Element) -> bool {
    let annotated = filled(item, "UCPTannotation").is_some_and(|annotation| annotation.ends_with(";local"));
    filled(item, "UCPTlocal").map_or(annotated, |flag| flag != "0" && flag != "false")
}

fn address(address: &Element) -> DeviceAddress {
    DeviceAddress {
        domain_index: number(address, "UCPTdomainIndex"),
        subnet: number(address, "UCPTsubnet"),
        node: number(address, "UCPTnodeId"),
        address: filled(address, "UCPTaddress").or_else(|| filled(address, "UCPTmbusPrimaryAddress")),
        ip_address: filled(address, "UCPTipAddress"),
        secondary_address: filled(address, "UCPTmbusSecondaryAddress"),
    }
}

pub(super) fn shown(command: &Element) -> Option<ShownCommand> {
    Some(ShownCommand {
        command: filled(command, "UCPTcommand")?,
        status: filled(command, "UCPTstatus"),
        updated_at: filled(command, "UCPTlastUpdate").and_then(|text| dates::parse(&text)),
        fault: super::item::fault_of(command).map(|fault| fault.unwrap_or_else(|fault| fault)),
    })
}

pub(super) fn number(item: &Element, name: &str) -> Option<i64> {
    filled(item, name)?.parse().ok()
}

fn list_request(selector: &Selector) -> Element {
    message("List", [text_element("xSelect", selector.to_string())])
}

fn list_parse(body: &Element) -> Result<Parsed<Vec<DataPointName>>, MessageError> {
    let reply = Reply::open(body, "List")?;
    let names = reply.items.iter().filter_map(|item| name_of(item).parse().ok()).collect();
    Ok(reply.parsed(names))
}

/// The names, and the type beside them: without it a SmartServer may answer with the type that all buses
/// have, which lacks their members.
pub(super) fn get_request(xsi_type: &'static str, names: &[DataPointName]) -> Element {
    let selector = text_element("xSelect", Selector::of(xsi_type).to_string());
    let items = names.iter().map(|name| item(None, name.as_str()));
    message("Get", std::iter::once(selector).chain(items))
}

pub(super) fn get_parse<T: BusLevel>(
    body: &Element,
    bus: Bus,
    names: &[DataPointName],
) -> Result<Parsed<Outcomes<BusItem<T>>>, MessageError> {
    let read = |name: &DataPointName, item: &Element| bus_item(name, bus, item);
    Ok(Reply::open(body, "Get")?.outcomes(names.iter(), read))
}

/// What an item says.
pub(super) fn bus_item<T: BusLevel>(name: &DataPointName, bus: Bus, item: &Element) -> BusItem<T> {
    BusItem {
        name: name.clone(),
        bus,
        handle: number(item, "UCPThandle"),
        description: filled(item, "UCPTdescription"),
        configured_at: filled(item, "UCPTlastUpdate").and_then(|text| dates::parse(&text)),
        detail: T::read(item),
        fault: None,
    }
}

impl SmartServerRpc {
    /// Names of what a bus has at a level, those at positions `from` to `to` only; positions are counted
    /// from 0 or from 1. `under`: only those whose name starts so.
    ///
    /// # Errors
    /// [`CallError`]; `Selector` when the beginning cannot stand in a selector.
    pub async fn list_bus<T: BusLevel>(
        &self,
        bus: Bus,
        under: Option<&str>,
        (from, to): (usize, usize),
        limits: impl Into<Limits>,
    ) -> Result<Answer<Vec<DataPointName>>, CallError> {
        let mut selector = Selector::of(T::xsi_type(bus));
        if let Some(prefix) = under {
            selector = selector.name_starts_with(prefix)?;
        }
        self.call(list_request(&selector.positions(from, to)), limits, list_parse).await
    }

    /// Configuration of up to 100 items of a bus and level.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_bus<T: BusLevel>(
        &self,
        bus: Bus,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<BusItem<T>>>, CallError> {
        check_count(names)?;
        let request = get_request(T::xsi_type(bus), names);
        self.call(request, limits, |body| get_parse(body, bus, names)).await
    }
}

/// Whether the SmartServer said that there is no such item: by a fault, or by leaving it out.
pub fn is_absent(fault: &ItemFault) -> bool {
    fault.is_not_found() || fault.code == super::NOT_IN_ANSWER
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
