//! The configuration of data loggers, alarm generators and alarm notifiers, and a bench with them.

use super::super::super::applications::{Block, Input};
use super::*;

pub(super) const LOGGER: &str = "Net/LON/iLON App/Data Logger[3]";
pub(super) const GENERATOR: &str = "Net/LON/iLON App/Alarm Generator[0]";
pub(super) const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";
pub(super) const HISTORY: usize = 40;
pub(super) const LOGGED: &str = "Net/LON/AHU 1/Sensor[0]/nvoRoom";

impl Bench {
    /// With a data logger that has 40 entries, an alarm generator that fires above the setpoint,
    /// and an alarm notifier.
    pub(super) fn with_applications() -> Bench {
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
    pub(super) fn about(&mut self, operation: &str, block: &str, select: &str) -> Element {
        let escaped = select.replace('&', "&amp;").replace('<', "&lt;");
        self.ask(operation, &format!("<xSelect>{escaped}</xSelect><Item><UCPTname>{block}</UCPTname></Item>"))
    }

    pub(super) fn log(&mut self, predicates: &str) -> Element {
        self.about("Read", LOGGER, &format!(r#"//Item[@xsi:type="UFPTdataLogger_Data"]{predicates}"#))
    }

    pub(super) fn alarms(&mut self, log: &str, predicates: &str) -> Element {
        let select =
            format!(r#"//Item[@xsi:type="UFPTalarmNotifier_Data"]{predicates}[UCPTalarmLog="{log}"]"#);
        self.about("Read", NOTIFIER, &select)
    }

    pub(super) fn judge(&mut self, point: &str, time: &str, status: &str, comment: &str) -> Element {
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
    pub(super) fn alarm(&mut self, on: bool) {
        let value = format!("<UCPTvalue>{}</UCPTvalue>", if on { "9000" } else { "-270" });
        self.write(SETPOINT, &value);
    }
}

pub(super) fn kind(item: &Element) -> &str {
    item.attr_ns(XSI, "type").unwrap()
}

pub(super) fn texts(answer: &Element, name: &str) -> Vec<String> {
    items(answer).into_iter().skip(1).map(|item| item.child_text(name).unwrap()).collect()
}

pub(super) fn members(item: &Element) -> Vec<&str> {
    let mut names: Vec<&str> = item.elements().map(|member| member.name.as_str()).collect();
    names.dedup();
    names
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
