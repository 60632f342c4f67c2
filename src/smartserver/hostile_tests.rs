//! No answer and no push, however twisted, may do more than be refused.

use proptest::prelude::*;

use super::item::tests::name;
use super::{
    InvokedCommand, Selector, SetOrder, SystemSection, device_command, get, list, lon_device, network, push,
    read, reset_priority, system_info, write,
};
use crate::domain::{Bus, Device};
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
