use std::sync::Arc;

use super::super::applications::{Block, Input};
use super::super::plan::{Plan, PointDraft};
use super::super::signal::Signal;

type Presets = &'static [(&'static str, &'static str)];

const SWITCH: Presets = &[("OFF", "0.0 0"), ("ON", "100.0 1")];
const LEVEL: Presets = &[("LOW", "20.000"), ("HIGH", "80.000")];
const MODE: Presets = &[("NIGHT", "HVAC_OFF"), ("DAY", "HVAC_AUTO")];

/// Name of the point in its block, format, presets. Ten points make a device.
const KINDS: &[(&str, &str, Presets)] = &[
    ("nviSwitch", "SNVT_switch", SWITCH),
    ("nvoSwitch", "SNVT_switch", SWITCH),
    ("nvoTemp", "SNVT_temp_p", &[]),
    ("nvoCount", "SNVT_count_inc", &[]),
    ("nvoTempF", "SNVT_temp_f", &[]),
    ("nviSetpoint", "SNVT_temp_f", &[("COMFORT", "21"), ("SETBACK", "16")]),
    ("nviLevel", "SNVT_lev_percent", LEVEL),
    ("nviMode", "SNVT_hvac_mode", MODE),
    ("nvoPower", "SNVT_power", &[]),
    ("nvoEnergy", "SNVT_elec_kwh_l", &[]),
    ("nvoTempWide", "SNVT_temp", &[]),
    ("nvoPowerF", "SNVT_power_f", &[]),
    ("nvoKwh", "SNVT_elec_kwh", &[]),
    ("nvoVolt", "SNVT_volt", &[]),
    ("nvoAmp", "SNVT_amp", &[]),
    ("nvoStatus", "SNVT_hvac_status", &[]),
    ("nviOccupancy", "SNVT_occupancy", &[]),
    ("nviSetting", "SNVT_setting", &[]),
    ("nviScene", "SNVT_scene", &[]),
    ("nviSetpoints", "SNVT_temp_setpt", &[]),
    ("nvoPulses", "SNVT_count", &[]),
    ("nvoPulses32", "SNVT_count_32", &[]),
    ("nvoCo2", "SNVT_ppm", &[]),
    ("nvoLux", "SNVT_lux", &[]),
    ("nvoPressure", "SNVT_press", &[]),
    ("nvoFlow", "SNVT_flow", &[]),
    ("nviTime", "SNVT_time_sec", &[]),
    ("nviText", "SNVT_str_asc", &[]),
    ("nvoState", "SNVT_state", &[]),
    ("nvoFrequency", "SNVT_freq_f", &[]),
    ("nvoPowerFactor", "SNVT_pwr_fact", &[]),
    ("nviSwitchTwo", "SNVT_switch", SWITCH),
    ("nviTempUs", "SNVT_temp_f#US", &[]),
    ("nvoDuct", "SNVT_press_p", &[]),
    ("nviDiscrete", "SNVT_lev_disc", &[]),
    ("nvoEmergency", "SNVT_hvac_emerg", &[]),
    ("nvoPowerKilo", "SNVT_power_kilo", &[]),
    ("nviLevelCont", "SNVT_lev_cont", &[]),
    ("nvoTempDiff", "SNVT_temp_diff_p", &[]),
    ("nvoFrequencyHz", "SNVT_freq_hz", &[]),
];

const PER_DEVICE: usize = 10;

/// Devices of ten points each, all types in turn.
pub(super) fn plan(points: usize) -> Plan {
    let mut plan = Plan::default();
    plan.add_device("iLON App");
    for n in 0..points {
        if n % PER_DEVICE == 0 {
            plan.add_device(&format!("Device {}", n / PER_DEVICE + 1));
        }
        let (name, format, presets) = KINDS[n % KINDS.len()];
        let path = format!("Block[{}]/{name}_{n}", n % 2);
        let mut draft = PointDraft::new(&path, format);
        draft.presets = presets;
        draft.signal = Signal::Sequence;
        if let Some(point) = draft.build(&plan, n / PER_DEVICE + 1) {
            plan.add_point(point);
        }
    }
    plan
}

/// A data logger of three outputs that nothing more is logged in for an hour, an alarm generator
/// that compares two inputs, and an alarm notifier of its input and of an output.
pub(super) fn applications(plan: &mut Plan, log_entries: usize) {
    const SWITCH: &str = "Net/LON/Device 1/Block[0]/nviLevel_6";
    const INPUTS: [Input<'_>; 2] = [
        Input { point: SWITCH, description: "Level too high", ack_required: true, clear_required: false },
        Input {
            point: "Net/LON/Device 1/Block[0]/nvoTemp_2",
            description: "Temperature",
            ack_required: true,
            clear_required: true,
        },
    ];
    let points = ["0]/nvoTemp_2", "0]/nvoTempF_4", "1]/nvoCount_3"]
        .map(|path| format!("Net/LON/Device 1/Block[{path}"));
    let points: Vec<&str> = points.iter().map(String::as_str).collect();
    let capacity = (2 * log_entries).max(1_000);
    let name = |block: &str| format!("Net/LON/iLON App/{block}[0]");
    let logger = Block::data_logger(&name("Data Logger"), "LT_CIRCULAR", capacity, &points, 3600.0);
    let compare = "Net/LON/Device 1/Block[1]/nviSetpoint_5";
    let generator = Block::alarm_generator(&name("Alarm Generator"), SWITCH, "FN_GT", compare);
    let notifier = Block::alarm_notifier(&name("Alarm Notifier"), &INPUTS);
    let blocks = [(logger, log_entries), (generator, 0), (notifier, 0)].into_iter();
    plan.blocks.extend(blocks.filter_map(|(block, history)| Some((Arc::new(block?), history))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_as_many_points_as_asked_for() {
        for count in [0, 1, 10, 41, 250] {
            assert_eq!(plan(count).points.len(), count);
        }
    }

    #[test]
    fn applications_are_about_points_that_exist() {
        let mut plan = plan(10);
        applications(&mut plan, 5_000);
        assert_eq!(plan.blocks.len(), 3);
        for (block, _) in &plan.blocks {
            let item = block.item(String::new());
            let names = item.children_named("DataPoint").filter_map(|point| point.child_text("UCPTname"));
            assert!(names.into_iter().all(|name| plan.point(&name).is_some()), "{item:?}");
        }
    }
}
