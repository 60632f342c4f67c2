//! Reading data points: from the cache where that is fresh enough, else from the SmartServer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::Instant;

use super::connections::now;
use super::desk::Told;
use super::fleet::Point;
use super::freshness::{Freshness, has_age};
use super::lane::Rank;
use super::selection::{Numbered, Place, Selected, Selection, Target};
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{ItemFault, Reading};

/// What came of reading one data point.
#[derive(Debug, Clone)]
pub struct ReadOutcome {
    /// The SmartServer as the caller named it.
    pub smartserver: String,
    /// The point as the caller named it; absent where the SmartServer itself is not known.
    pub name: Option<String>,
    /// The point, if it is known.
    pub point: Option<Point>,
    /// Latest reading; with an error beside it, the last one known.
    pub reading: Option<Arc<Reading>>,
    /// Why there is no fresh one.
    pub error: Option<ReadError>,
}

/// Why a data point could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadError {
    /// The SmartServer refused this point.
    Item(ItemFault),
    /// The call failed.
    Call(GatewayError),
}

impl Gateway {
    /// Reads many data points of many SmartServers at once. Each point has its own outcome; one
    /// SmartServer that does not answer costs the others nothing. A point named twice is read once.
    /// Outcomes come in the order of the targets and of the names in them.
    /// Where `max_age` or `timeout` are absent, the configured ones hold.
    pub async fn read(
        &self,
        targets: Vec<Target>,
        max_age: Option<Duration>,
        timeout: Option<Duration>,
    ) -> Vec<ReadOutcome> {
        let freshness = self.freshness(max_age, timeout);
        let mut outcomes = Vec::new();
        let mut by_unit: BTreeMap<String, (Arc<Unit>, Vec<Numbered>)> = BTreeMap::new();
        for (number, Target { smartserver, selection }) in targets.into_iter().enumerate() {
            match self.0.fleet.find(&smartserver) {
                Some(unit) => {
                    let key = unit.info().key.clone();
                    by_unit.entry(key).or_insert_with(|| (unit, Vec::new())).1.push((number, selection));
                }
                None => {
                    let error = GatewayError::Unknown { what: Thing::SmartServer };
                    outcomes.extend(failed_selection(&smartserver, number, selection, &error));
                }
            }
        }
        let reads =
            by_unit.into_values().map(|(unit, selections)| self.read_unit(unit, selections, freshness));
        outcomes.extend(join_all(reads).await.into_iter().flatten());
        outcomes.sort_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Reads one data point.
    ///
    /// # Errors
    /// Those of the call, or `Fault` when the SmartServer refuses the point.
    pub async fn read_point(
        &self,
        point: &Point,
        max_age: Option<Duration>,
        timeout: Option<Duration>,
    ) -> Result<Arc<Reading>, GatewayError> {
        let freshness = self.freshness(max_age, timeout);
        let mut outcomes = self.read_points(&point.unit, vec![point.clone()], freshness).await;
        match outcomes.pop() {
            Some(ReadOutcome { error: Some(ReadError::Call(error)), .. }) => Err(error),
            Some(ReadOutcome { error: Some(ReadError::Item(fault)), .. }) => {
                Err(GatewayError::Fault { code: fault.code.to_string(), text: fault.text })
            }
            Some(ReadOutcome { reading: Some(reading), .. }) => Ok(reading),
            _ => Err(GatewayError::Unknown { what: Thing::DataPoint }),
        }
    }

    /// Reads data points of one SmartServer for the gateway itself, values no older than `max_age`: also what
    /// is known already, unless somebody else reads it meanwhile. Commands and callers' reads go before.
    pub(super) async fn poll_points(
        &self,
        unit: &Arc<Unit>,
        points: Vec<Point>,
        max_age: Duration,
        deadline: Instant,
    ) -> Vec<ReadOutcome> {
        let asked_at = now() + SignedDuration::from_millis(1);
        self.read_points(unit, points, Freshness { max_age, asked_at, deadline, rank: Rank::Poll }).await
    }

    /// The latest reading that the gateway holds.
    pub fn cached(&self, point: &Point) -> Option<Arc<Reading>> {
        self.0.cache.get(point.data.id)
    }

    /// The same, if it can be told how old it is.
    pub(super) fn cached_with_age(&self, point: &Point) -> Option<Arc<Reading>> {
        self.cached(point).filter(|reading| has_age(reading, now()))
    }

    fn freshness(&self, max_age: Option<Duration>, timeout: Option<Duration>) -> Freshness {
        let max_age = max_age.unwrap_or(self.0.settings.default_max_age);
        // Times are kept to the millisecond: what came within this one may have come before.
        let asked_at = now() + SignedDuration::from_millis(1);
        Freshness { max_age, asked_at, deadline: self.deadline(timeout), rank: Rank::Read }
    }

    async fn read_unit(
        &self,
        unit: Arc<Unit>,
        selections: Vec<Numbered>,
        freshness: Freshness,
    ) -> Vec<(Place, ReadOutcome)> {
        let key = unit.info().key.clone();
        if unit.info().inventory_at.is_none()
            && let Err(error) = self.sync_unit(&unit, freshness.deadline).await
        {
            let failed = |(number, selection)| failed_selection(&key, number, selection, &error);
            return selections.into_iter().flat_map(failed).collect();
        }
        let Selected { points, unknown: names } = Selected::of(&unit, selections);
        let no_such = |name| unknown(&key, Some(name), GatewayError::Unknown { what: Thing::DataPoint });
        let mut outcomes: Vec<_> = names.into_iter().map(|(place, name)| (place, no_such(name))).collect();
        let places: HashMap<_, _> = points.iter().map(|(place, point)| (point.data.id, *place)).collect();
        let place = |outcome: &ReadOutcome| places.get(&outcome.point.as_ref()?.data.id).copied();
        let read = self.read_points(&unit, points.into_values().collect(), freshness).await;
        outcomes.extend(read.into_iter().map(|outcome| (place(&outcome).unwrap_or_default(), outcome)));
        outcomes
    }

    async fn read_points(
        &self,
        unit: &Arc<Unit>,
        points: Vec<Point>,
        freshness: Freshness,
    ) -> Vec<ReadOutcome> {
        let mut outcomes = Vec::with_capacity(points.len());
        let missing = self.take_fresh(points, freshness, &mut outcomes);
        if !missing.is_empty() {
            outcomes.extend(self.ask_at_desk(unit, missing, freshness).await);
        }
        outcomes
    }

    /// Moves points with a fresh reading to the outcomes, returns the others.
    fn take_fresh(
        &self,
        points: Vec<Point>,
        freshness: Freshness,
        outcomes: &mut Vec<ReadOutcome>,
    ) -> Vec<Point> {
        let mut missing = Vec::new();
        for point in points {
            match self.cached_with_age(&point).filter(|reading| freshness.allows(reading)) {
                Some(reading) => outcomes.push(read(point, reading)),
                None => missing.push(point),
            }
        }
        missing
    }

    /// What the desk told of a point, as its reader is told.
    pub(super) fn outcome(&self, point: Point, told: Told) -> ReadOutcome {
        match told {
            Ok(reading) => read(point, reading),
            Err(ReadError::Item(fault)) => self.refused(point, fault),
            Err(ReadError::Call(error)) => self.failed(point, &error),
        }
    }

    pub(super) fn failed(&self, point: Point, error: &GatewayError) -> ReadOutcome {
        let reading = self.cached(&point);
        let error = Some(ReadError::Call(error.clone()));
        ReadOutcome {
            smartserver: point.unit.info().key.clone(),
            name: Some(point.data.name.to_string()),
            point: Some(point),
            reading,
            error,
        }
    }

    fn refused(&self, point: Point, fault: ItemFault) -> ReadOutcome {
        let reading = self.cached(&point);
        let error = Some(ReadError::Item(fault));
        ReadOutcome {
            smartserver: point.unit.info().key.clone(),
            name: Some(point.data.name.to_string()),
            point: Some(point),
            reading,
            error,
        }
    }
}

fn read(point: Point, reading: Arc<Reading>) -> ReadOutcome {
    ReadOutcome {
        smartserver: point.unit.info().key.clone(),
        name: Some(point.data.name.to_string()),
        point: Some(point),
        reading: Some(reading),
        error: None,
    }
}

fn unknown(smartserver: &str, name: Option<String>, error: GatewayError) -> ReadOutcome {
    ReadOutcome {
        smartserver: smartserver.into(),
        name,
        point: None,
        reading: None,
        error: Some(ReadError::Call(error)),
    }
}

/// Of a selection by name each name fails, else the selection as a whole.
fn failed_selection(
    smartserver: &str,
    number: usize,
    selection: Selection,
    error: &GatewayError,
) -> Vec<(Place, ReadOutcome)> {
    let names = match selection {
        Selection::Names(names) => names.into_iter().map(Some).collect(),
        Selection::All | Selection::Prefix(_) => vec![None],
    };
    let failed = |(n, name)| ((number, n), unknown(smartserver, name, error.clone()));
    names.into_iter().enumerate().map(failed).collect()
}
