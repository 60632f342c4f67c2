//! What Set and InvokeCmd make of devices.

use super::super::super::network::settle;
use super::*;

const AHU: &str = "Net/LON/AHU 1";
const RUNNING: &str =
    "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_RUNNING</UCPTapplicationStatus>";
const STOPPED: &str =
    "<UCPTapplicationStatus LonFormat='UCPTapplicationStatus'>APP_STOPPED</UCPTapplicationStatus>";
const COMMISSIONED: &str =
    "<UCPTcommissionStatus LonFormat='UCPTcommissionStatus'>COMMISSIONED</UCPTcommissionStatus>";

impl Bench {
    fn set_device(&mut self, name: &str, members: &str) -> Element {
        self.ask(
            "Set",
            &format!("<Item xsi:type='LON_Device_Cfg'><UCPTname>{name}</UCPTname>{members}</Item>"),
        )
    }

    fn device(&mut self, name: &str) -> Element {
        let asked = format!("<Item xsi:type='LON_Device_Cfg'><UCPTname>{name}</UCPTname></Item>");
        only_item(&self.ask("Get", &asked)).clone()
    }

    /// Application, commission status, and what QueryStatus says.
    fn statuses(&mut self) -> [String; 3] {
        let device = self.device(AHU);
        let online = self.invoke("QueryStatus", AHU).child_text("UCPTonlineStatus").unwrap();
        let text = |name: &str| device.child_text(name).unwrap();
        [text("UCPTapplicationStatus"), text("UCPTcommissionStatus"), online]
    }

    fn invoke(&mut self, command: &str, device: &str) -> Element {
        let item = format!(
            "<Item xsi:type='LON_Device_Command_Invoke' Command='{command}'><UCPTname>{device}</UCPTname></Item>"
        );
        only_item(&self.ask("InvokeCmd", &item)).clone()
    }

    /// Asks for a command as the manual wants it, with this application status.
    fn command(&mut self, command: &str, status: &str, application: &str) -> Element {
        let device = self.device(AHU);
        let same = |name: &str| format!("<{name}>{}</{name}>", device.child_text(name).unwrap());
        let members = format!(
            "{}{}{}{application}{COMMISSIONED}<Command><UCPTcommand>{command}</UCPTcommand>\
             <UCPTstatus LonFormat='UCPTstatus'>{status}</UCPTstatus></Command>",
            same("UCPThandle"),
            same("UCPTuniqueId"),
            same("UCPTprogramId"),
        );
        self.set_device(AHU, &members)
    }

    /// Name and status of each command.
    fn commands(&mut self) -> Vec<(String, String)> {
        let device = self.device(AHU);
        let text = |command: &Element, name: &str| command.child_text(name).unwrap();
        device.children_named("Command").map(|c| (text(c, "UCPTcommand"), text(c, "UCPTstatus"))).collect()
    }

    /// Commands take this long.
    fn takes(seconds: u64) -> Bench {
        let mut bench = Bench::new();
        bench.behaviour.command_time = std::time::Duration::from_secs(seconds);
        bench
    }
}

#[test]
fn vector_31_a_set_without_both_statuses_decommissions_the_device() {
    let wink = "<Command><UCPTcommand>Wink</UCPTcommand><UCPTstatus>STATUS_REQUEST</UCPTstatus></Command>";
    for statuses in ["", RUNNING, COMMISSIONED] {
        let mut bench = Bench::new();
        assert_eq!(bench.statuses(), ["APP_RUNNING", "COMMISSIONED", "DST_CONFIGURED_ONLINE"]);
        let answer = bench.set_device(AHU, &format!("<UCPThandle>2</UCPThandle>{statuses}{wink}"));
        assert_eq!(faults(&answer), "0");
        assert_eq!(bench.statuses(), ["APP_STOPPED", "DECOMMISSIONED", "DST_UNCONFIGURED_OFFLINE"]);
        assert!(bench.device(AHU).child("UCPTuniqueId").is_none());
        let answer = bench.read(&[TEMP]);
        assert_eq!(only_item(&answer).child_text("UCPTpointStatus").unwrap(), "AL_OFFLINE");
    }
}

#[test]
fn a_command_is_pending_and_then_done() {
    let mut bench = Bench::takes(10);
    assert_eq!(bench.commands(), []);
    bench.command("Wink", "STATUS_REQUEST", RUNNING);
    assert_eq!(bench.commands(), [pair("Wink", "STATUS_PENDING")]);
    assert_eq!(bench.unit.network.devices[1].winks, 0);
    bench.now += SignedDuration::from_secs(10);
    assert_eq!(bench.commands(), [pair("Wink", "STATUS_DONE")]);
    assert_eq!(bench.unit.network.devices[1].winks, 1);
    assert_eq!(bench.statuses(), ["APP_RUNNING", "COMMISSIONED", "DST_CONFIGURED_ONLINE"]);
    let device = bench.device(AHU);
    let names: Vec<&str> = device.elements().map(|e| e.name.as_str()).collect();
    let expected = [
        "UCPTname",
        "UCPTannotation",
        "UCPThidden",
        "UCPTlastUpdate",
        "UCPThandle",
        "UCPTuniqueId",
        "UCPTprogramId",
        "UCPTapplicationStatus",
        "UCPTcommissionStatus",
        "Command",
    ];
    assert_eq!(names, expected, "and what the Set left out is erased");
}

#[test]
fn a_status_changes_when_its_command_is_done() {
    let mut bench = Bench::takes(10);
    bench.command("ChangeApplicationStatus", "STATUS_REQUEST", STOPPED);
    assert_eq!(bench.statuses()[0], "APP_RUNNING");
    bench.now += SignedDuration::from_secs(10);
    assert_eq!(bench.statuses(), ["APP_STOPPED", "COMMISSIONED", "DST_CONFIGURED_SOFT_OFFLINE"]);
}

