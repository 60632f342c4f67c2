use super::super::item::tests::{NS, body, name};
use super::message::{delete, get, read_items, set};
use super::{
    BusKind, Difference, FieldUnit, FormattedText, PointItem, PointKind, PointMember, PresetDefinition,
};
use crate::domain::ItemFault;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const SWITCH: &str = "#0000000000000000[0].SNVT_switch";

fn read(kind: PointKind, item: &str) -> Option<PointItem> {
    let answer = format!(
        "<GetResponse xmlns='{NS}' xmlns:xsi='{XSI}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount>{item}\
         </iLonItem></GetResponse>"
    );
    let parsed = read_items(kind, &body(&answer), &[name("Net/LON/a b/x[0]")]).unwrap();
    parsed.value.into_iter().next().unwrap().1.unwrap()
}

/// As a SmartServer answers, with a member that the schema does not have.
fn lamp() -> PointItem {
    let value = format!("<UCPTvalue LonFormat=\"{SWITCH}\"");
    let item = format!(
        r#"<Item xsi:type="Dp_Cfg" >
          <UCPTname>Net/LON/a b/x[0]</UCPTname><UCPTannotation>Dp_In;xsi:type=&quot;LON_Dp_Cfg&quot;;local</UCPTannotation>
          <UCPThidden>0</UCPThidden><UCPTlastUpdate>2012-04-02T08:00:00.000+02:00</UCPTlastUpdate>
          <UCPTformatDescription>{SWITCH}</UCPTformatDescription><UCPTlength>2</UCPTlength>
          <UCPTdirection LonFormat="UCPTdirection">DIR_IN</UCPTdirection>
          <UCPTunit field="value">% of full level</UCPTunit><UCPTunit field="state">state code</UCPTunit>
          <UCPTvendor kind="k"><Deep>1</Deep></UCPTvendor>
          <UCPTbaseType LonFormat="UCPTbaseType">BT_STRUCT</UCPTbaseType>
          <SCPTmaxSendTime>0.0</SCPTmaxSendTime><SCPTmaxRcvTime>2.5</SCPTmaxRcvTime>
          <ValueDef><UCPTindex>0</UCPTindex><UCPTname>OFF</UCPTname>{value}>0.0 0</UCPTvalue></ValueDef>
          <ValueDef><UCPTindex>4</UCPTindex><UCPTname>ON</UCPTname>{value}>100.0 1</UCPTvalue></ValueDef>
        </Item>"#
    );
    read(PointKind::Generic, &item).unwrap()
}

fn sent(item: PointItem) -> String {
    let xml = set(&[item]).to_xml();
    let (_, item) = xml.split_once("xsi:type=").unwrap();
    item.strip_suffix("</Item></iLonItem></Set>").unwrap().to_owned()
}

fn value(text: &str) -> FormattedText {
    FormattedText { format: Some(SWITCH.into()), text: text.into() }
}

#[test]
fn asks_in_the_type_that_is_wanted() {
    for (kind, xsi_type) in [
        (PointKind::Generic, "Dp_Cfg"),
        (PointKind::Bus(BusKind::Lon), "LON_Dp_Cfg"),
        (PointKind::Bus(BusKind::LonProperty), "LON_Cp_Dp_Cfg"),
        (PointKind::Bus(BusKind::Modbus), "MOD_Dp_Cfg"),
        (PointKind::Bus(BusKind::Mbus), "MBS_Dp_Cfg"),
        (PointKind::Bus(BusKind::Virtual), "Virtual_Dp_Cfg"),
    ] {
        let item = format!(
            "<Item xmlns:xsi=\"{XSI}\" xsi:type=\"{xsi_type}\"><UCPTname>a &amp; b</UCPTname></Item>"
        );
        let expected = |operation: &str| {
            format!("<{operation} xmlns=\"{NS}\"><iLonItem>{item}</iLonItem></{operation}>")
        };
        assert_eq!(get(kind, &[name("a & b")]).to_xml(), expected("Get"));
        if let PointKind::Bus(bus) = kind {
            assert_eq!(delete(bus, &[name("a & b")]).to_xml(), expected("Delete"));
        }
        assert_eq!(set(&[PointItem::new(kind, name("a & b"))]).to_xml(), expected("Set"));
    }
}

