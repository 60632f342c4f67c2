//! Values that SmartServers send unasked. They take effect in the order in which they arrive, and are
//! answered once they are in the database: a SmartServer that is told so need not send them again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connections::now;
use super::fleet::Point;
use super::observe::{age_of, observed_at};
use super::traffic::Exchange;
use super::unknown_senders::Approach;
use super::{Gateway, Unit};
use crate::domain::{DataPointName, IdentityId, Source};
use crate::smartserver::push::{self, Push, PushedItem};
use crate::smartserver::push_refusal;
use crate::xml::Element;
use crate::xmpp::{Client, Condition, ErrorType, IqRequest, NotSent, StanzaError};

/// Pushes of one identity that may wait for the database. What comes beyond is to be sent again.
pub(super) const UNDER_WAY: usize = 1_000;
/// The same of one SmartServer, so that one alone cannot take all places.
const OF_ONE: usize = 32;
/// How long the database may take: well below what a SmartServer waits for an answer.
const STORE_LIMIT: Duration = Duration::from_secs(10);
/// Names of points not in the inventory that are remembered per SmartServer.
const UNKNOWN_MAX: usize = 256;

/// What is kept of the pushes of one SmartServer.
#[derive(Debug)]
pub(super) struct Pushing {
    places: Arc<Semaphore>,
    /// Names for whose sake the inventory was read again. Once each: a SmartServer may go on to name
    /// points that it has not, as those of its web connections' targets.
    unknown: Mutex<HashSet<DataPointName>>,
}

impl Default for Pushing {
    fn default() -> Self {
        Pushing { places: Arc::new(Semaphore::new(OF_ONE)), unknown: Mutex::default() }
    }
}

impl Pushing {
    fn is_unheard_of(&self, name: &DataPointName) -> bool {
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        unknown.len() < UNKNOWN_MAX && unknown.insert(name.clone())
    }
}

/// When what a SmartServer tells was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// Just now.
    Now,
    /// After what it told before; nobody knows when.
    Earlier,
    /// Nobody knows when: it may be older than what is known.
    AnyTime,
}

