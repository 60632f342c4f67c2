//! A SmartServer without a network, asked in XML.

mod alarms;
mod applications;
mod configuration;
mod data_logs;
mod devices;
mod networks;
mod rules;
mod vectors;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::behaviour::{Behaviour, EnvelopeVersion, Malformed, RefusedWrite, Version};
use super::super::plan::{Plan, PointDraft};
use super::super::request::Request;
use super::super::signal::Signal;
use super::super::unit::Unit;
use super::super::wire::{MESSAGE, SOAP_1_1, SOAP_1_2};
use super::{Context, envelope, execute};
use crate::xml::{Element, Limits, XSI, parse};

const LAMP: &str = "Net/LON/AHU 1/Lamp[0]/nviLamp";
const TEMP: &str = "Net/LON/AHU 1/Sensor[0]/nvoTemp";
const SETPOINT: &str = "Net/LON/AHU 1/VirtFb/nviSetpoint";
const SCENE: &str = "Net/LON/AHU 1/VirtFb/nviScene";
const UNKNOWN: &str = "Net/LON/Pump 3/VirtFb/nvoFlow";

/// A SmartServer with five points, its behaviour, and a clock.
struct Bench {
    unit: Unit,
    behaviour: Behaviour,
    now: Timestamp,
}

impl Bench {
    fn new() -> Bench {
        let mut plan = Plan::default();
        plan.add_device("iLON App");
        let device = plan.add_device("AHU 1");
        let mut lamp = PointDraft::new("Lamp[0]/nviLamp", "SNVT_switch");
        lamp.presets = &[("OFF", "0.0 0"), ("ON", "100.0 1")];
        let mut temp = PointDraft::new("Sensor[0]/nvoTemp", "SNVT_temp");
        temp.signal = Signal::Sequence;
        let mut setpoint = PointDraft::new("VirtFb/nviSetpoint", "SNVT_temp_f");
        setpoint.presets = &[("COMFORT", "21")];
        setpoint.default = "21";
        let scene = PointDraft::new("VirtFb/nviScene", "SNVT_scene");
        for draft in [lamp, temp, setpoint, scene] {
            let point = draft.build(&plan, device).unwrap();
            plan.add_point(point);
        }
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let unit = Unit::new("00-D0-71-02-0A-18".parse().unwrap(), Arc::new(plan), 1, now);
        Bench { unit, behaviour: Behaviour::default(), now }
    }

    /// The envelope that answers this body.
    fn ask_envelope(&mut self, body: &str) -> Element {
        let text = format!(
            "<s:Envelope xmlns:s='{SOAP_1_1}' xmlns:xsi='{XSI}'><s:Body>{body}</s:Body></s:Envelope>"
        );
        self.now += SignedDuration::from_secs(1);
        let request = Request::read(&parse(&text, &Limits::REQUEST).unwrap()).unwrap();
        let mut context = Context::new(self.now, &self.behaviour);
        let reply = execute(&mut self.unit, &request, &mut context);
        let answer = envelope(&self.unit, &reply, &self.behaviour, request.version, (self.now, self.now));
        parse(&answer.to_xml(), &Limits::BODY).unwrap()
    }

    /// The `iLonItem` of the answer to an operation with these children of `iLonItem`.
    fn ask(&mut self, operation: &str, children: &str) -> Element {
        let body = format!("<{operation} xmlns='{MESSAGE}'><iLonItem>{children}</iLonItem></{operation}>");
        let envelope = self.ask_envelope(&body);
        let answer = body_of(&envelope);
        assert!(answer.is(MESSAGE, &format!("{operation}Response")), "{answer:?}");
        answer.child_ns(MESSAGE, "iLonItem").unwrap().clone()
    }

    fn select(&mut self, operation: &str, select: &str) -> Element {
        let escaped = select.replace('&', "&amp;").replace('<', "&lt;");
        self.ask(operation, &format!("<xSelect>{escaped}</xSelect>"))
    }

    fn read(&mut self, names: &[&str]) -> Element {
        let items: String = names.iter().map(|n| format!("<Item><UCPTname>{n}</UCPTname></Item>")).collect();
        self.ask("Read", &items)
    }

    fn write(&mut self, name: &str, members: &str) -> Element {
        self.ask("Write", &format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname>{members}</Item>"))
    }

    fn switch(&mut self, preset: &str, priority: u8) -> Element {
        let members = format!(
            "<UCPTvalue LonFormat='UCPTvalueDef'>{preset}</UCPTvalue><UCPTpriority>{priority}</UCPTpriority>"
        );
        self.write(LAMP, &members)
    }

    fn reset(&mut self, priority: u8) -> Element {
        self.ask(
            "InvokeCmd",
            &format!(
                "<Item xsi:type='Dp_ResetPrio_Invoke'><UCPTname>{LAMP}</UCPTname>\
                 <UCPTpriority>{priority}</UCPTpriority></Item>"
            ),
        )
    }

    /// Value and priority of the lamp as a Read shows them.
    fn lamp(&mut self) -> (String, String) {
        let answer = self.read(&[LAMP]);
        let item = only_item(&answer);
        (item.child_text("UCPTvalue").unwrap(), item.child_text("UCPTpriority").unwrap())
    }
}

fn body_of(envelope: &Element) -> &Element {
    envelope.child("Body").unwrap().elements().next().unwrap()
}

fn items(answer: &Element) -> Vec<&Element> {
    answer.children_named("Item").collect()
}

fn only_item(answer: &Element) -> &Element {
    assert_eq!(items(answer).len(), 1, "{answer:?}");
    items(answer)[0]
}

fn faults(answer: &Element) -> String {
    answer.child_text("UCPTfaultCount").unwrap()
}

fn code(of: &Element) -> Option<String> {
    let code = of.child("fault")?.child("faultcode")?;
    assert_eq!(code.attr("faultType"), Some("_error"));
    Some(code.text())
}

/// `LonFormat` and text of each `UCPTvalue`.
fn values(item: &Element) -> Vec<(String, String)> {
    item.children_named("UCPTvalue").map(|v| (v.attr("LonFormat").unwrap().to_owned(), v.text())).collect()
}

fn pair(format: &str, text: &str) -> (String, String) {
    (format.to_owned(), text.to_owned())
}
