//! What operators are told: what is wrong, and how to mend it.

use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;

use jid::FullJid;
use rustls::{CertificateError, ProtocolVersion};
use url::{Position, Url};

use super::{LIMIT, TestStep};
use crate::xmpp::account::Account;
use crate::xmpp::bosh::{Certificate, DialError, End, Greeting, NoGreeting};
use crate::xmpp::round::may_use_plain;

/// What of a foreign text is repeated, in characters.
const FOREIGN: usize = 200;
/// Addresses of a name, or mechanisms, that are told.
const MANY: usize = 8;

pub(super) const NO_TLS: &str =
    "The address is http: nothing is encrypted on the way to the server. Use https beyond this machine.";

/// A foreign text: not too long, and of one line.
pub(super) fn short(text: &str) -> String {
    let mut short: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(FOREIGN).collect();
    if text.chars().nth(FOREIGN).is_some() {
        short.push('…');
    }
    short
}

/// A reason as a sentence.
pub(super) fn sentence(reason: &str) -> String {
    let reason = short(reason);
    let mut chars = reason.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

fn place(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// A step took too long.
pub(super) fn late(step: TestStep, url: &Url) -> String {
    let (place, seconds) = (place(url), LIMIT.as_secs());
    match step {
        TestStep::Name => {
            format!("No name server answered within {seconds} s: look at those of this machine.")
        }
        TestStep::Tls => format!(
            "No answer from {place} within {seconds} s: a firewall may be in the way, or the port is not for TLS."
        ),
        TestStep::Bosh => format!(
            "No answer from {place} within {seconds} s: a firewall may be in the way, or the port is for something \
             else."
        ),
        TestStep::Login => format!("The log-in was not over within {seconds} s."),
    }
}

pub(super) fn unresolved(name: &str, error: &io::Error) -> String {
    format!(
        "The name {name} is not known: look for a typing error, and at this machine's name servers ({}).",
        short(&error.to_string())
    )
}

pub(super) fn resolved(name: &str, found: &[IpAddr]) -> String {
    let mut known: Vec<_> = found.iter().map(IpAddr::to_string).collect();
    known.dedup();
    let more = if known.len() > MANY { ", and others" } else { "" };
    known.truncate(MANY);
    format!("{name} is at {}{more}.", known.join(", "))
}

/// The connection or the TLS handshake failed.
pub(super) fn unreached(url: &Url, error: &DialError, own_ca: bool) -> String {
    match error {
        DialError::Tcp(error) => unconnected(url, error),
        DialError::Tls(error) => insecure(url, error, own_ca),
        DialError::Ca(why) => sentence(why),
        DialError::Address(why) | DialError::Http(why) => sentence(why),
    }
}

fn unconnected(url: &Url, error: &io::Error) -> String {
    let place = place(url);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!(
            "Nobody listens at {place}: is the XMPP server running, and is this its port for BOSH? (connection \
             refused)"
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            format!("There is no way from here to {place}: look at the network, or at the address.")
        }
        io::ErrorKind::TimedOut => format!("No answer from {place}: a firewall may be in the way."),
        _ => format!("No connection to {place}: {}.", short(&error.to_string())),
    }
}

fn insecure(url: &Url, error: &io::Error, own_ca: bool) -> String {
    let place = place(url);
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => bad_certificate(url, why, own_ca),
        Some(rustls::Error::InvalidMessage(_)) => not_tls(place),
        Some(other) => format!("The TLS handshake with {place} failed: {}.", short(&other.to_string())),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                not_tls(place)
            }
            _ => format!("The TLS handshake with {place} failed: {}.", short(&error.to_string())),
        },
    }
}

fn not_tls(place: &str) -> String {
    format!(
        "{place} does not speak TLS: is it the port for http? Then give the port for https, or an http address."
    )
}

fn bad_certificate(url: &Url, why: &CertificateError, own_ca: bool) -> String {
    let host = url.host_str().unwrap_or_default();
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "The server's certificate has expired: it has to be renewed on the server (or this machine's clock is \
             wrong)."
                .to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "The server's certificate is not valid yet: look at the clocks of both machines.".to_owned()
        }
        CertificateError::NotValidForName => other_name(host, &[]),
        CertificateError::NotValidForNameContext { presented, .. } => other_name(host, presented),
        CertificateError::UnknownIssuer if own_ca => {
            "The server's certificate was not issued by the CA that is given as ca_pem: give the one that issued it."
                .to_owned()
        }
        CertificateError::UnknownIssuer => {
            "The server's certificate was issued by nobody whom this machine trusts: if the CA is your own, give it \
             as ca_pem."
                .to_owned()
        }
        CertificateError::Revoked => "The server's certificate was revoked: it has to be replaced.".to_owned(),
        other => format!(
            "The server's certificate cannot be trusted: {}. If it is signed by itself or by a CA of your own, give \
             that as ca_pem.",
            short(&other.to_string())
        ),
    }
}

