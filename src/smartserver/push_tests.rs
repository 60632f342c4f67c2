use super::super::item::tests::{NS, body};
use super::{
    ITEMS_MAX, Push, PushError, VALUE_MAX, answer, brief_answer, parse, parse_published, refusal, version_of,
};
use crate::domain::{Priority, Value};
use crate::soap::{ENVELOPE_11, ENVELOPE_12, EnvelopeError, Fault, Version, open};
use crate::xml::Element;

fn envelope(version: &str, content: &str) -> Element {
    body(&format!(
        r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="{version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <SOAP-ENV:Header><p:messageProperties xmlns:p="{NS}"><p:UCPTuniqueId>0300001a7c62</p:UCPTuniqueId>
          </p:messageProperties></SOAP-ENV:Header>
          <SOAP-ENV:Body><Write xmlns="{NS}"><iLonItem><UCPTfaultCount>0</UCPTfaultCount>{content}</iLonItem></Write>
          </SOAP-ENV:Body></SOAP-ENV:Envelope>"#
    ))
}

const SAMPLE: &str = r##"<Item xsi:type="Dp_Data">
      <UCPTname>Net/LON/iLON App/Digital Input 1/nvoClsValue_1</UCPTname>
      <UCPTannotation>Dp_Out;xsi:type=&quot;LON_Dp_Cfg&quot;</UCPTannotation><UCPThidden>0</UCPThidden>
      <UCPTaliasName>NVL_nvoClsValue_1</UCPTaliasName>
      <UCPTlastUpdate>2012-05-08T11:14:53.599+02:00</UCPTlastUpdate>
      <UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch">0.0 0</UCPTvalue>
      <UCPTvalue LonFormat="UCPTvalueDef">OFF</UCPTvalue>
      <UCPTpointStatus LonFormat="UCPTpointStatus">AL_NO_CONDITION</UCPTpointStatus>
      <UCPTpriority>255</UCPTpriority>
    </Item>"##;

fn sample(version: &str) -> Push {
    parse(&envelope(version, SAMPLE)).unwrap()
}

#[test]
fn reads_a_push() {
    let push = sample(ENVELOPE_11);
    assert_eq!(push.version, Version::V11);
    assert_eq!(push.properties.unwrap().unique_id.as_deref(), Some("0300001a7c62"));
    assert_eq!(push.items.len(), 1);
    let item = &push.items[0];
    assert_eq!(item.name.as_str(), "Net/LON/iLON App/Digital Input 1/nvoClsValue_1");
    assert_eq!(item.data.raw, "0.0 0");
    assert_eq!(item.data.preset.as_deref(), Some("OFF"));
    assert_eq!(item.data.priority, Some(Priority(255)));
    assert_eq!(item.data.updated_at, Some("2012-05-08T09:14:53.599Z".parse().unwrap()));
    assert_eq!(item.data.value(None).field("state"), Some(&Value::Number(0.0)));
}

#[test]
fn answers_in_the_version_of_the_push() {
    for (namespace, version) in [(ENVELOPE_11, Version::V11), (ENVELOPE_12, Version::V12)] {
        let answer = open(&answer(&sample(namespace))).unwrap();
        assert_eq!(answer.version, version);
        assert_eq!(
            answer.body.to_xml(),
            format!(
                "<WriteResponse xmlns=\"{NS}\"><iLonItem><UCPTfaultCount>0</UCPTfaultCount>\
                 <Item><UCPTname>Net/LON/iLON App/Digital Input 1/nvoClsValue_1</UCPTname></Item>\
                 </iLonItem></WriteResponse>"
            )
        );
    }
}

