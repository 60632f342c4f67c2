//! What alarm generators find and alarm notifiers notice; vectors by their numbers.

use super::applications::{GENERATOR, NOTIFIER, kind, members, texts};
use super::*;

#[test]
fn vector_26_an_alarm_is_acknowledged() {
    let mut bench = Bench::with_applications();
    assert_eq!(items(&bench.alarms("SUMMARY", "")).len(), 0, "no log before the first alarm");
    bench.alarm(true);
    let answer = bench.alarms("SUMMARY", "[position()<=60]");
    assert_eq!(kind(items(&answer)[0]), "UFPTalarmNotifier_Meta_Data");
    let expected = [
        "UCPTname",
        "UCPTlastUpdate",
        "UCPTalarmLog",
        "UCPTstart",
        "UCPTstop",
        "UCPTmodificationNumber",
        "UCPTlogLevel",
        "UCPTtotalCount",
    ];
    assert_eq!(members(items(&answer)[0]), expected);
    let alarm = items(&answer)[1];
    assert_eq!(alarm.child_text("UCPTname").unwrap(), SETPOINT);
    assert_eq!(alarm.child_text("UCPTpointStatus").unwrap(), "AL_ALM_CONDITION");
    assert_eq!(values(alarm)[1], pair("UCPTvalueDef", "AL_NUL"));
    let time = alarm.child_text("UCPTalarmTime").unwrap();
    let answer = bench.judge(SETPOINT, &time, "MANUAL_ACK", "valve exchanged");
    assert_eq!(
        (faults(&answer).as_str(), only_item(&answer).child_text("UCPTname").unwrap().as_str()),
        ("0", NOTIFIER)
    );
    let answer = bench.alarms("SUMMARY", "");
    let alarm = items(&answer)[1];
    assert_eq!(alarm.child_text("UCPTstatus").unwrap(), "MANUAL_ACK");
    assert_eq!(alarm.child("UCPTstatus").unwrap().attr("LonFormat"), Some("UCPTalarmStatus"));
    assert_eq!(alarm.child_text("UCPTdescription").unwrap(), "valve exchanged");
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTdescription",
        "UCPTvalue",
        "UCPTpointStatus",
        "UCPTpriority",
        "UCPTmetaDataPath",
        "UCPTalarmNotifierName",
        "UCPTalarmTime",
        "UCPTuserName",
        "UCPTstatus",
        "ReadData",
    ];
    assert_eq!(members(alarm), expected);
    assert_eq!(alarm.child("ReadData").unwrap().child_text("UCPTalarmType").unwrap(), "ACTIVE");
}

#[test]
fn vector_27_an_alarm_is_cleared() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    assert_eq!(faults(&bench.judge(SETPOINT, &time, "MANUAL_CLEAR", "")), "0");
    let answer = bench.alarms("SUMMARY", "");
    assert_eq!(only_item(&answer).child_text("UCPTtotalCount").unwrap(), "0");
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTstatus"), ["MANUAL_ACK_MANUAL_CLEAR"]);
}

#[test]
fn vector_28_the_history_of_alarms_is_cleared() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let answer = bench.about(
        "Clear",
        NOTIFIER,
        r#"//Item[@xsi:type="UFPTalarmNotifier_Data"][UCPTalarmLog="HISTORICAL"]"#,
    );
    assert_eq!(kind(only_item(&answer)), "UFPTalarmNotifier_ClearResponse");
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTname"), [""; 0]);
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTname"), [SETPOINT]);
}

#[test]
fn alarms_clear_themselves_once_they_are_acknowledged() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    bench.alarm(false);
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["AUTO_CLEAR"]);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    bench.judge(SETPOINT, &time, "MANUAL_ACK", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), [""; 0]);
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTstatus"), ["MANUAL_ACK_AUTO_CLEAR", "NACK"]);
}