/// Held until a push is answered.
type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Gateway {
    /// Takes a push. Returns when its values have taken effect; it is answered when they are stored.
    pub(super) async fn take_push(
        &self,
        identity: IdentityId,
        client: &Client,
        request: IqRequest,
        places: &Arc<Semaphore>,
    ) {
        let heard = self.overhear_push(identity, &request);
        let taken = self.begin_push(identity, &request, places);
        // Only whom to answer is needed from here on.
        let request = IqRequest { payload: Element::default(), ..request };
        match taken {
            Ok((push, place)) => {
                let (gateway, client) = (self.clone(), client.clone());
                self.0.tasks.spawn(async move {
                    gateway.end_push(&client, &request, &push, heard).await;
                    drop(place);
                });
            }
            Err(refusal) => reply(client, &request, Err(*refusal), heard).await,
        }
    }

    fn begin_push(
        &self,
        identity: IdentityId,
        request: &IqRequest,
        places: &Arc<Semaphore>,
    ) -> Result<(Push, Place), Box<StanzaError>> {
        let Some(unit) = self.sender(identity, &request.from) else {
            count("unknown_sender");
            let refusal = error(ErrorType::Auth, "forbidden", "this SmartServer is not registered");
            self.note_unknown(identity, &request.from, Approach::Push, refusal.text.clone());
            return Err(Box::new(refusal));
        };
        let Some(place) = place(places, &unit.pushing.places) else {
            count("busy");
            let refusal = error(ErrorType::Wait, "resource-constraint", "too many pushes are under way");
            return Err(Box::new(refusal));
        };
        match push::parse(&request.payload) {
            Ok(push) => {
                unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).pushed(now());
                unit.lane.breaker.nudge();
                self.take_values(&unit, &push, Sent::Now);
                self.note_health(&unit);
                Ok((push, place))
            }
            Err(error) => {
                count("malformed");
                tracing::warn!(from = %request.from, %error, "push not understood");
                Err(Box::new(push_refusal(&request.payload, &error)))
            }
        }
    }

    async fn end_push(&self, client: &Client, request: &IqRequest, push: &Push, heard: Option<Exchange>) {
        if !self.stored().await {
            count("not_stored");
            let refusal = error(ErrorType::Wait, "resource-constraint", "not stored: the database is away");
            return reply(client, request, Err(refusal), heard).await;
        }
        count("taken");
        let answer = push::answer(push);
        let shown = heard.as_ref().map(|_| answer.clone());
        match client.reply(request, Ok(Some(answer))).await {
            Err(NotSent::TooLarge { .. }) => {
                reply(client, request, Ok(Some(push::brief_answer(push))), heard).await;
            }
            sent => told(request, sent, heard, Ok(shown.as_ref())),
        }
    }

    /// Makes what a SmartServer pushed its latest readings.
    pub(super) fn take_values(&self, unit: &Arc<Unit>, push: &Push, sent: Sent) {
        if let Some(properties) = push.properties.as_ref().filter(|_| sent == Sent::Now) {
            self.note_pushed_header(unit, properties);
        }
        let unknown = push.items.iter().filter(|item| !self.take_value(unit, item, sent)).count();
        metrics::counter!("nocgate_pushed_unknown_points_total").increment(unknown as u64);
    }

    /// `false` if the point is not in the inventory. Then that may be out of date.
    fn take_value(&self, unit: &Arc<Unit>, item: &PushedItem, sent: Sent) -> bool {
        let Some(data) = unit.points().get(&item.name).cloned() else {
            if unit.info().inventory_at.is_some() && unit.pushing.is_unheard_of(&item.name) {
                tracing::info!(smartserver = unit.info().key, point = %item.name, "pushed, and not in the inventory");
                self.doubt_inventory(unit);
            }
            return false;
        };
        let point = Point { unit: Arc::clone(unit), data };
        match sent {
            Sent::Now => drop(self.keep(&point, item.data.clone(), Some(Duration::ZERO), Source::Push)),
            Sent::Earlier | Sent::AnyTime => self.take_late(&point, item, sent),
        }
        true
    }

    /// Keeps what was sent some time ago, unless that is known to be older than what is there.
    fn take_late(&self, point: &Point, item: &PushedItem, sent: Sent) {
        let is_overtaken = self.0.cache.get(point.data.id).is_some_and(|latest| {
            let known_at = latest.observed_at.unwrap_or(latest.received_at);
            observed_at(&point.unit, &item.data).map_or(sent == Sent::AnyTime, |at| at <= known_at)
        });
        if !is_overtaken {
            let age = age_of(&point.unit, &item.data);
            self.keep(point, item.data.clone(), age, Source::Push);
        }
    }

    /// Waits until everything that was taken so far is in the database; `false` if that is not known in time.
    async fn stored(&self) -> bool {
        let both = async { tokio::join!(self.0.dirty.saved(), self.history_written()) };
        matches!(timeout(STORE_LIMIT, both).await, Ok((true, Ok(()))))
    }
}

fn place(of_identity: &Arc<Semaphore>, of_smartserver: &Arc<Semaphore>) -> Option<Place> {
    let of_smartserver = Arc::clone(of_smartserver).try_acquire_owned().ok()?;
    Some((Arc::clone(of_identity).try_acquire_owned().ok()?, of_smartserver))
}

async fn reply(
    client: &Client,
    request: &IqRequest,
    answer: Result<Option<Element>, StanzaError>,
    heard: Option<Exchange>,
) {
    // A copy for those who listen, if there are any.
    let shown = if heard.is_some() { Some(answer.clone()) } else { None };
    let sent = client.reply(request, answer).await;
    let shown = shown.as_ref().map_or(Ok(None), |answer| answer.as_ref().map(Option::as_ref));
    told(request, sent, heard, shown);
}

/// What became of an answer.
fn told(
    request: &IqRequest,
    sent: Result<(), NotSent>,
    heard: Option<Exchange>,
    answer: Result<Option<&Element>, &StanzaError>,
) {
    if let Some(exchange) = heard {
        exchange.answered(answer, &sent);
    }
    if let Err(error) = sent {
        tracing::warn!(from = %request.from, %error, "push not answered");
    }
}

fn count(result: &'static str) {
    metrics::counter!("nocgate_pushes_total", "result" => result).increment(1);
}

fn error(kind: ErrorType, condition: &str, text: &str) -> StanzaError {
    StanzaError {
        kind,
        condition: Condition(condition.into()),
        text: Some(text.into()),
        application: None,
        payload: None,
    }
}
