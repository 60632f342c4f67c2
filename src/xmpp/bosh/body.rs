use std::fmt::Write as _;
use std::time::Duration;

use quick_xml::escape::escape;
use quick_xml::events::Event;

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
    pub(crate) from: Option<String>,
    pub(crate) sid: Option<String>,
    pub(crate) ver: Option<String>,
    pub(crate) wait: Option<u64>,
    pub(crate) hold: Option<u32>,
    pub(crate) requests: Option<u32>,
    pub(crate) inactivity: Option<u64>,
    /// `<uri/>` of `see-other-uri`.
    pub(crate) uri: Option<String>,
    pub(crate) kind: Kind,
    /// Stanzas, features, SASL elements, stream errors.
    pub(crate) payload: Vec<Element>,
    /// Children that could not be read.
    pub(crate) unreadable: usize,
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
    /// Reads an answer; its content type is of no account (XEP-0124, section 5). What exceeds the
    /// limits is read stanza by stanza: one that nests too deep must not take the others with it,
    /// and end the session each time that somebody sends it.
    ///
    /// # Errors
    /// [`XmlError`] when the text is not XML, or not a `<body/>`: then it comes from a proxy.
    pub(crate) fn read(text: &str) -> Result<Answer, XmlError> {
        match parse(text, &Limits::BODY) {
            Ok(body) => Answer::of(body),
            Err(error @ XmlError::TooLarge { .. }) => Answer::salvage(text).ok_or(error),
            Err(error) => Err(error),
        }
    }

    fn of(body: Element) -> Result<Answer, XmlError> {
        if !body.is(HTTPBIND, "body") {
            return Err(XmlError::Malformed(format!("a <{}/> in place of a <body/>", body.name)));
        }
        let attribute = |name| body.attr_ns("", name);
        Ok(Answer {
            from: attribute("from").map(str::to_owned),
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
            uri: body.child_ns(HTTPBIND, "uri").map(Element::text),
            payload: body.into_elements().collect(),
            unreadable: 0,
        })
    }

    fn salvage(text: &str) -> Option<Answer> {
        let pieces = split(text)?;
        let alone = |child: &str| parse(&format!("{}{child}{}", pieces.start, pieces.end), &Limits::BODY);
        let mut answer = Answer::of(alone("").ok()?).ok()?;
        for child in &pieces.children {
            match alone(child).map(|body| body.into_elements().next()) {
                Ok(child) => answer.payload.extend(child),
                Err(_) => answer.unreadable += 1,
            }
        }
        Some(answer)
    }
}

/// A document taken apart, as written.
struct Pieces<'t> {
    start: &'t str,
    children: Vec<&'t str>,
    end: String,
}

fn split(text: &str) -> Option<Pieces<'_>> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut depth, mut child, mut pieces) = (0_usize, 0, None::<Pieces<'_>>);
    loop {
        let from = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let to = usize::try_from(reader.buffer_position()).ok()?;
        match event {
            Event::Start(root) if depth == 0 => {
                let end = format!("</{}>", root.name().as_ref());
                pieces = Some(Pieces { start: text.get(from..to)?, children: Vec::new(), end });
                depth = 1;
            }
            Event::Start(_) => {
                if depth == 1 {
                    child = from;
                }
                depth += 1;
            }
            Event::Empty(_) if depth == 1 => pieces.as_mut()?.children.push(text.get(from..to)?),
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                match depth {
                    0 => return pieces,
                    1 => pieces.as_mut()?.children.push(text.get(child..to)?),
                    _ => {}
                }
            }
            Event::DocType(_) | Event::PI(_) | Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
