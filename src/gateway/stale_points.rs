//! How many data points have a stale reading. They go stale by mere time: so they are counted when somebody
//! asks, and once for all who ask within five seconds.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Gateway, GatewayError, Unit};
use crate::domain::{Quality, SmartServerId};

/// How long a count is good for.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// Stale data points of each SmartServer that has any.
pub(super) type StaleCounts = Arc<HashMap<SmartServerId, usize>>;

/// The last count. Held while the next one is made, so that those who come meanwhile share it.
#[derive(Debug, Default)]
pub(super) struct StalePoints(Arc<Mutex<Option<(Instant, StaleCounts)>>>);

impl Gateway {
    /// Stale data points by SmartServer, as of five seconds ago or less.
    pub(super) async fn stale_points(&self) -> Result<StaleCounts, GatewayError> {
        let mut last = Arc::clone(&self.0.stale_points.0).lock_owned().await;
        if let Some((_, counts)) = last.as_ref().filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return Ok(Arc::clone(counts));
        }
        let gateway = self.clone();
        // It holds the lock itself: whoever asked for it may hang up, and no second one begins meanwhile.
        let counting = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let counts = Arc::new(gateway.count_stale_points());
            *last = Some((begun, Arc::clone(&counts)));
            counts
        });
        counting.await.map_err(|_| GatewayError::Stopping)
    }

    fn count_stale_points(&self) -> HashMap<SmartServerId, usize> {
        let units = self.0.fleet.units_from(Bound::Unbounded);
        let counts = units.iter().map(|unit| (unit.id, self.stale_points_of(unit)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn stale_points_of(&self, unit: &Unit) -> usize {
        // Its readings are `Offline`, whatever their age.
        if self.is_offline(unit) {
            return 0;
        }
        let (wishes, points, now) = (self.wishes(unit), unit.points(), super::connections::now());
        let is_stale = |id| {
            let limit = wishes.of(id).and_then(|wish| wish.stale_after);
            let reading = limit.and_then(|_| self.0.cache.get(id));
            reading.is_some_and(|reading| reading.quality(now, false, limit) == Quality::Stale)
        };
        points.values().filter(|point| is_stale(point.id)).count()
    }
}
