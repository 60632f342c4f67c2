use super::super::item::tests::{NS, body};
use super::super::{MessageError, SystemSection};
use super::{SystemEntry, SystemInfo, SystemValue, TimeZoneInfo, parse, request, time_zone};
use crate::domain::ItemFault;

#[test]
fn asks_for_a_section() {
    assert_eq!(
        request(SystemSection::RealTime).to_xml(),
        format!(
            "<SystemService_Read_Info xmlns=\"{NS}\"><iLONSystemService>\
             <UCPTsystemInfoType>SI_REAL_TIME</UCPTsystemInfoType></iLONSystemService></SystemService_Read_Info>"
        )
    );
}

#[test]
fn sections_have_words() {
    for section in SystemSection::ALL {
        assert_eq!(section.word().parse(), Ok(section));
        assert_eq!(serde_json::to_value(section).unwrap(), section.word());
    }
    let error = "clock".parse::<SystemSection>().unwrap_err().to_string();
    assert!(error.contains("time, network"), "{error}");
}

const TIME: &str = "<TIME>
  <UCPTtimeServer1>192.0.2.21</UCPTtimeServer1><UCPTtimeServer2/>
  <UCPTtimeLastSynched>FRI APR 04 12:57:39 2008</UCPTtimeLastSynched>
  <UCPTsystemTime>2008-04-04T12:57:41</UCPTsystemTime>
  <UCPTtimeZone>(GMT-0800) Pacific:-480:1:2.1.3.2:1.1.11.2</UCPTtimeZone>
</TIME>";

fn time(xml: &str) -> SystemInfo {
    parse(&body(xml), SystemSection::Time).unwrap().value
}

#[test]
fn reads_the_time_whatever_its_wrapping() {
    let expected = time(&format!(
        "<SystemService_Read_Info xmlns='{NS}'><iLONSystemService>{TIME}</iLONSystemService></SystemService_Read_Info>"
    ));
    let clock = expected.time.as_ref().unwrap();
    assert_eq!(clock.system_time.as_deref(), Some("2008-04-04T12:57:41"));
    assert_eq!(clock.time_servers, ["192.0.2.21"]);
    assert_eq!(clock.last_synchronised.as_deref(), Some("FRI APR 04 12:57:39 2008"));
    let zone = clock.time_zone.as_ref().unwrap();
    assert_eq!((zone.name.as_str(), zone.offset_minutes), ("(GMT-0800) Pacific", -480));
    assert_eq!(expected.entries.len(), 5);
    assert_eq!(expected.entries[3].name, "UCPTsystemTime");

    let escaped = TIME.replace('<', "&lt;");
    for content in [
        format!("<iLONSystemService>{TIME}</iLONSystemService>"),
        format!("<iLONSystemService><x>{TIME}</x></iLONSystemService>"),
        format!("<iLONSystemService xmlns=''>{escaped}</iLONSystemService>"),
        TIME.to_owned(),
    ] {
        let xml = format!(
            "<SystemService_Read_InfoResponse xmlns='{NS}'>{content}</SystemService_Read_InfoResponse>"
        );
        assert_eq!(time(&xml), expected, "{content}");
    }
}

#[test]
fn other_sections_are_told_as_they_are() {
    let xml = format!(
        "<SystemService_Read_Info xmlns='{NS}'><iLONSystemService><NETWORK><UCPThost> SmartServer </UCPThost>\
         <Dns><UCPTserver>1</UCPTserver><UCPTserver>2</UCPTserver></Dns></NETWORK></iLONSystemService>\
         </SystemService_Read_Info>"
    );
    let info = parse(&body(&xml), SystemSection::Network).unwrap().value;
    assert_eq!(info.time, None);
    assert_eq!(
        info.entries[0],
        SystemEntry { name: "UCPThost".into(), value: SystemValue::Text("SmartServer".into()) }
    );
    assert_eq!(
        serde_json::to_string(&info.entries[1]).unwrap(),
        r#"{"name":"Dns","value":[{"name":"UCPTserver","value":"1"},{"name":"UCPTserver","value":"2"}]}"#
    );
}

#[test]
fn faults_and_strangers_are_errors() {
    let root = |content: &str| {
        format!("<SystemService_Read_InfoResponse>{content}</SystemService_Read_InfoResponse>")
    };
    let fault = "<iLonItem><UCPTfaultCount>1</UCPTfaultCount><fault><faultcode faultType='_error'>2</faultcode>\
                 <faultstring>parameter error</faultstring></fault></iLonItem>";
    assert_eq!(
        parse(&body(&root(fault)), SystemSection::Time),
        Err(MessageError::GlobalFault(ItemFault { code: 2, text: "parameter error".into() }))
    );
    for xml in [
        root(""),
        root("<iLONSystemService><NETWORK/></iLONSystemService>"),
        root("<iLONSystemService>&lt;TIME</iLONSystemService>"),
        "<ReadResponse/>".into(),
    ] {
        let parsed = parse(&body(&xml), SystemSection::Time);
        assert!(matches!(parsed, Err(MessageError::Malformed(_))), "{xml}");
    }
}

#[test]
fn reads_time_zones() {
    let zone = |name: &str, offset_minutes, daylight_saving| {
        Some(TimeZoneInfo { name: name.into(), offset_minutes, daylight_saving })
    };
    for (text, expected) in [
        ("(GMT+01:00) Berlin:60:1:2.1.3.5:3.1.10.5", zone("(GMT+01:00) Berlin", 60, Some(true))),
        ("UTC:0:0::", zone("UTC", 0, Some(false))),
        ("India:+330: :x:y", zone("India", 330, None)),
        ("UTC", None),
        ("UTC:zero:0:a:b", None),
        ("", None),
    ] {
        assert_eq!(time_zone(text), expected, "{text}");
    }
}

#[test]
fn a_local_time_is_placed_by_the_header_or_not_at_all() {
    // Half past one comes twice on the day on which clocks are put back.
    let local = TIME.replace("2008-04-04T12:57:41", "2008-11-02T01:30:00");
    let placed = |local: &str, sent_at: Option<&str>| {
        let xml = format!("<SystemService_Read_Info>{local}</SystemService_Read_Info>");
        let mut told = time(&xml).time.unwrap();
        told.place(sent_at.map(|text| text.parse().unwrap()));
        told.at.map(|at| at.to_string())
    };
    for (sent_at, at) in [
        (Some("2008-11-02T08:30:01Z"), Some("2008-11-02T08:30:00Z")),
        (Some("2008-11-02T09:30:01Z"), Some("2008-11-02T09:30:00Z")),
        (Some("2008-11-02T01:30:01Z"), None),
        (None, None),
    ] {
        assert_eq!(placed(&local, sent_at).as_deref(), at, "{sent_at:?}");
    }
    let without = local.replace("Pacific:-480:1:", "Pacific:-480:0:");
    assert_eq!(placed(&without, None).as_deref(), Some("2008-11-02T09:30:00Z"));
}
