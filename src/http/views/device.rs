use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time;
use crate::domain::{
    Bus, BusItem, Channel, Device, DeviceAddress, DeviceReport, Domain, FunctionalBlock, ItemFault, Network,
    ShownCommand,
};
use crate::gateway::Unit;

/// Kind of network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Bus)]
pub(crate) enum BusView {
    /// LonWorks.
    Lon,
    /// Modbus.
    Modbus,
    /// M-Bus.
    Mbus,
    /// Of the SmartServer's own making.
    Virtual,
}

super::reading::same_words!(Bus, BusView: Lon, Modbus, Mbus, Virtual);
super::reading::same_words!(BusView, Bus: Lon, Modbus, Mbus, Virtual);

/// What networks, channels, devices and functional blocks have in common.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BusItemView {
    #[schema(example = "Net/LON/Pump 3")]
    name: String,
    #[schema(inline)]
    bus: BusView,
    /// The SmartServer's own key.
    handle: Option<i64>,
    description: Option<String>,
    /// Last change of its configuration, by the SmartServer's clock.
    configured_at: Option<String>,
    /// What the SmartServer said in place of its configuration.
    fault: Option<ItemFaultView>,
}

/// A fault of one item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceFault)]
pub(crate) struct ItemFaultView {
    /// Negative where the SmartServer gave no number.
    #[schema(example = 12)]
    code: i32,
    text: String,
}

/// A network.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Network)]
pub(crate) struct NetworkView {
    #[serde(flatten)]
    item: BusItemView,
    /// Who manages it, in the SmartServer's word.
    management_mode: Option<String>,
    lns_sync: Option<String>,
    domains: Vec<DomainView>,
}

/// A domain of a LON network.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Domain)]
pub(crate) struct DomainView {
    index: Option<i64>,
    /// In bytes.
    length: Option<i64>,
    /// Hexadecimal.
    id: Option<String>,
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub(crate) struct ChannelView {
    #[serde(flatten)]
    item: BusItemView,
    #[schema(example = "TP/FT-10")]
    channel_type: Option<String>,
    transceiver: Option<String>,
    mode: Option<String>,
    retries: Option<String>,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceView {
    #[serde(flatten)]
    item: BusItemView,
    /// Neuron ID.
    #[schema(example = "00a1457915ff")]
    neuron_id: Option<String>,
    #[schema(example = "80000105288a0403")]
    program_id: Option<String>,
    /// `APP_RUNNING` (online) or `APP_STOPPED` (offline).
    #[schema(example = "APP_RUNNING")]
    application_status: Option<String>,
    /// `COMMISSIONED`, `DECOMMISSIONED` or `COMSTATE_NUL`.
    #[schema(example = "COMMISSIONED")]
    commission_status: Option<String>,
    /// Where it is, in words.
    geo_position: Option<String>,
    /// Where it is, in hexadecimal digits of its own.
    location_id: Option<String>,
    /// Whether it is the SmartServer's own.
    local: bool,
    addresses: Vec<DeviceAddressView>,
    /// Commands that the SmartServer still shows, of whomever.
    commands: Vec<ShownCommandView>,
    /// Counters and state, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<DeviceReportView>,
    /// Why there is no status, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_fault: Option<ItemFaultView>,
}

/// Where a device is found on its bus; what its bus does not have is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceAddress)]
pub(crate) struct DeviceAddressView {
    domain_index: Option<i64>,
    subnet: Option<i64>,
    node: Option<i64>,
    address: Option<String>,
    ip_address: Option<String>,
    secondary_address: Option<String>,
}

/// A command as a device's configuration shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownCommand)]
pub(crate) struct ShownCommandView {
    #[schema(example = "Wink")]
    command: String,
    #[schema(example = "STATUS_DONE")]
    status: Option<String>,
    /// By the SmartServer's clock.
    updated_at: Option<String>,
    fault: Option<ItemFaultView>,
}

/// A functional block.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FunctionalBlock)]
pub(crate) struct FunctionalBlockView {
    #[serde(flatten)]
    item: BusItemView,
    index: Option<i64>,
    /// Its profile.
    #[schema(example = "#8000010128000000[4].UFPTdataLogger")]
    profile: Option<String>,
    /// Whether it was added at run time, in the SmartServer's word.
    dynamic: Option<String>,
    /// Data points of our inventory in it; null while the inventory was not read.
    data_points: Option<usize>,
}

macro_rules! page {
    ($name:ident, $item:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Serialize, ToSchema)]
        pub(crate) struct $name {
            pub(crate) items: Vec<$item>,
            pub(crate) next_cursor: Option<String>,
        }
    };
}

