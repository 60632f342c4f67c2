//! Networks, channels, devices and functional blocks behind a SmartServer, and the configuration of
//! data points: what Set, Delete and commands change.
//!
//! A Set overwrites an item with what it names: members of the item's type that the request leaves
//! out are erased (manual 14-26 says so for devices; data points are treated alike). Of a point
//! only what follows from its format and its place stays: name, annotation, length, its key
//! (`UCPTnvIndex` or `UCPThandle`), and the members of its other type: a Set of `LON_Dp_Cfg` leaves
//! the presets and limits of `Dp_Cfg` alone, and the other way round. An erased default output is
//! zero, an erased alias finds nothing.

mod bus;
mod commands;
mod configure;
mod defaults;
mod device;
mod device_item;
mod handle;
mod invoke;
mod limits;
mod members;
mod point_set;
mod record;
mod restart;
mod set_device;
mod tree;

pub use commands::CommandState;
pub use handle::DeviceState;

pub(super) use bus::{Bus, Kind, Level};
pub(super) use commands::settle;
pub(super) use configure::delete;
pub(super) use defaults::point_record;
pub(super) use device::Device;
pub(super) use device_item::device_item;
pub(super) use invoke::{device_command, network_command, scan};
pub(super) use limits::count;
pub(super) use point_set::set_point;
pub(super) use record::Kept;
#[cfg(test)]
pub(super) use restart::restart;
pub(super) use set_device::set_device;
pub(super) use tree::{device_annotation, item as place_item, places};

use jiff::Timestamp;

/// What a SmartServer knows of its networks beside the plan.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    /// When the profile's configuration was made.
    pub since: Timestamp,
    /// One for each device of the plan.
    pub devices: Vec<Device>,
}
