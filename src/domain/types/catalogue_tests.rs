use super::super::kind::{Kind, NumberType};
use super::super::source::{Member, Source};
use super::super::units::{Heat, Variant};
use super::{CATALOGUE, meaning};
use crate::domain::FormatName;

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
fn every_type_whose_members_are_known_is_typed() {
    let source = Source::compiled_in();
    let is_known = |name: &&String| {
        let found = &source.types[*name];
        found.member.note.is_none() && found.fields.iter().all(|field| field.member.note.is_none())
    };
    let (known, unknown): (Vec<_>, Vec<_>) = source.types.keys().partition(is_known);
    assert_eq!((known.len(), unknown.len()), (174, 35));
    assert_eq!(CATALOGUE.len(), 174);
    assert!(known.iter().all(|name| CATALOGUE.contains_key(*name)), "{known:?}");
    for name in unknown.into_iter().map(String::as_str).chain(["SNVT_obj_status"]) {
        assert!(meaning(&FormatName::from(name)).is_none(), "{name}");
    }
    let text = CATALOGUE.iter().filter(|(_, found)| matches!(found.kind, Kind::Text(_)));
    assert_eq!(text.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["SNVT_str_asc"]);
}

#[test]
fn every_member_of_the_catalogue_is_sound() {
    for (name, found) in &*CATALOGUE {
        let leaves = found.kind.leaves();
        for leaf in &leaves {
            let Kind::Number(number) = leaf else { continue };
            assert!(number.minimum < number.maximum, "{name} {number:?}");
            assert!(number.step.is_none_or(|step| step > 0.0), "{name}");
            let is_inside = |invalid: &&f64| number.contains(**invalid);
            assert!(
                name == "SNVT_switch" || !number.invalid.iter().any(|i| is_inside(&i)),
                "{name} {number:?}"
            );
            let bounds = [number.minimum, number.maximum];
            assert!(bounds.iter().all(|bound| close(number.on_grid(*bound), *bound)), "{name} {number:?}");
        }
        let (last, before) = leaves.split_last().unwrap();
        assert!(
            !before.iter().any(|leaf| matches!(leaf, Kind::Text(_))),
            "{name}: only the last may hold blanks"
        );
        assert!(!matches!(last, Kind::Structure(_) | Kind::Array(_)), "{name}");
    }
}

#[test]
fn a_range_never_refuses_what_the_size_holds_unless_the_catalogue_says_so() {
    let member = |json: serde_json::Value| -> Member { serde_json::from_value(json).unwrap() };
    for (given, range, invalid) in [
        // Without range, or half of one.
        (serde_json::json!({"size": 1, "scale": 0.5}), (0.0, 127.5), None),
        (serde_json::json!({"size": 1, "signed": true, "minimum": -5}), (-128.0, 127.0), None),
        // Upside down, outside the size.
        (serde_json::json!({"size": 1, "minimum": 100, "maximum": 10}), (0.0, 255.0), None),
        (serde_json::json!({"size": 1, "minimum": 0, "maximum": 256}), (0.0, 255.0), None),
        (serde_json::json!({"size": 1, "minimum": -1, "maximum": 9}), (0.0, 255.0), None),
        // Rounded and wrapped ends of 32 bits.
        (
            serde_json::json!({"size": 4, "signed": true, "scale": 0.1, "minimum": -214_748_000.0,
                "maximum": 214_748_000.0, "invalid": 214_748_000.0}),
            (-214_748_364.8, 214_748_364.6),
            Some(214_748_364.7),
        ),
        (
            serde_json::json!({"size": 4, "minimum": 0, "maximum": -2, "invalid": -1}),
            (0.0, 4_294_967_294.0),
            Some(4_294_967_295.0),
        ),
        // Invalid values at either end.
        (serde_json::json!({"size": 1, "minimum": 0, "maximum": 9, "invalid": 0}), (1.0, 9.0), Some(0.0)),
        (serde_json::json!({"size": 1, "minimum": 0, "maximum": 9, "invalid": 255}), (0.0, 9.0), Some(255.0)),
    ] {
        let number = NumberType::of(&member(given.clone()), None).unwrap();
        assert!(close(number.minimum, range.0) && close(number.maximum, range.1), "{given} {number:?}");
        assert!(
            number.invalid.iter().copied().eq(invalid) || close(number.invalid[0], invalid.unwrap()),
            "{given} {number:?}"
        );
    }
}

#[test]
fn structures_inside_arrays_and_characters() {
    let leaves = |name: &str| CATALOGUE[name].kind.leaves().len();
    assert_eq!((leaves("SNVT_alarm"), leaves("SNVT_date_event"), leaves("SNVT_sblnd_state")), (25, 3, 5));
    let (number, unit) = number("SNVT_environment.ballastTemp");
    assert!(close(number.minimum, -273.17) && close(number.maximum, 327.66), "{number:?}");
    assert_eq!(unit, Some("°C"));
    let (number, _) = self::number("SNVT_program_status.runtime.day");
    assert!(close(number.maximum, 65534.0), "{number:?}");
    for (name, most, highest) in [
        ("SNVT_str_asc", 30, 255),
        ("SNVT_date_event.name", 22, 126),
        ("SNVT_alarm_2.description", 22, 126),
        ("SNVT_geo_loc.name", 19, 255),
        ("SNVT_str_int.wide_char", 15, 0xffff),
    ] {
        let Kind::Text(text) = meaning(&FormatName::from(name)).unwrap().kind else { panic!("{name}") };
        assert_eq!((text.most, text.highest), (most, highest), "{name}");
    }
    let Kind::Array(array) = meaning(&FormatName::from("SNVT_alarm.location")).unwrap().kind else {
        panic!("no array");
    };
    assert_eq!(array.count, 6);
}

#[test]
fn temperatures_are_known_by_their_unit() {
    let heat = |name: &str| number(name).0.heat;
    for name in ["SNVT_temp", "SNVT_temp_p", "SNVT_temp_f", "SNVT_temp_setpt.standby_cool"] {
        assert_eq!(heat(name), Some(Heat::Absolute), "{name}");
    }
    for name in ["SNVT_temp_diff_p", "SNVT_temp_ror"] {
        assert_eq!(heat(name), Some(Heat::Difference), "{name}");
    }
    assert_eq!((heat("SNVT_press"), heat("SNVT_environment.power")), (None, None));
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
    for (format, variant) in [
        ("SNVT_temp_f#US", Variant::Us),
        ("SNVT_temp_f#SI", Variant::Home),
        ("SNVT_temp_f#", Variant::Home),
        ("SNVT_temp_f#LO", Variant::Other),
    ] {
        assert_eq!(meaning(&FormatName::from(format)).unwrap().variant, variant, "{format}");
    }
}
