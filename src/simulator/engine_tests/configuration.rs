//! What Set and Delete make of data points.

use super::super::super::network::restart;
use super::super::super::profile::{Past, Profile, plans};
use super::*;
use crate::xml::Node;

const SWITCH: &str = "#0000000000000000[0].SNVT_switch";
const PRESETS: &str = "<ValueDef><UCPTindex>0</UCPTindex><UCPTname>HALF</UCPTname><UCPTvalue \
                       LonFormat='#0000000000000000[0].SNVT_switch'>50.0 1</UCPTvalue></ValueDef>";

impl Bench {
    fn set(&mut self, kind: &str, name: &str, members: &str) -> Element {
        let item = format!("<Item xsi:type='{kind}'><UCPTname>{name}</UCPTname>{members}</Item>");
        self.ask("Set", &item)
    }

    fn get(&mut self, kind: &str, name: &str) -> Element {
        let answer = self.ask("Get", &format!("<Item xsi:type='{kind}'><UCPTname>{name}</UCPTname></Item>"));
        assert_eq!(faults(&answer), "0", "{answer:?}");
        only_item(&answer).clone()
    }

    fn delete(&mut self, kind: Option<&str>, name: &str) -> Element {
        let kind = kind.map(|kind| format!(" xsi:type='{kind}'")).unwrap_or_default();
        self.ask("Delete", &format!("<Item{kind}><UCPTname>{name}</UCPTname></Item>"))
    }

    /// `UCPTlastUpdate` of the header.
    fn configured(&mut self) -> String {
        let envelope = self.ask_envelope(&format!("<List xmlns='{MESSAGE}'><iLonItem/></List>"));
        let properties = envelope.child("Header").unwrap().child("messageProperties").unwrap();
        properties.child_text("UCPTlastUpdate").unwrap()
    }

    pub(super) fn demo(points: usize) -> Bench {
        Bench::of(Profile::Demo, points)
    }

    fn of(profile: Profile, points: usize) -> Bench {
        let plan = Arc::clone(&plans(profile, points, Past::default())[0]);
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        Bench {
            unit: Unit::new("00-D0-71-02-0A-18".parse().unwrap(), plan, 1, now),
            behaviour: Behaviour::default(),
            now,
        }
    }
}

fn format_of(name: &str) -> String {
    format!("<UCPTformatDescription>#0000000000000000[0].{name}</UCPTformatDescription>")
}

fn member_names(item: &Element) -> Vec<&str> {
    let mut names: Vec<&str> = item.elements().map(|e| e.name.as_str()).collect();
    names.dedup();
    names
}

#[test]
fn a_set_keeps_what_it_names_in_schema_order() {
    let mut bench = Bench::new();
    let members = format!(
        "{PRESETS}<UCPTunit field='state'>on or off</UCPTunit><UCPTaliasName>lamp</UCPTaliasName>\
         <UCPTdescription xsi:type='string'>Row 1</UCPTdescription><UCPTpersist xsi:type='number'>1</UCPTpersist>\
         <SCPTmaxSendTime>30.0</SCPTmaxSendTime><UCPTdefOutput LonFormat='{SWITCH}'>50.0 1</UCPTdefOutput>{}",
        format_of("SNVT_switch")
    );
    let answer = bench.set("Dp_Cfg", LAMP, &members);
    assert_eq!(faults(&answer), "0", "{answer:?}");
    assert_eq!(member_names(only_item(&answer)), ["UCPTname"]);
    let item = bench.get("Dp_Cfg", LAMP);
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTaliasName",
        "UCPTlastUpdate",
        "UCPTdescription",
        "UCPTformatDescription",
        "UCPTlength",
        "UCPTpersist",
        "UCPTdefOutput",
        "UCPTunit",
        "SCPTmaxSendTime",
        "ValueDef",
    ];
    assert_eq!(member_names(&item), expected);
    assert_eq!(item.child("UCPTdescription").unwrap().attributes, []);
    assert_eq!(item.child("ValueDef").unwrap().child_text("UCPTname").unwrap(), "HALF");
    bench.switch("HALF", 255);
    assert_eq!(bench.lamp().0, "50.0 1");
    let refused = bench.switch("ON", 255);
    assert_eq!(code(only_item(&refused)).as_deref(), Some("11"));
}

