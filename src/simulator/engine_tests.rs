//! The test vectors of the interface that concern the data server and the system service.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::behaviour::{Behaviour, EnvelopeVersion, Malformed, RefusedWrite, Version};
use super::super::plan::{Plan, PointDraft};
use super::super::request::Request;
use super::super::signal::Signal;
use super::super::unit::Unit;
use super::super::wire::{MESSAGE, SOAP_1_1, SOAP_1_2};
use super::{Context, envelope, execute};
use crate::xml::{Element, Limits, XSI, parse};

const LAMP: &str = "Net/LON/AHU 1/Lamp[0]/nviLamp";
const TEMP: &str = "Net/LON/AHU 1/Sensor[0]/nvoTemp";
const SETPOINT: &str = "Net/LON/AHU 1/VirtFb/nviSetpoint";
const SCENE: &str = "Net/LON/AHU 1/VirtFb/nviScene";
const UNKNOWN: &str = "Net/LON/Pump 3/VirtFb/nvoFlow";

/// A SmartServer with five points, its behaviour, and a clock.
struct Bench {
    unit: Unit,
    behaviour: Behaviour,
    now: Timestamp,
}

impl Bench {
    fn new() -> Bench {
        let mut plan = Plan::default();
        plan.add_device("iLON App");
        let device = plan.add_device("AHU 1");
        let mut lamp = PointDraft::new("Lamp[0]/nviLamp", "SNVT_switch");
        lamp.presets = &[("OFF", "0.0 0"), ("ON", "100.0 1")];
        let mut temp = PointDraft::new("Sensor[0]/nvoTemp", "SNVT_temp");
        temp.signal = Signal::Sequence;
        let mut setpoint = PointDraft::new("VirtFb/nviSetpoint", "SNVT_temp_f");
        setpoint.presets = &[("COMFORT", "21")];
        setpoint.default = "21";
        let scene = PointDraft::new("VirtFb/nviScene", "SNVT_scene");
        for draft in [lamp, temp, setpoint, scene] {
            let point = draft.build(&plan, device).unwrap();
            plan.add_point(point);
        }
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let unit = Unit::new("00-D0-71-02-0A-18".parse().unwrap(), Arc::new(plan), 1, now);
        Bench { unit, behaviour: Behaviour::default(), now }
    }

    /// The envelope that answers this body.
    fn ask_envelope(&mut self, body: &str) -> Element {
        let text = format!(
            "<s:Envelope xmlns:s='{SOAP_1_1}' xmlns:xsi='{XSI}'><s:Body>{body}</s:Body></s:Envelope>"
        );
        self.now += SignedDuration::from_secs(1);
        let request = Request::read(&parse(&text, &Limits::REQUEST).unwrap()).unwrap();
        let mut context = Context::new(self.now, &self.behaviour);
        let reply = execute(&mut self.unit, &request, &mut context);
        let answer = envelope(&self.unit, &reply, &self.behaviour, request.version, (self.now, self.now));
        parse(&answer.to_xml(), &Limits::REQUEST).unwrap()
    }

    /// The `iLonItem` of the answer to an operation with these children of `iLonItem`.
    fn ask(&mut self, operation: &str, children: &str) -> Element {
        let body = format!("<{operation} xmlns='{MESSAGE}'><iLonItem>{children}</iLonItem></{operation}>");
        let envelope = self.ask_envelope(&body);
        let answer = body_of(&envelope);
        assert!(answer.is(MESSAGE, &format!("{operation}Response")), "{answer:?}");
        answer.child_ns(MESSAGE, "iLonItem").unwrap().clone()
    }

    fn select(&mut self, operation: &str, select: &str) -> Element {
        let escaped = select.replace('&', "&amp;").replace('<', "&lt;");
        self.ask(operation, &format!("<xSelect>{escaped}</xSelect>"))
    }

    fn read(&mut self, names: &[&str]) -> Element {
        let items: String = names.iter().map(|n| format!("<Item><UCPTname>{n}</UCPTname></Item>")).collect();
        self.ask("Read", &items)
    }

    fn write(&mut self, name: &str, members: &str) -> Element {
        self.ask("Write", &format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname>{members}</Item>"))
    }

    fn switch(&mut self, preset: &str, priority: u8) -> Element {
        let members = format!(
            "<UCPTvalue LonFormat='UCPTvalueDef'>{preset}</UCPTvalue><UCPTpriority>{priority}</UCPTpriority>"
        );
        self.write(LAMP, &members)
    }

    fn reset(&mut self, priority: u8) -> Element {
        self.ask(
            "InvokeCmd",
            &format!(
                "<Item xsi:type='Dp_ResetPrio_Invoke'><UCPTname>{LAMP}</UCPTname>\
                 <UCPTpriority>{priority}</UCPTpriority></Item>"
            ),
        )
    }

    /// Value and priority of the lamp as a Read shows them.
    fn lamp(&mut self) -> (String, String) {
        let answer = self.read(&[LAMP]);
        let item = only_item(&answer);
        (item.child_text("UCPTvalue").unwrap(), item.child_text("UCPTpriority").unwrap())
    }
}

fn body_of(envelope: &Element) -> &Element {
    envelope.child("Body").unwrap().elements().next().unwrap()
}

fn items(answer: &Element) -> Vec<&Element> {
    answer.children_named("Item").collect()
}

fn only_item(answer: &Element) -> &Element {
    assert_eq!(items(answer).len(), 1, "{answer:?}");
    items(answer)[0]
}

fn faults(answer: &Element) -> String {
    answer.child_text("UCPTfaultCount").unwrap()
}

fn code(of: &Element) -> Option<String> {
    let code = of.child("fault")?.child("faultcode")?;
    assert_eq!(code.attr("faultType"), Some("_error"));
    Some(code.text())
}

/// `LonFormat` and text of each `UCPTvalue`.
fn values(item: &Element) -> Vec<(String, String)> {
    item.children_named("UCPTvalue").map(|v| (v.attr("LonFormat").unwrap().to_owned(), v.text())).collect()
}

fn pair(format: &str, text: &str) -> (String, String) {
    (format.to_owned(), text.to_owned())
}

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
