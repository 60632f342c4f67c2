use std::fmt::Write as _;
use std::time::Duration;

use quick_xml::escape::escape;

use super::end::Terminate;
use super::{HTTPBIND, XBOSH};
use crate::xml::{Element, Limits, XmlError, parse};

/// Room that a `<body/>` of ours takes beside its stanzas, with a long `sid` and domain.
pub(crate) const WRAPPER_BYTES: usize = 512;

/// The request that opens a session (XEP-0124, section 7.1; XEP-0206, section 3). `wait` is
/// compulsory for Prosody; without `xmpp:version` ejabberd sends no features.
pub(crate) fn creation(rid: u64, domain: &str, wait: Duration) -> String {
    let (domain, wait) = (escape(domain), wait.as_secs());
    format!(
        "<body xmlns=\"{HTTPBIND}\" xmlns:xmpp=\"{XBOSH}\" rid=\"{rid}\" to=\"{domain}\" xml:lang=\"en\" \
         ver=\"1.11\" wait=\"{wait}\" hold=\"1\" xmpp:version=\"1.0\"/>"
    )
}

/// What a request in a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose<'a> {
    /// To carry stanzas, or to be held by the server.
    Carry,
    /// To restart the stream after authentication (XEP-0206, section 5), in this domain.
    Restart(&'a str),
    /// To end the session (XEP-0124, section 13).
    Terminate,
}

/// A request in a session.
pub(crate) fn request<'a>(
    rid: u64,
    sid: &str,
    purpose: Purpose<'_>,
    stanzas: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut out = format!("<body xmlns=\"{HTTPBIND}\" rid=\"{rid}\" sid=\"{}\"", escape(sid));
    let _ = match purpose {
        Purpose::Carry => Ok(()),
        Purpose::Terminate => write!(out, " type=\"terminate\""),
        Purpose::Restart(domain) => write!(
            out,
            " to=\"{}\" xml:lang=\"en\" xmlns:xmpp=\"{XBOSH}\" xmpp:restart=\"true\"",
            escape(domain)
        ),
    };
    let mut stanzas = stanzas.into_iter().peekable();
    if stanzas.peek().is_none() {
        out.push_str("/>");
        return out;
    }
    out.push('>');
    out.extend(stanzas);
    out.push_str("</body>");
    out
}

/// An answer of the server.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) sid: Option<String>,
    pub(crate) ver: Option<String>,
    pub(crate) wait: Option<u64>,
    pub(crate) hold: Option<u32>,
    pub(crate) requests: Option<u32>,
    pub(crate) inactivity: Option<u64>,
    pub(crate) kind: Kind,
    /// Stanzas, features, SASL elements, stream errors.
    pub(crate) payload: Vec<Element>,
}

/// `type` of an answer (XEP-0124, section 17).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Kind {
    /// None.
    #[default]
    Normal,
    /// `error`: this request and those before it are to be repeated.
    Error,
    /// `terminate`: the session is over.
    Terminate(Option<Terminate>),
}

impl Answer {
    /// Reads an answer; its content type is of no account (XEP-0124, section 5).
    ///
    /// # Errors
    /// [`XmlError`] when the text is not XML, or not a `<body/>`: then it comes from a proxy.
    pub(crate) fn read(text: &str) -> Result<Answer, XmlError> {
        let body = parse(text, &Limits::BODY)?;
        if !body.is(HTTPBIND, "body") {
            return Err(XmlError::Malformed(format!("a <{}/> in place of a <body/>", body.name)));
        }
        let attribute = |name| body.attr_ns("", name);
        Ok(Answer {
            sid: attribute("sid").map(str::to_owned),
            ver: attribute("ver").map(str::to_owned),
            wait: attribute("wait").and_then(|v| v.parse().ok()),
            hold: attribute("hold").and_then(|v| v.parse().ok()),
            requests: attribute("requests").and_then(|v| v.parse().ok()),
            inactivity: attribute("inactivity").and_then(|v| v.parse().ok()),
            kind: match attribute("type") {
                Some("terminate") => Kind::Terminate(attribute("condition").map(Terminate::read)),
                Some("error") => Kind::Error,
                _ => Kind::Normal,
            },
            payload: body.into_elements().collect(),
        })
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
