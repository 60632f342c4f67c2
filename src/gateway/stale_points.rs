//! How many data points have a stale reading. They go stale by mere time: so they are counted when somebody
//! asks, and once for all who ask within five seconds.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::connections::now;
use super::{Gateway, GatewayError, Unit};
use crate::domain::{Quality, SmartServerId};

/// How long a count is good for.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// Stale data points of each SmartServer that has any.
type Counts = HashMap<SmartServerId, usize>;

/// The last count. Held while the next one is made, so that those who come meanwhile share it.
#[derive(Debug, Default)]
pub(super) struct StalePoints(Arc<Mutex<Option<Count>>>);

#[derive(Debug)]
struct Count {
    begun: Instant,
    counts: Arc<Counts>,
}

impl StalePoints {
    /// The last count if it is good, else a new one. `None` when counting failed.
    async fn counts(&self, count: impl FnOnce() -> Counts + Send + 'static) -> Option<Arc<Counts>> {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if let Some(count) = last.as_ref().filter(|count| count.begun.elapsed() < GOOD_FOR) {
            return Some(Arc::clone(&count.counts));
        }
        // It has the lock itself: when whoever asked hangs up, no second one begins beside it.
        let counting = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let counts = Arc::new(count());
            *last = Some(Count { begun, counts: Arc::clone(&counts) });
            counts
        });
        counting.await.ok()
    }
}

impl Gateway {
    /// Stale data points by SmartServer, as counted five seconds ago or less.
    pub(super) async fn stale_points(&self) -> Result<Arc<Counts>, GatewayError> {
        let gateway = self.clone();
        let counts = self.0.stale_points.counts(move || gateway.count_stale_points()).await;
        counts.ok_or(GatewayError::Stopping)
    }

    fn count_stale_points(&self) -> Counts {
        let units = self.0.fleet.units_from(Bound::Unbounded);
        let counts = units.iter().map(|unit| (unit.id, self.stale_points_of(unit)));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    fn stale_points_of(&self, unit: &Unit) -> usize {
        // Its readings are `Offline`, whatever their age.
        if self.is_offline(unit) {
            return 0;
        }
        let (wishes, points, now) = (self.wishes(unit), unit.points(), now());
        let is_stale = |id| {
            let limit = wishes.of(id).and_then(|wish| wish.stale_after);
            let reading = limit.and_then(|_| self.0.cache.get(id));
            reading.is_some_and(|reading| reading.quality(now, false, limit) == Quality::Stale)
        };
        points.values().filter(|point| is_stale(point.id)).count()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;

    use super::*;

    fn counting(times: &Arc<AtomicUsize>) -> impl FnOnce() -> Counts + Send + use<> {
        let times = Arc::clone(times);
        move || {
            times.fetch_add(1, Ordering::SeqCst);
            [(SmartServerId::new(), 3)].into()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_within_five_seconds_share_a_count() {
        let (stale, times) = (StalePoints::default(), Arc::default());
        let told = join_all((0..20).map(|_| stale.counts(counting(&times)))).await;
        let first = told[0].clone().unwrap();
        assert!(told.into_iter().flatten().all(|counts| Arc::ptr_eq(&counts, &first)));
        tokio::time::advance(GOOD_FOR - Duration::from_millis(1)).await;
        assert_eq!(stale.counts(counting(&times)).await, Some(first));
        assert_eq!(times.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        stale.counts(counting(&times)).await.unwrap();
        assert_eq!(times.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_count_whose_caller_hung_up_is_made_to_its_end_and_serves_the_next() {
        let (stale, times) = (StalePoints::default(), Arc::default());
        let (go_on, waits) = mpsc::channel::<()>();
        let count = counting(&times);
        let slow = stale.counts(move || {
            waits.recv().unwrap();
            count()
        });
        // It has begun, and its caller hangs up.
        assert_eq!(slow.now_or_never(), None);
        let mut next = std::pin::pin!(stale.counts(counting(&times)));
        assert_eq!(next.as_mut().now_or_never(), None, "it waits for the one under way");
        go_on.send(()).unwrap();
        assert_eq!(next.await.unwrap().len(), 1);
        assert_eq!(times.load(Ordering::SeqCst), 1);
    }
}
