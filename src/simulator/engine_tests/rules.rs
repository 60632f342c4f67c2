//! What the vectors leave out.

use super::*;

#[test]
fn get_shows_the_configuration_in_schema_order() {
    let answer = Bench::new().ask("Get", &format!("<Item><UCPTname>{LAMP}</UCPTname></Item>"));
    let item = only_item(&answer);
    assert_eq!(item.attr_ns(XSI, "type"), Some("Dp_Cfg"));
    let mut names: Vec<&str> = item.elements().map(|e| e.name.as_str()).collect();
    names.dedup();
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTuri",
        "UCPTformatDescription",
        "UCPTlength",
        "UCPTdirection",
        "UCPTdefOutput",
        "UCPTunit",
        "UCPTbaseType",
        "UCPTmaxFields",
        "SCPTmaxSendTime",
        "SCPTminSendTime",
        "SCPTmaxRcvTime",
        "ValueDef",
    ];
    assert_eq!(names, expected);
    let units: Vec<_> =
        item.children_named("UCPTunit").map(|u| (u.attr("field").unwrap(), u.text())).collect();
    assert_eq!(units, [("value", "% of full level".into()), ("state", "state code".into())]);
    let presets: Vec<_> =
        item.children_named("ValueDef").map(|v| v.child_text("UCPTvalue").unwrap()).collect();
    assert_eq!(presets, ["0.0 0", "100.0 1"]);
}

#[test]
fn get_filters_on_the_format_and_tells_missing_things_apart() {
    let mut bench = Bench::new();
    let select = r##"//Item[@xsi:type="Dp_Cfg"][UCPTformatDescription="#0000000000000000[0].SNVT_temp"]"##;
    assert_eq!(only_item(&bench.select("Get", select)).child_text("UCPTname").unwrap(), TEMP);
    assert_eq!(items(&bench.select("List", select)).len(), 0);
    let item = |kind: &str| format!("<Item xsi:type='{kind}'><UCPTname>Net/LON/Pump 3</UCPTname></Item>");
    assert_eq!(code(only_item(&bench.ask("Get", &item("LON_Device_Cfg")))).as_deref(), Some("6"));
    assert_eq!(code(only_item(&bench.ask("Get", &item("Dp_Cfg")))).as_deref(), Some("14"));
}

#[test]
fn a_point_before_its_first_poll_looks_real() {
    let mut bench = Bench::new();
    bench.unit.forget(2);
    let answer = bench.read(&[SETPOINT]);
    assert_eq!(only_item(&answer).child_text("UCPTvalue").unwrap(), "-3.402823e+38");
    assert_eq!(only_item(&answer).child_text("UCPTpointStatus").unwrap(), "AL_NUL");
    let aged = format!(
        "<Item xsi:type='Dp_Data'><UCPTname>{SETPOINT}</UCPTname><UCPTmaxAge>3600</UCPTmaxAge></Item>"
    );
    assert_eq!(only_item(&bench.ask("Read", &aged)).child_text("UCPTvalue").unwrap(), "21");
}

#[test]
fn points_of_an_unreachable_device_keep_their_values() {
    let mut bench = Bench::new();
    let before = only_item(&bench.read(&[TEMP])).child_text("UCPTvalue");
    bench.unit.unreachable.insert(1);
    let aged =
        format!("<Item xsi:type='Dp_Data'><UCPTname>{TEMP}</UCPTname><UCPTmaxAge>0</UCPTmaxAge></Item>");
    let answer = bench.ask("Read", &aged);
    assert_eq!(only_item(&answer).child_text("UCPTvalue"), before);
    assert_eq!(only_item(&answer).child_text("UCPTpointStatus").unwrap(), "AL_OFFLINE");
    bench.switch("ON", 240);
    assert_eq!(bench.unit.network_updates, 0);
}

#[test]
fn a_held_output_does_not_follow_its_device() {
    let mut bench = Bench::new();
    bench.write(TEMP, "<UCPTvalue>20</UCPTvalue><UCPTpriority>240</UCPTpriority>");
    let aged =
        format!("<Item xsi:type='Dp_Data'><UCPTname>{TEMP}</UCPTname><UCPTmaxAge>0</UCPTmaxAge></Item>");
    assert_eq!(only_item(&bench.ask("Read", &aged)).child_text("UCPTvalue").unwrap(), "20.0");
}

#[test]
fn a_write_needs_a_valid_priority_a_name_and_a_value() {
    let mut bench = Bench::new();
    for (name, members, expected) in [
        (LAMP, "<UCPTvalue>0.0 0</UCPTvalue><UCPTpriority>256</UCPTpriority>", "2"),
        (LAMP, "<UCPTpriority>240</UCPTpriority>", "4"),
        ("", "<UCPTvalue>0.0 0</UCPTvalue>", "5"),
        (UNKNOWN, "<UCPTvalue>0.0 0</UCPTvalue>", "14"),
    ] {
        assert_eq!(code(only_item(&bench.write(name, members))).as_deref(), Some(expected), "{members}");
    }
}

