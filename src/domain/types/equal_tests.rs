use super::{equal, equal_in};
use crate::domain::FormatName;

#[test]
fn compares_values_not_texts() {
    for (format, a, b, expected) in [
        ("SNVT_temp", "21", "21.0", true),
        ("SNVT_temp", "21.04", "21.0", true),
        ("SNVT_temp", "21.1", "21.0", false),
        ("SNVT_temp", "x", "y", false),
        ("SNVT_temp", " x ", "x", true),
        ("SNVT_temp_f", "12345678", "1.234568e+07", true),
        ("SNVT_temp_f", "21.5", "21.50001", false),
        ("SNVT_temp_f#US", "68", "68.0", true),
        ("SNVT_switch", "100 1", "100.0 1", true),
        ("SNVT_switch", "100.0  1", "100.0 1", true),
        ("SNVT_switch", "100.0 0", "100.0 1", false),
        ("SNVT_switch", "100.0", "100.0 1", false),
        ("SNVT_switch.state", "1", "1.0", true),
        ("SNVT_scene", "SC_RECALL 2", "SC_RECALL 2.0", true),
        ("SNVT_scene", "SC_RECALL 2", "SC_LEARN 2", false),
        ("SNVT_hvac_mode", "HVAC_AUTO ", "HVAC_AUTO", true),
        ("SNVT_hvac_mode", "HVAC_AUTO", "HVAC_HEAT", false),
        ("SNVT_str_asc", "7", "7.0", false),
        ("SNVT_str_asc", "a  b", "a b", false),
        ("SNVT_str_asc", " a b ", "a b", true),
        ("#8000010128000000[4].UNVTx", "7", "7.0", true),
        ("SNVT_temp#US", "68.08", "68.2", true),
        ("SNVT_temp#US", "68.1", "68.3", false),
        ("SNVT_temp_setpt", "1 2 3 4 5 6", "1.00 2.00 3.00 4.00 5.00 6.00", true),
        ("SNVT_temp_setpt", "1 2 3 4 5 6", "1.00 2.00 3.00 4.00 5.00 6.01", false),
        ("SNVT_program_status.runtime", "1 2 3 4 5", "1 02 3 4 5", true),
        ("SNVT_date_event", "80 81 All  Saints", "80.0 81 All  Saints ", true),
        ("SNVT_date_event", "80 81 All  Saints", "80 81 All Saints", false),
        ("SNVT_date_event", "80 81 x", "80 82 x", false),
        ("SNVT_date_event", "80 81 1.2", "80 81 1 2", false),
        ("SNVT_geo_loc", "8.5000000 47.3000000 408.5 A/B", "8.5000000 47.3000000 408.5 A B", false),
        ("SNVT_elapsed_tm", "0 6 22 12 333", "0 06:22:12.333", true),
        ("SNVT_elapsed_tm", "0 6 22 12 333", "0 6:22:12.334", false),
        ("SNVT_time_stamp_p", "1.5 2", "1 5.2", false),
        ("RAW_HEX", "c801", "C801", true),
        ("RAW_HEX", "00e1", "00e2", false),
    ] {
        assert_eq!(equal(Some(&FormatName::from(format)), a, b), expected, "{format} {a} {b}");
    }
    assert!(equal(None, "21", "21.0"));
    assert!(!equal(None, "21", ""));
}

#[test]
fn compares_values_in_different_units() {
    for (a, text_a, b, text_b, expected) in [
        ("SNVT_temp_p#US", "68.00", "SNVT_temp_p", "20.00", true),
        ("SNVT_temp_p#US", "68.01", "SNVT_temp_p", "20.01", true),
        ("SNVT_temp_p#US", "68.01", "SNVT_temp_p", "20.03", false),
        ("SNVT_temp_p#US", "20.00", "SNVT_temp_p", "20.00", false),
        ("SNVT_temp_p#US", "20.00", "SNVT_temp_p#LO", "20.00", false),
        ("SNVT_temp_f#US", "68", "#0000000000000000[0].SNVT_temp_f", "20", true),
        ("SNVT_temp_f#US", "70.1", "SNVT_temp_f", "21.16667", true),
        ("SNVT_temp_f#US", "70.1", "SNVT_temp_f", "21.16668", false),
        ("SNVT_temp_f#US", "32.5", "SNVT_temp_f", "0.2777778", true),
        ("SNVT_temp_diff_p#US", "18", "SNVT_temp_diff_p", "10.00", true),
        ("SNVT_temp_diff_p#US", "18", "SNVT_temp_p", "10.00", false),
        ("SNVT_temp_setpt", "0 0 0 0 0 20", "SNVT_temp_setpt#US", "32 32 32 32 32 68", true),
        ("SNVT_power", "5.0", "SNVT_power#SI", "5", true),
        // The point was given another type since its inventory was read.
        ("SNVT_temp_p", "20.03", "SNVT_temp", "20.0", true),
        ("SNVT_temp_f", "20.03", "SNVT_temp_p", "20.04", false),
        ("SNVT_hvac_mode", "HVAC_OFF", "SNVT_switch", "0.0 0", false),
    ] {
        let (a, b) = (FormatName::from(a), FormatName::from(b));
        assert_eq!(equal_in(&a, text_a, &b, text_b), expected, "{a} {text_a} {b} {text_b}");
    }
}
