//! How much the gateway begins by itself at once.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::IdentityId;

/// Time after which work that hangs gives its place to another.
const HELD: Duration = Duration::from_secs(3);

/// Places for work by way of one identity: when its session comes back with thousands of SmartServers, not
/// all of them are asked at once. Who waits longest comes first; what takes long, or is never answered,
/// costs the others 3 s of one place.
#[derive(Debug)]
pub(super) struct Pace {
    at_once: usize,
    identities: Mutex<HashMap<IdentityId, Arc<Semaphore>>>,
}

impl Pace {
    pub(super) fn new(at_once: usize) -> Self {
        Pace { at_once, identities: Mutex::default() }
    }

    /// Does something once there is a place.
    pub(super) async fn keep<T>(&self, identity: IdentityId, work: impl Future<Output = T>) -> T {
        let place = self.places(identity).acquire_owned().await;
        let mut work = pin!(work);
        match timeout(HELD, &mut work).await {
            Ok(done) => done,
            Err(_takes_long) => {
                drop(place);
                work.await
            }
        }
    }

    fn places(&self, identity: IdentityId) -> Arc<Semaphore> {
        let mut identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        identities.retain(|_, places| Arc::strong_count(places) > 1);
        Arc::clone(identities.entry(identity).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{join, join_all};
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_much_at_once_and_what_hangs_holds_nobody_up() {
        let (pace, one, other) = (Pace::new(2), IdentityId::new(), IdentityId::new());
        let begun = Instant::now();
        let work = |identity, seconds| {
            // Time counts from when it has its place.
            pace.keep(identity, async move { sleep(Duration::from_secs(seconds)).await })
        };
        join_all((0..6).map(|_| work(one, 1))).await;
        assert_eq!(begun.elapsed().as_secs(), 3, "two at a time");

        let begun = Instant::now();
        let others = async {
            join(work(one, 1), work(other, 1)).await;
            begun.elapsed()
        };
        let (took, _) = join(others, join_all((0..2).map(|_| work(one, 1_000)))).await;
        assert!(took.as_secs() <= 4, "{took:?}");
        work(other, 0).await;
        assert_eq!(pace.identities.lock().unwrap().len(), 1, "what nobody uses is forgotten");
    }
}
