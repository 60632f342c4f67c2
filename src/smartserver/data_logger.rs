use super::block_config::{Block, FB_CFG, limit, limit_text, number, number_in, number_text, put, text};
use super::item::{element, filled, name_of, text_element};
use super::members::{ITEM_CFG, Order};
use crate::domain::{DataLoggerChange, DataLoggerConfig, FormatName, LoggedPoint};
use crate::xml::{Element, XSI};

/// Members of `UFPTdataLogger_Cfg` (WSDL).
pub(super) const ORDER: Order = &[
    ITEM_CFG,
    FB_CFG,
    &["UCPTlogType", "UCPTlogSize", "UCPTlogFormat", "UCPTlogLevelAlarm", "UCPTlogFileName"],
];

/// Members of `UFPTdataLogger_DpRef` (WSDL).
const LOGGED: &[&str] =
    &["UCPTname", "UCPTformatDescription", "UCPTlogMinDeltaTime", "UCPTlogMinDeltaValue", "UCPTpollRate"];

impl Block {
    /// What it says as a data logger.
    pub fn data_logger(&self) -> DataLoggerConfig {
        let members = &self.members;
        DataLoggerConfig {
            block: self.common(|point| !is_logged(point)),
            log_type: text(members, "UCPTlogType"),
            size_kb: number(members, "UCPTlogSize"),
            format: text(members, "UCPTlogFormat"),
            level_alarm_percent: number(members, "UCPTlogLevelAlarm"),
            file_name: text(members, "UCPTlogFileName"),
            logged: members.named("DataPoint").filter(|point| is_logged(point)).map(logged).collect(),
        }
    }

    /// The data logger changed; what the change does not name stays as it came.
    #[must_use]
    pub fn data_logger_changed(mut self, change: &DataLoggerChange) -> Block {
        self.change_text("UCPTdescription", change.description.as_ref());
        self.change_word("UCPTlogType", change.log_type.as_ref());
        self.change_number("UCPTlogSize", change.size_kb);
        self.change_word("UCPTlogFormat", change.format.as_ref());
        self.change_number("UCPTlogLevelAlarm", change.level_alarm_percent);
        self.change_text("UCPTlogFileName", change.file_name.as_ref());
        if let Some(logged) = &change.logged {
            let (old, own): (Vec<_>, Vec<_>) = self.members.named("DataPoint").cloned().partition(is_logged);
            let new = logged.iter().map(|point| reference(&old, point));
            let all: Vec<_> = own.into_iter().chain(new).collect();
            self.members.replace("DataPoint", all);
        }
        self
    }
}

/// Whether a reference is to a point that is logged, not to one of the logger's own.
fn is_logged(point: &Element) -> bool {
    let kind = point.attr_ns(XSI, "type").unwrap_or_default();
    kind.ends_with("UFPTdataLogger_DpRef") || point.attr("dpType") == Some("Input")
}

fn logged(point: &Element) -> LoggedPoint {
    LoggedPoint {
        name: name_of(point),
        format: filled(point, "UCPTformatDescription").map(|text| FormatName::from(text.as_str())),
        min_delta_time_s: number_in(point, "UCPTlogMinDeltaTime"),
        min_delta_value: point.child("UCPTlogMinDeltaValue").map(limit),
        poll_rate_s: number_in(point, "UCPTpollRate"),
    }
}

/// The reference to a point: the old one of its name with what is new, or one made for it.
fn reference(old: &[Element], point: &LoggedPoint) -> Element {
    let known = old.iter().find(|reference| name_of(reference) == point.name).cloned();
    let mut reference = known.unwrap_or_else(|| made(point));
    let number = |name: &str, number: f64| text_element(name, number_text(number));
    if let Some(format) = &point.format {
        put(&mut reference, LOGGED, text_element("UCPTformatDescription", format.as_str()));
    }
    if let Some(seconds) = point.min_delta_time_s {
        put(&mut reference, LOGGED, number("UCPTlogMinDeltaTime", seconds));
    }
    if let Some(value) = &point.min_delta_value {
        let format = reference.child("UCPTlogMinDeltaValue").and_then(|old| old.attr("LonFormat"));
        let format = format.map(str::to_owned).or_else(|| filled(&reference, "UCPTformatDescription"));
        let delta = text_element("UCPTlogMinDeltaValue", limit_text(value));
        put(&mut reference, LOGGED, delta.with_attr("LonFormat", format.unwrap_or_default()));
    }
    if let Some(seconds) = point.poll_rate_s {
        put(&mut reference, LOGGED, number("UCPTpollRate", seconds));
    }
    reference
}

fn made(point: &LoggedPoint) -> Element {
    element("DataPoint")
        .with_attr_ns(XSI, "type", "UFPTdataLogger_DpRef")
        .with_attr("dpType", "Input")
        .with_attr("discrim", "dir_in")
        .with_child(text_element("UCPTname", &point.name))
        .with_child(text_element("UCPTlogMinDeltaTime", "0.0"))
        .with_child(text_element("UCPTpollRate", "0.0"))
}
