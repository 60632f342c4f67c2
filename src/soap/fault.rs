use super::{Envelope, Version, wrap};
use crate::xml::{Element, XML};

/// A SOAP fault as received.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("SOAP fault {code}: {text}")]
pub struct Fault {
    /// The code as free text: SmartServers send a bare number (manual 2-8). Of a qualified name the
    /// local part, since servers on the way drop declarations of prefixes that only a value uses.
    /// Subcodes of SOAP 1.2 follow after a dot, as SOAP 1.1 writes them: `Sender.14`.
    pub code: String,
    /// The reason for people.
    pub text: String,
    /// `detail`, if there is one.
    pub detail: Option<Box<Element>>,
}

/// Who is to blame for a fault that we send (SOAP 1.2, part 1, section 5.4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The envelope's version is unknown.
    VersionMismatch,
    /// The message is wrong.
    Sender,
    /// The message is right, and could not be processed.
    Receiver,
}

impl FaultKind {
    /// Name of the fault code in a version of SOAP.
    pub fn code(self, version: Version) -> &'static str {
        match (self, version) {
            (FaultKind::VersionMismatch, _) => "VersionMismatch",
            (FaultKind::Sender, Version::V11) => "Client",
            (FaultKind::Receiver, Version::V11) => "Server",
            (FaultKind::Sender, Version::V12) => "Sender",
            (FaultKind::Receiver, Version::V12) => "Receiver",
        }
    }

    /// An envelope with a fault in it. Its elements are qualified in both versions, as those of
    /// SmartServers are (manual 2-8): unqualified ones do not cross every XMPP server.
    pub fn envelope(self, text: &str, version: Version) -> Element {
        let element = |name: &str| Element::new(version.namespace(), name);
        let code = self.code(version);
        let fault = match version {
            Version::V11 => element("Fault")
                .with_child(element("faultcode").with_text(code))
                .with_child(element("faultstring").with_text(text)),
            Version::V12 => element("Fault")
                .with_child(element("Code").with_child(element("Value").with_text(code)))
                .with_child(
                    element("Reason")
                        .with_child(element("Text").with_attr_ns(XML, "lang", "en").with_text(text)),
                ),
        };
        wrap(fault, version)
    }
}

impl Fault {
    /// The fault in an envelope, if its body is one. Children are read by local name.
    pub fn find(envelope: &Envelope) -> Option<Fault> {
        (envelope.body.name == "Fault").then(|| Fault::read(&envelope.body))
    }

    /// All that it says: the reason and the text of its detail, which is where SmartServers put what
    /// they mean (manual 2-8).
    pub fn words(&self) -> String {
        let detail = self.detail.as_deref().map(Element::text).unwrap_or_default();
        let parts = [self.text.trim(), detail.trim()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    fn read(fault: &Element) -> Fault {
        let code = fault.child_text("faultcode").map(|code| local_part(&code).to_owned());
        let text = fault.child_text("faultstring").or_else(|| fault.child("Reason")?.child_text("Text"));
        Fault {
            code: code.or_else(|| fault.child("Code").map(codes)).unwrap_or_default(),
            text: text.unwrap_or_default().trim().to_owned(),
            detail: fault.child("detail").or_else(|| fault.child("Detail")).cloned().map(Box::new),
        }
    }
}

/// `Value` of a `Code` and of the `Subcode`s in it.
fn codes(code: &Element) -> String {
    let values = std::iter::successors(Some(code), |code| code.child("Subcode"))
        .filter_map(|code| code.child_text("Value"))
        .map(|value| local_part(&value).to_owned());
    values.collect::<Vec<_>>().join(".")
}

fn local_part(code: &str) -> &str {
    let code = code.trim();
    match code.rsplit_once(':') {
        Some((_, local)) if !local.is_empty() && !code.contains(char::is_whitespace) => local,
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ENVELOPE_11, ENVELOPE_12, Version, open};
    use super::{Fault, FaultKind};
    use crate::xml::{Limits, parse};

    fn fault(version: &str, body: &str) -> Fault {
        let xml = format!(r#"<e:Envelope xmlns:e="{version}"><e:Body>{body}</e:Body></e:Envelope>"#);
        Fault::find(&open(&parse(&xml, &Limits::REQUEST).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn reads_prefixed_children_and_a_bare_number() {
        let fault = fault(
            ENVELOPE_11,
            "<e:Fault><e:faultcode>1</e:faultcode> <e:faultstring>soap fault</e:faultstring>\
             <e:detail><x xmlns='urn:x'/></e:detail></e:Fault>",
        );
        assert_eq!((fault.code.as_str(), fault.text.as_str()), ("1", "soap fault"));
        assert!(fault.detail.unwrap().child("x").is_some());
    }

    #[test]
    fn reads_unqualified_children_and_a_qualified_code() {
        let fault = fault(
            ENVELOPE_11,
            "<e:Fault><faultcode xmlns=''>e:Client.Auth</faultcode>\
             <faultstring xmlns='jabber:client'> no </faultstring></e:Fault>",
        );
        assert_eq!((fault.code.as_str(), fault.text.as_str()), ("Client.Auth", "no"));
        assert_eq!(fault.detail, None);
    }

    #[test]
    fn reads_codes_of_soap_12_though_their_prefix_is_gone() {
        let fault = fault(
            ENVELOPE_12,
            "<e:Fault><e:Code><e:Value>env:Sender</e:Value><e:Subcode><e:Value>ilon:14</e:Value></e:Subcode></e:Code>\
             <e:Reason><e:Text xml:lang='en'>Name not found</e:Text><e:Text xml:lang='de'>x</e:Text></e:Reason>\
             <e:Detail/></e:Fault>",
        );
        assert_eq!((fault.code.as_str(), fault.text.as_str()), ("Sender.14", "Name not found"));
        assert!(fault.detail.is_some());
    }

    #[test]
    fn its_words_are_reason_and_detail() {
        for (content, words) in [
            (
                "<e:faultstring>soap fault</e:faultstring><e:detail> no such type </e:detail>",
                "soap fault: no such type",
            ),
            (
                "<e:faultstring>soap fault</e:faultstring><e:detail><x xmlns='urn:x'/></e:detail>",
                "soap fault",
            ),
            ("<e:detail>no such type</e:detail>", "no such type"),
            ("", ""),
        ] {
            assert_eq!(fault(ENVELOPE_11, &format!("<e:Fault>{content}</e:Fault>")).words(), words);
        }
    }

    #[test]
    fn an_empty_fault_is_still_a_fault() {
        let fault = fault(ENVELOPE_11, "<e:Fault/>");
        assert_eq!(fault, Fault { code: String::new(), text: String::new(), detail: None });
    }

    #[test]
    fn a_code_that_is_a_sentence_stays_one() {
        let fault = fault(ENVELOPE_11, "<e:Fault><e:faultcode>Error: 7</e:faultcode></e:Fault>");
        assert_eq!(fault.code, "Error: 7");
    }

    #[test]
    fn reads_the_faults_it_writes() {
        for (version, code) in [(Version::V11, "Client"), (Version::V12, "Sender")] {
            let xml = FaultKind::Sender.envelope("no <Item>", version).to_xml();
            let envelope = open(&parse(&xml, &Limits::REQUEST).unwrap()).unwrap();
            assert_eq!(envelope.version, version);
            let fault = Fault::find(&envelope).unwrap();
            assert_eq!((fault.code.as_str(), fault.text.as_str()), (code, "no <Item>"));
        }
    }
}
