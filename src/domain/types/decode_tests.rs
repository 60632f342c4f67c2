use super::decode;
use crate::domain::{FormatName, Value};

fn json(format: &str, raw: &str) -> String {
    serde_json::to_string(&decode(Some(&FormatName::from(format)), raw)).unwrap()
}

#[test]
fn types_the_texts_of_the_manual() {
    for (format, raw, expected) in [
        ("#0000000000000000[0].SNVT_switch", "100.0 1", r#"{"value":100.0,"state":1.0}"#),
        ("#0000000000000000[0].SNVT_temp", "21.0", "21.0"),
        ("SNVT_temp", " +2.10e1 ", "21.0"),
        ("#0000000000000000[0].SNVT_hvac_mode", "HVAC_AUTO", r#""HVAC_AUTO""#),
        ("SNVT_setting", "SET_OFF 0.0 0.00", r#"{"function":"SET_OFF","setting":0.0,"rotation":0.0}"#),
        ("SNVT_scene", "SC_RECALL 2", r#"{"function":"SC_RECALL","scene_number":2.0}"#),
        ("SNVT_scene.function", "SC_RECALL", r#""SC_RECALL""#),
        ("#0000000000000000[0].SNVT_switch.value", "100.0", "100.0"),
        ("SNVT_elec_whr_f", "1.234568e+09", "1234568000.0"),
        ("SNVT_count_32", "4294967294", "4294967294.0"),
        (
            "SNVT_date_event",
            "80 -3 Labour  Day ",
            r#"{"days_to_active":80.0,"days_to_inactive":-3.0,"name":"Labour  Day "}"#,
        ),
        ("SNVT_date_event", "80 81", r#"{"days_to_active":80.0,"days_to_inactive":81.0,"name":""}"#),
        (
            "SNVT_elapsed_tm",
            "0 6 22 12 333",
            r#"{"day":0.0,"hour":6.0,"minute":22.0,"second":12.0,"millisecond":333.0}"#,
        ),
        (
            "SNVT_sblnd_state",
            "SET_UP 12.5 -45.00 SBCS_LOCAL SBE_NO_ERROR",
            r#"{"pos":{"function":"SET_UP","setting":12.5,"rotation":-45.0},"cmd_source":"SBCS_LOCAL","error_code":"SBE_NO_ERROR"}"#,
        ),
        ("SNVT_alarm.value", "1 2 3 4", "[1.0,2.0,3.0,4.0]"),
    ] {
        assert_eq!(json(format, raw), expected, "{format} {raw}");
    }
}

#[test]
fn what_means_invalid_is_null() {
    for (format, raw, expected) in [
        ("SNVT_temp_p", "327.67", "null"),
        ("SNVT_temp_p", "327.66", "327.66"),
        ("SNVT_press", "3276.7", "null"),
        ("SNVT_elec_kwh_l", "214748364.7", "null"),
        ("SNVT_elec_kwh_l", "214748000.0", "214748000.0"),
        ("SNVT_count_32", "4294967295", "null"),
        ("SNVT_pwr_fact", "1.63835", "null"),
        ("SNVT_hvac_mode", "HVAC_NUL", "null"),
        ("SNVT_switch", "0.0 -1", "null"),
        ("SNVT_switch.state", "-1", "null"),
        ("SNVT_scene", "SC_NUL 1", "null"),
        ("SNVT_setting", "SET_NUL 0.0 0.00", r#"{"function":null,"setting":0.0,"rotation":0.0}"#),
        ("SNVT_setting", "SET_NUL 127.5 655.34", "null"),
        ("SNVT_temp", "", "null"),
        ("SNVT_switch", "  ", "null"),
    ] {
        assert_eq!(json(format, raw), expected, "{format} {raw}");
    }
    let some = "23.00 25.00 28.00 327.67 19.00 16.00";
    assert_eq!(
        decode(Some(&FormatName::from("SNVT_temp_setpt")), some).field("occupied_heat"),
        Some(&Value::Null)
    );
    assert_eq!(json("SNVT_temp_setpt", "327.67 327.67 327.67 327.67 327.67 327.67"), "null");
    let status = "HVAC_HEAT 40.000 163.835 0.000 0.000 75.000 0";
    let value = decode(Some(&FormatName::from("SNVT_hvac_status")), status);
    assert_eq!(value.field("mode"), Some(&Value::Text("HVAC_HEAT".into())));
    assert_eq!(value.field("heat_output_secondary"), Some(&Value::Null));
    assert_eq!(value.field("fan_output"), Some(&Value::Number(75.0)));
}

#[test]
fn what_is_not_of_its_type_stays_text() {
    for (format, raw) in [
        ("SNVT_temp", "warm"),
        ("SNVT_temp", "NaN"),
        ("SNVT_temp", "1 2"),
        ("SNVT_switch", "100.0"),
        ("SNVT_switch", "100.0 1 2"),
        ("SNVT_switch", "high 1"),
        ("SNVT_hvac_mode", "HVAC_OF_TOMORROW"),
        ("SNVT_str_asc", " Room  214 "),
        ("SNVT_str_asc", ""),
        ("SNVT_state", "1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0"),
        ("SNVT_elapsed_tm", "0 6:22:12.333"),
        ("SNVT_time_stamp", "5 8 2012 9 10 11"),
        ("SNVT_time_stamp", "2012-05-08 09:10:11"),
        ("SNVT_date_event", "80 soon HolidayScheduler"),
        ("SNVT_date_event", "80 80 a name of more than two and twenty letters"),
        ("SNVT_time_stamp#LO", "2012 5 8 9 10 11"),
        ("SNVT_obj_status", "0 0 0 0"),
        ("SNVT_alarm#LO", "whatever 1"),
        ("#8000010128000000[4].SNVT_temp", "21.0"),
        ("RAW_HEX", "c801"),
    ] {
        assert_eq!(decode(Some(&FormatName::from(format)), raw), Value::Text(raw.into()), "{format} {raw}");
    }
    assert_eq!(decode(None, "21.0"), Value::Text("21.0".into()));
}

#[test]
fn foreign_units_are_taken_as_they_are() {
    assert_eq!(json("#0000000000000000[0].SNVT_temp_f#US", "72.5"), "72.5");
    assert_eq!(json("SNVT_temp_p#US", "327.67"), "327.67");
    assert_eq!(json("SNVT_temp_p#SI", "327.67"), "null");
    assert_eq!(
        (json("SNVT_temp_p#US", "621.81"), json("SNVT_temp_p#US", "621.79")),
        ("null".into(), "621.79".into())
    );
    assert_eq!(json("SNVT_press#US", "3276.7"), "3276.7");
}
