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
