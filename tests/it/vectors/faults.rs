//! Messages that a SmartServer does not know: 32.

use nocgate::simulator::{EnvelopeVersion, FaultCarrier};

use super::answer::{message, send};
use super::{MESSAGE, NOW, SOAP_11, SOAP_12};
use crate::gateway::on_both_servers;
use crate::harness::site::{Site, TEMP};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![vector_32_an_unknown_message_is_a_soap_fault];

async fn vector_32_an_unknown_message_is_a_soap_fault(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.field.watch.allow_anything();
    for fault_carrier in [FaultCarrier::IqError, FaultCarrier::IqResult] {
        for (envelope, namespace) in [(EnvelopeVersion::V11, SOAP_11), (EnvelopeVersion::V12, SOAP_12)] {
            site.smartserver().change_behaviour(|behaviour| {
                (behaviour.fault_carrier, behaviour.envelope) = (fault_carrier, envelope);
            });
            for unknown in [format!("<Foo xmlns='{MESSAGE}'/>"), message("Foo", "")] {
                let answer = send(&site, &unknown).await;
                assert!(answer.is_fault, "{fault_carrier:?} {namespace}");
                assert!(answer.element.is(namespace, "Fault"), "{:?}", answer.element);
                assert!(answer.json["Fault"].is_object(), "{}", answer.json);
                if envelope == EnvelopeVersion::V11 {
                    assert_eq!(answer.element.child_text("faultcode").as_deref(), Some("1"));
                    assert_eq!(answer.json["Fault"]["faultcode"], "1");
                }
            }
        }
    }
    assert_eq!(site.smartserver().counts().of("unknown"), 8, "each was sent once");

    site.smartserver().change_behaviour(|behaviour| behaviour.envelope = EnvelopeVersion::V11);
    for fault_carrier in [FaultCarrier::IqError, FaultCarrier::IqResult] {
        site.smartserver().change_behaviour(|behaviour| {
            (behaviour.fault_carrier, behaviour.no_system_info) = (fault_carrier, true);
        });
        let answer = site.api.get(&format!("/smartservers/{}/system?section=mail", site.key())).await;
        assert_eq!(answer.problem(), (502, "smartserver_fault".into()), "{fault_carrier:?}");
    }
    site.read(TEMP, NOW).await.ok();
}
