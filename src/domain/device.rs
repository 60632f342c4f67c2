use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DataPointName, ItemFault};

/// The kind of network that a channel, device or functional block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bus {
    /// LonWorks.
    Lon,
    /// Modbus.
    Modbus,
    /// M-Bus.
    Mbus,
    /// Of the SmartServer's own making.
    Virtual,
}

impl Bus {
    /// All of them.
    pub const ALL: [Bus; 4] = [Bus::Lon, Bus::Modbus, Bus::Mbus, Bus::Virtual];
}

/// A network, channel, device or functional block, as its SmartServer is configured now.
#[derive(Debug, Clone, PartialEq)]
pub struct BusItem<T> {
    /// Name: as a data point's, with as many parts as the level has.
    pub name: DataPointName,
    /// The bus.
    pub bus: Bus,
    /// `UCPThandle`: the SmartServer's own key.
    pub handle: Option<i64>,
    /// `UCPTdescription`.
    pub description: Option<String>,
    /// Time of the last configuration change, by the SmartServer's clock.
    pub configured_at: Option<Timestamp>,
    /// What only its level has.
    pub detail: T,
    /// Why the SmartServer did not tell more than the name.
    pub fault: Option<ItemFault>,
}

impl<T: Default> BusItem<T> {
    /// One of which only the name is known, and why.
    pub fn untold(name: DataPointName, bus: Bus, fault: ItemFault) -> Self {
        let detail = T::default();
        BusItem {
            name,
            bus,
            handle: None,
            description: None,
            configured_at: None,
            detail,
            fault: Some(fault),
        }
    }
}

/// What only a network has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// `UCPTmgmtMode`: who manages it.
    pub management_mode: Option<String>,
    /// `UCPTlnsSync`.
    pub lns_sync: Option<String>,
    /// `Domain`s, two at most.
    pub domains: Vec<Domain>,
}

/// A domain of a LON network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Domain {
    /// `UCPTdomainIndex`.
    pub index: Option<i64>,
    /// `UCPTdomainLength` in bytes.
    pub length: Option<i64>,
    /// `UCPTdomainKey`: its id in hexadecimal.
    pub id: Option<String>,
}

/// What only a channel has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// `UCPTchannelType`.
    pub channel_type: Option<String>,
    /// `UCPTtransceiverId`.
    pub transceiver: Option<String>,
    /// `UCPTchannelMode`.
    pub mode: Option<String>,
    /// `UCPTretryCount`.
    pub retries: Option<String>,
}

/// What only a device has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// `UCPTuniqueId`: the Neuron ID, 12 hexadecimal digits.
    pub unique_id: Option<String>,
    /// `UCPTprogramId`: 16 hexadecimal digits.
    pub program_id: Option<String>,
    /// `UCPTapplicationStatus`, as `APP_RUNNING`.
    pub application_status: Option<String>,
    /// `UCPTcommissionStatus`, as `COMMISSIONED`.
    pub commission_status: Option<String>,
    /// `UCPTgeoPosition`.
    pub geo_position: Option<String>,
    /// `UCPTlocationId` in hexadecimal.
    pub location_id: Option<String>,
    /// `UCPTlocal`: whether it is the SmartServer's own.
    pub is_local: bool,
    /// Where it is found on its bus.
    pub addresses: Vec<DeviceAddress>,
    /// `Command`s that the SmartServer was asked for and still shows.
    pub commands: Vec<ShownCommand>,
}

/// Where a device is found on its bus; what its bus does not have is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceAddress {
    /// LON: `UCPTdomainIndex`.
    pub domain_index: Option<i64>,
    /// LON: `UCPTsubnet`.
    pub subnet: Option<i64>,
    /// LON: `UCPTnodeId`.
    pub node: Option<i64>,
    /// Modbus: `UCPTaddress`. M-Bus: `UCPTmbusPrimaryAddress`.
    pub address: Option<String>,
    /// Modbus over IP: `UCPTipAddress`.
    pub ip_address: Option<String>,
    /// M-Bus: `UCPTmbusSecondaryAddress`.
    pub secondary_address: Option<String>,
}

/// A command as a device's configuration shows it (manual 14-25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCommand {
    /// `UCPTcommand`, as `Wink`.
    pub command: String,
    /// `UCPTstatus`, as `STATUS_DONE`.
    pub status: Option<String>,
    /// `UCPTlastUpdate`, by the SmartServer's clock.
    pub updated_at: Option<Timestamp>,
    /// `fault`.
    pub fault: Option<ItemFault>,
}

/// What only a functional block has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionalBlock {
    /// `UCPTfbIndex`.
    pub index: Option<i64>,
    /// `UCPTfptKey`: its profile.
    pub profile: Option<String>,
    /// Whether it was added to the device at run time (`UCPTdynamic`), as it is told.
    pub dynamic: Option<String>,
}
