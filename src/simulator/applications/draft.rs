//! Configurations as the pages of a SmartServer would make them.

use super::super::wire::{element, leaf, named};
use super::block::Block;
use super::kind::Kind;
use super::settings::ENTRIES_PER_KB;
use crate::xml::{Element, XSI};

/// A point that an alarm notifier listens to.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Input<'a> {
    pub point: &'a str,
    pub description: &'a str,
    pub ack_required: bool,
    pub clear_required: bool,
}

impl Block {
    /// A data logger of these points that has room for so many entries.
    pub(in super::super) fn data_logger(
        name: &str,
        log_type: &str,
        capacity: usize,
        points: &[&str],
        min_delta_seconds: f64,
    ) -> Option<Block> {
        let input = |name: &&str| {
            data_point(name, "Input", "dir_in")
                .with_attr_ns(XSI, "type", "UFPTdataLogger_DpRef")
                .with_child(leaf("UCPTlogMinDeltaTime", min_delta_seconds.to_string()))
                .with_child(leaf("UCPTpollRate", "0.0"))
        };
        let size = (capacity as f64 / ENTRIES_PER_KB).ceil();
        let mut members: Vec<Element> = points.iter().map(input).collect();
        members.extend([
            named("UCPTlogType", log_type),
            leaf("UCPTlogSize", format!("{size:.1}")),
            named("UCPTlogFormat", "LF_TEXT"),
            leaf("UCPTlogLevelAlarm", "90.0"),
            leaf("UCPTlogFileName", "/root/dataLog/log0.csv"),
        ]);
        Block::new(name, Kind::DataLogger, members).ok()
    }

    /// An alarm generator that compares two points.
    pub(in super::super) fn alarm_generator(
        name: &str,
        input: &str,
        function: &str,
        compare: &str,
    ) -> Option<Block> {
        let times = |names: &[&str]| names.iter().map(|name| leaf(name, "0.000000")).collect::<Vec<_>>();
        let mut members =
            vec![data_point(input, "Input", "dir_in"), data_point(compare, "Compare", "dir_in")];
        members.extend(times(&["UCPTalrmIhbD"]));
        members.push(named("UCPTalarmPriority", "PR_LEVEL_1"));
        members.extend(times(&["UCPTpollOnResetDelay"]));
        members.extend([
            leaf("UCPTpollRate", "0.0"),
            leaf("UCPTalarm2Description", ""),
            named("UCPTcompFunction", function),
        ]);
        members.extend(times(&["UCPTalarmSetTimeD", "UCPTalarmClrTimeD"]));
        Block::new(name, Kind::AlarmGenerator, members).ok()
    }

    /// An alarm notifier of these points.
    pub(in super::super) fn alarm_notifier(name: &str, inputs: &[Input<'_>]) -> Option<Block> {
        let mut members: Vec<Element> = inputs.iter().map(notifier_input).collect();
        members.extend([
            leaf("SCPTdelayTime", "0.0"),
            leaf("UCPTsumLogSize", "20.0"),
            leaf("UCPThistLogSize", "100.0"),
            named("UCPTlogFormat", "LF_TEXT"),
            leaf("UCPTsumLogFileName", "/root/alarmLog/sumlog0.csv"),
            leaf("UCPThistLogFileName", "/root/alarmLog/histlog0.csv"),
        ]);
        Block::new(name, Kind::AlarmNotifier, members).ok()
    }
}

fn data_point(name: &str, kind: &str, direction: &str) -> Element {
    element("DataPoint")
        .with_attr("dpType", kind)
        .with_attr("discrim", direction)
        .with_child(leaf("UCPTname", name))
}

fn notifier_input(input: &Input<'_>) -> Element {
    let flag = |name: &str, set: bool| leaf(name, if set { "1" } else { "0" });
    let flags = element("AlarmFlags").with_children([
        flag("UCPTlogEnable", true),
        flag("UCPTinvisible", false),
        flag("UCPTclearRequired", input.clear_required),
        flag("UCPTackRequired", input.ack_required),
        flag("UCPTdisabled", false),
        flag("UCPTcovEnabled", false),
    ]);
    data_point(input.point, "Input", "dir_in")
        .with_attr_ns(XSI, "type", "UFPTalarmNotifier_Input_DpRef")
        .with_child(flags)
        .with_child(leaf("UCPTalarmGroup", "1"))
        .with_child(leaf("UCPTalarmPriority2", "100"))
        .with_child(leaf("UCPTdescription", input.description))
}
