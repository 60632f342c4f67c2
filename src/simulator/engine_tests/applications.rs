//! Data loggers, alarm generators and alarm notifiers; vectors by their numbers.

use super::super::super::applications::{Block, Input};
use super::*;

const LOGGER: &str = "Net/LON/iLON App/Data Logger[3]";
const GENERATOR: &str = "Net/LON/iLON App/Alarm Generator[0]";
const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";
const HISTORY: usize = 40;
const LOGGED: &str = "Net/LON/AHU 1/Sensor[0]/nvoRoom";

impl Bench {
    /// With a data logger that has 40 entries, an alarm generator that fires above the setpoint,
    /// and an alarm notifier.
    fn with_applications() -> Bench {
        let mut bench = Bench::new();
        let mut plan = (*bench.unit.plan).clone();
        let mut room = PointDraft::new("Sensor[0]/nvoRoom", "SNVT_temp_p");
        room.signal = Signal::Walk { low: 15.0, high: 25.0, step: 60.0 };
        let room = room.build(&plan, 1).unwrap();
        plan.add_point(room);
        let logger = Block::data_logger(LOGGER, "LT_CIRCULAR", 64, &[LOGGED, LAMP], 60.0).unwrap();
        let generator = Block::alarm_generator(GENERATOR, SETPOINT, "FN_GT", TEMP).unwrap();
        let inputs = [SETPOINT, LAMP].map(|point| Input {
            point,
            description: "Too warm",
            ack_required: true,
            clear_required: point == LAMP,
        });
        let notifier = Block::alarm_notifier(NOTIFIER, &inputs).unwrap();
        plan.blocks = vec![(Arc::new(logger), HISTORY), (Arc::new(generator), 0), (Arc::new(notifier), 0)];
        bench.unit = Unit::new(bench.unit.mac, Arc::new(plan), 1, bench.now);
        bench
    }

    /// Asks about a block with a filter on its data.
    fn about(&mut self, operation: &str, block: &str, select: &str) -> Element {
        let escaped = select.replace('&', "&amp;").replace('<', "&lt;");
        self.ask(operation, &format!("<xSelect>{escaped}</xSelect><Item><UCPTname>{block}</UCPTname></Item>"))
    }

