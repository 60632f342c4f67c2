//! No answer and no push, however twisted, may do more than be refused.

use proptest::prelude::*;

use super::item::tests::name;
use super::{
    AlarmKey, BlockKind, InvokedCommand, Selector, SetOrder, SystemSection, alarm_acknowledge, alarm_log,
    block_config, data_log, device_command, get, list, log_message, lon_device, network, push, read,
    reset_priority, system_info, write,
};
use crate::domain::{
    AlarmGeneratorChange, AlarmNotifierChange, BlockPoint, Bus, DataLoggerChange, Device, LoggedPoint, Value,
};
use crate::soap;
use crate::xml::{Element, XSI};

const NAMES: &[&str] = &[
    "Envelope",
    "Header",
    "Body",
    "Fault",
    "messageProperties",
    "ReadResponse",
    "Write",
    "iLonItem",
    "iLONSystemService",
    "TIME",
    "Item",
    "fault",
    "faultcode",
    "faultstring",
    "UCPTfaultCount",
    "UCPTname",
    "UCPTvalue",
    "UCPTpriority",
    "UCPTlastUpdate",
    "UCPTtimeZone",
    "UCPTtimeStamp",
    "UCPTdirection",
    "UCPTunit",
    "ValueDef",
    "Set",
    "Command",
    "UCPTcommand",
    "UCPTstatus",
    "UCPThandle",
    "UCPTuniqueId",
    "UCPTprogramId",
    "UCPTapplicationStatus",
    "UCPTcommissionStatus",
    "Address",
    "RepeatChain",
    "FrequencyInfo",
];

fn any_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Net/a".to_owned()),
        "[-+0-9.:TZe ]{0,24}",
        "\\PC{0,12}",
        Just("<TIME><x/></TIME>".to_owned()),
        Just("99999999999999999999".to_owned()),
    ]
}

fn tree() -> impl Strategy<Value = Element> {
    let ns = prop_oneof![
        Just(""),
        Just(super::MESSAGE),
        Just(soap::ENVELOPE_11),
        Just(soap::ENVELOPE_12),
        Just("jabber:client")
    ];
    let format = prop_oneof![
        "#[0-9]{16}\\[0\\]\\.SNVT_[a-z]{4,6}(\\.[a-z]{0,5})?",
        Just("UCPTvalueDef".to_owned()),
        text()
    ];
    let leaf = (ns.clone(), any_name(), text(), format).prop_map(|(ns, name, text, format)| {
        let kind = if text.len() > 5 { "_warning" } else { "Dp_Data" };
        Element::new(ns, name)
            .with_attr("LonFormat", format)
            .with_attr("faultType", kind)
            .with_attr_ns(XSI, "type", kind)
            .with_text(text)
    });
    leaf.prop_recursive(6, 60, 6, move |inner| {
        (ns.clone(), any_name(), prop::collection::vec(inner, 0..6))
            .prop_map(|(ns, name, children)| Element::new(ns, name).with_children(children))
    })
}

/// Names of what stands in logs and in configurations of blocks.
const BLOCK_NAMES: &[&str] = &[
    "ReadResponse",
    "iLonItem",
    "Item",
    "fault",
    "faultcode",
    "UCPTfaultCount",
    "UCPTname",
    "UCPTvalue",
    "UCPTlastUpdate",
    "UCPTstart",
    "UCPTstop",
    "UCPTtotalCount",
    "UCPTlogLevel",
    "UCPTmodificationNumber",
    "UCPTalarmTime",
    "UCPTalarmPriority2",
    "UCPTalarmGroup",
    "ReadData",
    "DataPoint",
    "AlarmFlags",
    "Mail",
    "UCPTindex",
    "ActiveAlarm",
    "UCPTalarmCondition",
    "AlarmDest",
    "ActiveDest",
    "UCPTlogSize",
    "UCPThighLimit1Offset",
];

fn block_tree() -> impl Strategy<Value = Element> {
    let kind = prop::sample::select(vec![
        "",
        "_error",
        "_warning",
        "Input",
        "UFPTdataLogger_Data",
        "UFPTdataLogger_Meta_Data",
        "UFPTdataLogger_DpRef",
        "UFPTdataLogger_Cfg",
        "UFPTalarmGenerator_Cfg",
        "UFPTalarmNotifier_Cfg",
        "UFPTalarmNotifier_Input_DpRef",
    ]);
    let named = (prop::sample::select(BLOCK_NAMES), kind).prop_map(|(name, kind)| {
        let element = Element::new(super::MESSAGE, name).with_attr("faultType", kind);
        element.with_attr("dpType", kind).with_attr_ns(XSI, "type", kind)
    });
    let leaf = (named.clone(), text()).prop_map(|(element, text)| element.with_text(text));
    leaf.prop_recursive(5, 60, 8, move |inner| {
        (named.clone(), prop::collection::vec(inner, 0..8))
            .prop_map(|(element, children)| element.with_children(children))
    })
}

