//! Lists by filter, a page at a time.

use std::ops::Bound;
use std::sync::Arc;

use super::connections::now;
use super::{Gateway, GatewayError, Point, Unit};
use crate::domain::{DataPointName, Quality, Reading};

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T, C> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; `None` on the last.
    pub next: Option<C>,
}

/// Which data points are listed.
#[derive(Debug, Clone, Default)]
pub struct DataPointFilter {
    /// Key or UUID of the SmartServer.
    pub smartserver: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// Beginning of the name.
    pub prefix: Option<String>,
    /// Part of name, alias or description, in any case.
    pub q: Option<String>,
    /// Type, as `SNVT_switch`.
    pub type_name: Option<String>,
    /// A tag of the SmartServer.
    pub tag: Option<String>,
    /// Quality of the latest reading.
    pub quality: Option<Quality>,
}

impl Gateway {
    /// Data points in the order of their SmartServers' keys and of their names.
    ///
    /// # Errors
    /// `Unknown` when the filter names a SmartServer that is not registered.
    pub fn data_points(
        &self,
        filter: &DataPointFilter,
        after: Option<&(String, DataPointName)>,
        limit: usize,
    ) -> Result<Page<Point, (String, DataPointName)>, GatewayError> {
        let units = match &filter.smartserver {
            Some(key) => vec![self.unit(key)?],
            None => self.0.fleet.units_from(after.map_or(Bound::Unbounded, |(key, _)| Bound::Included(key))),
        };
        let units =
            units.into_iter().filter(|unit| filter.tag.as_ref().is_none_or(|t| unit.info().tags.contains(t)));
        let points = units.flat_map(|unit| points_of(unit, after));
        let matching = points.filter(|point| self.point_matches(point, filter));
        Ok(page(matching, limit, |point| (point.unit.info().key.clone(), point.data.name.clone())))
    }

    /// Quality of a point's latest reading; `NeverRead` if there is none.
    pub fn quality(&self, point: &Point) -> Quality {
        let offline = self.is_offline(&point.unit);
        let quality = |reading: &Reading| reading.quality(now(), offline, self.stale_after(point));
        self.cached(point).map_or(Quality::NeverRead, |reading| quality(&reading))
    }

    fn point_matches(&self, point: &Point, filter: &DataPointFilter) -> bool {
        let data = &point.data;
        filter.name.as_ref().is_none_or(|name| data.name.as_str() == name)
            && filter.prefix.as_ref().is_none_or(|prefix| data.name.as_str().starts_with(prefix.as_str()))
            && filter.type_name.as_ref().is_none_or(|name| data.is_of_type(name))
            && filter.q.as_ref().is_none_or(|q| data.mentions(q))
            && filter.quality.is_none_or(|quality| self.quality(point) == quality)
    }
}

fn points_of(
    unit: Arc<Unit>,
    after: Option<&(String, DataPointName)>,
) -> impl Iterator<Item = Point> + use<> {
    let start = match after {
        Some((key, name)) if unit.info().key == *key => Bound::Excluded(name.clone()),
        _ => Bound::Unbounded,
    };
    let points: Vec<_> =
        unit.points().range((start, Bound::Unbounded)).map(|(_, data)| Arc::clone(data)).collect();
    points.into_iter().map(move |data| Point { unit: Arc::clone(&unit), data })
}

/// Takes one more than fits, to know whether there is a next page.
fn page<T, C>(items: impl Iterator<Item = T>, limit: usize, cursor: impl Fn(&T) -> C) -> Page<T, C> {
    let mut items: Vec<T> = items.take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}
