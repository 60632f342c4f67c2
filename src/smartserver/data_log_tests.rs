use super::super::item::tests::{NS, body, name};
use super::super::log_message::{LogFilter, LogPositions, parse};
use super::{clear_request, cleared, entry, read_request};
use crate::domain::{ItemFault, Value};

const XSI: &str = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'";

#[test]
fn asks_for_entries_by_time_point_and_position() {
    let filter = LogFilter {
        since: Some("2012-05-01T02:00:00+02:00".parse().unwrap()),
        until: Some("2012-05-02T00:00:00Z".parse().unwrap()),
        point: Some(name("Net/LON/a b/nvoX")),
        positions: Some(LogPositions::First(50)),
    };
    let logger = name("Net/LON/iLON App/Data Logger[0]");
    let request = read_request(&[logger], &filter).unwrap();
    assert_eq!(
        request.child("iLonItem").unwrap().child_text("xSelect").unwrap(),
        "//Item[@xsi:type=\"UFPTdataLogger_Data\"][UCPTpointName=\"Net/LON/a b/nvoX\"]\
         [UCPTlastUpdate>=\"2012-05-01T00:00:00.000Z\"][UCPTlastUpdate<=\"2012-05-02T00:00:00.000Z\"]\
         [position()<=50]"
    );
    assert!(request.to_xml().ends_with(
        "</xSelect><Item><UCPTname>Net/LON/iLON App/Data Logger[0]</UCPTname></Item></iLonItem></Read>"
    ));
    let clear = clear_request(&name("Net/a"), None).unwrap().to_xml();
    assert_eq!(
        clear,
        format!(
            "<Clear xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"UFPTdataLogger_Data\"]</xSelect>\
             <Item><UCPTname>Net/a</UCPTname></Item></iLonItem></Clear>"
        )
    );
}

#[test]
fn reads_the_manuals_answer() {
    let body = body(&format!(
        r##"<ReadResponse {XSI} xmlns="{NS}"><iLonItem><UCPTfaultCount>0</UCPTfaultCount>
        <Item xsi:type="UFPTdataLogger_Meta_Data"><UCPTname>Net/LON/iLON App/Data Logger[0]</UCPTname>
          <UCPTlastUpdate>2012-05-01T10:00:01-8:00</UCPTlastUpdate><UCPTstart>2012-05-01T00:00:00Z</UCPTstart>
          <UCPTstop>2012-05-01T10:00:01-8:00</UCPTstop><UCPTmodificationNumber>2</UCPTmodificationNumber>
          <UCPTlogLevel>13.392</UCPTlogLevel><UCPTtotalCount>90</UCPTtotalCount></Item>
        <Item xsi:type="UFPTdataLogger_Data" ><UCPTname>Net/LON/x/nviClaValue_1</UCPTname>
          <UCPTaliasName>nviClaValue_1</UCPTaliasName><UCPTlastUpdate>2012-05-01T10:00:01.250-08:00</UCPTlastUpdate>
          <UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch">0.0 0</UCPTvalue>
          <UCPTvalue LonFormat="UCPTvalueDef">OFF</UCPTvalue>
          <UCPTpointStatus LonFormat="UCPTpointStatus">AL_NO_CONDITION</UCPTpointStatus>
          <UCPTpriority>255</UCPTpriority></Item></iLonItem></ReadResponse>"##
    ));
    let page = parse(&body, "Read", entry).unwrap().value.unwrap();
    let state = &page.states[0];
    assert_eq!((state.total, state.level_percent, state.modifications), (Some(90), Some(13.392), Some(2)));
    assert_eq!(state.last_at, Some("2012-05-01T18:00:01Z".parse().unwrap()));
    let [entry] = &page.entries[..] else { panic!("{page:?}") };
    assert_eq!((entry.name.as_str(), entry.data.preset.as_deref()), ("Net/LON/x/nviClaValue_1", Some("OFF")));
    assert_eq!(entry.data.updated_at, Some("2012-05-01T18:00:01.250Z".parse().unwrap()));
    assert_eq!(entry.data.value(None).field("state"), Some(&Value::Number(0.0)));
}

#[test]
fn a_fault_stands_in_the_place_of_a_log_and_no_data_is_none() {
    let answer = |code: i32| {
        body(&format!(
            "<ReadResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount><Item><fault>\
             <faultcode faultType='_error'>{code}</faultcode><faultstring>x</faultstring></fault>\
             <UCPTname>Net/a</UCPTname></Item></iLonItem></ReadResponse>"
        ))
    };
    let read = |code| parse(&answer(code), "Read", entry).unwrap().value;
    assert_eq!(read(6).unwrap_err(), ItemFault { code: 6, text: "x".into() });
    assert!(read(15).unwrap().entries.is_empty());
    let hidden = format!(
        "<ReadResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>2</UCPTfaultCount></iLonItem></ReadResponse>"
    );
    assert!(parse(&body(&hidden), "Read", entry).is_err());
}

#[test]
fn a_clear_tells_what_is_left() {
    let answer = format!(
        "<ClearResponse {XSI} xmlns='{NS}'><iLonItem><Item xsi:type='UFPTdataLogger_ClearResponse'>\
         <UCPTname>Net/a</UCPTname><UCPTmodificationNumber>0</UCPTmodificationNumber>\
         <UCPTlogLevel>0</UCPTlogLevel><UCPTtotalCount>7</UCPTtotalCount></Item></iLonItem></ClearResponse>"
    );
    assert_eq!(cleared(&body(&answer)).unwrap().value.unwrap().unwrap().total, Some(7));
}

#[test]
fn one_log_that_cannot_be_read_hides_no_other() {
    let answer = format!(
        "<ReadResponse {XSI} xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount>\
         <Item xsi:type='UFPTdataLogger_Meta_Data'><UCPTname>Net/a</UCPTname>\
         <UCPTtotalCount>7</UCPTtotalCount></Item>\
         <Item><fault><faultcode faultType='_error'>6</faultcode></fault><UCPTname>Net/b</UCPTname></Item>\
         </iLonItem></ReadResponse>"
    );
    let page = parse(&body(&answer), "Read", entry).unwrap().value.unwrap();
    assert_eq!((page.states.len(), page.states[0].total), (1, Some(7)));
}

#[test]
fn a_clear_whose_answer_is_empty_is_not_known_to_be_done() {
    let answer = |count: &str| {
        body(&format!("<ClearResponse xmlns='{NS}'><iLonItem>{count}</iLonItem></ClearResponse>"))
    };
    assert!(cleared(&answer("")).is_err());
    assert_eq!(cleared(&answer("<UCPTfaultCount>0</UCPTfaultCount>")).unwrap().value, Ok(None));
}
