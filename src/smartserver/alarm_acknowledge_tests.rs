use super::super::NOT_IN_ANSWER;
use super::super::item::tests::{NS, body, name};
use super::{AlarmAcknowledgement, AlarmKey, parse, request};
use crate::domain::AlarmVerdict;

fn key(point: &str) -> AlarmKey {
    AlarmKey { name: name(point), alarm_time: "2012-05-02T10:38:30.000-8:00".into() }
}

#[test]
fn acknowledges_as_the_manual_does() {
    let order = AlarmAcknowledgement {
        notifier: name("Net/n[0]"),
        alarms: vec![key("Net/x")],
        verdict: AlarmVerdict::Acknowledge,
        comment: Some("valve exchanged".into()),
        user: Some("noc".into()),
    };
    let xml = request(&order).to_xml();
    let (_, members) = xml.split_once("xsi:type=").unwrap();
    assert_eq!(
        members,
        "\"UFPTalarmNotifier_Data\"><UCPTname>Net/x</UCPTname><UCPTdescription>valve exchanged</UCPTdescription>\
         <UCPTalarmNotifierName>Net/n[0]</UCPTalarmNotifierName>\
         <UCPTalarmTime>2012-05-02T10:38:30.000-8:00</UCPTalarmTime><UCPTuserName>noc</UCPTuserName>\
         <UCPTstatus LonFormat=\"UCPTalarmStatus\">MANUAL_ACK</UCPTstatus></Item></iLonItem></Write>"
    );
}

fn outcomes(count: &str, items: &str, points: &[&str]) -> Vec<Result<(), i32>> {
    let xml = format!(
        "<WriteResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>{count}</UCPTfaultCount>{items}</iLonItem></WriteResponse>"
    );
    let alarms: Vec<_> = points.iter().map(|point| key(point)).collect();
    let parsed = parse(&body(&xml), &alarms).unwrap();
    parsed.value.into_iter().map(|outcome| outcome.map_err(|fault| fault.code)).collect()
}

#[test]
fn an_answer_names_the_notifier_so_that_places_and_points_tell() {
    let good = "<Item><UCPTname>Net/n[0]</UCPTname></Item>";
    let bad = |name: &str| {
        format!(
            "<Item><fault><faultcode faultType='_error'>15</faultcode></fault><UCPTname>{name}</UCPTname></Item>"
        )
    };
    let open = Err(NOT_IN_ANSWER);
    assert_eq!(outcomes("0", good, &["a", "b"]), [Ok(()), Ok(())]);
    assert_eq!(outcomes("0", "", &["a"]), [Ok(())]);
    assert_eq!(outcomes("1", &format!("{good}{}", bad("Net/n[0]")), &["a", "b"]), [Ok(()), Err(15)]);
    assert_eq!(outcomes("1", &bad("b"), &["a", "b"]), [Ok(()), Err(15)]);
    assert_eq!(outcomes("1", &bad("Net/n[0]"), &["a", "b"]), [open, open]);
    assert_eq!(outcomes("1", &bad("a"), &["a", "b", "a"]), [open, open, open]);
    assert_eq!(outcomes("2", &bad("a"), &["a", "b"]), [open, open], "more faults than are named");
}

#[test]
fn a_name_tells_more_than_a_place() {
    let fault = |name: &str| {
        format!(
            "<Item><fault><faultcode faultType='_error'>7</faultcode></fault><UCPTname>{name}</UCPTname></Item>"
        )
    };
    let good = "<Item><UCPTname>Net/n[0]</UCPTname></Item>";
    let open = Err(NOT_IN_ANSWER);
    let swapped = format!("{}{good}", fault("b"));
    assert_eq!(outcomes("1", &swapped, &["a", "b"]), [Ok(()), Err(7)]);
    assert_eq!(outcomes("1", &format!("{good}{}{good}", fault("a")), &["a", "b", "a"]), [open, open, open]);
    assert_eq!(
        outcomes("1", &format!("{good}{}{good}", fault("a")), &["a", "a", "b"]),
        [Ok(()), Err(7), Ok(())]
    );
    assert_eq!(outcomes("", good, &["a", "b"]), [open, open], "no count, and less items than alarms");
    assert_eq!(outcomes("", good, &["a"]), [Ok(())]);
}