page!(NetworkPage, NetworkView, "A page of networks.");
page!(ChannelPage, ChannelView, "A page of channels.");
page!(DevicePage, DeviceView, "A page of devices.");
page!(FunctionalBlockPage, FunctionalBlockView, "A page of functional blocks.");

/// What a command brought to light of a device. Words as `DRC_POWER_UP` are the SmartServer's own;
/// numbers that it did not give are null.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = DeviceReport)]
pub(crate) enum DeviceReportView {
    /// Counters and state.
    Status(StatusDataView),
    /// How its messages are repeated on the powerline.
    Repeating(RepeatingDataView),
    /// How well it is heard on the powerline.
    Powerline {
        /// One entry per frequency.
        frequencies: Vec<FrequencyView>,
    },
    /// By which devices it is reached.
    Proxy {
        /// The devices.
        agents: Vec<ProxyAgentView>,
    },
    /// Data of a PPN powerline network.
    Ppn { time_to_removal: Option<i64> },
    /// Its configuration when the command was last looked after.
    State {
        application_status: Option<String>,
        commission_status: Option<String>,
        unique_id: Option<String>,
        program_id: Option<String>,
    },
}

/// Counters and state of a device.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = DeviceStatus)]
pub(crate) struct StatusDataView {
    #[schema(example = "00a1457915ff")]
    unique_id: Option<String>,
    transmit_errors: Option<i64>,
    transaction_timeouts: Option<i64>,
    receive_transaction_full: Option<i64>,
    lost_messages: Option<i64>,
    missed_messages: Option<i64>,
    #[schema(example = "DRC_POWER_UP")]
    reset_cause: Option<String>,
    version_number: Option<i64>,
    #[schema(example = "DELT_NO_ERROR")]
    error_log: Option<String>,
    #[schema(example = "MN_NEURON_3150")]
    neuron_model: Option<String>,
    #[schema(example = "DST_CONFIGURED_ONLINE")]
    online_status: Option<String>,
}

/// How a device's messages are repeated on the powerline.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RepeatingData)]
pub(crate) struct RepeatingDataView {
    commission_status: Option<String>,
    online_status: Option<String>,
    attempts: Option<i64>,
    failures: Option<i64>,
    agent_switches: Option<i64>,
    skipped: Option<i64>,
    failure_history: Option<String>,
    proxy_agents: Option<i64>,
    hops: Option<i64>,
    chain: Vec<RepeatHopView>,
}

/// A device that repeats.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RepeatHop)]
pub(crate) struct RepeatHopView {
    name: String,
    frequency: Option<FrequencyView>,
}

/// A device by which another is reached.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProxyAgent)]
pub(crate) struct ProxyAgentView {
    name: String,
    failure_history: Option<String>,
    frequencies: Vec<FrequencyView>,
}

/// Signal at a frequency.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = FrequencyInfo)]
pub(crate) struct FrequencyView {
    frequency: Option<i64>,
    measurement: Option<String>,
    strength: Option<i64>,
    margin: Option<i64>,
    unit: Option<String>,
}

/// The same words on both sides; a test holds them together.
pub(super) fn report(report: &DeviceReport) -> Option<DeviceReportView> {
    serde_json::from_value(serde_json::to_value(report).ok()?).ok()
}

fn split<T>(item: BusItem<T>) -> (BusItemView, T) {
    let view = BusItemView {
        name: item.name.to_string(),
        bus: item.bus.into(),
        handle: item.handle,
        description: item.description,
        configured_at: item.configured_at.map(time),
        fault: item.fault.map(Into::into),
    };
    (view, item.detail)
}