#[test]
fn a_command_fails_on_a_device_that_cannot_be_reached() {
    let mut bench = Bench::takes(0);
    bench.unit.unreachable.insert(1);
    bench.command("ChangeApplicationStatus", "STATUS_REQUEST", STOPPED);
    assert_eq!(bench.commands(), [pair("ChangeApplicationStatus", "STATUS_FAIL")]);
    assert_eq!(code(bench.device(AHU).child("Command").unwrap()).as_deref(), Some("12"));
    assert_eq!(bench.statuses(), ["APP_RUNNING", "COMMISSIONED", "DST_CONFIGURED_HARD_OFFLINE"]);
}

#[test]
fn commands_fail_that_must() {
    let mut bench = Bench::takes(0);
    bench.behaviour.failing_commands = vec!["Reset".to_owned()];
    for command in ["Reset", "QueryStatus", "ClearStatus", "ImageDownload"] {
        bench.command(command, "STATUS_REQUEST", RUNNING);
        assert_eq!(bench.commands(), [pair(command, "STATUS_FAIL")]);
    }
    for (command, status) in [("Explode", "STATUS_REQUEST"), ("Wink", "STATUS_NOW")] {
        let answer = bench.command(command, status, RUNNING);
        assert_eq!(code(only_item(&answer)).as_deref(), Some("2"), "{command} {status}");
    }
}

#[test]
fn a_pending_command_can_be_cancelled_and_is_not_asked_twice() {
    let mut bench = Bench::takes(10);
    bench.command("Wink", "STATUS_REQUEST", RUNNING);
    bench.command("Wink", "STATUS_REQUEST", RUNNING);
    bench.command("Wink", "STATUS_CANCEL", RUNNING);
    bench.now += SignedDuration::from_secs(30);
    assert_eq!(bench.commands(), [pair("Wink", "STATUS_CANCEL")]);
    assert_eq!(bench.unit.network.devices[1].winks, 0);
    bench.command("Wink", "STATUS_DONE", RUNNING);
    bench.now += SignedDuration::from_secs(30);
    settle(&mut bench.unit, bench.now, &bench.behaviour);
    assert_eq!(bench.unit.network.devices[1].winks, 0, "what is reported is not asked for");
}

#[test]
fn fetching_brings_back_what_a_set_erased() {
    let mut bench = Bench::takes(0);
    let neuron_id = bench.device(AHU).child_text("UCPTuniqueId");
    let fetch =
        "<Command><UCPTcommand>FetchNeuronId</UCPTcommand><UCPTstatus>STATUS_REQUEST</UCPTstatus></Command>";
    bench.set_device(AHU, &format!("<UCPThandle>2</UCPThandle>{RUNNING}{COMMISSIONED}{fetch}"));
    assert_eq!(bench.device(AHU).child_text("UCPTuniqueId"), neuron_id);
}

#[test]
fn a_handle_with_a_new_name_renames_and_none_creates() {
    let mut bench = Bench::new();
    let both = format!("{RUNNING}{COMMISSIONED}");
    bench.set_device("Net/LON/AHU 2", &format!("<UCPThandle>2</UCPThandle>{both}"));
    assert_eq!(code(&bench.device(AHU)).as_deref(), Some("6"));
    assert_eq!(faults(&bench.read(&["Net/LON/AHU 2/Lamp[0]/nviLamp"])), "0");
    assert_eq!(faults(&bench.read(&[LAMP])), "1");
    bench.set_device(AHU, &both);
    assert_eq!(bench.device(AHU).child_text("UCPThandle").unwrap(), "3");
    for (name, handle, expected) in [(AHU, "2", "10"), ("Net/LON", "9", "7"), ("Net/DALI/Lamp", "9", "8")] {
        let answer = bench.set_device(name, &format!("<UCPThandle>{handle}</UCPThandle>{both}"));
        assert_eq!(code(only_item(&answer)).as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn synchronous_commands_answer_at_once() {
    let mut bench = Bench::new();
    for command in ["RepeatingData", "PowerlineData", "ProxyData", "PPNData"] {
        let answer = bench.invoke(command, AHU);
        assert_eq!(
            answer.attr_ns(XSI, "type"),
            Some(format!("LON_Device_{command}_InvokeResponse").as_str())
        );
    }
    assert_eq!(bench.invoke("SendServicePin", AHU).child_text("UCPTname").unwrap(), AHU);
    assert_eq!(bench.unit.network.devices[1].service_pins, 1);
    assert_eq!(code(&bench.invoke("Wink", AHU)).as_deref(), Some("12"));
    assert_eq!(code(&bench.invoke("QueryStatus", "Net/LON/Pump 9")).as_deref(), Some("6"));
}

#[test]
fn errors_are_counted_until_the_status_is_cleared() {
    let mut bench = Bench::new();
    let errors = |bench: &mut Bench| {
        let status = bench.invoke("QueryStatus", AHU);
        ["UCPTtransactionTimeouts", "UCPTresetCause"].map(|name| status.child_text(name).unwrap())
    };
    bench.unit.unreachable.insert(1);
    bench.ask(
        "Read",
        &format!("<Item xsi:type='Dp_Data'><UCPTname>{TEMP}</UCPTname><UCPTmaxAge>0</UCPTmaxAge></Item>"),
    );
    assert_eq!(code(&bench.invoke("ClearStatus", AHU)).as_deref(), Some("12"));
    assert_eq!(errors(&mut bench), ["2", "DRC_POWER_UP"]);
    bench.unit.unreachable.clear();
    bench.invoke("ClearStatus", AHU);
    assert_eq!(errors(&mut bench), ["0", "DRC_CLEARED"]);
}
