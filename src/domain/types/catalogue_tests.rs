use super::{Kind, NumberType, meaning};
use crate::domain::FormatName;
use crate::domain::types::selection::{TEXT, TYPED};
use crate::domain::types::source::Source;

const FLOAT: f64 = f32::MAX as f64;

fn number(format: &str) -> (&'static NumberType, Option<&'static str>) {
    let meaning = meaning(&FormatName::from(format)).unwrap();
    match meaning.kind {
        Kind::Number(number) => (number, meaning.unit),
        other => panic!("{format} is {other:?}"),
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= a.abs().max(1.0) * 1e-9
}

/// Format, unit, step (0: floating point), range, invalid values.
type Row = (&'static str, &'static str, f64, (f64, f64), &'static [f64]);

const NUMBERS: &[Row] = &[
    ("SNVT_switch.value", "% of full level", 0.5, (0.0, 100.0), &[]),
    ("SNVT_switch.state", "state code", 1.0, (-1.0, 1.0), &[-1.0]),
    ("SNVT_temp", "°C", 0.1, (-274.0, 6279.5), &[]),
    ("SNVT_temp_p", "°C", 0.01, (-273.17, 327.66), &[327.67]),
    ("SNVT_temp_f", "°C", 0.0, (-273.17, FLOAT), &[]),
    ("SNVT_temp_diff_p", "°C", 0.01, (-327.68, 327.66), &[327.67]),
    ("SNVT_temp_setpt.unoccupied_heat", "°C", 0.01, (-273.17, 327.66), &[327.67]),
    ("SNVT_lev_percent", "% of full level", 0.005, (-163.84, 163.83), &[163.835]),
    ("SNVT_lev_cont", "% of full level", 0.5, (0.0, 100.0), &[]),
    ("SNVT_power", "Watts", 0.1, (0.0, 6553.5), &[]),
    ("SNVT_power_kilo", "kiloWatts", 0.1, (0.0, 6553.5), &[]),
    ("SNVT_power_f", "Watts", 0.0, (-FLOAT, FLOAT), &[]),
    ("SNVT_elec_kwh", "kiloWatt-hours", 1.0, (0.0, 65535.0), &[]),
    ("SNVT_elec_kwh_l", "kiloWatt-hours", 0.1, (-214_748_364.6, 214_748_364.6), &[214_748_364.7]),
    ("SNVT_elec_whr", "Watt-hours", 0.1, (0.0, 6553.5), &[]),
    ("SNVT_elec_whr_f", "Watt-hours", 0.0, (0.0, FLOAT), &[]),
    ("SNVT_volt", "Volts", 0.1, (-3276.8, 3276.7), &[]),
    ("SNVT_volt_f", "Volts", 0.0, (-FLOAT, FLOAT), &[]),
    ("SNVT_volt_ac", "volts AC", 1.0, (0.0, 65534.0), &[65535.0]),
    ("SNVT_amp", "Amperes", 0.1, (-3276.8, 3276.7), &[]),
    ("SNVT_amp_f", "Amperes", 0.0, (-FLOAT, FLOAT), &[]),
    ("SNVT_amp_ac", "amperes AC", 1.0, (0.0, 65534.0), &[65535.0]),
    ("SNVT_amp_mil", "milliAmperes", 0.1, (-3276.8, 3276.7), &[]),
    ("SNVT_pwr_fact", "multiplier", 0.00005, (-1.0, 1.0), &[-1.6339, 1.63835]),
    ("SNVT_freq_hz", "Hertz", 0.1, (0.0, 6553.5), &[]),
    ("SNVT_freq_f", "Hertz", 0.0, (0.0, FLOAT), &[]),
    ("SNVT_hvac_status.fan_output", "% of full scale", 0.005, (-163.84, 163.83), &[163.835]),
    ("SNVT_hvac_status.in_alarm", "alarm value", 1.0, (0.0, 255.0), &[]),
    ("SNVT_setting.setting", "% of full level", 0.5, (0.0, 100.0), &[127.5]),
    ("SNVT_setting.rotation", "degrees", 0.02, (-359.98, 360.0), &[655.34]),
    ("SNVT_scene.scene_number", "", 1.0, (1.0, 255.0), &[]),
    ("SNVT_count", "units", 1.0, (0.0, 65535.0), &[]),
    ("SNVT_count_inc", "units (delta)", 1.0, (-32768.0, 32767.0), &[]),
    ("SNVT_count_f", "units", 0.0, (0.0, FLOAT), &[]),
    ("SNVT_count_32", "", 1.0, (0.0, 4_294_967_294.0), &[4_294_967_295.0]),
    ("SNVT_lux", "lux", 1.0, (0.0, 65535.0), &[]),
    ("SNVT_ppm", "ppm", 1.0, (0.0, 65535.0), &[]),
    ("SNVT_press", "kiloPascals", 0.1, (-3276.8, 3276.6), &[3276.7]),
    ("SNVT_press_p", "Pascals", 1.0, (-32768.0, 32766.0), &[32767.0]),
    ("SNVT_flow", "liters/second", 1.0, (0.0, 65534.0), &[65535.0]),
    ("SNVT_time_sec", "seconds", 0.1, (0.0, 6553.4), &[6553.5]),
];

#[test]
fn numbers_have_unit_step_range_and_invalid_value() {
    for (format, unit, step, range, invalid) in NUMBERS {
        let (number, found) = number(format);
        assert_eq!(found.unwrap_or_default(), *unit, "{format}");
        assert!(close(number.step.unwrap_or_default(), *step), "{format}");
        assert!(close(number.minimum, range.0) && close(number.maximum, range.1), "{format} {number:?}");
        assert_eq!(number.invalid.len(), invalid.len(), "{format}");
        assert!(number.invalid.iter().zip(*invalid).all(|(a, b)| close(*a, *b)), "{format} {number:?}");
    }
}

#[test]
fn every_selected_type_is_built() {
    for name in TYPED.iter().chain(TEXT.iter().map(|(name, _)| name)) {
        assert!(meaning(&FormatName::from(*name)).is_some(), "{name}");
    }
}

#[test]
fn every_number_of_the_catalogue_is_sound() {
    for (name, found) in &Source::compiled_in().types {
        let Some(Kind::Number(number)) = super::type_kind(&Source::compiled_in(), name, found) else {
            continue;
        };
        assert!(number.minimum < number.maximum, "{name} {number:?}");
        assert!(number.step.is_none_or(|step| step > 0.0), "{name}");
    }
}

#[test]
fn enumerations_are_in_order_with_the_invalid_name_last() {
    let Kind::Enumeration(names) = meaning(&FormatName::from("SNVT_occupancy")).unwrap().kind else {
        panic!("no enumeration");
    };
    let names: Vec<_> = names.names.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["OC_OCCUPIED", "OC_UNOCCUPIED", "OC_BYPASS", "OC_STANDBY", "OC_NUL"]);
}

#[test]
fn only_standard_types_and_their_fields_have_a_meaning() {
    for format in [
        "#8000010128000000[4].SNVT_temp",
        "SNVT_nonsense",
        "SNVT_temp.value",
        "SNVT_switch.other",
        "RAW_HEX",
        "",
    ] {
        assert!(meaning(&FormatName::from(format)).is_none(), "{format}");
    }
    let foreign = |format: &str| meaning(&FormatName::from(format)).unwrap().foreign;
    assert_eq!(foreign("SNVT_temp_f#US").as_deref(), Some("US"));
    assert_eq!(foreign("SNVT_temp_f#SI"), None);
    assert_eq!(foreign("SNVT_temp_f#"), None);
}
