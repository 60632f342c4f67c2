use super::{ENVELOPE_11, ENVELOPE_12};
use crate::xml::Element;

/// Version of SOAP, told by the envelope's namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// SOAP 1.1, what SmartServers speak.
    #[default]
    V11,
    /// SOAP 1.2.
    V12,
}

impl Version {
    /// Namespace of the envelope.
    pub fn namespace(self) -> &'static str {
        match self {
            Version::V11 => ENVELOPE_11,
            Version::V12 => ENVELOPE_12,
        }
    }

    fn of(namespace: &str) -> Option<Version> {
        [Version::V11, Version::V12].into_iter().find(|version| version.namespace() == namespace)
    }
}

/// An envelope taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Version of the sender; an answer repeats it.
    pub version: Version,
    /// Header blocks in document order.
    pub header: Vec<Element>,
    /// The one child of the body.
    pub body: Element,
}

/// Why an element is not an envelope with one message in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Another element.
    #[error("expected a SOAP Envelope, found {0}")]
    NotAnEnvelope(String),
    /// An envelope of a namespace that is neither SOAP 1.1 nor 1.2.
    #[error("SOAP envelope of unknown version {0:?}")]
    Version(String),
    /// No body.
    #[error("the SOAP envelope has no Body")]
    NoBody,
    /// A body without a child, or with several.
    #[error("the SOAP Body has {0} children in place of one")]
    Children(usize),
}

/// Puts a message into an envelope without header.
pub fn wrap(body: Element, version: Version) -> Element {
    let ns = version.namespace();
    Element::new(ns, "Envelope").with_child(Element::new(ns, "Body").with_child(body))
}

/// Takes an envelope of either version apart. `encodingStyle` is ignored, though SmartServers send
/// it with literal messages (manual 2-4).
///
/// # Errors
/// [`EnvelopeError`] when there is not exactly one message in an envelope.
pub fn open(envelope: &Element) -> Result<Envelope, EnvelopeError> {
    if envelope.name != "Envelope" {
        return Err(EnvelopeError::NotAnEnvelope(envelope.name.clone()));
    }
    let version = Version::of(&envelope.ns).ok_or_else(|| EnvelopeError::Version(envelope.ns.clone()))?;
    let header = envelope.child("Header").map(|h| h.elements().cloned().collect()).unwrap_or_default();
    let body = envelope.child("Body").ok_or(EnvelopeError::NoBody)?;
    let mut children = body.elements();
    match (children.next(), children.count()) {
        (Some(body), 0) => Ok(Envelope { version, header, body: body.clone() }),
        (first, more) => Err(EnvelopeError::Children(first.iter().count() + more)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, EnvelopeError, Version, open, wrap};
    use crate::xml::{Element, Limits, parse};

    fn opened(xml: &str) -> Result<Envelope, EnvelopeError> {
        open(&parse(xml, &Limits::REQUEST).unwrap())
    }

    #[test]
    fn opens_what_it_wraps() {
        for version in [Version::V11, Version::V12] {
            let message = Element::new("urn:m", "Read").with_text("x");
            let envelope = opened(&wrap(message.clone(), version).to_xml()).unwrap();
            assert_eq!(envelope, Envelope { version, header: vec![], body: message });
        }
    }

    #[test]
    fn opens_an_answer_with_header_and_encoding_style() {
        let envelope = opened(
            r#"<?xml version="1.0" encoding="utf-8" ?>
            <SOAP-ENV:Envelope SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"
                xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">
              <SOAP-ENV:Header> <p:messageProperties xmlns:p="urn:m"/> </SOAP-ENV:Header>
              <SOAP-ENV:Body > <ReadResponse xmlns="urn:m"/> </SOAP-ENV:Body>
            </SOAP-ENV:Envelope>"#,
        )
        .unwrap();
        assert_eq!(envelope.version, Version::V11);
        assert_eq!(envelope.header, [Element::new("urn:m", "messageProperties")]);
        assert_eq!(envelope.body, Element::new("urn:m", "ReadResponse"));
    }

    #[test]
    fn says_what_is_wrong_with_an_envelope() {
        let e11 = super::ENVELOPE_11;
        for (xml, error) in [
            ("<a xmlns='urn:x'/>".to_owned(), EnvelopeError::NotAnEnvelope("a".into())),
            ("<Envelope xmlns='urn:x'/>".to_owned(), EnvelopeError::Version("urn:x".into())),
            ("<Envelope/>".to_owned(), EnvelopeError::Version(String::new())),
            (format!("<Envelope xmlns='{e11}'/>"), EnvelopeError::NoBody),
            (format!("<Envelope xmlns='{e11}'><Body> </Body></Envelope>"), EnvelopeError::Children(0)),
            (format!("<Envelope xmlns='{e11}'><Body><a/><b/></Body></Envelope>"), EnvelopeError::Children(2)),
        ] {
            assert_eq!(opened(&xml), Err(error), "{xml}");
        }
    }
}
