use std::collections::HashMap;
use std::sync::Arc;

use super::applications::Block;
use super::format::parse;
use super::lon_format::{STANDARD, TypedFormat, typed};
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

/// A LON device behind the SmartServer.
#[derive(Debug, Clone)]
pub(super) struct DeviceConfig {
    /// `Net/LON/AHU 1`
    pub name: String,
    /// The SmartServer's own device (manual 14-18).
    pub internal: bool,
}

/// A data point's configuration.
#[derive(Debug, Clone)]
pub(super) struct PointConfig {
    pub name: String,
    /// Index of the device.
    pub device: usize,
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
}

impl PointConfig {
    /// The name's last part.
    pub(super) fn alias(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
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
        self.devices.push(DeviceConfig { name: format!("Net/LON/{name}"), internal: name == "iLON App" });
        self.devices.len() - 1
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
        Some(PointConfig {
            name: format!("{}/{}", plan.devices.get(device)?.name, self.path),
            device,
            format: format!("{STANDARD}{}", self.format),
            kind,
            us,
            input: last.starts_with("nvi") || last.starts_with("nci"),
            presets: presets?,
            default: if self.default.is_empty() { kind.shape.zero() } else { value(self.default)? },
            signal: self.signal.clone(),
            description: self.description.to_owned(),
            high_limit: self.high_limit,
        })
    }
}