/// Reads a configuration, changes it and writes it, whatever it is.
fn change(kind: BlockKind, body: &Element) {
    let point =
        LoggedPoint { name: "Net/a".into(), min_delta_value: Some(Value::Null), ..Default::default() };
    let logger = DataLoggerChange { logged: Some(vec![point]), ..Default::default() };
    let points = vec![BlockPoint { role: "Input".into(), name: "Net/b".into(), format: None }];
    let generator = AlarmGeneratorChange { points, ..Default::default() };
    let notifier = AlarmNotifierChange { inputs: Some(vec![Default::default()]), ..Default::default() };
    let Ok(parsed) = block_config::get_parse(body, kind, &[name("Net/a")]) else { return };
    for block in parsed.value.into_iter().filter_map(|(_, block)| block.ok()) {
        let _ = (block.data_logger(), block.alarm_generator(), block.alarm_notifier());
        let changed = match kind {
            BlockKind::DataLogger => block.data_logger_changed(&logger),
            BlockKind::AlarmGenerator => block.alarm_generator_changed(&generator),
            BlockKind::AlarmNotifier => block.alarm_notifier_changed(&notifier),
        };
        let _ = block_config::set_request(changed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics(tree in tree(), wrap in any::<bool>(), operation in "(Read|Write|Get|Set|List|InvokeCmd|SystemService_Read_Info)(Response)?") {
        let mut body = tree;
        if wrap {
            body = Element::new(super::MESSAGE, operation).with_child(body);
        }
        let names = [name("Net/a"), name("Net/a"), name("Net/b")];
        let _ = list::parse(&body);
        let _ = get::parse(&body, &names);
        if let Ok(parsed) = read::parse(&body, &names) {
            prop_assert_eq!(parsed.value.len(), names.len());
            for data in parsed.value.into_iter().filter_map(|(_, data)| data.ok()) {
                let _ = (data.value(None), data.never_read(None));
            }
        }
        let _ = write::parse(&body, names.iter());
        let _ = reset_priority::parse(&body, names.iter());
        let _ = SystemSection::ALL.map(|section| system_info::parse(&body, section));
        let _ = network::get_parse::<Device>(&body, Bus::Lon, &names);
        for command in [InvokedCommand::QueryStatus, InvokedCommand::RepeatingData, InvokedCommand::ProxyData] {
            let _ = device_command::parse(&body, &names[0], command);
        }
        if let Ok(parsed) = lon_device::get_parse(&body, &names[0]) {
            let devices = parsed.value.into_iter().filter_map(|(_, device)| device.ok()?.complete.ok());
            devices.for_each(|device| drop(device.order(SetOrder::Wink)));
        }
        let _ = lon_device::refusal_of(&body);
        for payload in [body.clone(), soap::wrap(body, soap::Version::V12)] {
            if let Ok(envelope) = soap::open(&payload) {
                let _ = (soap::Fault::find(&envelope), super::MessageProperties::find(&envelope.header));
            }
            match push::parse(&payload) {
                Ok(push) => prop_assert!(soap::open(&push::answer(&push)).is_ok()),
                Err(error) => prop_assert!(soap::open(&push::refusal(push::version_of(&payload), &error)).is_ok()),
            }
        }
    }

    #[test]
    fn no_log_and_no_block_panics(
        items in prop::collection::vec(block_tree(), 0..8), operation in "(Read|Write|Get|Set|Clear)(Response)?",
    ) {
        let name_of_item = || Element::new(super::MESSAGE, "UCPTname").with_text("Net/a");
        let items = items.into_iter().map(|item| Element { name: "Item".into(), ..item }.with_child(name_of_item()));
        let collection = Element::new(super::MESSAGE, "iLonItem").with_children(items);
        let body = Element::new(super::MESSAGE, operation).with_child(collection);
        if let Ok(parsed) = log_message::parse(&body, "Read", data_log::entry)
            && let Ok(page) = parsed.value
        {
            page.entries.iter().for_each(|entry| drop(entry.data.value(None)));
        }
        let _ = log_message::parse(&body, "Read", alarm_log::entry);
        let _ = log_message::cleared(&body);
        let key = |point| AlarmKey { name: name(point), alarm_time: "2026-05-02T11:13:44Z".into() };
        let alarms = [key("Net/a"), key("Net/a"), key("Net/b")];
        if let Ok(parsed) = alarm_acknowledge::parse(&body, &alarms) {
            prop_assert_eq!(parsed.value.len(), alarms.len());
        }
        let _ = block_config::set_parse(&body, &[name("Net/a")]);
        for kind in [BlockKind::DataLogger, BlockKind::AlarmGenerator, BlockKind::AlarmNotifier] {
            change(kind, &body);
        }
    }

    #[test]
    fn a_selector_holds_one_literal_whatever_it_is_given(prefix in "\\PC{0,20}|[\"'\\[\\]()a]{0,10}") {
        if let Ok(selector) = Selector::of("Dp_Cfg").name_starts_with(&prefix) {
            let selector = selector.to_string();
            let literal = selector.strip_prefix("//Item[@xsi:type=\"Dp_Cfg\"][starts-with(UCPTname,").unwrap();
            let literal = literal.strip_suffix(")]").unwrap();
            let quote = literal.chars().next().unwrap();
            prop_assert_eq!(literal.matches(quote).count(), 2);
            prop_assert_eq!(&literal[1..literal.len() - 1], prefix.as_str());
        }
    }
}
