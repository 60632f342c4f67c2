use std::time::Duration;

use tokio::time::Instant;

use super::profile::Profile;
use super::window::{Place, Request, Window};

/// How much longer than `wait` an answer may take, from when its request was written: only so is
/// a dead peer found (checklist, 26).
const ANSWER_MARGIN: Duration = Duration::from_secs(10);
/// How long connecting and writing may take.
const POSTING_LIMIT: Duration = Duration::from_secs(20);
/// How long the whole login may take.
pub(crate) const LOGIN_LIMIT: Duration = Duration::from_secs(40);
/// How long a session may take to say goodbye.
pub(crate) const CLOSING_LIMIT: Duration = Duration::from_secs(3);
/// Longest time that failed requests are repeated without success.
const MOST_PATIENCE: Duration = Duration::from_secs(10);
/// A request that stayed written this long had a good connection: its failure is a new incident.
pub(crate) const SOUND: Duration = Duration::from_secs(5);

/// When ejabberd, sent two requests in order, has not answered the older one for so long, the
/// newer one is parked. It answers within a few milliseconds if it is idle; but a wrong guess
/// costs every posted call its answer, so a machine that is busy for a moment must not look like it.
const PARKED_AFTER: Duration = Duration::from_secs(2);
/// When a newer request has been answered and an older one has not for so long, the older one's
/// answer is lost.
const STRAGGLER_AFTER: Duration = Duration::from_secs(2);
/// Round trips that the two limits above last at least.
const ROUND_TRIPS: u32 = 8;

/// Smoothed round trip.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RoundTrip(Option<Duration>);

impl RoundTrip {
    pub(crate) fn sample(&mut self, sample: Duration) {
        self.0 = Some(self.0.map_or(sample, |old| (old * 7 + sample) / 8));
    }

    pub(crate) fn get(self) -> Option<Duration> {
        self.0
    }

    fn at_least(self, limit: Duration) -> Duration {
        self.0.map_or(limit, |trip| limit.max(trip * ROUND_TRIPS))
    }
}

/// How long a session repeats failed requests.
pub(crate) fn patience(inactivity: Option<Duration>) -> Duration {
    inactivity.map_or(MOST_PATIENCE, |inactivity| inactivity.min(MOST_PATIENCE))
}

/// When to repeat a request that failed `tries` times: the first time at once, since a kept
/// connection often turns out closed.
pub(crate) fn retry_at(now: Instant, tries: u32) -> Instant {
    match tries {
        0 => now,
        tries => now + Duration::from_millis(100 << tries.min(4)).min(Duration::from_secs(1)),
    }
}

/// When to give up a request that is neither written nor answered in time.
pub(crate) fn overdue_at(request: &Request, wait: Duration) -> Option<Instant> {
    match request.place {
        _ if request.is_answered() => None,
        Place::Posting(since) => Some(since + POSTING_LIMIT),
        Place::Written(since) => Some(since + wait + ANSWER_MARGIN),
        Place::Broken(_) => None,
    }
}

/// When the newer of two requests must be taken for parked.
pub(crate) fn parked_at(window: &Window, profile: &Profile, trip: RoundTrip) -> Option<Instant> {
    let (older, newer) = window.pair().filter(|_| profile.parks)?;
    let Place::Written(since) = older.place else { return None };
    let newer_written = newer.written.filter(|_| !newer.is_answered())?;
    Some(since.max(newer_written) + trip.at_least(PARKED_AFTER))
}

/// When the older of two requests must be taken for lost, the newer one having been answered.
pub(crate) fn straggler_at(window: &Window, trip: RoundTrip) -> Option<Instant> {
    let (older, newer) = window.pair()?;
    let Place::Written(since) = older.place else { return None };
    let (answered, _) = newer.answer.as_ref()?;
    Some(since.max(*answered) + trip.at_least(STRAGGLER_AFTER))
}
