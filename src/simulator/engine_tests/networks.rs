//! Networks, channels, devices and blocks of all buses.

use super::*;

const KINDS: [(&str, &str); 4] = [
    ("LON", "Net/LON/iLON App"),
    ("MOD", "RNI/MODBUS/PM5500"),
    ("MBS", "RNI/MBUS/Heat Meter 1"),
    ("Virtual", "Net/Virtual/Site"),
];

fn names(answer: &Element) -> Vec<String> {
    items(answer).into_iter().map(|item| item.child_text("UCPTname").unwrap()).collect()
}

#[test]
fn every_bus_lists_and_shows_its_own() {
    let mut bench = Bench::demo(120);
    for (prefix, device) in KINDS {
        let channel = device.rsplit_once('/').unwrap().0;
        let network = channel.rsplit_once('/').unwrap().0;
        for (level, name) in [("Network", network), ("Channel", channel), ("Device", device)] {
            let kind = format!("{prefix}_{level}_Cfg");
            let select = format!(r#"//Item[@xsi:type="{kind}"]"#);
            let listed = names(&bench.select("List", &select));
            assert!(listed.contains(&name.to_owned()), "{kind} {listed:?}");
            let got = bench.select("Get", &select);
            assert_eq!(names(&got), listed, "{kind}");
            assert!(items(&got).iter().all(|item| item.attr_ns(XSI, "type") == Some(kind.as_str())));
            assert!(items(&got).iter().all(|item| item.child("UCPThandle").is_some()));
        }
        for kind in [format!("{prefix}_Fb_Cfg"), format!("{prefix}_Dp_Cfg")] {
            let listed = bench.select("List", &format!(r#"//Item[@xsi:type="{kind}"]"#));
            assert!(names(&listed).iter().all(|name| name.starts_with(channel)), "{kind}");
            assert!(!names(&listed).is_empty(), "{kind}");
        }
    }
}

#[test]
fn generic_types_show_everything_once() {
    let mut bench = Bench::demo(120);
    let mut list = |kind: &str| names(&bench.select("List", &format!(r#"//Item[@xsi:type="{kind}"]"#)));
    assert_eq!(list("Network_Cfg"), ["Net", "RNI"]);
    assert_eq!(list("Channel_Cfg"), ["Net/LON", "RNI/MODBUS", "RNI/MBUS", "Net/Virtual"]);
    assert!(KINDS.iter().all(|(_, device)| list("Device_Cfg").contains(&(*device).to_owned())));
    assert_eq!(list("Dp_Cfg").len(), 120);
    assert!(list("Fb_Cfg").contains(&"RNI/MODBUS/PM5500/VirtFb".to_owned()));
}

#[test]
fn plain_profiles_are_of_one_network() {
    let mut bench = Bench::new();
    let list = |bench: &mut Bench, kind: &str| {
        names(&bench.select("List", &format!(r#"//Item[@xsi:type="{kind}"]"#)))
    };
    assert_eq!(list(&mut bench, "Network_Cfg"), ["Net"]);
    assert_eq!(list(&mut bench, "Channel_Cfg"), ["Net/LON"]);
    assert!(list(&mut bench, "MOD_Channel_Cfg").is_empty());
}

#[test]
fn a_block_shows_its_points() {
    let mut bench = Bench::new();
    let asked = "<Item xsi:type='LON_Fb_Cfg'><UCPTname>Net/LON/AHU 1/VirtFb</UCPTname></Item>";
    let answer = bench.ask("Get", asked);
    let points: Vec<_> = only_item(&answer).children_named("DataPoint").collect();
    let shown: Vec<_> = points.iter().map(|point| point.child_text("UCPTname").unwrap()).collect();
    assert_eq!(shown, [SETPOINT, SCENE]);
    assert_eq!(points[0].attr("dpType"), Some("Input"));
    assert_eq!(points[0].attr("discrim"), Some("dir_in"));
    let asked = "<Item xsi:type='LON_Fb_Cfg'><UCPTname>Net/LON/AHU 1/Nothing</UCPTname></Item>";
    assert_eq!(code(only_item(&bench.ask("Get", asked))).as_deref(), Some("6"));
}

#[test]
fn points_of_a_bus_show_the_members_of_its_type() {
    let mut bench = Bench::demo(120);
    for (kind, name, expected) in [
        ("MOD_Dp_Cfg", "RNI/MODBUS/PM5500/VirtFb/Ph1Current", "UCPTmodbusTable"),
        ("MBS_Dp_Cfg", "RNI/MBUS/Heat Meter 1/VirtFb/FlowTemp", "UCPTmbusType"),
        ("Virtual_Dp_Cfg", "Net/Virtual/Site/VirtFb/nviSeason", "UCPTprogrammaticName"),
    ] {
        let item = |kind: &str| format!("<Item xsi:type='{kind}'><UCPTname>{name}</UCPTname></Item>");
        let answer = bench.ask("Get", &item(kind));
        assert!(only_item(&answer).child(expected).is_some(), "{kind}");
        let annotation = only_item(&answer).child_text("UCPTannotation").unwrap();
        assert!(annotation.ends_with(&format!(";xsi:type=\"{kind}\"")), "{annotation}");
        assert!(only_item(&bench.ask("Get", &item("Dp_Cfg"))).child("UCPTmaxFields").is_some());
        assert_eq!(code(only_item(&bench.ask("Get", &item("LON_Dp_Cfg")))).as_deref(), Some("14"));
    }
}

#[test]
fn networks_take_commands_and_scans() {
    let mut bench = Bench::new();
    let mut invoke = |kind: &str, attribute: &str, network: &str| {
        let item = format!(
            "<Item xsi:type='LON_Network_{kind}_Invoke' {attribute}><UCPTname>{network}</UCPTname></Item>"
        );
        only_item(&bench.ask("InvokeCmd", &item)).clone()
    };
    assert_eq!(invoke("Command", "Command='Syncronize'", "Net").child_text("UCPTname").unwrap(), "Net");
    let scan = invoke("ScanCommand", "ScanCommand='GetScan'", "Net");
    assert_eq!(scan.child("Command").unwrap().child_text("UCPTstatus").unwrap(), "STATUS_DONE");
    for (kind, attribute, network, expected) in [
        ("Command", "Command='Syncronize'", "Other", "6"),
        ("Command", "Command='PPNon'", "Net", "12"),
        ("Command", "", "Net", "4"),
        ("ScanCommand", "ScanCommand='Look'", "Net", "12"),
    ] {
        assert_eq!(code(&invoke(kind, attribute, network)).as_deref(), Some(expected), "{attribute}");
    }
}
