use super::super::item::tests::{NS, body, name};
use super::super::log_message::{LogFilter, LogPositions};
use super::{entry, log_request};
use crate::domain::AlarmLog;

#[test]
fn asks_for_alarms_of_one_log() {
    let filter = LogFilter {
        since: Some("2012-05-01T00:00:00Z".parse().unwrap()),
        positions: Some(LogPositions::Range(51, 100)),
        ..LogFilter::default()
    };
    let request = log_request("Read", &name("Net/n[0]"), AlarmLog::Summary, &filter).unwrap();
    assert_eq!(
        request.child("iLonItem").unwrap().child_text("xSelect").unwrap(),
        "//Item[@xsi:type=\"UFPTalarmNotifier_Data\"][UCPTalarmLog=\"SUMMARY\"]\
         [UCPTalarmTime>=\"2012-05-01T00:00:00.000Z\"][position()>=51 and position()<=100]"
    );
}

#[test]
fn keeps_the_time_of_an_alarm_as_it_was_written() {
    let alarm = entry(&body(&format!(
        r#"<Item xmlns="{NS}"><UCPTname>Net/LON/x</UCPTname><UCPTlastUpdate>2012-05-02T09:13:44Z</UCPTlastUpdate>
          <UCPTdescription>valve</UCPTdescription><UCPTvalue LonFormat="SNVT_count">7</UCPTvalue>
          <UCPTvalue LonFormat="UCPTvalueDef">AL_NUL</UCPTvalue>
          <UCPTpointStatus>AL_ALM_CONDITION</UCPTpointStatus><UCPTpriority>255</UCPTpriority>
          <UCPTalarmNotifierName>Net/n[0]</UCPTalarmNotifierName>
          <UCPTalarmTime> 2012-05-02T10:38:30.000-8:00 </UCPTalarmTime><UCPTuserName>noc</UCPTuserName>
          <UCPTstatus LonFormat="UCPTalarmStatus">MANUAL_ACK</UCPTstatus>
          <ReadData><UCPTalarmText>hot</UCPTalarmText><UCPTalarmPriority2>3</UCPTalarmPriority2>
            <UCPTalarmGroup>2</UCPTalarmGroup><UCPTalarmType>ACTIVE</UCPTalarmType></ReadData></Item>"#
    )));
    assert_eq!(alarm.alarm_time, "2012-05-02T10:38:30.000-8:00");
    assert_eq!(alarm.alarm_at, Some("2012-05-02T18:38:30Z".parse().unwrap()));
    assert_eq!((alarm.data.raw.as_str(), alarm.data.preset.as_deref()), ("7", None));
    assert_eq!((alarm.comment.as_deref(), alarm.user.as_deref()), (Some("valve"), Some("noc")));
    assert_eq!(
        (alarm.alarm_priority, alarm.group, alarm.kind.as_deref()),
        (Some(3), Some(2), Some("ACTIVE"))
    );
    assert_eq!((alarm.text.as_deref(), alarm.acknowledgement.as_deref()), (Some("hot"), Some("MANUAL_ACK")));
}
