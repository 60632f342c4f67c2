use std::time::Duration;

use super::super::item::tests::{NS, body, name};
use super::{FieldText, PointData, bytes, parse, point_data, request, request_in};
use crate::domain::{FormatName, ItemFault, Priority, Value};

const XSI: &str = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";

#[test]
fn asks_by_name_and_age() {
    let names = [name("Net/LON/iLON App/Digital Input 1/nvoClsValue_1")];
    let item = "<UCPTname>Net/LON/iLON App/Digital Input 1/nvoClsValue_1</UCPTname>";
    assert_eq!(
        request(&names, None).to_xml(),
        format!("<Read xmlns=\"{NS}\"><iLonItem><Item>{item}</Item></iLonItem></Read>")
    );
    for (age, seconds) in [
        (Duration::ZERO, "0.000"),
        (Duration::from_secs(10), "10.000"),
        (Duration::from_micros(1_500_900), "1.500"),
    ] {
        assert_eq!(
            request(&names, Some(age)).to_xml(),
            format!(
                "<Read xmlns=\"{NS}\"><iLonItem><Item xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xsi:type=\"Dp_Data\">{item}<UCPTmaxAge>{seconds}</UCPTmaxAge></Item></iLonItem></Read>"
            )
        );
    }
}

#[test]
fn reads_a_captured_item() {
    let data = point_data(&body(&format!(
        r##"<Item {XSI} xmlns="{NS}" xsi:type="Dp_Data" >
          <UCPTname>Net/LON/Floor 2/VirtFb/nvoHeatCool_4</UCPTname>
          <UCPTannotation>Dp_Out;xsi:type=&quot;LON_Dp_Cfg&quot;</UCPTannotation>
          <UCPThidden>0</UCPThidden>
          <UCPTlastUpdate>2013-10-17T01:45:06.494+09:00</UCPTlastUpdate>
          <UCPTvalue LonFormat="#0000000000000000[0].SNVT_hvac_mode" Unit="HVAC mode names" >HVAC_AUTO</UCPTvalue>
          <UCPTpointStatus LonFormat="UCPTpointStatus" >AL_NUL</UCPTpointStatus>
          <UCPTpriority>255</UCPTpriority>
        </Item>"##
    )));
    assert_eq!(
        data,
        PointData {
            raw: "HVAC_AUTO".into(),
            format: Some(FormatName::from("#0000000000000000[0].SNVT_hvac_mode")),
            unit: Some("HVAC mode names".into()),
            preset: None,
            fields: vec![],
            status: Some("AL_NUL".into()),
            priority: Some(Priority(255)),
            updated_at: Some("2013-10-16T16:45:06.494Z".parse().unwrap()),
            raw_hex: None,
        }
    );
    assert_eq!(data.value(None), Value::Text("HVAC_AUTO".into()));
    assert!(!data.never_read(None));
}

#[test]
fn tells_value_fields_and_preset_apart_in_any_order() {
    let whole = r##"<UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch" Unit="value, state">100.0 1</UCPTvalue>"##;
    let value = r##"<UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch.value" Unit="% of full level">100.0</UCPTvalue>"##;
    let state = r#"<UCPTvalue LonFormat="SNVT_switch.state" Unit="state code">1</UCPTvalue>"#;
    let preset = r#"<UCPTvalue LonFormat="UCPTvalueDef">ON</UCPTvalue>"#;
    for order in [[whole, value, state, preset], [preset, value, state, whole]] {
        let data = point_data(&body(&format!("<Item>{}</Item>", order.concat())));
        assert_eq!((data.raw.as_str(), data.preset.as_deref()), ("100.0 1", Some("ON")));
        let field = |name: &str, raw: &str, unit: &str| FieldText {
            name: name.into(),
            raw: raw.into(),
            unit: Some(unit.into()),
        };
        assert_eq!(
            data.fields,
            [field("value", "100.0", "% of full level"), field("state", "1", "state code")]
        );
        assert_eq!(data.unit.as_deref(), Some("value, state"));
        assert_eq!(data.value(None).field("value"), Some(&Value::Number(100.0)));
    }
}

#[test]
fn asks_for_another_form_of_the_same_points() {
    assert_eq!(
        request_in("VF_RAW_HEX", &[name("a"), name("b")]).to_xml(),
        format!(
            "<Read xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"Dp_Cfg\"]\
             [UCPTvalueFormat=\"VF_RAW_HEX\"]</xSelect><Item><UCPTname>a</UCPTname></Item>\
             <Item><UCPTname>b</UCPTname></Item></iLonItem></Read>"
        )
    );
}

