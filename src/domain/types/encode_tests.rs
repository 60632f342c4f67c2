use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::catalogue::{Kind, meaning};
use super::super::decode;
use super::super::selection::TYPED;
use super::encode;
use crate::domain::FormatName;

fn encoded(format: &str, value: Json) -> Result<String, String> {
    encode(&FormatName::from(format), &value).map_err(|error| error.to_string())
}

#[test]
fn prints_as_smart_servers_do() {
    for (format, value, text) in [
        ("#0000000000000000[0].SNVT_switch", json!({"value": 100, "state": 1}), "100.0 1"),
        ("SNVT_switch", json!({"state": 0, "value": 0.0}), "0.0 0"),
        ("SNVT_switch", json!({"state": -1, "value": 0.0}), "0.0 -1"),
        ("SNVT_temp", json!(21), "21.0"),
        ("SNVT_temp", json!(-274), "-274.0"),
        ("SNVT_temp", json!(6279.5), "6279.5"),
        ("SNVT_temp", json!(21.04), "21.0"),
        ("SNVT_temp_f#US", json!(68.0), "68"),
        ("SNVT_temp_p#US", json!(500), "500"),
        ("SNVT_hvac_mode", json!("HVAC_AUTO"), "HVAC_AUTO"),
        ("SNVT_occupancy", json!("OC_NUL"), "OC_NUL"),
        ("SNVT_count_32", json!(4_294_967_294u32), "4294967294"),
        ("SNVT_elec_kwh_l", json!(-214_748_364.6), "-214748364.6"),
        ("SNVT_pwr_fact", json!(0.95), "0.95000"),
        ("SNVT_scene", json!({"function": "SC_RECALL", "scene_number": 2}), "SC_RECALL 2"),
        ("SNVT_scene.sceneNumber", json!(2), "2"),
        ("SNVT_str_asc", json!(" Room  214 "), " Room  214 "),
        ("#8000010128000000[4].UNVTx", json!("a b"), "a b"),
        ("#8000010128000000[4].UNVTx", json!(21.5), "21.5"),
    ] {
        assert_eq!(encoded(format, value.clone()).as_deref(), Ok(text), "{format} {value}");
    }
}

#[test]
fn says_what_is_wrong() {
    for (format, value, error) in [
        ("SNVT_temp", json!(null), "a number expected, not null"),
        ("SNVT_temp", json!(true), "a number expected, not a boolean"),
        ("SNVT_temp", json!("21"), "a number expected, not a string"),
        ("SNVT_temp", json!(6279.6), "6279.6 is outside -274.0 to 6279.5 (°C)"),
        ("SNVT_temp_p", json!(327.67), "327.67 is outside -273.17 to 327.66 (°C)"),
        ("SNVT_count_32", json!(-1), "-1 is outside 0 to 4294967294"),
        ("SNVT_volt_f", json!(1e39), "1e+39 is outside -3.40282347e+38 to 3.40282347e+38 (Volts)"),
        (
            "SNVT_switch",
            json!({"value": 100.2, "state": 1}),
            "field value: 100.2 is outside 0.0 to 100.0 (% of full level)",
        ),
        ("SNVT_switch", json!({"value": null, "state": 1}), "field value: a number expected, not null"),
        ("SNVT_switch", json!({"value": 1}), "field state is missing"),
        ("SNVT_switch", json!({"value": 1, "stat": 1}), "there is no field stat; there are: value, state"),
        ("SNVT_switch", json!(1), "an object of fields expected, not a number"),
        ("SNVT_switch", json!([1, 2]), "an object of fields expected, not an array"),
        ("SNVT_lev_disc", json!("ON"), "\"ON\" is none of ST_OFF, ST_LOW, ST_MED, ST_HIGH, ST_ON, ST_NUL"),
        ("SNVT_lev_disc", json!(4), "a name expected, not a number"),
        ("SNVT_str_asc", json!("x".repeat(31)), "the text has 31 characters; the type holds 30"),
        ("SNVT_str_asc", json!("a\u{0}b"), "the text holds a control character"),
        ("SNVT_str_asc", json!(null), "a string expected, not null"),
        ("RAW_HEX", json!({"a": 1}), "a string expected, not an object"),
    ] {
        assert_eq!(encoded(format, value.clone()), Err(error.to_owned()), "{format} {value}");
    }
}

/// A value inside the range and on the grid, made from the text that a SmartServer would print.
fn inside(kind: &Kind, seed: f64, index: usize) -> Json {
    match kind {
        Kind::Number(number) => {
            let value = number.minimum + (number.maximum - number.minimum) * seed;
            let text = match number.step {
                Some(step) => super::number::scaled(value, step),
                None => super::number::float(value),
            };
            let value: f64 = text.parse().unwrap();
            if number.is_invalid(value) { json!(number.maximum) } else { json!(value) }
        }
        Kind::Enumeration(names) => {
            let names: Vec<_> = names.names.iter().filter(|(_, name)| !names.is_invalid(name)).collect();
            json!(names[index % names.len()].1)
        }
        Kind::Structure(fields) => {
            let member = |(at, field): (usize, &super::Field)| {
                (field.name.clone(), inside(&field.kind, (seed * (at + 1) as f64).fract(), index + at))
            };
            Json::Object(fields.iter().enumerate().map(member).collect())
        }
        Kind::Text(_) => json!("text"),
    }
}

/// The number of a type or of a structure's first field, put outside its range.
fn outside(kind: &Kind, beyond: f64) -> Option<Json> {
    match kind {
        Kind::Number(number) => {
            let span = number.step.unwrap_or(number.maximum);
            Some(json!(if beyond < 0.0 {
                number.minimum + span * beyond
            } else {
                number.maximum + span * beyond
            }))
        }
        Kind::Structure(fields) => {
            let Json::Object(mut object) = inside(kind, 0.5, 0) else { return None };
            let (name, value) =
                fields.iter().find_map(|f| Some((f.name.clone(), outside(&f.kind, beyond)?)))?;
            object.insert(name, value);
            Some(Json::Object(object))
        }
        Kind::Enumeration(_) | Kind::Text(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_inside_the_range_comes_back(seed in 0.0..=1.0f64, index in 0..100usize) {
        for name in TYPED {
            let format = FormatName::from(*name);
            let value = inside(meaning(&format).unwrap().kind, seed, index);
            let text = encode(&format, &value).unwrap();
            let back = serde_json::to_value(decode(Some(&format), &text)).unwrap();
            prop_assert!(same(&value, &back), "{} {} -> {} -> {}", name, value, text, back);
        }
    }

    #[test]
    fn what_is_outside_the_range_is_refused(beyond in 1.0..1e6f64) {
        for name in TYPED {
            let format = FormatName::from(*name);
            for beyond in [beyond, -beyond] {
                let Some(value) = outside(meaning(&format).unwrap().kind, beyond) else { continue };
                let error = encode(&format, &value).map_err(|error| error.to_string());
                prop_assert!(error.as_ref().is_err_and(|e| e.contains("is outside")), "{} {} {:?}", name, value, error);
            }
        }
    }
}

/// JSON values are the same, `1` and `1.0` included.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}
