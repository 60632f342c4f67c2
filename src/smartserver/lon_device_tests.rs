use proptest::prelude::*;

use super::super::item::tests::{NS, body, name};
use super::{NotSettable, SetOrder, get_parse, get_request, refusal_of, set_request};
use crate::domain::{Device, ItemFault};
use crate::smartserver::{LonDevice, NOT_IN_ANSWER, is_absent};
use crate::xml::Element;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const PUMP: &str = "Net/LON/Pump 3";
const COMPLETE: &str = r#"<UCPTname>Net/LON/Pump 3</UCPTname><UCPTannotation>80000105288a0403;xsi:type=&quot;LON_Device_Cfg&quot;</UCPTannotation>
  <UCPThidden>0</UCPThidden><UCPTlastUpdate>2012-04-02T08:00:00.000+02:00</UCPTlastUpdate><UCPTuri>LON_Device_Cfg.htm</UCPTuri>
  <UCPThandle>5</UCPThandle><UCPTuniqueId>00A1457915FF</UCPTuniqueId><UCPTprogramId>80000105288a0403</UCPTprogramId>
  <UCPTgeoPosition>roof</UCPTgeoPosition><UCPTauthenticationKey>a1b2c3d4e5f6</UCPTauthenticationKey>
  <UCPTapplicationStatus LonFormat="UCPTapplicationStatus">APP_RUNNING</UCPTapplicationStatus>
  <UCPTcommissionStatus LonFormat="UCPTcommissionStatus">COMMISSIONED</UCPTcommissionStatus>
  <UCPTurlCpFile Download="true">/a.cp</UCPTurlCpFile>
  <Address><UCPTdomainIndex>0</UCPTdomainIndex><UCPTdomainLength>1</UCPTdomainLength><UCPTdomainKey>51</UCPTdomainKey><UCPTsubnet>1</UCPTsubnet><UCPTnodeId>7</UCPTnodeId></Address>
  <Command><UCPTcommand>Reset</UCPTcommand><UCPTlastUpdate>2012-04-01T08:00:00Z</UCPTlastUpdate><UCPTstatus LonFormat="UCPTstatus">STATUS_DONE</UCPTstatus></Command>
  <Vendor>x</Vendor>"#;

fn answer(item: &str) -> Element {
    body(&format!(
        "<GetResponse xmlns='{NS}' xmlns:xsi='{XSI}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount>{item}\
         </iLonItem></GetResponse>"
    ))
}

fn device(members: &str) -> LonDevice {
    let answer = answer(&format!("<Item xsi:type='LON_Device_Cfg'>{members}</Item>"));
    get_parse(&answer, &name(PUMP)).unwrap().value.pop().unwrap().1.unwrap()
}

/// The Set that comes of a device's members, as XML.
fn set(members: &str, order: SetOrder) -> Result<String, NotSettable> {
    Ok(set_request(device(members).complete?.order(order)?).to_xml())
}

#[test]
fn asks_for_a_device_by_type_and_name() {
    assert_eq!(
        get_request("LON_Device_Cfg", &[name(PUMP)]).to_xml(),
        format!(
            "<Get xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"LON_Device_Cfg\"]</xSelect>\
             <Item><UCPTname>Net/LON/Pump 3</UCPTname></Item></iLonItem></Get>"
        )
    );
}

#[test]
fn reads_a_device_whole() {
    let LonDevice { config, complete } = device(COMPLETE);
    assert!(complete.is_ok());
    assert_eq!((config.name.as_str(), config.handle), (PUMP, Some(5)));
    assert_eq!(config.configured_at, Some("2012-04-02T06:00:00Z".parse().unwrap()));
    let Device { unique_id, program_id, application_status, commission_status, .. } = &config.detail;
    assert_eq!(
        [unique_id, program_id, application_status, commission_status].map(Option::as_deref),
        [Some("00a1457915ff"), Some("80000105288a0403"), Some("APP_RUNNING"), Some("COMMISSIONED")]
    );
    assert_eq!((config.detail.addresses[0].subnet, config.detail.addresses[0].node), (Some(1), Some(7)));
    assert_eq!(config.detail.commands[0].status.as_deref(), Some("STATUS_DONE"));
    assert!(!config.detail.is_local);
}