#[test]
fn alarms_that_wait_for_a_person_stay() {
    let mut bench = Bench::with_applications();
    let lamp = bench.unit.find(LAMP).unwrap();
    for status in [Some("AL_ERROR".to_owned()), None] {
        bench.unit.states[lamp].status = status;
        bench.read(&[LAMP]);
    }
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    bench.judge(LAMP, &time, "MANUAL_ACK", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["MANUAL_ACK"]);
    bench.judge(LAMP, &time, "MANUAL_CLEAR", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), [""; 0]);
}

#[test]
fn an_acknowledgement_must_be_of_an_alarm_and_fit() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    for (point, time, status, comment, expected) in [
        (SETPOINT, "2026-03-01T10:00:00Z", "MANUAL_ACK", "", "15"),
        (LAMP, time.as_str(), "MANUAL_ACK", "", "15"),
        (UNKNOWN, &time, "MANUAL_ACK", "", "14"),
        (SETPOINT, &time, "AUTO_CLEAR", "", "2"),
        (SETPOINT, &time, "MANUAL_ACK", &"x".repeat(81), "2"),
        (SETPOINT, "yesterday", "MANUAL_ACK", "", "2"),
    ] {
        let answer = bench.judge(point, time, status, comment);
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{point} {time} {status}");
    }
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["NACK"]);
}

#[test]
fn the_key_of_an_alarm_holds_when_the_clock_is_wrong() {
    let mut bench = Bench::with_applications();
    bench.behaviour.clock_error = SignedDuration::from_nanos(90_000_500_000);
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    assert_eq!(faults(&bench.judge(SETPOINT, &time, "MANUAL_ACK", "")), "0");
    let later = format!(r#"[UCPTalarmTime>="{time}"]"#);
    assert_eq!(texts(&bench.alarms("SUMMARY", &later), "UCPTstatus"), ["MANUAL_ACK"]);
}

#[test]
fn a_generator_compares_as_it_is_told() {
    let mut bench = Bench::with_applications();
    let limits = "<UCPThighLimit1Offset>1</UCPThighLimit1Offset><UCPThighLimit2Offset>5</UCPThighLimit2Offset>\
                  <UCPTlowLimit1Offset>1</UCPTlowLimit1Offset>";
    for (function, value, expected) in [
        ("FN_GT", "20", "AL_NUL"),
        ("FN_GE", "20", "AL_ALM_CONDITION"),
        ("FN_LT", "19", "AL_ALM_CONDITION"),
        ("FN_LE", "21", "AL_NUL"),
        ("FN_EQ", "20", "AL_ALM_CONDITION"),
        ("FN_NE", "20", "AL_NUL"),
        ("FN_LIMIT", "20.5", "AL_NUL"),
        ("FN_LIMIT", "22", "AL_HIGH_LMT_ALM_1"),
        ("FN_LIMIT", "26", "AL_HIGH_LMT_ALM_2"),
        ("FN_LIMIT", "18", "AL_LOW_LMT_ALM_1"),
    ] {
        let set = format!(
            "<Item xsi:type='UFPTalarmGenerator_Cfg'><UCPTname>{GENERATOR}</UCPTname>\
             <DataPoint dpType='Input'><UCPTname>{SETPOINT}</UCPTname></DataPoint>\
             <DataPoint dpType='Compare'><UCPTname>{TEMP}</UCPTname></DataPoint>\
             <UCPTcompFunction>{function}</UCPTcompFunction>{limits}</Item>"
        );
        assert_eq!(faults(&bench.ask("Set", &set)), "0");
        bench.write(TEMP, "<UCPTvalue>20.0</UCPTvalue>");
        bench.write(SETPOINT, &format!("<UCPTvalue>{value}</UCPTvalue>"));
        let answer = bench.read(&[SETPOINT]);
        assert_eq!(only_item(&answer).child_text("UCPTpointStatus").unwrap(), expected, "{function} {value}");
    }
}