    fn log(&mut self, predicates: &str) -> Element {
        self.about("Read", LOGGER, &format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{predicates}"#))
    }

    fn alarms(&mut self, log: &str, predicates: &str) -> Element {
        let select =
            format!(r#"//Item[@xsi:type="UFPTalarmNotifier_Data"]{predicates}[UCPTalarmLog="{log}"]"#);
        self.about("Read", NOTIFIER, &select)
    }

    fn judge(&mut self, point: &str, time: &str, status: &str, comment: &str) -> Element {
        self.ask(
            "Write",
            &format!(
                "<Item xsi:type='UFPTalarmNotifier_Data'><UCPTname>{point}</UCPTname>\
                 <UCPTdescription>{comment}</UCPTdescription>\
                 <UCPTalarmNotifierName>{NOTIFIER}</UCPTalarmNotifierName>\
                 <UCPTalarmTime>{time}</UCPTalarmTime><UCPTuserName>noc</UCPTuserName>\
                 <UCPTstatus LonFormat='UCPTalarmStatus'>{status}</UCPTstatus></Item>"
            ),
        )
    }

    /// Sets the setpoint so far above the temperature that the generator fires, or back.
    fn alarm(&mut self, on: bool) {
        let value = format!("<UCPTvalue>{}</UCPTvalue>", if on { "9000" } else { "-270" });
        self.write(SETPOINT, &value);
    }
}

fn kind(item: &Element) -> &str {
    item.attr_ns(XSI, "type").unwrap()
}

fn texts(answer: &Element, name: &str) -> Vec<String> {
    items(answer).into_iter().skip(1).map(|item| item.child_text(name).unwrap()).collect()
}

fn members(item: &Element) -> Vec<&str> {
    let mut names: Vec<&str> = item.elements().map(|member| member.name.as_str()).collect();
    names.dedup();
    names
}

#[test]
fn vector_24_a_data_log_by_time() {
    let mut bench = Bench::with_applications();
    let window = r#"[UCPTlastUpdate>=" 2026-03-01T09:45:00Z"][UCPTlastUpdate<"2026-03-01T01:55:00-8:00"]"#;
    let answer = bench.log(&format!("{window}[position()<=10]"));
    let meta = items(&answer)[0];
    assert_eq!(
        (faults(&answer).as_str(), kind(meta), items(&answer).len()),
        ("0", "UFPTdataLogger_Meta_Data", 11)
    );
    let expected = [
        "UCPTname",
        "UCPTlastUpdate",
        "UCPTstart",
        "UCPTstop",
        "UCPTmodificationNumber",
        "UCPTlogLevel",
        "UCPTtotalCount",
    ];
    assert_eq!(members(meta), expected);
    assert_eq!(meta.child_text("UCPTname").unwrap(), LOGGER);
    assert_eq!(meta.child_text("UCPTtotalCount").unwrap(), HISTORY.to_string());
    assert_eq!(meta.child_text("UCPTlogLevel").unwrap(), "62.500");
    let entry = items(&answer)[1];
    let expected = [
        "UCPTname",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTvalue",
        "UCPTpointStatus",
        "UCPTpriority",
        "UCPTmetaDataPath",
    ];
    assert_eq!((kind(entry), members(entry)), ("UFPTdataLogger_Data", expected.to_vec()));
    assert_eq!(entry.child_text("UCPTname").unwrap(), LOGGED);
    let path = format!(r#"//*[@xsi:type="UFPTdataLogger_Meta_Data"][UCPTname="{LOGGER}"]"#);
    assert!(items(&answer).iter().skip(1).all(|item| item.child_text("UCPTmetaDataPath").unwrap() == path));
    let times = texts(&answer, "UCPTlastUpdate");
    assert!(times.is_sorted() && times[0].as_str() >= "2026-03-01T10:45:00.000+01:00", "{times:?}");
}

#[test]
fn vector_25_the_newest_entries() {
    let mut bench = Bench::with_applications();
    let all = texts(&bench.log(""), "UCPTlastUpdate");
    assert_eq!(all.len(), HISTORY);
    assert_eq!(texts(&bench.log("[position()>=last()-4]"), "UCPTlastUpdate"), all[HISTORY - 5..]);
    assert_eq!(texts(&bench.log("[position()<=2]"), "UCPTlastUpdate"), all[..2]);
    bench.behaviour.positions_from_zero = true;
    assert_eq!(texts(&bench.log("[position()>=last()-4]"), "UCPTlastUpdate"), all[HISTORY - 5..]);
    assert_eq!(texts(&bench.log("[position()<=2]"), "UCPTlastUpdate"), all[..3]);
}

#[test]
fn vector_26_an_alarm_is_acknowledged() {
    let mut bench = Bench::with_applications();
    assert_eq!(items(&bench.alarms("SUMMARY", "")).len(), 0, "no log before the first alarm");
    bench.alarm(true);
    let answer = bench.alarms("SUMMARY", "[position()<=60]");
    assert_eq!(kind(items(&answer)[0]), "UFPTalarmNotifier_Meta_Data");
    let expected = [
        "UCPTname",
        "UCPTlastUpdate",
        "UCPTalarmLog",
        "UCPTstart",
        "UCPTstop",
        "UCPTmodificationNumber",
        "UCPTlogLevel",
        "UCPTtotalCount",
    ];
    assert_eq!(members(items(&answer)[0]), expected);
    let alarm = items(&answer)[1];
    assert_eq!(alarm.child_text("UCPTname").unwrap(), SETPOINT);
    assert_eq!(alarm.child_text("UCPTpointStatus").unwrap(), "AL_ALM_CONDITION");
    assert_eq!(values(alarm)[1], pair("UCPTvalueDef", "AL_NUL"));
    let time = alarm.child_text("UCPTalarmTime").unwrap();
    let answer = bench.judge(SETPOINT, &time, "MANUAL_ACK", "valve exchanged");
    assert_eq!(
        (faults(&answer).as_str(), only_item(&answer).child_text("UCPTname").unwrap().as_str()),
        ("0", NOTIFIER)
    );
    let answer = bench.alarms("SUMMARY", "");
    let alarm = items(&answer)[1];
    assert_eq!(alarm.child_text("UCPTstatus").unwrap(), "MANUAL_ACK");
    assert_eq!(alarm.child("UCPTstatus").unwrap().attr("LonFormat"), Some("UCPTalarmStatus"));
    assert_eq!(alarm.child_text("UCPTdescription").unwrap(), "valve exchanged");
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTdescription",
        "UCPTvalue",
        "UCPTpointStatus",
        "UCPTpriority",
        "UCPTmetaDataPath",
        "UCPTalarmNotifierName",
        "UCPTalarmTime",
        "UCPTuserName",
        "UCPTstatus",
        "ReadData",
    ];
    assert_eq!(members(alarm), expected);
    assert_eq!(alarm.child("ReadData").unwrap().child_text("UCPTalarmType").unwrap(), "ACTIVE");
}

#[test]
fn vector_27_an_alarm_is_cleared() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    assert_eq!(faults(&bench.judge(SETPOINT, &time, "MANUAL_CLEAR", "")), "0");
    let answer = bench.alarms("SUMMARY", "");
    assert_eq!(only_item(&answer).child_text("UCPTtotalCount").unwrap(), "0");
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTstatus"), ["MANUAL_ACK_MANUAL_CLEAR"]);
}

#[test]
fn vector_28_the_history_of_alarms_is_cleared() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let answer = bench.about(
        "Clear",
        NOTIFIER,
        r#"//Item[@xsi:type="UFPTalarmNotifier_Data"][UCPTalarmLog="HISTORICAL"]"#,
    );
    assert_eq!(kind(only_item(&answer)), "UFPTalarmNotifier_ClearResponse");
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTname"), [""; 0]);
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTname"), [SETPOINT]);
}

