use super::{MessageError, NO_CODE, NOT_IN_ANSWER, Reply, Warning, fault_of, name_of};
use crate::domain::{DataPointName, ItemFault};
use crate::xml::{Element, Limits, parse};

pub(crate) const NS: &str = super::MESSAGE;

pub(crate) fn body(xml: &str) -> Element {
    parse(xml, &Limits::REQUEST).unwrap()
}

pub(crate) fn name(text: &str) -> DataPointName {
    text.parse().unwrap()
}

fn fault(code: i32, text: &str) -> ItemFault {
    ItemFault { code, text: text.to_owned() }
}

/// The answer to a Read with this content of `iLonItem`.
fn answer(content: &str) -> Element {
    body(&format!("<ReadResponse xmlns='{NS}'><iLonItem>{content}</iLonItem></ReadResponse>"))
}

fn outcomes(content: &str, names: &[&str]) -> Vec<Result<String, ItemFault>> {
    let names: Vec<_> = names.iter().map(|text| name(text)).collect();
    let answer = answer(content);
    let parsed = Reply::open(&answer, "Read").unwrap().outcomes(names.iter(), |_, item| item.text());
    assert!(parsed.value.iter().map(|(name, _)| name).eq(&names), "outcomes in the order of the request");
    parsed.value.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn good_and_bad_items_stand_side_by_side() {
    let content = r#"<UCPTfaultCount>1</UCPTfaultCount>
        <Item><fault><faultcode faultType="_error">14</faultcode>
              <faultstring xml:lang="en-US">Name not found Net/b</faultstring></fault>
              <UCPTname>Net/b</UCPTname></Item>
        <Item xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Dp_Data" ><UCPTname>Net/a</UCPTname>1</Item>"#;
    assert_eq!(
        outcomes(content, &["Net/a", "Net/b", "Net/c"]),
        [
            Ok("1".to_owned()),
            Err(fault(14, "Name not found Net/b")),
            Err(fault(NOT_IN_ANSWER, "not in the answer"))
        ]
    );
}

#[test]
fn names_keep_the_blanks_inside_them() {
    let content = "<Item><UCPTname>\n Net/LON/iLON App/Data  Logger[3] </UCPTname>x</Item>";
    assert_eq!(outcomes(content, &["Net/LON/iLON App/Data  Logger[3]"]), [Ok("x".to_owned())]);
    assert!(outcomes(content, &["Net/LON/iLON App/Data Logger[3]"])[0].is_err());
}

#[test]
fn a_name_asked_for_twice_takes_its_answers_in_order() {
    let content = "<Item><UCPTname>a</UCPTname>1</Item><Item><UCPTname>a</UCPTname>2</Item>";
    assert_eq!(outcomes(content, &["a", "a", "a"]), [Ok("1".into()), Ok("2".into()), Ok("2".into())]);
}

#[test]
fn strays_in_other_namespaces_are_read_all_the_same() {
    let content = "<Item xmlns='jabber:client'><Foo/><UCPTname xmlns=''>a</UCPTname>1</Item>";
    assert_eq!(outcomes(content, &["a"]), [Ok("1".to_owned())]);
}

#[test]
fn a_warning_is_no_refusal() {
    let xml = answer(
        "<UCPTfaultCount>2</UCPTfaultCount>\
         <fault><faultcode faultType='_warning'>2</faultcode><faultstring>slow</faultstring></fault>\
         <Item><fault><faultcode faultType='_warning'>11</faultcode><faultstring>rounded</faultstring></fault>\
         <UCPTname>a</UCPTname>1</Item>",
    );
    let reply = Reply::open(&xml, "Read").unwrap();
    assert!(!reply.hides_faults());
    let names = [name("a")];
    let parsed = reply.outcomes(names.iter(), |_, item| item.text());
    assert_eq!(parsed.value, [(name("a"), Ok("1".to_owned()))]);
    let warning = |name: &str, code, text| Warning { name: name.into(), fault: fault(code, text) };
    assert_eq!(parsed.warnings, [warning("", 2, "slow"), warning("a", 11, "rounded")]);
}

#[test]
fn a_global_fault_is_the_answer_as_a_whole() {
    let xml = answer(
        "<UCPTfaultCount>1</UCPTfaultCount><fault><faultcode faultType='_error'>3</faultcode>\
         <faultstring>XML</faultstring></fault>",
    );
    assert_eq!(Reply::open(&xml, "Read").unwrap_err(), MessageError::GlobalFault(fault(3, "XML")));
}

#[test]
fn faults_are_read_however_they_are_written() {
    for (xml, expected) in [
        ("<Item/>", None),
        ("<Item><fault/></Item>", Some(Err(fault(NO_CODE, "")))),
        (
            "<Item><fault><faultcode faultType='_error'>broken</faultcode><faultstring>x</faultstring></fault></Item>",
            Some(Err(fault(NO_CODE, "broken x"))),
        ),
        ("<Item><fault><faultcode>7</faultcode></fault></Item>", Some(Err(fault(7, "")))),
        ("<Item><fault><faultcode>0</faultcode></fault></Item>", None),
        ("<Item><fault><faultcode faultType='_error'>0</faultcode></fault></Item>", Some(Err(fault(0, "")))),
        (
            "<p:Item xmlns:p='urn:p'><p:fault><p:faultcode p:faultType=' _warning '> 12 </p:faultcode></p:fault></p:Item>",
            Some(Ok(fault(12, ""))),
        ),
    ] {
        assert_eq!(fault_of(&body(xml)), expected, "{xml}");
    }
}

#[test]
fn an_answer_to_something_else_is_malformed() {
    for xml in [
        format!("<WriteResponse xmlns='{NS}'><iLonItem/></WriteResponse>"),
        format!("<ReadResponse xmlns='{NS}'/>"),
        "<x/>".to_owned(),
    ] {
        assert!(matches!(Reply::open(&body(&xml), "Read"), Err(MessageError::Malformed(_))), "{xml}");
    }
    assert!(Reply::open(&body("<Read><iLonItem/></Read>"), "Read").is_ok());
}

#[test]
fn counts_that_exceed_the_faults_named_are_noticed() {
    for (count, hides) in [("0", false), ("1", true), ("x", false), ("", false)] {
        let xml =
            answer(&format!("<UCPTfaultCount>{count}</UCPTfaultCount><Item><UCPTname>a</UCPTname></Item>"));
        assert_eq!(Reply::open(&xml, "Read").unwrap().hides_faults(), hides, "{count}");
    }
    assert_eq!(name_of(&body("<Item/>")), "");
}