/// Items without the time of their last change.
fn timeless(answer: &Element) -> Vec<Element> {
    let without = |item: &Element| {
        let mut item = item.clone();
        item.children.retain(|node| !matches!(node, Node::Element(e) if e.name == "UCPTlastUpdate"));
        item
    };
    items(answer).into_iter().map(without).collect()
}

#[test]
fn a_set_of_what_a_get_shows_changes_nothing() {
    let kinds = ["Dp_Cfg", "LON_Dp_Cfg", "MOD_Dp_Cfg", "MBS_Dp_Cfg", "Virtual_Dp_Cfg", "LON_Device_Cfg"];
    let cases = kinds
        .map(|kind| (Profile::Demo, kind))
        .into_iter()
        .chain([(Profile::Deterministic, "Dp_Cfg"), (Profile::Deterministic, "LON_Dp_Cfg")]);
    for (profile, kind) in cases {
        let mut bench = Bench::of(profile, 150);
        let all = format!(r#"//Item[@xsi:type="{kind}"]"#);
        let before = bench.select("Get", &all);
        let set: String = items(&before).iter().map(|item| item.to_xml()).collect();
        let answer = bench.ask("Set", &set);
        assert_eq!((faults(&answer).as_str(), items(&answer).len()), ("0", items(&before).len()), "{kind}");
        let after = bench.select("Get", &all);
        assert_eq!(timeless(&after), timeless(&before), "{kind}");
        assert_ne!(after, before, "{kind}");
    }
}

#[test]
fn what_a_set_leaves_out_is_erased() {
    let mut bench = Bench::new();
    bench.set("Dp_Cfg", SETPOINT, &format_of("SNVT_temp_f"));
    let item = bench.get("Dp_Cfg", SETPOINT);
    for gone in ["UCPTaliasName", "UCPTdirection", "UCPTdefOutput", "UCPTunit", "ValueDef", "UCPTbaseType"] {
        assert!(item.child(gone).is_none(), "{gone}");
    }
    let lon = bench.get("LON_Dp_Cfg", SETPOINT);
    assert_eq!(lon.child_text("UCPTpollRate").unwrap(), "10.0");
}

#[test]
fn the_types_of_a_point_leave_each_others_members_alone() {
    let mut bench = Bench::new();
    let members = format!("{}<UCPTpollRate>2.5</UCPTpollRate>", format_of("SNVT_switch"));
    bench.set("LON_Dp_Cfg", LAMP, &members);
    let lon = bench.get("LON_Dp_Cfg", LAMP);
    assert_eq!(lon.child_text("UCPTpollRate").unwrap(), "2.5");
    assert!(lon.child("UCPTnvSelector").is_none() && lon.child("UCPTnvIndex").is_some());
    assert_eq!(bench.get("Dp_Cfg", LAMP).children_named("ValueDef").count(), 2);
    assert_eq!(faults(&bench.switch("ON", 255)), "0");
}

#[test]
fn another_type_begins_anew() {
    let mut bench = Bench::new();
    bench.switch("ON", 200);
    bench.set("LON_Dp_Cfg", LAMP, &format_of("SNVT_temp_p"));
    assert_eq!(bench.lamp(), ("0.00".to_owned(), "255".to_owned()));
    assert_eq!(bench.get("Dp_Cfg", LAMP).children_named("ValueDef").count(), 0);
    let item = bench.get("Dp_Cfg", LAMP);
    assert_eq!(item.child_text("UCPTlength").unwrap(), "2");
}

#[test]
fn points_are_created_deleted_and_created_again() {
    let mut bench = Bench::new();
    let name = "Net/LON/AHU 1/Data Logger[3]/nviNew Point";
    let before = bench.configured();
    let members = format!("{}<UCPTdefOutput LonFormat=''>21.5</UCPTdefOutput>", format_of("SNVT_temp_p"));
    assert_eq!(faults(&bench.set("LON_Dp_Cfg", name, &members)), "0");
    assert!(bench.configured() > before);
    assert_eq!(only_item(&bench.read(&[name])).child_text("UCPTvalue").unwrap(), "21.50");
    let listed = bench.select("List", &format!(r#"//Item[@xsi:type="Dp_Cfg"][UCPTname="{name}"]"#));
    assert_eq!(only_item(&listed).child_text("UCPTname").unwrap(), name);

    let created = bench.configured();
    let answer = bench.delete(Some("LON_Dp_Cfg"), name);
    assert_eq!(
        (faults(&answer).as_str(), only_item(&answer).child_text("UCPTname").unwrap().as_str()),
        ("0", name)
    );
    assert!(bench.configured() > created);
    assert_eq!(code(only_item(&bench.read(&[name]))).as_deref(), Some("14"));
    assert_eq!(faults(&bench.set("Dp_Cfg", name, &format_of("SNVT_count"))), "0");
    assert_eq!(only_item(&bench.read(&[name])).child_text("UCPTvalue").unwrap(), "0");
}

#[test]
fn the_key_of_a_point_with_a_new_name_renames_it() {
    let mut bench = Bench::new();
    bench.switch("ON", 200);
    let new = "Net/LON/AHU 1/Lamp[0]/nviRow";
    let index = bench.get("LON_Dp_Cfg", LAMP).child_text("UCPTnvIndex").unwrap();
    let members = format!("{}<UCPTnvIndex>{index}</UCPTnvIndex>", format_of("SNVT_switch"));
    bench.set("LON_Dp_Cfg", new, &members);
    assert_eq!(code(only_item(&bench.read(&[LAMP]))).as_deref(), Some("14"));
    assert_eq!(only_item(&bench.read(&[new])).child_text("UCPTpriority").unwrap(), "200");
}

#[test]
fn a_set_that_cannot_be_done_says_why_and_changes_nothing() {
    let mut bench = Bench::new();
    let (switch, new) = (format_of("SNVT_switch"), "Net/LON/AHU 1/VirtFb/nviNew");
    let before = (bench.configured(), bench.get("Dp_Cfg", LAMP));
    for (kind, name, members, expected) in [
        ("Dp_Cfg", "", switch.clone(), "5"),
        ("Dp_Cfg", "Net/LON/AHU 1/nviLamp", switch.clone(), "7"),
        ("Dp_Cfg", "Net/LON/AHU 1//nviLamp", switch.clone(), "7"),
        ("Dp_Cfg", LAMP, String::new(), "4"),
        ("Dp_Cfg", LAMP, format_of("SNVT_nothing"), "11"),
        ("Dp_Cfg", LAMP, format_of("SNVT_switch.state"), "11"),
        ("Dp_Cfg", LAMP, format!("{switch}<UCPTdefOutput>on</UCPTdefOutput>"), "11"),
        ("Dp_Cfg", LAMP, format!("{switch}<UCPTpersist>yes</UCPTpersist>"), "2"),
        ("Dp_Cfg", LAMP, format!("{switch}<UCPTdirection>IN</UCPTdirection>"), "2"),
        ("Dp_Cfg", LAMP, format!("{switch}{PRESETS}<ValueDef><UCPTindex>1</UCPTindex></ValueDef>"), "4"),
        ("LON_Dp_Cfg", LAMP, format!("{switch}<UCPTpollRate>-1</UCPTpollRate>"), "2"),
        ("MOD_Dp_Cfg", LAMP, switch.clone(), "10"),
        ("MOD_Dp_Cfg", new, switch.clone(), "8"),
        ("LON_Dp_Cfg", "Net/LON/Pump 9/VirtFb/nviNew", switch.clone(), "8"),
        ("Fb_Cfg", "Net/LON/AHU 1/VirtFb", String::new(), "10"),
    ] {
        let answer = bench.set(kind, name, &members);
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{kind} {name} {members}");
    }
    let untyped = format!("<Item><UCPTname>{LAMP}</UCPTname>{switch}</Item>");
    assert_eq!(code(only_item(&bench.ask("Set", &untyped))).as_deref(), Some("2"));
    assert_eq!((bench.configured(), bench.get("Dp_Cfg", LAMP)), before);
}

#[test]
fn a_delete_needs_the_type_of_the_driver_or_none() {
    let mut bench = Bench::new();
    for (kind, name, expected) in [
        (Some("MOD_Dp_Cfg"), LAMP, "9"),
        (Some("Dp_Cfg"), LAMP, "9"),
        (Some("LON_Device_Cfg"), "Net/LON/AHU 1", "9"),
        (Some("LON_Dp_Cfg"), UNKNOWN, "14"),
        (None, "", "5"),
    ] {
        let answer = bench.delete(kind, name);
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{kind:?} {name}");
    }
    assert_eq!(faults(&bench.read(&[LAMP])), "0");
    let scene = bench.select("Delete", r#"//Item[@xsi:type="LON_Dp_Cfg"][contains(UCPTname,"nviScene")]"#);
    assert_eq!(only_item(&scene).child_text("UCPTname").unwrap(), SCENE);
    assert_eq!(faults(&bench.delete(None, LAMP)), "0");
    assert_eq!(faults(&bench.read(&[LAMP])), "1");
}

#[test]
fn more_items_than_advised_are_answered_and_counted() {
    let mut bench = Bench::new();
    let item =
        format!("<Item xsi:type='Dp_Cfg'><UCPTname>{LAMP}</UCPTname>{}</Item>", format_of("SNVT_switch"));
    assert_eq!(items(&bench.ask("Set", &item.repeat(100))).len(), 100);
    assert_eq!(bench.unit.over_limit, 0);
    assert_eq!(items(&bench.ask("Set", &item.repeat(101))).len(), 101);
    assert_eq!(bench.unit.over_limit, 1);
}

#[test]
fn a_thousand_points_come_in_pages_once_and_in_order() {
    let mut bench = Bench::demo(1000);
    for operation in ["List", "Get", "Read"] {
        let mut names = Vec::new();
        for page in 0..=10 {
            let (from, to) = (page * 100, page * 100 + 100);
            let select = format!(r#"//Item[@xsi:type="Dp_Cfg"][position()>{from} and position()<={to}]"#);
            let answer = bench.select(operation, &select);
            names.extend(items(&answer).into_iter().map(|i| i.child_text("UCPTname").unwrap()));
        }
        let expected: Vec<String> = bench.unit.plan.points.iter().map(|point| point.name.clone()).collect();
        assert_eq!((names.len(), names == expected), (1000, true), "{operation}");
    }
    assert_eq!(bench.unit.over_limit, 0);
    bench.select("Get", r#"//Item[@xsi:type="Dp_Cfg"]"#);
    assert_eq!(bench.unit.over_limit, 1);
}

#[test]
fn a_list_of_a_thousand_points_fits_a_stanza_and_their_configuration_does_not() {
    let mut bench = Bench::demo(1000);
    let size = |bench: &mut Bench, operation: &str| {
        bench.select(operation, r#"//Item[@xsi:type="Dp_Cfg"]"#).to_xml().len()
    };
    // What ejabberd and Prosody take without being told otherwise.
    let stock = 262_144;
    let (list, get) = (size(&mut bench, "List"), size(&mut bench, "Get"));
    assert!(list < stock && get > stock, "{list} {get}");
}

#[test]
fn a_restart_frees_points_and_waits_for_the_first_poll() {
    let mut bench = Bench::new();
    let keep = format!("{}{PRESETS}<UCPTpersist>1</UCPTpersist>", format_of("SNVT_switch"));
    bench.set("Dp_Cfg", LAMP, &keep);
    bench.switch("HALF", 200);
    bench.write(SETPOINT, "<UCPTvalue>25</UCPTvalue><UCPTpriority>100</UCPTpriority>");
    bench.now += SignedDuration::from_hours(1);
    restart(&mut bench.unit, bench.now);
    assert_eq!(bench.configured(), "2026-03-01T11:00:03Z");
    assert_eq!(bench.lamp(), ("50.0 1".to_owned(), "255".to_owned()));
    let answer = bench.read(&[SETPOINT, TEMP]);
    let shown: Vec<_> = items(&answer).iter().map(|i| i.child_text("UCPTvalue").unwrap()).collect();
    assert_eq!(shown, ["21", "0.0"]);
    assert!(bench.unit.states.iter().all(|state| !state.polled));
    assert!(items(&answer).iter().all(|i| i.child_text("UCPTpriority").unwrap() == "255"));
}