#[test]
fn takes_several_items_and_refuses_what_is_no_value() {
    let push = parse(&envelope(
        ENVELOPE_11,
        "<Item><UCPTname>a</UCPTname><UCPTvalue>1</UCPTvalue></Item>\
         <Item xsi:type='ns:Dp_Data'><UCPTvalue>1</UCPTvalue><UCPTname>a b</UCPTname></Item>\
         <Item><UCPTvalue>1</UCPTvalue></Item>\
         <Item><UCPTname>a\u{9}b</UCPTname><UCPTvalue>1</UCPTvalue></Item>\
         <Item><UCPTname>c</UCPTname></Item>\
         <Item xsi:type='UFPTalarmNotifier_Data'><UCPTname>d</UCPTname><UCPTvalue>1</UCPTvalue></Item>",
    ))
    .unwrap();
    let names: Vec<_> = push.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["a", "a b"]);
    let refused: Vec<_> = push.refused.iter().map(|(name, fault)| (name.as_str(), fault.code)).collect();
    assert_eq!(refused, [("", 5), ("a\tb", 7), ("c", 4), ("d", 2)]);
    let answer = answer(&push).to_xml();
    assert!(answer.contains("<UCPTfaultCount>4</UCPTfaultCount>"));
    assert!(answer.ends_with(
        "<Item><fault><faultcode faultType=\"_error\">2</faultcode>\
         <faultstring>only items of type Dp_Data are taken</faultstring></fault><UCPTname>d</UCPTname></Item>\
         </iLonItem></WriteResponse></Body></Envelope>"
    ));
}

#[test]
fn refuses_what_is_no_push() {
    let wrapped =
        |body: &str| format!("<e:Envelope xmlns:e='{ENVELOPE_12}'><e:Body>{body}</e:Body></e:Envelope>");
    for (xml, error, code, version) in [
        (wrapped("<Foo xmlns='urn:x'/>"), PushError::Operation("Foo".into()), "Sender", Version::V12),
        (wrapped("<Write xmlns='urn:x'/>"), PushError::NoItems, "Sender", Version::V12),
        (wrapped(""), PushError::Envelope(EnvelopeError::Children(0)), "Sender", Version::V12),
        (
            "<Envelope xmlns='urn:x'/>".into(),
            PushError::Envelope(EnvelopeError::Version("urn:x".into())),
            "VersionMismatch",
            Version::V11,
        ),
    ] {
        let payload = body(&xml);
        assert_eq!(parse(&payload), Err(error.clone()), "{xml}");
        let refusal = open(&refusal(version_of(&payload), &error)).unwrap();
        assert_eq!(refusal.version, version);
        assert_eq!(Fault::find(&refusal).unwrap().code, code);
    }
}

#[test]
fn a_push_beyond_all_bounds_is_refused() {
    let items = |count: usize| {
        envelope(ENVELOPE_11, &"<Item><UCPTname>a/b</UCPTname><UCPTvalue>1</UCPTvalue></Item>".repeat(count))
    };
    assert_eq!(parse(&items(ITEMS_MAX)).unwrap().items.len(), ITEMS_MAX);
    assert_eq!(parse(&items(ITEMS_MAX + 1)), Err(PushError::TooMany(ITEMS_MAX + 1)));

    let item = |name: &str, value: &str| {
        format!("<Item><UCPTname>{name}</UCPTname><UCPTvalue>{value}</UCPTvalue></Item>")
    };
    let mixed =
        [item("a/b", &"1".repeat(VALUE_MAX)), item(&"n".repeat(5_000), "1"), item("a/b", "1")].concat();
    let push = parse(&envelope(ENVELOPE_11, &mixed)).unwrap();
    assert_eq!(push.items.len(), 1);
    let refused: Vec<_> = push.refused.iter().map(|(name, fault)| (name.len(), fault.code)).collect();
    assert_eq!(refused, [(3, 11), (512, 7)]);
    let brief = open(&brief_answer(&push)).unwrap().body;
    assert_eq!(brief.name, "WriteResponse");
    let items = brief.child("iLonItem").unwrap();
    assert_eq!((items.child_text("UCPTfaultCount").as_deref(), items.elements().count()), (Some("2"), 1));
}

#[test]
fn what_is_published_may_be_the_message_alone() {
    let envelope = envelope(ENVELOPE_11, SAMPLE);
    let whole = parse_published(&envelope).unwrap();
    let alone = parse_published(&open(&envelope).unwrap().body).unwrap();
    assert_eq!(whole, parse(&envelope).unwrap());
    assert_eq!(alone, Push { properties: None, ..whole });
    assert!(matches!(parse_published(&Element::new("urn:x", "entry")), Err(PushError::Envelope(_))));
}