#[test]
fn the_header_tells_the_time_of_a_clock_that_is_wrong() {
    let mut bench = Bench::new();
    bench.behaviour.clock_error = SignedDuration::from_mins(5);
    bench.unit.configured = bench.now;
    let body = format!("<List xmlns='{MESSAGE}'><iLonItem/></List>");
    let envelope = bench.ask_envelope(&body);
    let properties =
        envelope.child_ns(SOAP_1_1, "Header").unwrap().child_ns(MESSAGE, "messageProperties").unwrap();
    assert_eq!(properties.child_text("UCPTtimeStamp").unwrap(), "2026-03-01T11:05:01.000+01:00");
    assert_eq!(properties.child_text("UCPTuniqueId").unwrap(), "030071020a18");
    assert_eq!(properties.child_text("UCPTlastUpdate").unwrap(), "2026-03-01T10:05:00Z");
    bench.behaviour.no_header = true;
    assert!(bench.ask_envelope(&body).child("Header").is_none());
}

#[test]
fn switches_change_the_answer() {
    let mut bench = Bench::new();
    bench.behaviour.unqualified_children = true;
    bench.behaviour.reversed_items = true;
    let body = format!("<List xmlns='{MESSAGE}'><iLonItem><xSelect>//Item</xSelect></iLonItem></List>");
    let envelope = bench.ask_envelope(&body);
    assert!(body_of(&envelope).is(MESSAGE, "ListResponse"));
    let answer = body_of(&envelope).child_ns("", "iLonItem").unwrap();
    assert_eq!(items(answer)[3].child_ns("", "UCPTname").unwrap().text(), LAMP);
    for (malformed, children) in [(Malformed::NoBody, 1), (Malformed::NotSoap, 0)] {
        bench.behaviour.malformed = Some(malformed);
        assert_eq!(bench.ask_envelope(&body).elements().count(), children, "{malformed:?}");
    }
}

#[test]
fn answers_are_in_the_version_asked_for() {
    let behaviour = |envelope| Behaviour { envelope, ..Behaviour::default() };
    assert_eq!(behaviour(EnvelopeVersion::Mirror).version(Version::V12), Version::V12);
    assert_eq!(behaviour(EnvelopeVersion::V11).version(Version::V12), Version::V11);
}

#[test]
fn points_come_and_go() {
    let mut bench = Bench::new();
    let name = "Net/LON/AHU 1/Block[3]/nviNew";
    assert!(bench.unit.add_point(name, "SNVT_count", bench.now));
    assert!(!bench.unit.add_point(name, "SNVT_count", bench.now));
    assert!(!bench.unit.add_point("Net/LON/Other/Block/nviNew", "SNVT_count", bench.now));
    assert_eq!(only_item(&bench.read(&[name])).child_text("UCPTvalue").unwrap(), "0");
    let n = bench.unit.find(name).unwrap();
    bench.unit.states[n].removed = true;
    assert_eq!(code(only_item(&bench.read(&[name]))).as_deref(), Some("14"));
}

#[test]
fn points_of_nested_types_are_written_and_shown() {
    let mut bench = Bench::new();
    let name = "Net/LON/AHU 1/VirtFb/nviBlind";
    assert!(bench.unit.add_point(name, "SNVT_sblnd_state", bench.now));
    let answer = bench.write(name, "<UCPTvalue>SET_STATE 50.0 -10.00 SBCS_LOCAL SBE_LIMITS</UCPTvalue>");
    assert_eq!(faults(&answer), "0");
    let field = "<UCPTvalue LonFormat='SNVT_sblnd_state.pos'>SET_DOWN 20.0 0.00</UCPTvalue>";
    assert_eq!(faults(&bench.write(name, field)), "0");
    let select =
        |form: &str| format!(r#"//Item[@xsi:type="Dp_Data"][UCPTname="{name}"][UCPTvalueFormat="{form}"]"#);
    let answer = bench.select("Read", &select("VF_FIELDS"));
    let shown: Vec<String> = values(only_item(&answer)).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        shown,
        ["SET_DOWN 20.0 0.00 SBCS_LOCAL SBE_LIMITS", "SET_DOWN 20.0 0.00", "SBCS_LOCAL", "SBE_LIMITS"]
    );
    let answer = bench.select("Read", &select("VF_RAW_HEX"));
    assert_eq!(values(only_item(&answer)), [pair("RAW_HEX", "022800000002")]);
}
