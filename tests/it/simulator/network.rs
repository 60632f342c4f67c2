//! Networks, devices and configuration, as somebody sees them who asks over XMPP.

use nocgate::simulator::Profile;

use super::*;
use crate::schema;

const AHU: &str = "Net/LON/AHU 1";

impl Site {
    /// The child of the answer's `Body`.
    async fn answer(&self, name: &str, children: &str) -> Element {
        let envelope = self.ask(&operation(name, children), PATIENCE).await.unwrap();
        envelope.child_ns(SOAP, "Body").unwrap().elements().next().unwrap().clone()
    }

    async fn all_of(&self, operation: &str, kind: &str) -> Element {
        self.answer(operation, &format!("<xSelect>//Item[@xsi:type=\"{kind}\"]</xSelect>")).await
    }

    async fn set_device(&self, statuses: &str) -> Element {
        let state = self.smartserver().device_state(AHU).unwrap();
        let members = format!(
            "<Item xsi:type='LON_Device_Cfg'><UCPTname>{AHU}</UCPTname><UCPThandle>{}</UCPThandle>{statuses}\
             <Command><UCPTcommand>Wink</UCPTcommand>\
             <UCPTstatus LonFormat='UCPTstatus'>STATUS_REQUEST</UCPTstatus></Command></Item>",
            state.handle
        );
        self.answer("Set", &members).await
    }
}

fn demo(settings: &mut Settings) {
    (settings.profile, settings.points) = (Profile::Demo, 120);
}

#[tokio::test]
async fn what_a_smartserver_shows_fits_the_schema() {
    let site = Site::start(ServerKind::Prosody, 1, demo).await;
    for bus in ["", "LON_", "MOD_", "MBS_", "Virtual_"] {
        for level in ["Network", "Channel", "Device", "Fb", "Dp"] {
            let kind = format!("{bus}{level}_Cfg");
            for operation in ["List", "Get"] {
                let answer = site.all_of(operation, &kind).await;
                assert_eq!(schema::answer(&answer), [""; 0], "{operation} {kind}");
                let shown = answer.child("iLonItem").unwrap().children_named("Item").count();
                assert!(shown > 0, "{operation} {kind}");
            }
        }
    }
    let both = "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_RUNNING</UCPTapplicationStatus>\
                <UCPTcommissionStatus LonFormat='UCPTcommissionStatus'>COMMISSIONED</UCPTcommissionStatus>";
    assert_eq!(schema::answer(&site.set_device(both).await), [""; 0]);
    assert_eq!(schema::answer(&site.all_of("Get", "LON_Device_Cfg").await), [""; 0]);
    for command in ["QueryStatus", "ClearStatus", "RepeatingData", "PowerlineData", "ProxyData", "PPNData"] {
        let item = format!(
            "<Item xsi:type='LON_Device_Command_Invoke' Command='{command}'><UCPTname>{AHU}</UCPTname></Item>"
        );
        let answer = site.answer("InvokeCmd", &item).await;
        assert_eq!(schema::answer(&answer), [""; 0], "{command}");
    }
    let scan = "<Item xsi:type='LON_Network_ScanCommand_Invoke' ScanCommand='GetScan'><UCPTname>Net</UCPTname></Item>";
    assert_eq!(schema::answer(&site.answer("InvokeCmd", scan).await), [""; 0]);
    site.stop().await;
}

#[tokio::test]
async fn a_handle_shows_what_became_of_a_device() {
    let site = Site::start(ServerKind::Prosody, 1, demo).await;
    let smartserver = site.smartserver();
    smartserver.change_behaviour(|b| b.command_time = Duration::ZERO);
    smartserver.set_reachable(AHU, false).unwrap();
    site.set_device("").await;
    let state = smartserver.device_state(AHU).unwrap();
    assert_eq!((state.running, state.commissioned, state.reachable), (false, false, false));
    assert_eq!(state.commands[0].status, "STATUS_FAIL");

    smartserver.set_reachable(AHU, true).unwrap();
    site.set_device("").await;
    assert_eq!(smartserver.winks(AHU), Some(1));
    assert!(smartserver.device_state("Net/LON/Pump 9").is_none());
    assert!(smartserver.set_reachable("Net/LON/Pump 9", true).is_err());
    site.stop().await;
}

#[tokio::test]
async fn points_are_renamed_and_forgotten_on_the_smartserver_itself() {
    let site = Site::start(ServerKind::Prosody, 1, |_| {}).await;
    let smartserver = site.smartserver();
    let new = "Net/LON/Device 1/Block[0]/nviRenamed";
    assert_eq!(smartserver.rename_point(LAMP, new), Ok(true));
    assert_eq!(smartserver.rename_point(new, TEMP), Ok(false));
    assert!(smartserver.rename_point(LAMP, new).is_err());
    assert_eq!(site.read(new, "").await.unwrap(), "0.0 0");
    smartserver.write(new, "ON", 100).unwrap();
    smartserver.restart().await;
    assert!(smartserver.is_online());
    assert_eq!(smartserver.priority(new), Some(255));
    assert_eq!(site.read(new, "").await.unwrap(), "0.0 0");
    site.stop().await;
}

#[tokio::test]
async fn a_thousand_points_are_listed_at_once_and_shown_in_pages_on_ejabberd() {
    a_thousand_points(ServerKind::Ejabberd).await;
}

#[tokio::test]
async fn a_thousand_points_are_listed_at_once_and_shown_in_pages_on_prosody() {
    a_thousand_points(ServerKind::Prosody).await;
}

async fn a_thousand_points(kind: ServerKind) {
    let site = Site::start(kind, 1, |s| (s.profile, s.points) = (Profile::Demo, 1000)).await;
    let names = |answer: &Element| -> Vec<String> {
        let items = answer.child("iLonItem").unwrap().children_named("Item");
        items.map(|item| item.child_text("UCPTname").unwrap()).collect()
    };
    let listed = site.all_of("List", "Dp_Cfg").await;
    // What both servers take of a body without being told otherwise.
    assert!(listed.to_xml().len() < 262_144, "{}", listed.to_xml().len());
    assert_eq!(names(&listed), site.smartserver().point_names());
    for operation in ["Get", "Read"] {
        let mut shown = Vec::new();
        for page in 0..10 {
            let (from, to) = (page * 100, page * 100 + 100);
            let select = format!("//Item[@xsi:type=\"Dp_Cfg\"][position()>{from}][position()&lt;=100]");
            let both = format!("//Item[@xsi:type=\"Dp_Cfg\"][position()>{from} and position()&lt;={to}]");
            let answer = site.answer(operation, &format!("<xSelect>{select}</xSelect>")).await;
            let same = site.answer(operation, &format!("<xSelect>{both}</xSelect>")).await;
            assert_eq!(names(&same), names(&answer), "predicates follow each other");
            shown.extend(names(&answer));
        }
        assert_eq!(shown, names(&listed), "{operation}");
    }
    assert_eq!(site.smartserver().counts().over_limit, 0);
    site.stop().await;
}
