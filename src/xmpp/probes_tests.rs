use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use super::*;

const LONG: Duration = Duration::from_secs(600);

/// An address with a fate.
#[derive(Debug)]
struct Place {
    probes: Probes,
    echo: Mutex<Echo>,
    asked: AtomicUsize,
    at_once: AtomicUsize,
}

impl Place {
    fn new(echo: Echo) -> Place {
        let (asked, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Place { probes: Probes::default(), echo: Mutex::new(echo), asked, at_once }
    }

    async fn ask(&self) -> Echo {
        assert_eq!(self.at_once.fetch_add(1, Ordering::Relaxed), 0, "two ask at once");
        self.asked.fetch_add(1, Ordering::Relaxed);
        let echo = *self.echo.lock().unwrap();
        if echo == Echo::Silence {
            sleep(Duration::from_secs(1)).await;
        }
        self.at_once.fetch_sub(1, Ordering::Relaxed);
        echo
    }

    fn waiting(&self) -> Waiting {
        self.probes.wait_for(&Url::parse("http://a:1/http-bind").unwrap(), None)
    }

    async fn returned(&self) {
        self.waiting().returned(|| self.ask()).await;
    }

    fn is(&self, echo: Echo) {
        *self.echo.lock().unwrap() = echo;
    }
}

#[tokio::test(start_paused = true)]
async fn one_asks_for_all_and_all_are_woken() {
    let place = Place::new(Echo::Nobody);
    let back = async {
        sleep(Duration::from_secs(75)).await;
        place.is(Echo::Alive);
        Instant::now()
    };
    let all = join_all((0..100).map(|_| async {
        place.returned().await;
        Instant::now()
    }));
    let (woken, back) = tokio::join!(all, back);
    assert!(woken.iter().all(|at| *at - back <= EVERY), "{woken:?} {back:?}");
    let asked = place.asked.load(Ordering::Relaxed);
    assert!((100..=102).contains(&asked), "{asked}");
    sleep(LONG).await;
    assert_eq!(place.asked.load(Ordering::Relaxed), asked, "nobody waits any more");
}

#[tokio::test(start_paused = true)]
async fn what_was_never_down_does_not_return() {
    let place = Place::new(Echo::Alive);
    assert!(timeout(LONG, place.returned()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn one_silence_is_not_an_outage() {
    for (silent, returns) in [(Duration::from_millis(500), false), (Duration::from_millis(2_500), true)] {
        let place = Place::new(Echo::Silence);
        let fate = async {
            sleep(silent).await;
            place.is(Echo::Alive);
            std::future::pending::<()>().await;
        };
        let returned = timeout(LONG, async {
            tokio::select! { () = place.returned() => {}, () = fate => {} }
        });
        assert_eq!(returned.await.is_ok(), returns, "{silent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_hands_the_turn_on() {
    let place = Arc::new(Place::new(Echo::Nobody));
    let waiting = place.waiting();
    let first = tokio::spawn({
        let place = Arc::clone(&place);
        async move { place.returned().await }
    });
    sleep(Duration::from_millis(100)).await;
    let second = waiting.returned(|| place.ask());
    tokio::pin!(second);
    assert!(timeout(Duration::from_secs(10), &mut second).await.is_err());
    assert!(waiting.is_down());
    first.abort();
    place.is(Echo::Alive);
    timeout(Duration::from_secs(2), second).await.expect("it is asked further");
}