#[test]
fn bytes_are_told_from_other_texts() {
    for (value, expected) in [
        ("LonFormat='RAW_HEX'>c801", Some("c801")),
        ("> C801 ", Some("C801")),
        ("LonFormat='SNVT_count'>12", None),
        ("LonFormat='RAW_HEX'>c80", None),
        ("LonFormat='RAW_HEX'>", None),
        ("LonFormat='RAW_HEX'>100.0 1", None),
    ] {
        let item = format!(
            "<Item><UCPTvalue LonFormat='UCPTvalueDef'>ON</UCPTvalue><UCPTvalue {value}</UCPTvalue>\
             <UCPTpriority>7</UCPTpriority></Item>"
        );
        let data = bytes(&body(&item));
        assert_eq!((data.raw_hex.as_deref(), data.priority), (expected, Some(Priority(7))), "{value}");
        assert_eq!((data.raw.as_str(), data.preset), ("", None), "bytes are no text");
    }
}

#[test]
fn takes_the_first_of_several_values() {
    let data = point_data(&body(
        "<Item><UCPTvalue LonFormat=''> a  b </UCPTvalue><UCPTvalue>2</UCPTvalue>\
         <UCPTvalue LonFormat='UCPTvalueDef'>AL_NUL</UCPTvalue></Item>",
    ));
    assert_eq!((data.raw.as_str(), &data.format, &data.preset), (" a  b ", &None, &None));
    assert_eq!(data.value(None), Value::Text(" a  b ".into()));
}

#[test]
fn the_configured_format_helps_out() {
    let data = point_data(&body("<Item><UCPTvalue>21.0</UCPTvalue></Item>"));
    assert_eq!(data.value(Some(&FormatName::from("SNVT_temp"))), Value::Number(21.0));
    let data = point_data(&body("<Item><UCPTvalue LonFormat='SNVT_temp_f#US'>68</UCPTvalue></Item>"));
    assert_eq!(data.value(Some(&FormatName::from("SNVT_str_asc"))), Value::Number(68.0));
    let data = point_data(&body("<Item><UCPTvalue LonFormat='UCPTvalueDef'>ON</UCPTvalue></Item>"));
    assert_eq!((data.value(None), data.preset.as_deref()), (Value::Null, Some("ON")));
}

#[test]
fn a_value_from_before_the_first_poll_is_null() {
    let data = point_data(&body(
        "<Item><UCPTvalue LonFormat='SNVT_temp_f'>-3.402823e+38</UCPTvalue>\
         <UCPTpointStatus>AL_NUL</UCPTpointStatus></Item>",
    ));
    assert!(data.never_read(None));
    assert_eq!((data.value(None), data.raw.as_str()), (Value::Null, "-3.402823e+38"));
}

#[test]
fn nonsense_in_a_member_does_not_cost_the_value() {
    let data = point_data(&body(
        "<Item><UCPTlastUpdate>yesterday</UCPTlastUpdate><UCPTvalue LonFormat='SNVT_count'>1</UCPTvalue>\
         <UCPTpriority>256</UCPTpriority><UCPTpointStatus> </UCPTpointStatus></Item>",
    ));
    assert_eq!(data.value(None), Value::Number(1.0));
    assert_eq!((data.updated_at, data.priority, data.status), (None, None, None));
}

#[test]
fn an_answer_without_qualification_is_read() {
    let xml = format!(
        "<ilon:ReadResponse xmlns:ilon='{NS}'><iLonItem ><UCPTfaultCount>1</UCPTfaultCount>\
         <Item><fault><faultcode faultType='_error'>14</faultcode><faultstring>Name not found</faultstring></fault>\
         <UCPTname>Net/b</UCPTname></Item>\
         <Item ><UCPTname>Net/a</UCPTname><UCPTvalue LonFormat='SNVT_count' >184</UCPTvalue></Item>\
         </iLonItem></ilon:ReadResponse>"
    );
    let parsed = parse(&body(&xml), &[name("Net/a"), name("Net/b")]).unwrap();
    assert_eq!(parsed.value[0].1.as_ref().unwrap().raw, "184");
    assert_eq!(parsed.value[1].1, Err(ItemFault { code: 14, text: "Name not found".into() }));
}
