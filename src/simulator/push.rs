use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jid::{BareJid, Jid};
use jiff::Timestamp;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::answers::header::properties;
use super::answers::value::{Form, data_item};
use super::behaviour::Version;
use super::engine::{Context, Note};
use super::shared::{Shared, WebConnection, lock};
use super::unit::Unit;
use super::wire::{self, element, leaf};
use super::{quirks, serve};
use crate::xml::Element;
use crate::xmpp::{IqError, IqKind};

/// How long a SmartServer waits for the answer to what it sends.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What the target answered to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `UCPTfaultCount`
    pub fault_count: u32,
    /// Names of the answer's items.
    pub names: Vec<String>,
}

/// Why a push has no proper answer.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The SmartServer is not online.
    #[error("the SmartServer is not online")]
    Offline,
    /// It has no point of this name.
    #[error("there is no data point {0:?}")]
    UnknownName(String),
    /// The stanza was not answered, or with an error.
    #[error(transparent)]
    Iq(#[from] IqError),
    /// The answer is not that to a Write.
    #[error("the answer is not a WriteResponse")]
    Answer,
}

/// Sends the present values of points as a Write (manual 2-17) and waits for the answer.
pub(super) async fn push(shared: &Shared, points: &[usize], to: &Jid) -> Result<Pushed, PushError> {
    let client = shared.online.borrow().clone().ok_or(PushError::Offline)?;
    let (envelope, notes) = message(shared, points);
    let answer = client.iq(to, IqKind::Set, envelope, Instant::now() + TIMEOUT).await;
    let outcome = match &answer {
        Ok(_) => "answered".to_owned(),
        Err(error) => error.to_string(),
    };
    serve::write(shared, to, "", "push", &outcome, &notes);
    let pushed = answer?.as_ref().and_then(read_answer).ok_or(PushError::Answer)?;
    lock(&shared.counts).pushes += 1;
    Ok(pushed)
}

/// Publishes the present values of points to a pubsub node (XEP-0060), as the message that a push carries.
pub(super) async fn publish(
    shared: &Shared,
    points: &[usize],
    (service, node): (&BareJid, &str),
) -> Result<(), PushError> {
    let client = shared.online.borrow().clone().ok_or(PushError::Offline)?;
    let (envelope, notes) = message(shared, points);
    let done = client.publish(service, (node, None), envelope, Instant::now() + TIMEOUT).await;
    let outcome = done.as_ref().map_or_else(ToString::to_string, |()| "published".to_owned());
    serve::write(shared, &Jid::from(service.clone()), "", "publish", &outcome, &notes);
    Ok(done?)
}

fn message(shared: &Shared, points: &[usize]) -> (Element, Vec<Note>) {
    let behaviour = lock(&shared.behaviour).clone();
    let now = Timestamp::now();
    let context = Context::new(now, &behaviour);
    let unit = shared.unit();
    let items: Vec<Element> =
        points.iter().map(|n| data_item(&unit, *n, Form::Plain, true, &context)).collect();
    let notes = items.iter().map(note).collect();
    let collection = element("iLonItem").with_child(leaf("UCPTfaultCount", "0")).with_children(items);
    let header = (!behaviour.no_header).then(|| properties(&unit, &behaviour, (now, now)));
    let write = element("Write").with_child(collection);
    let envelope = wire::envelope(behaviour.version(Version::V11), header, Some(write));
    (quirks::apply(envelope, &behaviour), notes)
}

fn note(item: &Element) -> Note {
    Note {
        name: item.child_text("UCPTname").unwrap_or_default(),
        values: item.child_text("UCPTvalue").into_iter().collect(),
        priority: item.child_text("UCPTpriority").and_then(|p| p.parse().ok()),
        outcome: "pushed".to_owned(),
    }
}

fn read_answer(envelope: &Element) -> Option<Pushed> {
    let items = envelope.child("Body")?.child("WriteResponse")?.child("iLonItem")?;
    Some(Pushed {
        fault_count: items.child_text("UCPTfaultCount")?.trim().parse().ok()?,
        names: items.children_named("Item").filter_map(|item| item.child_text("UCPTname")).collect(),
    })
}

/// Pushes the changes of some points, all in one Write, until the session ends. What was not
/// answered is pushed again with the next.
pub(super) async fn web_connection(shared: Arc<Shared>, session: CancellationToken) {
    let Some(web) = shared.web_connection.clone() else { return };
    let mut ticks = tokio::time::interval(web.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = HashMap::new();
    while session.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(to) = target(&shared, &web.to).filter(|_| shared.online.borrow().is_some()) else {
            continue;
        };
        let changed = changes(&mut shared.unit(), &web, &last);
        let points: Vec<usize> = changed.keys().copied().collect();
        if points.is_empty() {
            continue;
        }
        match session.run_until_cancelled(push(&shared, &points, &to)).await {
            Some(Ok(_)) => last.extend(changed),
            Some(Err(error)) => tracing::warn!(smartserver = %shared.jid, %to, %error, "push failed"),
            None => return,
        }
    }
}

fn target(shared: &Shared, to: &Jid) -> Option<Jid> {
    if to.is_full() {
        return Some(to.clone());
    }
    lock(&shared.target).clone().map(Jid::from)
}

/// What a point shows, to tell a change by.
type Shown = (super::value::Value, String, u8);

fn changes(unit: &mut Unit, web: &WebConnection, last: &HashMap<usize, Shown>) -> HashMap<usize, Shown> {
    let now = Timestamp::now();
    let outputs: Vec<usize> =
        unit.all().into_iter().filter(|n| !unit.config(*n).input).take(web.points).collect();
    let mut changed = HashMap::new();
    for n in outputs {
        unit.advance(n, now);
        unit.read(n, None, now);
        let shown = (unit.states[n].server.clone(), unit.status(n).to_owned(), unit.states[n].priority);
        if last.get(&n) != Some(&shown) {
            changed.insert(n, shown);
        }
    }
    changed
}
