use std::collections::HashMap;
use std::sync::Arc;

use super::applications::Block;
use super::format::parse;
use super::lon_format::{STANDARD, TypedFormat, typed};
use super::network::{Bus, Kept};
use super::shape::{Shape, Type};
use super::signal::Signal;
use super::value::Value;

/// What a SmartServer is configured with. Shared by all that have the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub devices: Vec<DeviceConfig>,
    pub points: Vec<PointConfig>,
    /// Data loggers and the like, and how many entries their logs begin with.
    pub blocks: Vec<(Arc<Block>, usize)>,
    by_name: HashMap<String, usize>,
}

/// A device behind the SmartServer.
#[derive(Debug, Clone)]
pub(super) struct DeviceConfig {
    /// `Net/LON/AHU 1`
    pub name: String,
    /// The SmartServer's own device (manual 14-18).
    pub internal: bool,
    pub bus: Bus,
}

/// A data point's configuration.
#[derive(Debug, Clone)]
pub(super) struct PointConfig {
    pub name: String,
    /// Index of the device.
    pub device: usize,
    /// The device's.
    pub bus: Bus,
    /// `#0000000000000000[0].SNVT_switch`
    pub format: String,
    pub kind: &'static Type,
    /// The format shows temperatures in Fahrenheit.
    pub us: bool,
    /// Whether the device takes values (`nvi`) or gives them (`nvo`).
    pub input: bool,
    pub presets: Vec<(String, Value)>,
    /// `UCPTdefOutput`
    pub default: Value,
    pub signal: Signal,
    pub description: String,
    /// Above this number the point is in alarm.
    pub high_limit: Option<f64>,
    /// Once it was set by a request.
    pub kept: Option<Kept>,
}

impl PointConfig {
    /// The name's last part.
    pub(super) fn last_part(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// `UCPTaliasName`: the name's last part until a Set says otherwise.
    pub(super) fn alias(&self) -> Option<String> {
        match &self.kept {
            Some(kept) => kept.record.text("UCPTaliasName"),
            None => Some(self.last_part().to_owned()),
        }
    }

    /// `UCPThidden`
    pub(super) fn hidden(&self) -> String {
        let kept = self.kept.as_ref().and_then(|kept| kept.record.text("UCPThidden"));
        kept.unwrap_or_else(|| "0".to_owned())
    }

    pub(super) fn shape(&self) -> &'static Shape {
        &self.kind.shape
    }

    /// Name of the preset that has this value.
    pub(super) fn preset_of(&self, value: &Value) -> Option<&str> {
        self.presets.iter().find(|(_, preset)| preset == value).map(|(name, _)| name.as_str())
    }

    pub(super) fn preset(&self, name: &str) -> Option<&Value> {
        self.presets.iter().find(|(preset, _)| preset == name).map(|(_, value)| value)
    }
}

impl Plan {
    /// Index of the point with exactly this name.
    pub(super) fn point(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Adds a device of the network `Net/LON` and returns its index.
    pub(super) fn add_device(&mut self, name: &str) -> usize {
        let (bus, internal) = (Bus::Lon, name == "iLON App");
        self.devices.push(DeviceConfig { name: format!("Net/LON/{name}"), internal, bus });
        self.devices.len() - 1
    }

    /// Adds a device of any network, by its full name, and returns its index.
    pub(super) fn add_device_on(&mut self, bus: Bus, name: &str) -> usize {
        self.devices.push(DeviceConfig { name: name.to_owned(), internal: false, bus });
        self.devices.len() - 1
    }

    /// Puts a point in the place of another, or at the end.
    pub(super) fn put_point(&mut self, n: usize, point: PointConfig) {
        let Some(place) = self.points.get_mut(n) else {
            self.add_point(point);
            return;
        };
        let old = std::mem::replace(place, point);
        if self.by_name.get(&old.name) == Some(&n) {
            self.by_name.remove(&old.name);
        }
        self.by_name.insert(self.points[n].name.clone(), n);
    }

    /// Renames a device with all its points.
    pub(super) fn rename_device(&mut self, device: usize, name: &str) {
        let old = std::mem::replace(&mut self.devices[device].name, name.to_owned());
        for n in 0..self.points.len() {
            let mut point = self.points[n].clone();
            if point.device == device {
                point.name = format!("{name}{}", &point.name[old.len()..]);
                self.put_point(n, point);
            }
        }
    }

    /// Adds a point and returns its index.
    pub(super) fn add_point(&mut self, point: PointConfig) -> usize {
        let index = self.points.len();
        self.by_name.insert(point.name.clone(), index);
        self.points.push(point);
        index
    }
}

/// Describes one point: type and texts are checked when it is built.
#[derive(Debug, Clone)]
pub(super) struct PointDraft<'a> {
    /// `Supply Air[0]/nvoTemp`
    pub path: &'a str,
    /// `SNVT_temp_f#US`
    pub format: &'a str,
    /// Names and texts.
    pub presets: &'a [(&'a str, &'a str)],
    /// Text of the default output; empty for zero.
    pub default: &'a str,
    pub signal: Signal,
    pub description: &'a str,
    pub high_limit: Option<f64>,
    /// Whether the device takes values, if the name does not tell.
    pub input: Option<bool>,
}

impl<'a> PointDraft<'a> {
    pub(super) fn new(path: &'a str, format: &'a str) -> Self {
        PointDraft {
            path,
            format,
            presets: &[],
            default: "",
            signal: Signal::Still,
            description: "",
            high_limit: None,
            input: None,
        }
    }

    /// The configuration; `None` when the type is unknown or a text does not fit it. A point is an
    /// input if the last part of its name begins with `nvi` or `nci`.
    pub(super) fn build(&self, plan: &Plan, device: usize) -> Option<PointConfig> {
        let TypedFormat { kind, us, .. } = typed(self.format)?;
        let value = |text: &str| parse(&kind.shape, text, us);
        let presets: Option<Vec<(String, Value)>> =
            self.presets.iter().map(|(name, text)| Some(((*name).to_owned(), value(text)?))).collect();
        let last = self.path.rsplit('/').next().unwrap_or_default();
        let owner = plan.devices.get(device)?;
        Some(PointConfig {
            name: format!("{}/{}", owner.name, self.path),
            device,
            bus: owner.bus,
            format: format!("{STANDARD}{}", self.format),
            kind,
            us,
            input: self.input.unwrap_or(last.starts_with("nvi") || last.starts_with("nci")),
            presets: presets?,
            default: if self.default.is_empty() { kind.shape.zero() } else { value(self.default)? },
            signal: self.signal.clone(),
            description: self.description.to_owned(),
            high_limit: self.high_limit,
            kept: None,
        })
    }
}
