use super::super::NOT_IN_ANSWER;
use super::super::item::tests::{NS, body, name};
use super::{Block, BlockKind, get_parse, get_request, set_parse, set_request};
use crate::domain::{
    AlarmCondition, AlarmGeneratorChange, AlarmNotifierChange, BlockPoint, DataLoggerChange, LoggedPoint,
    Value,
};

fn block(kind: BlockKind, members: &str) -> Block {
    let xml = format!(
        "<GetResponse xmlns='{NS}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><iLonItem>\
         <Item xsi:type='{}'><UCPTname>Net/b[0]</UCPTname>{members}</Item></iLonItem></GetResponse>",
        kind.xsi_type()
    );
    let parsed = get_parse(&body(&xml), kind, &[name("Net/b[0]")]).unwrap();
    parsed.value.into_iter().next().unwrap().1.unwrap()
}

fn sent(block: Block) -> String {
    let xml = set_request(block).to_xml();
    let xml = xml.replace(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", "");
    xml.split_once("</UCPTname>").unwrap().1.replace("</Item></iLonItem></Set>", "")
}

const LOGGER: &str = "<UCPTdescription>old</UCPTdescription>\
    <DataPoint dpType='nviClear'><UCPTname>Net/clear</UCPTname></DataPoint>\
    <DataPoint dpType='Input' discrim='dir_in' xsi:type='UFPTdataLogger_DpRef'><UCPTname>Net/x</UCPTname>\
    <UCPTlogMinDeltaTime>1.0</UCPTlogMinDeltaTime><UCPTpollRate>60.0</UCPTpollRate></DataPoint>\
    <UCPTlogType LonFormat='UCPTlogType'>LT_CIRCULAR</UCPTlogType><UCPTlogSize>20.0</UCPTlogSize>\
    <UCPTvendor>kept</UCPTvendor><UCPTlogFormat LonFormat='UCPTlogFormat'>LF_TEXT</UCPTlogFormat>\
    <UCPTlogLevelAlarm>80.0</UCPTlogLevelAlarm><UCPTlogFileName>f</UCPTlogFileName>";

#[test]
fn asks_by_type_and_name() {
    assert_eq!(
        get_request(BlockKind::DataLogger, &[name("Net/b[0]")]).to_xml(),
        format!(
            "<Get xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"UFPTdataLogger_Cfg\"]</xSelect>\
             <Item><UCPTname>Net/b[0]</UCPTname></Item></iLonItem></Get>"
        )
    );
}

#[test]
fn a_block_of_another_type_is_not_taken_for_one() {
    let xml = format!(
        "<GetResponse xmlns='{NS}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><iLonItem>\
         <Item xsi:type='UFPTalarmGenerator_Cfg'><UCPTname>Net/b[0]</UCPTname></Item></iLonItem></GetResponse>"
    );
    let parsed = get_parse(&body(&xml), BlockKind::DataLogger, &[name("Net/b[0]")]).unwrap();
    assert_eq!(parsed.value[0].1.as_ref().unwrap_err().code, NOT_IN_ANSWER);
}

#[test]
fn a_logged_point_takes_a_new_format() {
    let logged = LoggedPoint {
        name: "Net/x".into(),
        format: Some("#0000000000000000[0].SNVT_temp_f#US".into()),
        ..LoggedPoint::default()
    };
    let change = DataLoggerChange { logged: Some(vec![logged]), ..DataLoggerChange::default() };
    let sent = sent(block(BlockKind::DataLogger, LOGGER).data_logger_changed(&change));
    let expected = "<UCPTname>Net/x</UCPTname><UCPTformatDescription>#0000000000000000[0].SNVT_temp_f#US\
                    </UCPTformatDescription><UCPTlogMinDeltaTime>1.0</UCPTlogMinDeltaTime>";
    assert!(sent.contains(expected), "{sent}");
}

#[test]
fn a_data_logger_goes_back_whole() {
    let logger = block(BlockKind::DataLogger, LOGGER);
    let config = logger.data_logger();
    assert_eq!((config.log_type.as_deref(), config.size_kb), (Some("LT_CIRCULAR"), Some(20.0)));
    assert_eq!((config.logged.len(), config.block.points.len()), (1, 1));
    let added = LoggedPoint {
        name: "Net/y".into(),
        min_delta_value: Some(Value::Number(2.0)),
        ..LoggedPoint::default()
    };
    let kept = LoggedPoint { name: "Net/x".into(), poll_rate_s: Some(5.0), ..LoggedPoint::default() };
    let change = DataLoggerChange {
        size_kb: Some(50.0),
        logged: Some(vec![kept, added]),
        ..DataLoggerChange::default()
    };
    let sent = sent(logger.data_logger_changed(&change));
    let references = "<DataPoint dpType=\"nviClear\"><UCPTname>Net/clear</UCPTname></DataPoint>\
        <DataPoint dpType=\"Input\" discrim=\"dir_in\" xsi:type=\"UFPTdataLogger_DpRef\"><UCPTname>Net/x</UCPTname>\
        <UCPTlogMinDeltaTime>1.0</UCPTlogMinDeltaTime><UCPTpollRate>5.0</UCPTpollRate></DataPoint>\
        <DataPoint xsi:type=\"UFPTdataLogger_DpRef\" dpType=\"Input\" discrim=\"dir_in\"><UCPTname>Net/y</UCPTname>\
        <UCPTlogMinDeltaTime>0.0</UCPTlogMinDeltaTime><UCPTlogMinDeltaValue LonFormat=\"\">2.0</UCPTlogMinDeltaValue>\
        <UCPTpollRate>0.0</UCPTpollRate></DataPoint>";
    assert!(sent.contains(references), "{sent}");
    assert!(
        sent.contains("<UCPTlogSize>50.0</UCPTlogSize><UCPTvendor>kept</UCPTvendor><UCPTlogFormat"),
        "{sent}"
    );
    assert!(sent.starts_with("<UCPTdescription>old</UCPTdescription>"));
}

#[test]
fn without_a_change_nothing_changes() {
    let before = block(BlockKind::DataLogger, LOGGER);
    assert_eq!(before.clone().data_logger_changed(&DataLoggerChange::default()), before);
}

#[test]
fn an_alarm_generator_keeps_the_formats_of_its_limits() {
    let generator = block(
        BlockKind::AlarmGenerator,
        "<DataPoint dpType='Input'><UCPTname>Net/i</UCPTname></DataPoint>\
         <DataPoint dpType='Compare'><UCPTname>Net/c</UCPTname><UCPTformatDescription>f</UCPTformatDescription></DataPoint>\
         <UCPTalrmIhbD>0.000000</UCPTalrmIhbD><UCPTcompFunction LonFormat='UCPTcompFunction'>FN_GT</UCPTcompFunction>\
         <UCPThighLimit1Offset LonFormat='SNVT_temp'>3.0</UCPThighLimit1Offset>\
         <SCPThystLow2 LonFormat='UNVT_double_float'/>",
    );
    let config = generator.alarm_generator();
    assert_eq!((&config.limits[2], &config.limits[7]), (&Some(Value::Number(3.0)), &Some(Value::Null)));
    let mut change =
        AlarmGeneratorChange { comparison: Some("FN_LT".into()), ..AlarmGeneratorChange::default() };
    (change.limits[0], change.limits[2]) = (Some(Value::Number(-1.5)), Some(Value::Null));
    change.points = vec![BlockPoint { role: "Compare".into(), name: "Net/d".into(), format: None }];
    assert_eq!(
        sent(generator.alarm_generator_changed(&change)),
        "<DataPoint dpType=\"Input\"><UCPTname>Net/i</UCPTname></DataPoint>\
         <DataPoint dpType=\"Compare\"><UCPTname>Net/d</UCPTname></DataPoint>\
         <UCPTalrmIhbD>0.000000</UCPTalrmIhbD><UCPTcompFunction LonFormat=\"UCPTcompFunction\">FN_LT</UCPTcompFunction>\
         <UCPTlowLimit1Offset LonFormat=\"UNVT_double_float\">-1.5</UCPTlowLimit1Offset>\
         <UCPThighLimit1Offset LonFormat=\"SNVT_temp\"></UCPThighLimit1Offset>\
         <SCPThystLow2 LonFormat=\"UNVT_double_float\"/>"
    );
}

#[test]
fn an_alarm_notifiers_lists_are_replaced_whole() {
    let notifier = block(
        BlockKind::AlarmNotifier,
        "<UCPTsumLogSize>1</UCPTsumLogSize><ActiveAlarm><UCPTalarmCondition>AL_X</UCPTalarmCondition></ActiveAlarm>\
         <PassiveAlarm><UCPTindex>0</UCPTindex><UCPTalarmCondition>AL_Y</UCPTalarmCondition></PassiveAlarm>",
    );
    assert_eq!(notifier.alarm_notifier().active_alarms[0].statuses, ["AL_X"]);
    let alarm = AlarmCondition {
        index: Some(1),
        statuses: vec!["AL_A".into(), "AL_B".into()],
        ..AlarmCondition::default()
    };
    let change = AlarmNotifierChange { active_alarms: Some(vec![alarm]), ..AlarmNotifierChange::default() };
    assert_eq!(
        sent(notifier.alarm_notifier_changed(&change)),
        "<UCPTsumLogSize>1</UCPTsumLogSize><ActiveAlarm><UCPTindex>1</UCPTindex>\
         <UCPTalarmCondition LonFormat=\"UCPTalarmCondition\">AL_A</UCPTalarmCondition>\
         <UCPTalarmCondition LonFormat=\"UCPTalarmCondition\">AL_B</UCPTalarmCondition></ActiveAlarm>\
         <PassiveAlarm><UCPTindex>0</UCPTindex><UCPTalarmCondition>AL_Y</UCPTalarmCondition></PassiveAlarm>"
    );
}

#[test]
fn a_set_is_done_or_refused() {
    let answer =
        |item: &str| body(&format!("<SetResponse xmlns='{NS}'><iLonItem>{item}</iLonItem></SetResponse>"));
    let name = [name("Net/b[0]")];
    let good = answer("<UCPTfaultCount>0</UCPTfaultCount><Item><UCPTname>Net/b[0]</UCPTname></Item>");
    assert_eq!(set_parse(&good, &name).unwrap().value, Ok(()));
    let bad = answer(
        "<Item><fault><faultcode faultType='_error'>11</faultcode></fault><UCPTname>Net/b[0]</UCPTname></Item>",
    );
    assert_eq!(set_parse(&bad, &name).unwrap().value.unwrap_err().code, 11);
}