#[test]
fn a_set_holds_all_that_came_in_the_order_of_the_schema() {
    let sent = set(COMPLETE, SetOrder::Wink).unwrap();
    let whole: String = COMPLETE.lines().map(str::trim_start).collect();
    let ended = "<UCPTstatus LonFormat=\"UCPTstatus\">STATUS_DONE</UCPTstatus></Command>";
    let requested = "<Command><UCPTcommand>Wink</UCPTcommand>\
         <UCPTstatus LonFormat=\"UCPTstatus\">STATUS_REQUEST</UCPTstatus></Command>";
    // Text needs no quotes escaped.
    let whole = whole.replace("&quot;", "\"").replace(ended, &format!("{ended}{requested}"));
    assert_eq!(
        sent,
        format!(
            "<Set xmlns=\"{NS}\"><iLonItem><Item xmlns:xsi=\"{XSI}\" xsi:type=\"LON_Device_Cfg\">{whole}\
             </Item></iLonItem></Set>"
        )
    );
}

#[test]
fn an_order_changes_its_status_and_no_other() {
    for (order, application, commission) in [
        (SetOrder::Online, "APP_RUNNING", "COMMISSIONED"),
        (SetOrder::Offline, "APP_STOPPED", "COMMISSIONED"),
        (SetOrder::Commission, "APP_RUNNING", "COMMISSIONED"),
        (SetOrder::Decommission, "APP_RUNNING", "DECOMMISSIONED"),
        (SetOrder::Reset, "APP_RUNNING", "COMMISSIONED"),
    ] {
        let sent = set(COMPLETE, order).unwrap();
        assert!(sent.contains(&format!("LonFormat=\"UCPTapplicationStatus\">{application}<")), "{sent}");
        assert!(sent.contains(&format!("LonFormat=\"UCPTcommissionStatus\">{commission}<")), "{sent}");
        let is_met = order.is_met_by(&device(COMPLETE).config.detail);
        assert_eq!(is_met, (application, commission) == ("APP_RUNNING", "COMMISSIONED"), "{order:?}");
    }
}

#[test]
fn what_has_ended_is_not_asked_for_again() {
    let sent = set(COMPLETE, SetOrder::Reset).unwrap();
    assert_eq!(sent.matches("<Command>").count(), 1, "the last Reset makes place: {sent}");
    let without_status =
        COMPLETE.replace("<Vendor>", "<Command><UCPTcommand>Wink</UCPTcommand></Command><Vendor>");
    assert_eq!(set(&without_status, SetOrder::Reset), Ok(sent));
    for status in ["STATUS_REQUEST", "STATUS_PENDING", "STATUS_INVOKE", "STATUS_NEW"] {
        let busy = NotSettable::Busy { command: "Reset".into(), status: status.into() };
        assert_eq!(set(&COMPLETE.replace("STATUS_DONE", status), SetOrder::Wink), Err(busy));
    }
}

#[test]
fn a_status_that_cannot_be_sent_back_is_no_ground_for_a_set() {
    let unknown = COMPLETE.replace(">COMMISSIONED<", ">COMSTATE_NUL<");
    let refused = NotSettable::Status { member: "UCPTcommissionStatus", word: "COMSTATE_NUL".into() };
    for order in SetOrder::ALL {
        let commissions = matches!(order, SetOrder::Commission | SetOrder::Decommission);
        assert_eq!(set(&unknown, order).err(), (!commissions).then(|| refused.clone()), "{order:?}");
    }
}

#[test]
fn another_type_is_not_set() {
    let answer = answer(&format!("<Item xsi:type='MOD_Device_Cfg'>{COMPLETE}</Item>"));
    let device = get_parse(&answer, &name(PUMP)).unwrap().value.pop().unwrap().1.unwrap();
    assert_eq!(device.complete.unwrap_err(), NotSettable::Type("MOD_Device_Cfg".into()));
    let router = answer_of_router();
    let device = get_parse(&router, &name(PUMP)).unwrap().value.pop().unwrap().1.unwrap();
    let sent = set_request(device.complete.unwrap().order(SetOrder::Wink).unwrap()).to_xml();
    assert!(sent.contains("xsi:type=\"LON_Device_Router_Cfg\""), "{sent}");
}

fn answer_of_router() -> Element {
    answer(&format!("<Item xsi:type='LON_Device_Router_Cfg'>{COMPLETE}<UCPTrouterClass/></Item>"))
}

