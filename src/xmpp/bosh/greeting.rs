use std::time::Duration;

use bytes::Bytes;

use super::STREAM;
use super::body::{Answer, Purpose, creation, request};
use super::end::End;
use super::http::{Target, send};
use super::line::Line;
use super::login;

/// How long the server may hold a request while it has not told its features.
const WAIT: Duration = Duration::from_secs(5);
/// Requests after the creation in which features may come.
const POLLS: u64 = 3;

/// What a BOSH server says when a session is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// Who answers.
    pub(crate) from: Option<String>,
    pub(crate) wait: Option<u64>,
    pub(crate) hold: Option<u32>,
    pub(crate) inactivity: Option<u64>,
    /// SASL mechanisms offered.
    pub(crate) mechanisms: Vec<String>,
}

/// Why no session was opened.
#[derive(Debug)]
pub(crate) enum NoGreeting {
    /// No HTTP answer.
    Http(String),
    /// An answer with this status.
    Status(u16),
    /// An answer that is none of BOSH.
    NotBosh,
    /// The server opens none.
    Refused(End),
    /// It opens one without id.
    NoSession,
    /// It tells no features.
    NoFeatures,
}

/// Opens a session in a domain, listens to what the server offers, and ends the session.
pub(crate) async fn greet(target: &Target, line: &mut Line, domain: &str) -> Result<Greeting, NoGreeting> {
    let rid = rand::random_range(1..1 << 52);
    let created = ask(target, line, creation(rid, domain, WAIT)).await?;
    if let Some(end) = login::creation_refused(&created) {
        return Err(NoGreeting::Refused(end));
    }
    let sid = created.sid.clone().ok_or(NoGreeting::NoSession)?;
    let mut mechanisms = offered(&created);
    let mut next = rid + 1;
    while mechanisms.is_none() && next <= rid + POLLS {
        mechanisms = offered(&ask(target, line, request(next, &sid, Purpose::Carry, [])).await?);
        next += 1;
    }
    // The session would end by itself soon: what comes of this is of no account.
    let _ = ask(target, line, request(next, &sid, Purpose::Terminate, [])).await;
    Ok(Greeting {
        mechanisms: mechanisms.ok_or(NoGreeting::NoFeatures)?,
        from: created.from,
        wait: created.wait,
        hold: created.hold,
        inactivity: created.inactivity,
    })
}

async fn ask(target: &Target, line: &mut Line, body: String) -> Result<Answer, NoGreeting> {
    // Until the connection has done with the exchange before.
    line.sender.ready().await.map_err(|error| NoGreeting::Http(error.to_string()))?;
    match send(target, line, Bytes::from(body)).await.map_err(NoGreeting::Http)? {
        (200, text) => Answer::read(&text).map_err(|_| NoGreeting::NotBosh),
        (status, _) => Err(NoGreeting::Status(status)),
    }
}

fn offered(answer: &Answer) -> Option<Vec<String>> {
    answer.payload.iter().find(|element| element.is(STREAM, "features")).map(login::mechanisms)
}