#[test]
fn reads_every_member() {
    let lamp = lamp();
    assert_eq!(lamp.bus(), Some(BusKind::Lon));
    assert_eq!(lamp.text(PointMember::Format).as_deref(), Some(SWITCH));
    assert_eq!(lamp.text(PointMember::BaseType).as_deref(), Some("BT_STRUCT"));
    assert_eq!((lamp.flag(PointMember::Hidden), lamp.flag(PointMember::Persist)), (Some(false), None));
    assert_eq!(lamp.number(PointMember::MaxReceiveTime), Some(2.5));
    let unit = |field: &str, unit: &str| FieldUnit { field: Some(field.into()), unit: unit.into() };
    assert_eq!(lamp.units(), [unit("value", "% of full level"), unit("state", "state code")]);
    let preset = |name: &str, text: &str| PresetDefinition { name: name.into(), value: value(text) };
    assert_eq!(lamp.presets(), [preset("OFF", "0.0 0"), preset("ON", "100.0 1")]);
    assert_eq!(lamp.others(), [("UCPTvendor".to_owned(), "1".to_owned())]);
    assert_eq!(lamp.summary().presets.len(), 2);
}

#[test]
fn another_type_than_asked_for_is_none() {
    let item = "<Item xsi:type='Dp_Cfg'><UCPTname>Net/LON/a b/x[0]</UCPTname></Item>";
    assert_eq!(read(PointKind::Bus(BusKind::Lon), item), None);
    assert!(read(PointKind::Generic, item).is_some());
}

#[test]
fn what_is_not_changed_goes_back_as_it_came() {
    let before = sent(lamp());
    let mut changed = lamp();
    changed.set(PointMember::Description, Some("hall"));
    changed.set(PointMember::MaxReceiveTime, Some("60"));
    changed.set(PointMember::Persist, Some("1"));
    changed.set_value(PointMember::Minimum, Some(&value("0.0 0")));
    changed.set(PointMember::MaxSendTime, None);
    let expected = before
        .replace("</UCPTlastUpdate>", "</UCPTlastUpdate><UCPTdescription>hall</UCPTdescription>")
        .replace(">2.5<", ">60<")
        .replace("</UCPTdirection>", "</UCPTdirection><UCPTpersist>1</UCPTpersist>")
        .replace("<SCPTmaxSendTime>0.0</SCPTmaxSendTime>", "")
        .replacen(
            "<ValueDef>",
            &format!("<UCPTminValue LonFormat=\"{SWITCH}\">0.0 0</UCPTminValue><ValueDef>"),
            1,
        );
    assert_eq!(sent(changed), expected);
    assert!(before.contains("<UCPTvendor kind=\"k\"><Deep>1</Deep></UCPTvendor><UCPTbaseType"), "{before}");
}

#[test]
fn presets_that_stay_keep_their_index() {
    let mut lamp = lamp();
    let preset = |name: &str, text: &str| PresetDefinition { name: name.into(), value: value(text) };
    lamp.set_presets(&[preset("ON", "80.0 1"), preset("DIM", "20.0 1")]);
    let xml = sent(lamp);
    let (_, definitions) = xml.split_once("<ValueDef>").unwrap();
    assert_eq!(
        definitions,
        format!(
            "<UCPTindex>4</UCPTindex><UCPTname>ON</UCPTname><UCPTvalue LonFormat=\"{SWITCH}\">80.0 1</UCPTvalue>\
             </ValueDef><ValueDef><UCPTindex>5</UCPTindex><UCPTname>DIM</UCPTname>\
             <UCPTvalue LonFormat=\"{SWITCH}\">20.0 1</UCPTvalue></ValueDef>"
        )
    );
}