#[test]
fn a_device_that_is_not_there_is_absent() {
    let fault = "<Item><fault><faultcode faultType='_error'>6</faultcode><faultstring>no</faultstring></fault>\
         <UCPTname>Net/LON/Pump 3</UCPTname></Item>";
    for (item, code) in [(fault, 6), ("", NOT_IN_ANSWER)] {
        let outcome = get_parse(&answer(item), &name(PUMP)).unwrap().value.pop().unwrap().1;
        let fault = outcome.unwrap_err();
        assert!(fault.code == code && is_absent(&fault), "{fault:?}");
    }
    assert!(!is_absent(&ItemFault { code: 12, text: String::new() }));
}

#[test]
fn the_secrets_of_a_device_are_not_shown() {
    let device = device(COMPLETE);
    assert!(!format!("{device:?}").contains("a1b2c3"));
}

#[test]
fn a_message_that_would_harm_a_device_is_not_sent() {
    let set = |item: &str| {
        body(&format!("<e xmlns='{NS}' xmlns:xsi='{XSI}'><Set><iLonItem>{item}</iLonItem></Set></e>"))
    };
    let pump = |members: &str, xsi_type: &str| set(&format!("<Item xsi:type='{xsi_type}'>{members}</Item>"));
    assert_eq!(refusal_of(&pump(COMPLETE, "LON_Device_Cfg")), None);
    assert_eq!(refusal_of(&pump("<UCPTname>a</UCPTname>", "LON_Dp_Cfg")), None);
    for member in super::NEEDED {
        let without = COMPLETE.replace(member, "Other");
        for xsi_type in ["LON_Device_Cfg", "x:LON_Device_RNI_Cfg", "Device_Cfg"] {
            let why = refusal_of(&pump(&without, xsi_type)).unwrap();
            assert!(why.contains(member), "{why}");
        }
    }
    assert!(refusal_of(&set(&format!("<Item>{COMPLETE}</Item>"))).is_some());
}

#[test]
fn no_disguise_makes_a_harmful_set_pass() {
    let wink = "<UCPTname>Net/LON/Pump 3</UCPTname><Command><UCPTcommand>Wink</UCPTcommand></Command>";
    let item = |attributes: &str| format!("<Item {attributes}>{wink}</Item>");
    let whole = |from: &str, to: &str| {
        format!("<Item xsi:type='LON_Device_Cfg'>{}</Item>", COMPLETE.replace(from, to))
    };
    let fine = "<Item xsi:type='LON_Dp_Cfg'><UCPTname>a</UCPTname></Item>";
    for (set, items) in [
        ("Set", item("type='Dp_Cfg' xsi:type='LON_Device_Cfg'")),
        ("Set", item("xsi:type='LON_Device_Cfg' type='Dp_Cfg'")),
        ("Set", item("xmlns:o='urn:o' o:type='Dp_Cfg' xsi:type='LON_Device_Cfg'")),
        ("Set", item("xsi:type='ilon: LON_Device_Cfg '")),
        ("Set", item("xsi:type='lon_device_cfg'")),
        ("Set", item("xsi:type=''")),
        ("Set", item("xsi:type='x:Item_Cfg'")),
        ("Set", item("xsi:type='LON_Device_NetworkInterface_Cfg'")),
        ("Set", item("xsi:type='LON_Device_Router_Cfg'")),
        ("set", item("xsi:type='LON_Device_Cfg'")),
        ("Set", item("xsi:type='LON_Device_Cfg'").replace("Item", "item")),
        ("Set", format!("{fine}{}", item("xsi:type='LON_Device_Cfg'"))),
        ("Set", format!("<Item xsi:type='Dp_Cfg' href='#d'/><m id='d' xsi:type='LON_Device_Cfg'>{wink}</m>")),
        ("Set", format!("<Item xsi:type='Dp_Cfg'>{}</Item>", item("xsi:type='LON_Device_Cfg'"))),
        ("Set", whole("<UCPTapplicationStatus", "<UCPTapplicationStatus xsi:nil='true'")),
        ("Set", whole("UCPTapplicationStatus", "UCPTApplicationStatus")),
        ("Set", whole(">APP_RUNNING<", "> <")),
        ("Set", whole(">APP_RUNNING<", ">RUNNING<")),
        ("Set", whole(">COMMISSIONED<", ">COMSTATE_NUL<")),
        ("Set", whole(">COMMISSIONED<", ">COMMISSIONED<x/><")),
        ("Set", whole("<UCPThandle>", "<UCPThandle xmlns='urn:o'>")),
    ] {
        let envelope = body(&format!(
            "<e xmlns='{NS}' xmlns:xsi='{XSI}'><{set}><iLonItem>{items}</iLonItem></{set}></e>"
        ));
        assert!(refusal_of(&envelope).is_some(), "{items}");
    }
    let elsewhere = format!(
        "<e xmlns='{NS}' xmlns:xsi='{XSI}'><h>{}</h><Set><iLonItem href='#i'/></Set></e>",
        item("id='i' xsi:type='LON_Device_Cfg'")
    );
    assert!(refusal_of(&body(&elsewhere)).is_some());
    let get = format!("<Get xmlns='{NS}' xmlns:xsi='{XSI}'>{}</Get>", item("xsi:type='LON_Device_Cfg'"));
    assert_eq!(refusal_of(&body(&get)), None);
}

