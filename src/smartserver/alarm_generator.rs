use super::block_config::{Block, FB_CFG, block_point, limit, limit_text, number, text};
use super::item::{element, text_element};
use super::members::{ITEM_CFG, Order};
use crate::domain::{AlarmGeneratorChange, AlarmGeneratorConfig, BlockPoint, Value};
use crate::xml::Element;

/// Members of `UFPTalarmGenerator_Cfg` (WSDL).
pub(super) const ORDER: Order = &[
    ITEM_CFG,
    FB_CFG,
    &[
        "UCPTalrmIhbD",
        "UCPTalarmPriority",
        "UCPTpollOnResetDelay",
        "UCPTpollRate",
        "UCPTalarm2Description",
        "UCPTcompFunction",
        "UCPTalarmSetTimeD",
        "UCPTalarmClrTimeD",
    ],
    &LIMITS,
];

/// Limits and hystereses (WSDL).
const LIMITS: [&str; 8] = [
    "UCPTlowLimit1Offset",
    "UCPTlowLimit2Offset",
    "UCPThighLimit1Offset",
    "UCPThighLimit2Offset",
    "SCPThystHigh1",
    "SCPThystHigh2",
    "SCPThystLow1",
    "SCPThystLow2",
];

/// Format of limits that have none yet (manual 6-4).
const LIMIT_FORMAT: &str = "UNVT_double_float";

impl Block {
    /// What it says as an alarm generator.
    pub fn alarm_generator(&self) -> AlarmGeneratorConfig {
        let members = &self.members;
        AlarmGeneratorConfig {
            block: self.common(|_| true),
            inhibit_s: number(members, "UCPTalrmIhbD"),
            alarm_priority: text(members, "UCPTalarmPriority"),
            poll_on_reset_delay_s: number(members, "UCPTpollOnResetDelay"),
            poll_rate_s: number(members, "UCPTpollRate"),
            alarm2_description: text(members, "UCPTalarm2Description"),
            comparison: text(members, "UCPTcompFunction"),
            set_time_s: number(members, "UCPTalarmSetTimeD"),
            clear_time_s: number(members, "UCPTalarmClrTimeD"),
            limits: LIMITS.map(|name| members.get(name).map(limit)),
        }
    }

    /// The alarm generator changed; what the change does not name stays as it came.
    #[must_use]
    pub fn alarm_generator_changed(mut self, change: &AlarmGeneratorChange) -> Block {
        self.change_text("UCPTdescription", change.description.as_ref());
        self.change_number("UCPTalrmIhbD", change.inhibit_s);
        self.change_word("UCPTalarmPriority", change.alarm_priority.as_ref());
        self.change_number("UCPTpollOnResetDelay", change.poll_on_reset_delay_s);
        self.change_number("UCPTpollRate", change.poll_rate_s);
        self.change_text("UCPTalarm2Description", change.alarm2_description.as_ref());
        self.change_word("UCPTcompFunction", change.comparison.as_ref());
        self.change_number("UCPTalarmSetTimeD", change.set_time_s);
        self.change_number("UCPTalarmClrTimeD", change.clear_time_s);
        for (name, value) in LIMITS.iter().zip(&change.limits) {
            self.change_limit(name, value.as_ref());
        }
        change.points.iter().for_each(|point| self.change_point(point));
        self
    }

    fn change_limit(&mut self, name: &str, value: Option<&Value>) {
        let Some(value) = value else { return };
        let format = self.members.get(name).and_then(|old| old.attr("LonFormat")).unwrap_or(LIMIT_FORMAT);
        let limit = text_element(name, limit_text(value)).with_attr("LonFormat", format);
        self.members.replace(name, [limit]);
    }

    /// Puts a point in the place of the one that the role had. The reference to another point takes
    /// nothing over but what it is, so that no format of the old one stays.
    fn change_point(&mut self, point: &BlockPoint) {
        let mut all: Vec<_> = self.members.named("DataPoint").cloned().collect();
        match all.iter_mut().find(|old| block_point(old).role == point.role) {
            Some(old) if block_point(old).name == point.name => return,
            Some(old) => *old = reference(old, point),
            None => all.push(reference(&element("DataPoint").with_attr("dpType", &point.role), point)),
        }
        self.members.replace("DataPoint", all);
    }
}

fn reference(like: &Element, point: &BlockPoint) -> Element {
    let named = Element { attributes: like.attributes.clone(), ..element("DataPoint") };
    let format = point.format.as_ref().map(|format| text_element("UCPTformatDescription", format.as_str()));
    named.with_child(text_element("UCPTname", &point.name)).with_children(format)
}
