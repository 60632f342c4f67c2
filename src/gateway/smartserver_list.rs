//! The list of SmartServers: filtered, sorted, a page at a time.

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::connections::now;
use super::fleet_order::{SmartServerOrder, SmartServerPlace, SmartServerSort, SortValue};
use super::{Gateway, GatewayError, Page, Unit};
use crate::domain::{HealthState, IdentityId, PollGroupId, SmartServer};

/// Which SmartServers are listed.
#[derive(Debug, Clone, Default)]
pub struct SmartServerFilter {
    /// Part of key, name or JID, in any case.
    pub q: Option<String>,
    /// A tag, or several joined by commas, all of which it has.
    pub tag: Option<String>,
    /// A site.
    pub site: Option<String>,
    /// States of health, any of them; without any, all.
    pub health: Vec<HealthState>,
    /// An identity.
    pub identity: Option<IdentityId>,
    /// A poll group with data points of it.
    pub poll_group: Option<PollGroupId>,
}

/// A page of SmartServers.
#[derive(Debug, Clone)]
pub struct SmartServerList {
    /// The page.
    pub page: Page<Arc<Unit>, SmartServerPlace>,
    /// SmartServers that fit, on all pages.
    pub total: usize,
}

/// What is the same for all SmartServers that are looked at together, and would cost much to ask for each.
pub(super) struct Glance {
    now: Timestamp,
    online: HashSet<IdentityId>,
}

impl Gateway {
    /// SmartServers that fit, those after `after` in this order, at most `limit`. What they are sorted by is
    /// as of now: one whose value has passed the last place of a page since is on both pages, or on none.
    ///
    /// # Errors
    /// `Unknown` poll group.
    pub fn smartservers(
        &self,
        filter: &SmartServerFilter,
        order: SmartServerOrder,
        after: Option<&SmartServerPlace>,
        limit: usize,
    ) -> Result<SmartServerList, GatewayError> {
        let glance = self.glance();
        let mut units = self.units_that_fit(filter)?;
        if !filter.health.is_empty() {
            units.retain(|unit| filter.health.contains(&glance.state(unit)));
        }
        let total = units.len();
        // Each is looked at once: while they are sorted nothing moves, and no lock is taken.
        let placed = units.into_iter().map(|unit| (glance.place(&unit, order.by), unit));
        let mut placed: Vec<_> = placed
            .filter(|(place, _)| after.is_none_or(|after| order.compare(place, after).is_gt()))
            .collect();
        placed.sort_unstable_by(|(one, _), (other, _)| order.compare(one, other));
        let more = placed.len() > limit;
        placed.truncate(limit);
        let next = placed.last().filter(|_| more).map(|(place, _)| place.clone());
        let items = placed.into_iter().map(|(_, unit)| unit).collect();
        Ok(SmartServerList { page: Page { items, next }, total })
    }

    /// SmartServers that fit, whatever their health, in the order of their keys.
    pub(super) fn units_that_fit(&self, filter: &SmartServerFilter) -> Result<Vec<Arc<Unit>>, GatewayError> {
        if let Some(id) = filter.poll_group {
            self.known_group(id)?;
        }
        let takes = |unit: &Arc<Unit>| {
            filter.takes(&unit.info())
                && filter.poll_group.is_none_or(|id| self.wishes(unit).shares.contains_key(&id))
        };
        let mut units = self.0.fleet.units_from(Bound::Unbounded);
        units.retain(takes);
        Ok(units)
    }

    pub(super) fn glance(&self) -> Glance {
        Glance { now: now(), online: self.0.connections.online_identities() }
    }
}

impl SmartServerFilter {
    fn takes(&self, info: &SmartServer) -> bool {
        self.identity.is_none_or(|identity| info.identity_id == identity)
            && self.site.as_ref().is_none_or(|site| info.site.as_ref() == Some(site))
            && self.tag.as_ref().is_none_or(|tags| has_tags(info, tags))
            && self.q.as_ref().is_none_or(|part| mentions(info, &part.to_lowercase()))
    }
}

/// Whether it has all of these tags. A tag may hold a comma itself: then it stands alone.
fn has_tags(info: &SmartServer, tags: &str) -> bool {
    let has = |tag: &str| info.tags.iter().any(|own| own == tag);
    has(tags) || tags.split(',').map(str::trim).all(has)
}

fn mentions(info: &SmartServer, part: &str) -> bool {
    let jid = info.jid.to_string();
    [&info.key, &info.name, &jid].into_iter().any(|text| text.to_lowercase().contains(part))
}

impl Glance {
    /// The time of the glance.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Health as of the glance.
    pub(super) fn state(&self, unit: &Unit) -> HealthState {
        let online = self.online.contains(&unit.info().identity_id);
        unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).state(online, self.now)
    }

    fn place(&self, unit: &Unit, by: SmartServerSort) -> SmartServerPlace {
        SmartServerPlace { value: self.value(unit, by), key: unit.info().key.clone() }
    }

    fn value(&self, unit: &Unit, by: SmartServerSort) -> Option<SortValue> {
        let tracker = || unit.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        match by {
            SmartServerSort::Key => Some(SortValue::Text(unit.info().key.clone())),
            SmartServerSort::Name => Some(SortValue::text(&unit.info().name)),
            SmartServerSort::Site => unit.info().site.as_deref().map(SortValue::text),
            SmartServerSort::Health => {
                let online = self.online.contains(&unit.info().identity_id);
                let tracker = tracker();
                Some(SortValue::health(tracker.state(online, self.now), tracker.last_answer_at()))
            }
            SmartServerSort::LastAnswer => tracker().last_answer_at().map(SortValue::time),
            SmartServerSort::LastPush => tracker().last_push_at().map(SortValue::time),
            SmartServerSort::RoundTrip => {
                let micros = tracker().round_trip_p95(self.now)?.as_micros();
                Some(SortValue::Number(i64::try_from(micros).unwrap_or(i64::MAX)))
            }
            SmartServerSort::DataPoints => Some(SortValue::count(unit.points().len())),
            SmartServerSort::Alarms => Some(SortValue::count(unit.alarms.active().0)),
            SmartServerSort::Queued => Some(SortValue::count(unit.lane.queued())),
        }
    }
}