#[test]
fn alarms_clear_themselves_once_they_are_acknowledged() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    bench.alarm(false);
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["AUTO_CLEAR"]);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    bench.judge(SETPOINT, &time, "MANUAL_ACK", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), [""; 0]);
    assert_eq!(texts(&bench.alarms("HISTORICAL", ""), "UCPTstatus"), ["MANUAL_ACK_AUTO_CLEAR", "NACK"]);
}

#[test]
fn alarms_that_wait_for_a_person_stay() {
    let mut bench = Bench::with_applications();
    let lamp = bench.unit.find(LAMP).unwrap();
    for status in [Some("AL_ERROR".to_owned()), None] {
        bench.unit.states[lamp].status = status;
        bench.read(&[LAMP]);
    }
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    bench.judge(LAMP, &time, "MANUAL_ACK", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["MANUAL_ACK"]);
    bench.judge(LAMP, &time, "MANUAL_CLEAR", "");
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), [""; 0]);
}

#[test]
fn an_acknowledgement_must_be_of_an_alarm_and_fit() {
    let mut bench = Bench::with_applications();
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    for (point, time, status, comment, expected) in [
        (SETPOINT, "2026-03-01T10:00:00Z", "MANUAL_ACK", "", "15"),
        (LAMP, time.as_str(), "MANUAL_ACK", "", "15"),
        (UNKNOWN, &time, "MANUAL_ACK", "", "14"),
        (SETPOINT, &time, "AUTO_CLEAR", "", "2"),
        (SETPOINT, &time, "MANUAL_ACK", &"x".repeat(81), "2"),
        (SETPOINT, "yesterday", "MANUAL_ACK", "", "2"),
    ] {
        let answer = bench.judge(point, time, status, comment);
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{point} {time} {status}");
    }
    assert_eq!(texts(&bench.alarms("SUMMARY", ""), "UCPTstatus"), ["NACK"]);
}