#[test]
fn a_new_point_is_written_in_the_order_of_its_type() {
    let mut point = PointItem::new(PointKind::Bus(BusKind::Modbus), name("a"));
    for (member, text) in [
        (PointMember::PollRate, "10"),
        (PointMember::DataOrdering, "DO_BIG"),
        (PointMember::StartBit, "0"),
        (PointMember::StartAddress, "40001"),
        (PointMember::ModbusTable, "MT_HOLDING"),
        (PointMember::BaseType, "BT_UNSIGNED_SHORT"),
        (PointMember::Direction, "DIR_IN"),
        (PointMember::Format, SWITCH),
    ] {
        assert!(point.kind().has(member));
        point.set(member, Some(text));
    }
    point.set_units(&[FieldUnit { field: None, unit: "°C".into() }]);
    assert_eq!(
        sent(point),
        format!(
            "\"MOD_Dp_Cfg\"><UCPTname>a</UCPTname><UCPTformatDescription>{SWITCH}</UCPTformatDescription>\
             <UCPTdirection LonFormat=\"UCPTdirection\">DIR_IN</UCPTdirection><UCPTunit>°C</UCPTunit>\
             <UCPTbaseType LonFormat=\"UCPTbaseType\">BT_UNSIGNED_SHORT</UCPTbaseType>\
             <UCPTmodbusTable LonFormat=\"UCPTmodbusTable\">MT_HOLDING</UCPTmodbusTable>\
             <UCPTstartAddress>40001</UCPTstartAddress><UCPTstartBit>0</UCPTstartBit>\
             <UCPTdataOrdering LonFormat=\"UCPTdataOrdering\">DO_BIG</UCPTdataOrdering>\
             <UCPTpollRate>10</UCPTpollRate>"
        )
    );
    assert!(!PointKind::Bus(BusKind::Lon).has(PointMember::Minimum));
    assert!(!PointKind::Generic.has(PointMember::PollRate));
}

#[test]
fn differences_are_told_by_value() {
    let before = lamp();
    let mut asked = lamp();
    asked.set(PointMember::MaxReceiveTime, Some("60"));
    asked.set(PointMember::MaxSendTime, None);
    asked.set_value(PointMember::Maximum, Some(&value("100 1")));
    let mut found = asked.clone();
    found.set(PointMember::MaxReceiveTime, Some("60.000001"));
    found.set(PointMember::LastUpdate, Some("2012-04-02T09:00:00.000+02:00"));
    found.set(PointMember::Precision, Some("1"));
    found.set_value(PointMember::Maximum, Some(&value("100.0 1")));
    assert_eq!(asked.differences(Some(&before), &found), [], "the same in other words");

    found.set(PointMember::MaxSendTime, Some("0.0"));
    found.set_presets(&[]);
    found.set(PointMember::Direction, Some("DIR_OUT"));
    let difference = |member: &str, sent: Option<&str>, found: Option<&str>| Difference {
        member: member.into(),
        sent: sent.map(Into::into),
        found: found.map(Into::into),
    };
    assert_eq!(
        asked.differences(Some(&before), &found),
        [
            difference("direction", Some("DIR_IN"), Some("DIR_OUT")),
            difference("presets", Some("0 OFF 0.0 0, 4 ON 100.0 1"), None),
            difference("max_send_time_ms", None, Some("0.0")),
        ]
    );
}

#[test]
fn a_fault_is_of_its_point() {
    let xml = format!(
        "<GetResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount><Item><fault>\
         <faultcode faultType='_error'>6</faultcode><faultstring>none</faultstring></fault>\
         <UCPTname>a</UCPTname></Item></iLonItem></GetResponse>"
    );
    let parsed = read_items(PointKind::Generic, &body(&xml), &[name("a")]).unwrap();
    assert_eq!(parsed.value[0].1, Err(ItemFault { code: 6, text: "none".into() }));
}

#[test]
fn the_annotation_tells_the_driver() {
    for (annotation, bus) in [
        (r#"Dp_In;xsi:type="MOD_Cp_Dp_Cfg""#, Some(BusKind::Modbus)),
        (r#"Dp_In; xsi:type='MBS_Dp_Cfg';local"#, Some(BusKind::Mbus)),
        ("xsi:type=Virtual_Dp_Cfg", Some(BusKind::Virtual)),
        (r#"Dp_In;xsi:type="LON_Cp_Dp_Cfg""#, Some(BusKind::LonProperty)),
        (r#"Dp_In;xsi:type="UFPTx""#, None),
        ("Dp_In", None),
    ] {
        assert_eq!(BusKind::of_annotation(annotation), bus, "{annotation}");
    }
}
