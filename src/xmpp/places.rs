use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Position, Url};

/// A place among those who log in at a server; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

/// Places for log-ins, so many at each server: when one with a thousand accounts comes back, it is
/// not asked for a thousand log-ins at once. Counted for each server apart: one that swallows
/// whatever it is sent costs the clients of another nothing.
#[derive(Debug)]
pub(crate) struct Places {
    at_once: usize,
    servers: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Places {
    pub(crate) fn new(at_once: usize) -> Self {
        Places { at_once, servers: Mutex::default() }
    }

    /// Waits for a place; who came first is served first.
    pub(crate) async fn take(&self, address: &Url) -> Place {
        let places = self.at(address);
        // An error would mean that somebody closed it, and nobody does.
        Place { _permit: places.acquire_owned().await.ok() }
    }

    fn at(&self, address: &Url) -> Arc<Semaphore> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|_, places| Arc::strong_count(places) > 1);
        let server = address[Position::BeforeHost..Position::AfterPort].to_owned();
        Arc::clone(servers.entry(server).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn places_are_counted_for_each_server_and_given_back() {
        let places = Places::new(2);
        let [one, other] = ["http://a:1/http-bind", "http://b:1/http-bind"].map(|u| Url::parse(u).unwrap());
        let soon = Duration::from_secs(1);
        let first = places.take(&one).await;
        let _second = places.take(&one).await;
        assert!(timeout(soon, places.take(&one)).await.is_err());
        let elsewhere = places.take(&other).await;
        drop(first);
        timeout(soon, places.take(&one)).await.expect("a place is free");
        drop(elsewhere);
        places.take(&one).await;
        assert_eq!(places.servers.lock().unwrap().len(), 1, "what nobody uses is forgotten");
    }
}
