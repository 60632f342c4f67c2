//! The test vectors of the interface, by their numbers.

use super::*;

#[test]
fn vector_01_list_of_all_points() {
    let answer = Bench::new().select("List", r#"//Item[@xsi:type="Dp_Cfg"]"#);
    assert_eq!(faults(&answer), "0");
    assert_eq!(answer.child_text("UCPTcurrentConfig").unwrap(), "4.0");
    assert_eq!(items(&answer).len(), 4);
    let lamp = items(&answer)[0];
    assert_eq!(lamp.attr_ns(XSI, "type"), None);
    assert_eq!(lamp.child_text("UCPTname").unwrap(), LAMP);
    assert_eq!(lamp.child_text("UCPTannotation").unwrap(), r#"Dp_In;xsi:type="LON_Dp_Cfg""#);
}

#[test]
fn vector_02_list_with_a_filter_that_matches_nothing() {
    let answer =
        Bench::new().select("List", r#"//Item[@xsi:type="Dp_Cfg"][starts-with(UCPTname,"Net/MOD")]"#);
    assert_eq!((faults(&answer).as_str(), items(&answer).len()), ("0", 0));
}

#[test]
fn vector_03_list_without_xselect() {
    let answer = Bench::new().ask("List", "");
    assert_eq!((faults(&answer).as_str(), code(&answer).as_deref()), ("1", Some("4")));
    assert_eq!(items(&answer).len(), 0);
}

#[test]
fn vector_04_list_with_a_broken_xselect() {
    let answer = Bench::new().select("List", "//Item[@xsi:type=");
    assert_eq!((faults(&answer).as_str(), code(&answer).as_deref()), ("1", Some("3")));
    assert_eq!(items(&answer).len(), 0);
}

#[test]
fn vector_05_list_of_devices() {
    let answer = Bench::new().select("List", r#"//Item[@xsi:type="LON_Device_Cfg"]"#);
    let annotations: Vec<String> =
        items(&answer).iter().map(|i| i.child_text("UCPTannotation").unwrap()).collect();
    assert!(annotations.iter().all(|a| a.contains(r#";xsi:type="LON_Device_Cfg""#)));
    assert_eq!(annotations.iter().filter(|a| a.ends_with(";local")).count(), 1);
}

#[test]
fn vector_06_read_of_a_switch() {
    let answer = Bench::new().read(&[LAMP]);
    assert_eq!(faults(&answer), "0");
    let item = only_item(&answer);
    assert_eq!(item.attr_ns(XSI, "type"), Some("Dp_Data"));
    let expected = [pair("#0000000000000000[0].SNVT_switch", "0.0 0"), pair("UCPTvalueDef", "OFF")];
    assert_eq!(values(item), expected);
    assert_eq!(item.child("UCPTvalue").unwrap().attr("Unit"), Some("value, state"));
    assert_eq!(item.child_text("UCPTpointStatus").unwrap(), "AL_NUL");
    assert_eq!(item.child_text("UCPTpriority").unwrap(), "255");
}

#[test]
fn vector_07_read_of_an_unknown_point() {
    let answer = Bench::new().read(&[UNKNOWN]);
    assert_eq!(faults(&answer), "1");
    let item = only_item(&answer);
    assert_eq!(code(item).as_deref(), Some("14"));
    let names: Vec<&str> = item.elements().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["fault", "UCPTname"]);
    assert_eq!(item.child_text("UCPTname").unwrap(), UNKNOWN);
}

#[test]
fn vector_08_read_of_a_known_and_an_unknown_point() {
    let answer = Bench::new().read(&[UNKNOWN, TEMP]);
    assert_eq!((faults(&answer).as_str(), items(&answer).len()), ("1", 2));
    assert_eq!(code(items(&answer)[0]).as_deref(), Some("14"));
    assert_eq!(code(items(&answer)[1]), None);
    assert_eq!(items(&answer)[1].child_text("UCPTname").unwrap(), TEMP);
}

#[test]
fn vector_09_read_with_unqualified_children() {
    let body = format!(
        "<p:Read xmlns:p='{MESSAGE}'><iLonItem><Item><UCPTname>{LAMP}</UCPTname></Item></iLonItem></p:Read>"
    );
    let envelope = Bench::new().ask_envelope(&body);
    let answer = body_of(&envelope).child("iLonItem").unwrap();
    assert_eq!(only_item(answer).child_text("UCPTvalue").unwrap(), "0.0 0");
}

#[test]
fn vector_10_read_of_fields() {
    let select = format!(r#"//Item[@xsi:type="Dp_Cfg"][UCPTname="{LAMP}"][UCPTvalueFormat="VF_FIELDS"]"#);
    let answer = Bench::new().select("Read", &select);
    let expected = [
        pair("#0000000000000000[0].SNVT_switch", "0.0 0"),
        pair("#0000000000000000[0].SNVT_switch.value", "0.0"),
        pair("#0000000000000000[0].SNVT_switch.state", "0"),
        pair("UCPTvalueDef", "OFF"),
    ];
    let item = only_item(&answer);
    assert_eq!(values(item), expected);
    let units: Vec<_> = item.children_named("UCPTvalue").map(|v| v.attr("Unit")).collect();
    assert_eq!(units, [Some("value, state"), Some("% of full level"), Some("state code"), None]);
}

#[test]
fn vector_11_read_of_raw_bytes() {
    let mut bench = Bench::new();
    bench.switch("ON", 255);
    let select = format!(r#"//Item[@xsi:type="Dp_Data"][UCPTname="{LAMP}"][UCPTvalueFormat="VF_RAW_HEX"]"#);
    let answer = bench.select("Read", &select);
    assert_eq!(values(only_item(&answer)), [pair("RAW_HEX", "c801")]);
}

#[test]
fn vector_12_xselect_and_items_are_an_and() {
    let select = r#"<xSelect>//Item[@xsi:type="Dp_Cfg"][contains(UCPTname,"nvo")]</xSelect>"#;
    let item = |name: &str| format!("<Item><UCPTname>{name}</UCPTname></Item>");
    let answer = Bench::new().ask("Read", &format!("{select}{}{}", item(LAMP), item(TEMP)));
    assert_eq!(only_item(&answer).child_text("UCPTname").unwrap(), TEMP);
}

#[test]
fn vector_13_max_age_polls_the_device() {
    let mut bench = Bench::new();
    let aged = |age: &str| {
        format!("<Item xsi:type='Dp_Data'><UCPTname>{TEMP}</UCPTname><UCPTmaxAge>{age}</UCPTmaxAge></Item>")
    };
    let first = only_item(&bench.read(&[TEMP])).child_text("UCPTvalue");
    assert_eq!(bench.unit.polls, 0);
    let second = only_item(&bench.ask("Read", &aged("0"))).child_text("UCPTvalue");
    assert_eq!(bench.unit.polls, 1);
    assert_ne!(first, second);
    bench.ask("Read", &aged("10.0"));
    assert_eq!(bench.unit.polls, 1);
    bench.ask("Read", &aged("1.0"));
    assert_eq!(bench.unit.polls, 2);
}

#[test]
fn vector_14_a_read_of_more_points_than_advised_is_answered() {
    let answer = Bench::new().read(&[LAMP; 101]);
    assert_eq!((faults(&answer).as_str(), items(&answer).len()), ("0", 101));
}

#[test]
fn vector_15_write_of_a_preset() {
    let mut bench = Bench::new();
    let answer = bench.switch("ON", 240);
    assert_eq!(faults(&answer), "0");
    let item = only_item(&answer);
    assert_eq!(item.attr_ns(XSI, "type"), None);
    assert_eq!(item.child_text("UCPTvalue").unwrap(), "100.0 1");
    let answer = bench.read(&[LAMP]);
    assert_eq!(values(only_item(&answer))[1], pair("UCPTvalueDef", "ON"));
    assert_eq!(bench.lamp(), ("100.0 1".into(), "240".into()));
}

#[test]
fn vector_16_a_weaker_write_is_refused() {
    let mut bench = Bench::new();
    bench.switch("ON", 240);
    let answer = bench.switch("OFF", 250);
    assert_eq!((faults(&answer).as_str(), code(only_item(&answer)).as_deref()), ("1", Some("12")));
    assert_eq!(bench.lamp(), ("100.0 1".into(), "240".into()));
}

#[test]
fn vector_16_or_silently_ignored() {
    let mut bench = Bench::new();
    bench.behaviour.refused_write = RefusedWrite::Silent;
    bench.switch("ON", 240);
    let answer = bench.switch("OFF", 250);
    assert_eq!(faults(&answer), "0");
    assert_eq!(only_item(&answer).child_text("UCPTvalue").unwrap(), "100.0 1");
    assert_eq!(bench.lamp(), ("100.0 1".into(), "240".into()));
}

#[test]
fn vector_17_stronger_and_equal_writes_are_taken() {
    let mut bench = Bench::new();
    bench.switch("ON", 240);
    assert_eq!(faults(&bench.switch("OFF", 230)), "0");
    assert_eq!(bench.lamp(), ("0.0 0".into(), "230".into()));
    assert_eq!(faults(&bench.switch("ON", 230)), "0");
    assert_eq!(bench.lamp(), ("100.0 1".into(), "230".into()));
}

#[test]
fn vector_18_a_reset_frees_the_priority_and_leaves_the_value() {
    let mut bench = Bench::new();
    bench.switch("ON", 240);
    let answer = bench.reset(235);
    assert_eq!(faults(&answer), "0");
    assert_eq!(only_item(&answer).child_text("UCPTname").unwrap(), LAMP);
    assert_eq!(bench.lamp(), ("100.0 1".into(), "255".into()));
}

#[test]
fn vector_19_a_weaker_reset_fails() {
    let mut bench = Bench::new();
    bench.switch("ON", 240);
    let answer = bench.reset(245);
    assert_eq!((faults(&answer).as_str(), code(only_item(&answer)).as_deref()), ("1", Some("12")));
    assert_eq!(bench.lamp().1, "240");
}

#[test]
fn vector_20_a_value_in_fahrenheit_is_converted() {
    let mut bench = Bench::new();
    let value = "<UCPTvalue LonFormat='#0000000000000000[0].SNVT_temp_f#US'>68.0</UCPTvalue>";
    assert_eq!(faults(&bench.write(SETPOINT, value)), "0");
    let answer = bench.read(&[SETPOINT]);
    assert_eq!(values(only_item(&answer)), [pair("#0000000000000000[0].SNVT_temp_f", "20")]);
}

#[test]
fn vector_21_fields_without_propagation_and_one_network_update() {
    let mut bench = Bench::new();
    let field = |name: &str, text: &str, propagate: u8| {
        format!(
            "<UCPTvalue LonFormat='SNVT_scene.{name}'>{text}</UCPTvalue><UCPTpropagate>{propagate}</UCPTpropagate>"
        )
    };
    bench.write(SCENE, &field("function", "SC_LEARN", 0));
    bench.write(SCENE, &field("scene_number", "4", 0));
    assert_eq!(bench.unit.network_updates, 0);
    let answer = bench.write(SCENE, &field("scene_number", "5", 1));
    assert_eq!(bench.unit.network_updates, 1);
    assert_eq!(values(only_item(&answer)).last(), Some(&pair("SNVT_scene.scene_number", "5")));
    assert_eq!(only_item(&bench.read(&[SCENE])).child_text("UCPTvalue").unwrap(), "SC_LEARN 5");
}

#[test]
fn vector_22_a_text_that_does_not_fit_is_a_format_error() {
    let mut bench = Bench::new();
    for (name, format, text, expected) in [
        (TEMP, "#0000000000000000[0].SNVT_temp", "abc", "11"),
        (LAMP, "RAW_HEX", "c8", "11"),
        (LAMP, "#0000000000000000[0].SNVT_temp", "20", "11"),
        (LAMP, "UCPTvalueDef", "FOO", "11"),
        (LAMP, "SNVT_switch.level", "20", "16"),
    ] {
        let answer = bench.write(name, &format!("<UCPTvalue LonFormat='{format}'>{text}</UCPTvalue>"));
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{format} {text}");
    }
    assert_eq!(bench.lamp(), ("0.0 0".into(), "255".into()));
}

#[test]
fn vector_23_the_value_counts_when_the_preset_is_unknown() {
    let mut bench = Bench::new();
    bench.switch("ON", 255);
    let values = |preset: &str| {
        format!(
            "<UCPTvalue LonFormat='#0000000000000000[0].SNVT_switch'>0.0 0</UCPTvalue>\
             <UCPTvalue LonFormat='UCPTvalueDef'>{preset}</UCPTvalue>"
        )
    };
    assert_eq!(faults(&bench.write(LAMP, &values("FOO"))), "0");
    assert_eq!(bench.lamp().0, "0.0 0");
    bench.write(LAMP, &values("ON"));
    assert_eq!(bench.lamp().0, "100.0 1");
}

#[test]
fn vector_29_system_time() {
    let mut bench = Bench::new();
    let body = format!(
        "<SystemService_Read_Info xmlns='{MESSAGE}'><iLONSystemService><UCPTsystemInfoType>SI_TIME\
         </UCPTsystemInfoType></iLONSystemService></SystemService_Read_Info>"
    );
    let envelope = bench.ask_envelope(&body);
    assert!(body_of(&envelope).is(MESSAGE, "SystemService_Read_Info"));
    let time = body_of(&envelope).child("iLONSystemService").unwrap().child("TIME").unwrap();
    let names: Vec<&str> = time.elements().map(|e| e.name.as_str()).collect();
    let expected =
        ["UCPTtimeServer1", "UCPTtimeServer2", "UCPTtimeLastSynched", "UCPTsystemTime", "UCPTtimeZone"];
    assert_eq!(names, expected);
    assert_eq!(time.child_text("UCPTtimeLastSynched").unwrap(), "SUN MAR 01 11:00:00 2026");
    assert_eq!(time.child_text("UCPTsystemTime").unwrap(), "2026-03-01T11:00:01");
    bench.behaviour.system_root_with_response = true;
    assert!(body_of(&bench.ask_envelope(&body)).is(MESSAGE, "SystemService_Read_InfoResponse"));
}

#[test]
fn every_section_of_the_system_has_members_and_another_is_a_fault() {
    let mut bench = Bench::new();
    let mut section = |name: &str| {
        let body = format!(
            "<SystemService_Read_Info xmlns='{MESSAGE}'><iLONSystemService><UCPTsystemInfoType>{name}\
             </UCPTsystemInfoType></iLONSystemService></SystemService_Read_Info>"
        );
        let envelope = bench.ask_envelope(&body);
        let answer = body_of(&envelope).child("iLONSystemService").cloned();
        answer.and_then(|answer| answer.into_elements().next())
    };
    for name in ["TIME", "NETWORK", "SECURITY", "HARDWARE", "REAL_TIME", "MAIL", "RTR", "RTR_STAT", "LSPA"] {
        let answer = section(&format!("SI_{name}")).unwrap();
        assert_eq!(answer.name, name);
        assert!(answer.elements().count() > 1, "{answer:?}");
    }
    assert_eq!(section("SI_WEATHER"), None);
}

#[test]
fn quirks_change_an_answer_and_leave_its_meaning() {
    let mut bench = Bench::new();
    bench.unit.utc_offset = -8 * 3600;
    bench.unit.forget(1);
    bench.behaviour = Behaviour { unqualified_children: false, ..Behaviour::quirky() };
    let items = [UNKNOWN, TEMP].map(|name| format!("<Item><UCPTname>{name}</UCPTname></Item>")).concat();
    let body = format!("<Read xmlns='{MESSAGE}'><iLonItem>{items}</iLonItem></Read>");
    let envelope = bench.ask_envelope(&body);
    let header = envelope.child("Header").unwrap().child("messageProperties").unwrap();
    assert!(header.child_text("UCPTlastUpdate").unwrap().ends_with("-8:00"), "{header:?}");
    let id = header.child_text("UCPTuniqueId").unwrap();
    assert_eq!(id, id.to_uppercase());
    let answer = body_of(&envelope);
    assert!(answer.is(MESSAGE, "Read"), "{answer:?}");
    let collection = answer.child("iLonItem").unwrap();
    let [temp, unknown, blank] = items_of(collection);
    assert_eq!(temp.child_text("UCPTname").unwrap(), TEMP, "reversed");
    assert_eq!(temp.child_text("UCPTvalue").unwrap(), "0.0", "not polled yet");
    assert_eq!(code(unknown).as_deref(), Some("14"));
    let text = unknown.child("fault").unwrap().child_text("faultstring").unwrap();
    assert_eq!(text, "Name not found Net/LON/Pump 3/VirtFb/");
    assert_eq!(blank.child_text("UCPTname").unwrap(), "");
    bench.behaviour = Behaviour::default();
    assert_ne!(values(only_item(&bench.read(&[TEMP])))[0].1, "0.0", "it was polled after that");
}

fn items_of(collection: &Element) -> [&Element; 3] {
    items(collection).try_into().unwrap()
}

#[test]
fn vector_30_status_of_a_device() {
    let mut bench = Bench::new();
    let query = "<Item xsi:type='LON_Device_Command_Invoke' Command='QueryStatus'>\
                 <UCPTname>Net/LON/AHU 1</UCPTname></Item>";
    let status = |answer: &Element| only_item(answer).child_text("UCPTonlineStatus").unwrap();
    assert_eq!(status(&bench.ask("InvokeCmd", query)), "DST_CONFIGURED_ONLINE");
    bench.unit.unreachable.insert(1);
    assert_eq!(status(&bench.ask("InvokeCmd", query)), "DST_CONFIGURED_HARD_OFFLINE");
}

#[test]
fn vector_32_an_unknown_message_is_a_soap_fault() {
    let mut bench = Bench::new();
    let envelope = bench.ask_envelope(&format!("<Foo xmlns='{MESSAGE}'/>"));
    assert!(body_of(&envelope).is(SOAP_1_1, "Fault"));
    assert_eq!(body_of(&envelope).child_text("faultcode").unwrap(), "1");
    bench.behaviour.envelope = EnvelopeVersion::V12;
    let envelope = bench.ask_envelope("<List xmlns='urn:other'/>");
    assert!(body_of(&envelope).is(SOAP_1_2, "Fault"));
}