#[test]
fn the_key_of_an_alarm_holds_when_the_clock_is_wrong() {
    let mut bench = Bench::with_applications();
    bench.behaviour.clock_error = SignedDuration::from_nanos(90_000_500_000);
    bench.alarm(true);
    let time = texts(&bench.alarms("SUMMARY", ""), "UCPTalarmTime").remove(0);
    assert_eq!(faults(&bench.judge(SETPOINT, &time, "MANUAL_ACK", "")), "0");
    let later = format!(r#"[UCPTalarmTime>="{time}"]"#);
    assert_eq!(texts(&bench.alarms("SUMMARY", &later), "UCPTstatus"), ["MANUAL_ACK"]);
}

#[test]
fn points_log_what_they_do_by_themselves_and_what_they_are_told() {
    let mut bench = Bench::with_applications();
    bench.now += SignedDuration::from_mins(10);
    bench.switch("ON", 255);
    let new = bench.log(r#"[UCPTlastUpdate>"2026-03-01T10:00:00Z"]"#);
    let names = texts(&new, "UCPTname");
    assert_eq!(names.last().unwrap(), LAMP);
    assert_eq!(values(items(&new).last().unwrap())[1], pair("UCPTvalueDef", "ON"));
    let rooms = names.iter().filter(|name| *name == LOGGED).count();
    assert!((8..=10).contains(&rooms), "a minute apart, and each time another value: {names:?}");
    assert!(texts(&new, "UCPTlastUpdate").is_sorted());
    let only = bench.log(&format!(r#"[UCPTlastUpdate>"2026-03-01T10:00:00Z"][UCPTpointName="{LAMP}"]"#));
    assert_eq!(texts(&only, "UCPTname"), [LAMP]);
    assert_eq!(items(&only)[0].child_text("UCPTtotalCount").unwrap(), (HISTORY + names.len()).to_string());
}

#[test]
fn a_full_circular_log_loses_its_oldest() {
    let mut bench = Bench::with_applications();
    let first = texts(&bench.log(""), "UCPTlastUpdate").remove(0);
    bench.now += SignedDuration::from_hours(3);
    let answer = bench.log("");
    assert_eq!(items(&answer)[0].child_text("UCPTtotalCount").unwrap(), "64");
    assert_eq!(items(&answer)[0].child_text("UCPTlogLevel").unwrap(), "100.000");
    assert!(texts(&answer, "UCPTlastUpdate")[0] > first);
}

#[test]
fn a_part_of_a_log_and_all_of_it_are_cleared() {
    let mut bench = Bench::with_applications();
    let all = texts(&bench.log(""), "UCPTlastUpdate");
    let clear = |predicates: &str| format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{predicates}"#);
    let answer = bench.about("Clear", LOGGER, &clear("[position()<=30]"));
    let item = only_item(&answer);
    assert_eq!(kind(item), "UFPTdataLogger_ClearResponse");
    assert_eq!(item.child_text("UCPTtotalCount").unwrap(), "10");
    assert_eq!(item.child_text("UCPTmodificationNumber").unwrap(), "1");
    assert_eq!(texts(&bench.log(""), "UCPTlastUpdate"), all[30..]);
    let answer = bench.about("Clear", LOGGER, &clear(""));
    assert_eq!(
        members(only_item(&answer)),
        ["UCPTname", "UCPTmodificationNumber", "UCPTlogLevel", "UCPTtotalCount"]
    );
    assert_eq!(items(&bench.log("")).len(), 1);
}

#[test]
fn entries_of_one_millisecond_come_in_their_order() {
    let mut bench = Bench::with_applications();
    let at = bench.now + SignedDuration::from_secs(30);
    let (logger, lamp) = (bench.unit.application(LOGGER).unwrap(), bench.unit.find(LAMP).unwrap());
    for raw in 0..5 {
        let value = bench.unit.config(lamp).shape().nearest_value(f64::from(raw));
        assert!(bench.unit.append_entry(logger, (lamp, at, value), bench.now));
    }
    let answer = bench.log(r#"[UCPTlastUpdate="2026-03-01T10:00:30.000Z"]"#);
    assert_eq!(texts(&answer, "UCPTvalue"), ["0.0 0", "1.0 1", "2.0 1", "3.0 1", "4.0 1"]);
}

#[test]
fn too_much_at_once_is_answered_and_counted() {
    let mut bench = Bench::with_applications();
    bench.log("");
    assert_eq!(bench.unit.network.over_limit, 0);
    let mut plan = (*bench.unit.plan).clone();
    let logger = Block::data_logger(LOGGER, "LT_CIRCULAR", 6_000, &[LOGGED, LAMP], 60.0).unwrap();
    plan.blocks = vec![(Arc::new(logger), 5_000)];
    bench.unit = Unit::new(bench.unit.mac, Arc::new(plan), 1, bench.now);
    assert_eq!(items(&bench.log("[position()<=150]")).len(), 151);
    assert_eq!(bench.unit.network.over_limit, 0);
    assert_eq!(items(&bench.log("[position()<=151]")).len(), 152);
    bench.read(&[LAMP; 101]);
    assert_eq!(bench.unit.network.over_limit, 2);
    assert_eq!(items(&bench.log("[position()>=last()-64]"))[0].child_text("UCPTtotalCount").unwrap(), "5000");
}

#[test]
fn what_is_not_there_is_fault_6() {
    let mut bench = Bench::with_applications();
    let other = "Net/LON/iLON App/Data Logger[9]";
    for (operation, kind, block) in [
        ("Read", "UFPTdataLogger_Data", other),
        ("Read", "UFPTdataLogger_Data", NOTIFIER),
        ("Clear", "UFPTalarmNotifier_Data", LOGGER),
        ("Get", "UFPTalarmGenerator_Cfg", other),
    ] {
        let answer = bench.about(operation, block, &format!(r#"//Item[@xsi:type="{kind}"]"#));
        assert_eq!(code(only_item(&answer)).as_deref(), Some("6"), "{operation} {kind}");
    }
    assert_eq!(items(&bench.log("")).len(), HISTORY + 1);
}

#[test]
fn applications_are_listed_by_their_type_and_as_functional_blocks() {
    let mut bench = Bench::with_applications();
    for (kind, block) in
        [("UFPTdataLogger", LOGGER), ("UFPTalarmGenerator", GENERATOR), ("UFPTalarmNotifier", NOTIFIER)]
    {
        let answer = bench.select("List", &format!(r#"//Item[@xsi:type="{kind}_Cfg"]"#));
        let item = only_item(&answer);
        assert_eq!(item.child_text("UCPTname").unwrap(), block);
        let annotation = format!(r#"#8000010128000000[4].{kind};xsi:type="{kind}_Cfg""#);
        assert_eq!(item.child_text("UCPTannotation").unwrap(), annotation);
        let blocks = bench.select("List", &format!(r#"//Item[@xsi:type="Fb_Cfg"][UCPTname="{block}"]"#));
        assert_eq!(only_item(&blocks).child_text("UCPTannotation").unwrap(), annotation);
        let block_item = format!("<Item xsi:type='LON_Fb_Cfg'><UCPTname>{block}</UCPTname></Item>");
        assert_eq!(only_item(&bench.ask("Get", &block_item)).children_named("DataPoint").count(), 2);
        let plain = bench.ask("Get", &format!("<Item><UCPTname>{block}</UCPTname></Item>"));
        assert_eq!(only_item(&plain).attr_ns(XSI, "type"), Some(format!("{kind}_Cfg").as_str()));
    }
}

#[test]
fn a_set_overwrites_and_erases_what_it_leaves_out() {
    let mut bench = Bench::with_applications();
    let get = format!("<Item xsi:type='UFPTdataLogger_Cfg'><UCPTname>{LOGGER}</UCPTname></Item>");
    let before = only_item(&bench.ask("Get", &get)).clone();
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTlastUpdate",
        "UCPTuri",
        "DataPoint",
        "UCPTlogType",
        "UCPTlogSize",
        "UCPTlogFormat",
        "UCPTlogLevelAlarm",
        "UCPTlogFileName",
    ];
    assert_eq!(members(&before), expected);
    assert_eq!(kind(before.child("DataPoint").unwrap()), "UFPTdataLogger_DpRef");
    let set = format!(
        "<Item xsi:type='UFPTdataLogger_Cfg'><UCPTname>{LOGGER}</UCPTname><UCPTdescription>d</UCPTdescription>\
         <UCPTlogSize xsi:type='number'>2.0</UCPTlogSize>\
         <UCPTlogType LonFormat='UCPTlogType'>LT_HISTORICAL</UCPTlogType></Item>"
    );
    let configured = bench.unit.configured;
    assert_eq!(only_item(&bench.ask("Set", &set)).child_text("UCPTname").unwrap(), LOGGER);
    assert!(bench.unit.configured > configured);
    let after = only_item(&bench.ask("Get", &get)).clone();
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTlastUpdate",
        "UCPTdescription",
        "UCPTuri",
        "UCPTlogType",
        "UCPTlogSize",
    ];
    assert_eq!(members(&after), expected);
    assert!(after.child("UCPTlogSize").unwrap().attributes.is_empty());
    bench.now += SignedDuration::from_mins(10);
    bench.switch("ON", 255);
    let meta = bench.log("[position()<1]");
    assert_eq!(
        only_item(&meta).child_text("UCPTtotalCount").unwrap(),
        HISTORY.to_string(),
        "it logs no points"
    );
}

#[test]
fn a_configuration_that_was_got_can_be_set_as_it_is() {
    let mut bench = Bench::with_applications();
    for (kind, block) in
        [("UFPTdataLogger", LOGGER), ("UFPTalarmGenerator", GENERATOR), ("UFPTalarmNotifier", NOTIFIER)]
    {
        let get = format!("<Item xsi:type='{kind}_Cfg'><UCPTname>{block}</UCPTname></Item>");
        let before = only_item(&bench.ask("Get", &get)).clone();
        assert_eq!(faults(&bench.ask("Set", &before.to_xml())), "0");
        let after = only_item(&bench.ask("Get", &get)).clone();
        let changed = |item: &Element| item.child_text("UCPTlastUpdate").unwrap();
        assert!(changed(&after) > changed(&before));
        let rest = |item: &Element| -> Vec<Element> {
            item.elements().filter(|member| member.name != "UCPTlastUpdate").cloned().collect()
        };
        assert_eq!(rest(&after), rest(&before), "{kind}");
    }
}

#[test]
fn a_set_makes_what_is_new_and_refuses_what_does_not_fit() {
    let mut bench = Bench::with_applications();
    let item = |name: &str, members: &str| {
        format!("<Item xsi:type='UFPTdataLogger_Cfg'><UCPTname>{name}</UCPTname>{members}</Item>")
    };
    let new = "Net/LON/iLON App/Data Logger[4]";
    assert_eq!(faults(&bench.ask("Set", &item(new, "<UCPTlogSize>10</UCPTlogSize>"))), "0");
    assert_eq!(items(&bench.select("List", r#"//Item[@xsi:type="UFPTdataLogger_Cfg"]"#)).len(), 2);
    for (name, members, expected) in [
        ("", "", "5"),
        ("Net/LON/Nowhere/Data Logger[0]", "", "8"),
        (NOTIFIER, "", "10"),
        (new, "<UCPTlogSize>much</UCPTlogSize>", "11"),
        (new, "<UCPTlogType>LT_ENDLESS</UCPTlogType>", "11"),
        (new, "<DataPoint dpType='Input'/>", "4"),
    ] {
        assert_eq!(
            code(only_item(&bench.ask("Set", &item(name, members)))).as_deref(),
            Some(expected),
            "{members}"
        );
    }
    assert_eq!(faults(&bench.ask("Delete", &item(new, ""))), "0");
    assert_eq!(code(only_item(&bench.ask("Delete", &item(new, "")))).as_deref(), Some("6"));
}

#[test]
fn a_generator_compares_as_it_is_told() {
    let mut bench = Bench::with_applications();
    let limits = "<UCPThighLimit1Offset>1</UCPThighLimit1Offset><UCPThighLimit2Offset>5</UCPThighLimit2Offset>\
                  <UCPTlowLimit1Offset>1</UCPTlowLimit1Offset>";
    for (function, value, expected) in [
        ("FN_GT", "20", "AL_NUL"),
        ("FN_GE", "20", "AL_ALM_CONDITION"),
        ("FN_LT", "19", "AL_ALM_CONDITION"),
        ("FN_LE", "21", "AL_NUL"),
        ("FN_EQ", "20", "AL_ALM_CONDITION"),
        ("FN_NE", "20", "AL_NUL"),
        ("FN_LIMIT", "20.5", "AL_NUL"),
        ("FN_LIMIT", "22", "AL_HIGH_LMT_ALM_1"),
        ("FN_LIMIT", "26", "AL_HIGH_LMT_ALM_2"),
        ("FN_LIMIT", "18", "AL_LOW_LMT_ALM_1"),
    ] {
        let set = format!(
            "<Item xsi:type='UFPTalarmGenerator_Cfg'><UCPTname>{GENERATOR}</UCPTname>\
             <DataPoint dpType='Input'><UCPTname>{SETPOINT}</UCPTname></DataPoint>\
             <DataPoint dpType='Compare'><UCPTname>{TEMP}</UCPTname></DataPoint>\
             <UCPTcompFunction>{function}</UCPTcompFunction>{limits}</Item>"
        );
        assert_eq!(faults(&bench.ask("Set", &set)), "0");
        bench.write(TEMP, "<UCPTvalue>20.0</UCPTvalue>");
        bench.write(SETPOINT, &format!("<UCPTvalue>{value}</UCPTvalue>"));
        let answer = bench.read(&[SETPOINT]);
        assert_eq!(only_item(&answer).child_text("UCPTpointStatus").unwrap(), expected, "{function} {value}");
    }
}

#[test]
fn points_of_nested_types_are_written_and_shown() {
    let mut bench = Bench::new();
    let name = "Net/LON/AHU 1/VirtFb/nviBlind";
    assert!(bench.unit.add_point(name, "SNVT_sblnd_state", bench.now));
    let answer = bench.write(name, "<UCPTvalue>SET_STATE 50.0 -10.00 SBCS_LOCAL SBE_LIMITS</UCPTvalue>");
    assert_eq!(faults(&answer), "0");
    let field = "<UCPTvalue LonFormat='SNVT_sblnd_state.pos'>SET_DOWN 20.0 0.00</UCPTvalue>";
    assert_eq!(faults(&bench.write(name, field)), "0");
    let select =
        |form: &str| format!(r#"//Item[@xsi:type="Dp_Data"][UCPTname="{name}"][UCPTvalueFormat="{form}"]"#);
    let answer = bench.select("Read", &select("VF_FIELDS"));
    let shown: Vec<String> = values(only_item(&answer)).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        shown,
        ["SET_DOWN 20.0 0.00 SBCS_LOCAL SBE_LIMITS", "SET_DOWN 20.0 0.00", "SBCS_LOCAL", "SBE_LIMITS"]
    );
    let answer = bench.select("Read", &select("VF_RAW_HEX"));
    assert_eq!(values(only_item(&answer)), [pair("RAW_HEX", "022800000002")]);
}
