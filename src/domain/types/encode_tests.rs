use serde_json::{Value as Json, json};

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
        ("SNVT_temp", json!(f64::from(21.1f32)), "21.1"),
        ("SNVT_temp", json!(0.1 + 0.2), "0.3"),
        ("SNVT_temp_f#US", json!(68.0), "68"),
        ("SNVT_temp_p#US", json!(500), "500.00"),
        ("SNVT_press#US", json!(1e9), "1e+09"),
        ("SNVT_hvac_mode", json!("HVAC_AUTO"), "HVAC_AUTO"),
        ("SNVT_occupancy", json!("OC_NUL"), "OC_NUL"),
        ("SNVT_count_32", json!(4_294_967_294u32), "4294967294"),
        ("SNVT_elec_kwh_l", json!(-214_748_364.6), "-214748364.6"),
        ("SNVT_pwr_fact", json!(0.95), "0.95000"),
        ("SNVT_scene", json!({"function": "SC_RECALL", "scene_number": 2}), "SC_RECALL 2"),
        ("SNVT_scene.sceneNumber", json!(2), "2"),
        ("SNVT_program_status.runtime.hour", json!(23), "23"),
        (
            "SNVT_date_event",
            json!({"days_to_active": 80, "days_to_inactive": 81, "name": "All Saints"}),
            "80 81 All Saints",
        ),
        (
            "SNVT_sblnd_state",
            json!({"pos": {"function": "SET_UP", "setting": 12.5, "rotation": -45},
                "cmd_source": "SBCS_LOCAL", "error_code": "SBE_NO_ERROR"}),
            "SET_UP 12.5 -45.00 SBCS_LOCAL SBE_NO_ERROR",
        ),
        ("SNVT_elapsed_tm", json!("0 6:22:12.333"), "0 6:22:12.333"),
        ("SNVT_alarm.location", json!([1, 2, 3, 4, 5, 255]), "1 2 3 4 5 255"),
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
        (
            "SNVT_temp",
            json!(21.03),
            "21.03 is no multiple of 0.1; the nearest in -274.0 to 6279.5 (°C) is 21.0",
        ),
        ("SNVT_count", json!(1.5), "1.5 is no multiple of 1; the nearest in 0 to 65535 (units) is 2"),
        (
            "SNVT_switch",
            json!({"value": 50.2, "state": 1}),
            "field value: 50.2 is no multiple of 0.5; the nearest in 0.0 to 100.0 (% of full level) is 50.0",
        ),
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
        ("SNVT_str_asc", json!("\u{2603}"), "the type does not hold the character '\u{2603}'"),
        (
            "SNVT_load_offsets",
            json!({"standby_offset": 0, "standby_rotation": 0, "demand_response_offset": 163.835, "demand_response_rotation": 0}),
            "field demand_response_offset: 163.835 is outside -163.840 to 163.830 (percent)",
        ),
        (
            "SNVT_sblnd_state.pos",
            json!({"function": "SET_UP", "setting": 100.5, "rotation": 0}),
            "field setting: 100.5 is outside 0.0 to 100.0 (% of full level)",
        ),
        ("SNVT_alarm.location", json!([1, 2]), "6 elements expected, not 2"),
        ("SNVT_alarm.location", json!("abc"), "an array expected, not a string"),
        (
            "SNVT_alarm.location",
            json!([1, 2, 3, 4, 5, 256]),
            "field [5]: 256 is outside 0 to 255 (array of 6 bytes)",
        ),
        ("SNVT_time_stamp", json!(7), "an object of fields expected, not a number"),
        ("RAW_HEX", json!({"a": 1}), "a string expected, not an object"),
    ] {
        assert_eq!(encoded(format, value.clone()), Err(error.to_owned()), "{format} {value}");
    }
}

#[test]
fn a_mistake_inside_is_named_by_its_path() {
    let mut value = super::super::property_tests::inside("SNVT_program_status", 0.5);
    value["runtime"]["hour"] = json!(24);
    assert_eq!(
        encoded("SNVT_program_status", value.clone()),
        Err("field runtime.hour: 24 is outside 0 to 23 (hours)".to_owned())
    );
    value["runtime"].as_object_mut().unwrap().remove("hour");
    assert_eq!(encoded("SNVT_program_status", value), Err("field runtime: field hour is missing".to_owned()));
    let mut value = super::super::property_tests::inside("SNVT_alarm", 0.5);
    value["location"][2] = json!(-1);
    assert_eq!(
        encoded("SNVT_alarm", value),
        Err("field location[2]: -1 is outside 0 to 255 (array of 6 bytes)".to_owned())
    );
}
