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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_as_many_points_as_asked_for() {
        for count in [0, 1, 10, 41, 250] {
            assert_eq!(plan(count).points.len(), count);
        }
    }
}