/// A member of a Get: there, missing, blank or twice.
fn member(name: &'static str, texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let one = move |text: &&str| format!("<{name} LonFormat='{name}'>{text}</{name}>");
    let text = prop::sample::select(texts);
    prop_oneof![
        8 => text.clone().prop_map(move |text| one(&text)),
        1 => Just(String::new()),
        1 => Just(one(&" ")),
        1 => text.prop_map(move |text| one(&text).repeat(2)),
    ]
}

fn command() -> impl Strategy<Value = String> {
    let words = ["Wink", "Reset", "QueryStatus", "ChangeCommissionStatus"];
    let statuses = ["STATUS_DONE", "STATUS_FAIL", "STATUS_CANCEL", "", "STATUS_PENDING", "STATUS_REQUEST"];
    (prop::sample::select(words.to_vec()), prop::sample::select(statuses.to_vec())).prop_map(
        |(word, status)| {
            format!("<Command><UCPTcommand>{word}</UCPTcommand><UCPTstatus>{status}</UCPTstatus></Command>")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    /// Whatever a Get leaves out or says twice, in whatever order: a Set that comes of it holds all that
    /// it needs once, and asks for one command.
    #[test]
    fn no_set_lacks_a_status(
        members in (
            member("UCPThandle", &["5"]),
            member("UCPTuniqueId", &["00a1457915ff"]),
            member("UCPTprogramId", &["80000105288a0403"]),
            member("UCPTapplicationStatus", &["APP_RUNNING", "APP_STOPPED", "APP_STOPPED", "APP_NUL"]),
            member("UCPTcommissionStatus", &["COMMISSIONED", "DECOMMISSIONED", "COMSTATE_NUL"]),
            member("UCPTdescription", &["d"]),
            prop::collection::vec(command(), 0..3).prop_map(|commands| commands.concat()),
        ).prop_map(|(a, b, c, d, e, f, g)| vec![a, b, c, d, e, f, g]).prop_shuffle(),
        order in prop::sample::select(&SetOrder::ALL),
    ) {
        let members = format!("<UCPTname>{PUMP}</UCPTname>{}", members.concat());
        let came = body(&format!("<Item>{members}</Item>"));
        let Ok(set) = device(&members).complete.and_then(|complete| complete.order(order)) else {
            return Ok(());
        };
        let request = set_request(set);
        prop_assert_eq!(refusal_of(&body("<e/>").with_child(request.clone())), None);
        let item = request.child("iLonItem").unwrap().child("Item").unwrap();
        for name in super::NEEDED {
            prop_assert_eq!(item.children_named(name).count(), 1);
            let (before, after) = (came.child_text(name).unwrap(), item.child_text(name).unwrap());
            let changed = order.change().filter(|(member, _)| *member == name).map(|(_, word)| word);
            prop_assert_eq!(after.as_str(), changed.unwrap_or(&before));
        }
        prop_assert!(["APP_RUNNING", "APP_STOPPED"].contains(&item.child_text(super::APPLICATION).unwrap().as_str()));
        prop_assert!(["COMMISSIONED", "DECOMMISSIONED"].contains(&item.child_text(super::COMMISSION).unwrap().as_str()));
        prop_assert_eq!(item.children_named("UCPTdescription").count(), came.children_named("UCPTdescription").count());
        let asked: Vec<_> = item.children_named("Command")
            .filter(|c| !matches!(c.child_text("UCPTstatus").unwrap_or_default().as_str(), "STATUS_DONE" | "STATUS_FAIL" | "STATUS_CANCEL"))
            .map(|c| (c.child_text("UCPTcommand").unwrap(), c.child_text("UCPTstatus").unwrap()))
            .collect();
        prop_assert_eq!(asked, [(order.command().to_owned(), "STATUS_REQUEST".to_owned())]);
    }
}