impl From<ItemFault> for ItemFaultView {
    fn from(fault: ItemFault) -> Self {
        ItemFaultView { code: fault.code, text: fault.text }
    }
}

impl From<BusItem<Network>> for NetworkView {
    fn from(item: BusItem<Network>) -> Self {
        let (item, Network { management_mode, lns_sync, domains }) = split(item);
        let domain = |Domain { index, length, id }| DomainView { index, length, id };
        NetworkView { item, management_mode, lns_sync, domains: domains.into_iter().map(domain).collect() }
    }
}

impl From<BusItem<Channel>> for ChannelView {
    fn from(item: BusItem<Channel>) -> Self {
        let (item, Channel { channel_type, transceiver, mode, retries }) = split(item);
        ChannelView { item, channel_type, transceiver, mode, retries }
    }
}

impl From<BusItem<Device>> for DeviceView {
    fn from(item: BusItem<Device>) -> Self {
        let (item, device) = split(item);
        DeviceView {
            item,
            neuron_id: device.unique_id,
            program_id: device.program_id,
            application_status: device.application_status,
            commission_status: device.commission_status,
            geo_position: device.geo_position,
            location_id: device.location_id,
            local: device.is_local,
            addresses: device.addresses.into_iter().map(Into::into).collect(),
            commands: device.commands.into_iter().map(Into::into).collect(),
            status: None,
            status_fault: None,
        }
    }
}

impl DeviceView {
    /// Adds what the device itself was asked for.
    pub(crate) fn with_status(mut self, status: Result<Option<DeviceReport>, ItemFault>) -> Self {
        match status {
            Ok(told) => self.status = told.as_ref().and_then(report),
            Err(fault) => self.status_fault = Some(fault.into()),
        }
        self
    }
}

impl From<DeviceAddress> for DeviceAddressView {
    fn from(at: DeviceAddress) -> Self {
        let DeviceAddress { domain_index, subnet, node, address, ip_address, secondary_address } = at;
        DeviceAddressView { domain_index, subnet, node, address, ip_address, secondary_address }
    }
}

impl From<ShownCommand> for ShownCommandView {
    fn from(shown: ShownCommand) -> Self {
        let ShownCommand { command, status, updated_at, fault } = shown;
        ShownCommandView { command, status, updated_at: updated_at.map(time), fault: fault.map(Into::into) }
    }
}

impl FunctionalBlockView {
    pub(crate) fn new(unit: &Unit, item: BusItem<FunctionalBlock>) -> Self {
        let (item, FunctionalBlock { index, profile, dynamic }) = split(item);
        let prefix = format!("{}/", item.name);
        let points = unit.points();
        let held = || points.keys().filter(|name| name.as_str().starts_with(&prefix)).count();
        let data_points = unit.info().inventory_at.map(|_| held());
        FunctionalBlockView { item, index, profile, dynamic, data_points }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrequencyInfo, ProxyAgent, RepeatHop, RepeatingData, StatusData};

    #[test]
    fn every_report_is_shown_as_it_is() {
        let info =
            FrequencyInfo { frequency: Some(132), unit: Some("dB".into()), ..FrequencyInfo::default() };
        let hop = RepeatHop { name: "a".into(), frequency: Some(info.clone()) };
        let agent = ProxyAgent { name: "b".into(), failure_history: None, frequencies: vec![info.clone()] };
        for told in [
            DeviceReport::Status(StatusData { lost_messages: Some(3), ..StatusData::default() }),
            DeviceReport::Repeating(RepeatingData { chain: vec![hop], ..RepeatingData::default() }),
            DeviceReport::Powerline { frequencies: vec![info] },
            DeviceReport::Proxy { agents: vec![agent] },
            DeviceReport::Ppn { time_to_removal: Some(1) },
            DeviceReport::State {
                application_status: Some("APP_RUNNING".into()),
                commission_status: None,
                unique_id: None,
                program_id: Some("80".into()),
            },
        ] {
            let shown = serde_json::to_value(report(&told)).unwrap();
            assert_eq!(shown, serde_json::to_value(&told).unwrap());
        }
    }
}
