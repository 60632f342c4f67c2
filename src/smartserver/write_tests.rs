use super::super::item::tests::{NS, body, name};
use super::super::{MessageError, NOT_IN_ANSWER};
use super::{FieldWrite, WriteItem, WritePayload, parse, request};
use crate::domain::{FormatName, ItemFault, Priority};

fn written(payload: WritePayload) -> String {
    let name = name("Net/LON/AHU 1/Lamp[0]/nviLamp");
    let item = WriteItem { name, payload, priority: Priority(240), propagate: true };
    let xml = request(&[item]).to_xml();
    let (_, value) = xml.split_once("<UCPTvalue ").unwrap();
    value.split_once("</UCPTvalue>").unwrap().0.to_owned()
}

#[test]
fn writes_in_the_order_of_the_schema() {
    let item = WriteItem {
        name: name("Net/LON/AHU 1/Lamp[0]/nviLamp"),
        payload: WritePayload::Preset("ON".into()),
        priority: Priority(240),
        propagate: true,
    };
    assert_eq!(
        request(&[item]).to_xml(),
        format!(
            "<Write xmlns=\"{NS}\"><iLonItem><Item xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"Dp_Data\"><UCPTname>Net/LON/AHU 1/Lamp[0]/nviLamp</UCPTname>\
             <UCPTvalue LonFormat=\"UCPTvalueDef\">ON</UCPTvalue><UCPTpriority>240</UCPTpriority></Item>\
             </iLonItem></Write>"
        )
    );
}

#[test]
fn names_the_format_of_the_text() {
    let us = FormatName::from("#0000000000000000[0].SNVT_temp_f#US");
    let text = || "68.0".to_owned();
    for (payload, expected) in [
        (
            WritePayload::Formatted { format: us.clone(), text: text() },
            "LonFormat=\"#0000000000000000[0].SNVT_temp_f#US\">68.0",
        ),
        (
            WritePayload::Raw { format: Some(us), text: " 6<8 ".into() },
            "LonFormat=\"#0000000000000000[0].SNVT_temp_f#US\"> 6&lt;8 ",
        ),
        (WritePayload::Raw { format: None, text: "c801".into() }, "LonFormat=\"RAW_HEX\">c801"),
        (WritePayload::Preset("A \"B\"".into()), "LonFormat=\"UCPTvalueDef\">A \"B\""),
    ] {
        assert_eq!(written(payload), expected);
    }
}

#[test]
fn several_fields_stand_in_one_item_and_may_stay_in_the_data_server() {
    let field = |format: &str, text: &str| FieldWrite { format: format.into(), text: text.into() };
    let item = WriteItem {
        name: name("a"),
        payload: WritePayload::Fields(vec![
            field("SNVT_switch.value", "50.0"),
            field("SNVT_switch.state", "1"),
        ]),
        priority: Priority(255),
        propagate: false,
    };
    let xml = request(&[item]).to_xml();
    let (_, members) = xml.split_once("<UCPTname>").unwrap();
    assert_eq!(
        members,
        "a</UCPTname><UCPTvalue LonFormat=\"SNVT_switch.value\">50.0</UCPTvalue>\
         <UCPTvalue LonFormat=\"SNVT_switch.state\">1</UCPTvalue><UCPTpriority>255</UCPTpriority>\
         <UCPTpropagate>0</UCPTpropagate></Item></iLonItem></Write>"
    );
    assert_eq!(written(WritePayload::RawHex("C801".into())), "LonFormat=\"RAW_HEX\">C801");
}

fn answer(content: &str) -> crate::xml::Element {
    body(&format!("<WriteResponse xmlns='{NS}'><iLonItem>{content}</iLonItem></WriteResponse>"))
}

fn outcomes(content: &str) -> Result<Vec<Result<(), i32>>, MessageError> {
    let names = [name("a"), name("b")];
    let parsed = parse(&answer(content), names.iter())?;
    Ok(parsed.value.into_iter().map(|(_, outcome)| outcome.map_err(|fault| fault.code)).collect())
}

#[test]
fn an_item_without_error_was_written() {
    let answer = "<UCPTfaultCount>1</UCPTfaultCount>\
        <Item><UCPTname>b</UCPTname><UCPTvalue LonFormat='UCPTvalueDef'>ON</UCPTvalue></Item>\
        <Item><fault><faultcode faultType='_error'>12</faultcode></fault><UCPTname>a</UCPTname></Item>";
    assert_eq!(outcomes(answer), Ok(vec![Err(12), Ok(())]));
}

#[test]
fn a_count_of_no_faults_acknowledges_all() {
    assert_eq!(outcomes("<UCPTfaultCount>0</UCPTfaultCount>"), Ok(vec![Ok(()), Ok(())]));
    assert_eq!(outcomes(""), Ok(vec![Err(NOT_IN_ANSWER), Err(NOT_IN_ANSWER)]));
    assert_eq!(
        outcomes("<UCPTfaultCount>0</UCPTfaultCount><Item><UCPTname>a</UCPTname></Item>"),
        Ok(vec![Ok(()), Err(NOT_IN_ANSWER)])
    );
}

#[test]
fn faults_that_are_only_counted_leave_everything_open() {
    let answer = "<UCPTfaultCount>1</UCPTfaultCount><Item><UCPTname>a</UCPTname></Item>";
    assert!(matches!(outcomes(answer), Err(MessageError::Malformed(_))));
}

#[test]
fn a_global_fault_refuses_all() {
    let answer = "<UCPTfaultCount>1</UCPTfaultCount>\
        <fault><faultcode faultType='_error'>4</faultcode><faultstring>tag missing</faultstring></fault>";
    let fault = ItemFault { code: 4, text: "tag missing".into() };
    assert_eq!(outcomes(answer), Err(MessageError::GlobalFault(fault)));
}