fn other_name(host: &str, presented: &[String]) -> String {
    let names = match presented.is_empty() {
        true => "another name".to_owned(),
        false => short(&presented.join(", ")),
    };
    format!(
        "The server's certificate is for {names}, not for {host}: give an address with a name that it is for."
    )
}

pub(super) fn secured(version: Option<ProtocolVersion>, certificate: Option<&Certificate>) -> String {
    let version = match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    match certificate {
        Some(Certificate { issuer, valid_until }) => format!(
            "{version}; the certificate was issued by {} and is valid until {valid_until}.",
            short(issuer)
        ),
        None => format!("{version}; the certificate is trusted."),
    }
}

/// What a server that answers offers.
pub(super) fn greeted(url: &Url, at: &Url, greeting: &Greeting) -> String {
    let seconds = |value: Option<u64>| value.map_or_else(|| "not told".to_owned(), |s| format!("{s} s"));
    let from = greeting.from.as_deref().map_or_else(|| "A BOSH server".to_owned(), short);
    let hold = greeting.hold.map_or_else(|| "not told".to_owned(), |hold| hold.to_string());
    let mut text = format!(
        "{from} answers (wait {}, hold {hold}, inactivity {}) and offers {}.",
        seconds(greeting.wait),
        seconds(greeting.inactivity),
        mechanisms(greeting)
    );
    if url != at {
        let _ = write!(text, " It is at {at}, where the address given leads to.");
    }
    text
}

fn mechanisms(greeting: &Greeting) -> String {
    match greeting.mechanisms.as_slice() {
        [] => "no SASL mechanism".to_owned(),
        offered => short(&offered.iter().take(MANY).cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// No BOSH session was opened.
pub(super) fn not_greeted(at: &Url, domain: &str, error: &NoGreeting) -> String {
    let (place, path) = (place(at), at.path());
    match error {
        NoGreeting::Http(error) => {
            let hint = match at.scheme() {
                "https" => "look whether another program has the port",
                _ => "if the port is for TLS, give an https address",
            };
            format!("{place} gives no HTTP answer: {hint} ({}).", short(error))
        }
        NoGreeting::Status(404) => format!(
            "There is no BOSH at the path {} (HTTP 404): look at the path, often /http-bind, and at the host name, \
             which the server has to know.",
            short(path)
        ),
        NoGreeting::Status(status @ (502..=504)) => format!(
            "A proxy answers at {place}, and no BOSH server behind it (HTTP {status}): is the XMPP server running?"
        ),
        NoGreeting::Status(status @ 300..400) => format!(
            "{place} sends its callers elsewhere (HTTP {status}), which is not followed: give the address that it \
             leads to."
        ),
        NoGreeting::Status(status) => {
            format!(
                "{place} answers with HTTP {status} at {}: look at the path, and for a proxy.",
                short(path)
            )
        }
        NoGreeting::NotBosh => format!(
            "What answers at {place}{} is no BOSH server: look at the path, often /http-bind, and at the port.",
            short(path)
        ),
        NoGreeting::Refused(End::DomainUnknown(condition)) => format!(
            "A BOSH server answers, and does not serve the domain {domain} ({condition}): look at the part of the \
             JID behind the @."
        ),
        NoGreeting::Refused(end) => sentence(&end.to_string()),
        NoGreeting::NoSession => "A BOSH server answers, and opens no session.".to_owned(),
        NoGreeting::NoFeatures => "A BOSH server answers, and does not tell how to log in.".to_owned(),
    }
}

pub(super) fn logged_in(jid: &FullJid, mechanism: Option<&str>) -> String {
    format!("Logged in with {} as {jid}, and out again.", mechanism.unwrap_or("SASL"))
}

/// The log-in failed.
pub(super) fn not_logged_in(account: &Account, at: &Url, greeting: &Greeting, end: &End) -> String {
    let jid = &account.jid;
    match end {
        End::Closed => late(TestStep::Login, at),
        End::Refused(why) => {
            format!("The server refuses the password of {jid}, or knows no such account ({}).", short(why))
        }
        End::Login(_) if needs_plain(account, at, greeting) => {
            "The server offers PLAIN only, which would show the password to whoever listens on http: give an https \
             address, let the server offer SCRAM, or, for an address on loopback, allow it by plain_on_loopback."
                .to_owned()
        }
        End::DomainUnknown(_) => format!("The server does not serve the domain {}.", jid.domain()),
        end => sentence(&end.to_string()),
    }
}

/// Whether PLAIN is all that could be used, and may not be.
fn needs_plain(account: &Account, at: &Url, greeting: &Greeting) -> bool {
    let offers = |name: &str| greeting.mechanisms.iter().any(|offered| offered.starts_with(name));
    offers("PLAIN") && !offers("SCRAM") && !may_use_plain(at, account.plain_on_loopback)
}
