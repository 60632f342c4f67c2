use super::super::item::tests::{NS, body, name};
use super::{InvokedCommand, parse, request};
use crate::domain::{DeviceReport, FrequencyInfo, ItemFault, StatusData};

const PUMP: &str = "Net/LON/Pump 3";

fn reported(command: InvokedCommand, members: &str) -> Option<DeviceReport> {
    let xml = format!(
        "<InvokeCmdResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount>\
         <Item><UCPTname>{PUMP}</UCPTname>{members}</Item></iLonItem></InvokeCmdResponse>"
    );
    parse(&body(&xml), &name(PUMP), command).unwrap().value.pop().unwrap().1.unwrap()
}

#[test]
fn the_command_is_an_attribute() {
    assert_eq!(
        request(&name(PUMP), InvokedCommand::PpnData).to_xml(),
        format!(
            "<InvokeCmd xmlns=\"{NS}\"><iLonItem><Item xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"LON_Device_Command_Invoke\" Command=\"PPNData\"><UCPTname>{PUMP}</UCPTname></Item>\
             </iLonItem></InvokeCmd>"
        )
    );
}

#[test]
fn reads_counters_and_state() {
    let members = r#"<UCPThidden>0</UCPThidden><UCPTlastUpdate>2012-04-02T08:00:00Z</UCPTlastUpdate>
        <UCPTuniqueId>00A1457915FF</UCPTuniqueId><UCPTtransmitErrors>1</UCPTtransmitErrors>
        <UCPTtransactionTimeouts>2</UCPTtransactionTimeouts><UCPTrcvTransactionFull>3</UCPTrcvTransactionFull>
        <UCPTlostMessages>4</UCPTlostMessages><UCPTmissedMessages>5</UCPTmissedMessages>
        <UCPTresetCause LonFormat="UCPTresetCause">DRC_POWER_UP</UCPTresetCause><UCPTversionNumber>16</UCPTversionNumber>
        <UCPTerrorLog LonFormat="UCPTerrorLog">DELT_NO_ERROR</UCPTerrorLog>
        <UCPTneuronModel LonFormat="UCPTneuronModel">MN_NEURON_3150</UCPTneuronModel>
        <UCPTonlineStatus LonFormat="UCPTonlineStatus">DST_CONFIGURED_ONLINE</UCPTonlineStatus>"#;
    let status = StatusData {
        unique_id: Some("00a1457915ff".into()),
        transmit_errors: Some(1),
        transaction_timeouts: Some(2),
        receive_transaction_full: Some(3),
        lost_messages: Some(4),
        missed_messages: Some(5),
        reset_cause: Some("DRC_POWER_UP".into()),
        version_number: Some(16),
        error_log: Some("DELT_NO_ERROR".into()),
        neuron_model: Some("MN_NEURON_3150".into()),
        online_status: Some("DST_CONFIGURED_ONLINE".into()),
    };
    assert_eq!(reported(InvokedCommand::QueryStatus, members), Some(DeviceReport::Status(status)));
    assert_eq!(reported(InvokedCommand::ClearStatus, members), None);
}

#[test]
fn reads_what_the_powerline_is_like() {
    let info = "<FrequencyInfo><UCPTfrequency>132</UCPTfrequency><UCPTsignalMeasurementType>SMT</UCPTsignalMeasurementType>\
        <UCPTsignalStrength>-12</UCPTsignalStrength><UCPTsignalMargin>9</UCPTsignalMargin><UCPTsignalUnit>dB</UCPTsignalUnit></FrequencyInfo>";
    let frequency = FrequencyInfo {
        frequency: Some(132),
        measurement: Some("SMT".into()),
        strength: Some(-12),
        margin: Some(9),
        unit: Some("dB".into()),
    };
    assert_eq!(
        reported(InvokedCommand::PowerlineData, info),
        Some(DeviceReport::Powerline { frequencies: vec![frequency.clone()] })
    );
    let agent = format!(
        "<ProxyAgent><UCPTname>Net/LON/b</UCPTname><UCPTfailureHistory>F</UCPTfailureHistory>{info}</ProxyAgent>"
    );
    let Some(DeviceReport::Proxy { agents }) = reported(InvokedCommand::ProxyData, &agent) else { panic!() };
    assert_eq!((agents[0].name.as_str(), &agents[0].frequencies), ("Net/LON/b", &vec![frequency.clone()]));
    let hop = format!(
        "<UCPTcommAttempts>8</UCPTcommAttempts><UCPThopCount>1</UCPThopCount>\
        <RepeatChain><UCPTname>Net/LON/c</UCPTname>{info}</RepeatChain>"
    );
    let Some(DeviceReport::Repeating(data)) = reported(InvokedCommand::RepeatingData, &hop) else { panic!() };
    assert_eq!((data.attempts, data.hops, data.failures), (Some(8), Some(1), None));
    assert_eq!(
        (data.chain[0].name.as_str(), data.chain[0].frequency.as_ref()),
        ("Net/LON/c", Some(&frequency))
    );
    let ppn = reported(InvokedCommand::PpnData, "<UCPTtimeToRemoval>60</UCPTtimeToRemoval>");
    assert_eq!(ppn, Some(DeviceReport::Ppn { time_to_removal: Some(60) }));
}

#[test]
fn a_command_that_failed_is_a_fault_of_its_item() {
    let xml = format!(
        "<InvokeCmdResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount><Item><fault>\
         <faultcode faultType='_error'>12</faultcode><faultstring>no answer</faultstring></fault>\
         <UCPTname>{PUMP}</UCPTname></Item></iLonItem></InvokeCmdResponse>"
    );
    let outcome =
        parse(&body(&xml), &name(PUMP), InvokedCommand::QueryStatus).unwrap().value.pop().unwrap().1;
    assert_eq!(outcome, Err(ItemFault { code: 12, text: "no answer".into() }));
}

#[test]
fn what_is_stored_of_a_report_comes_back() {
    let report = DeviceReport::Ppn { time_to_removal: Some(60) };
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(json, r#"{"type":"ppn","time_to_removal":60}"#);
    assert_eq!(serde_json::from_str::<DeviceReport>(&json).unwrap(), report);
}
